import { closeSync, constants, openSync } from "node:fs";
import { Chunk, viewOf } from "../../bytes/mod.js";
import { DecodeError, ERRNO_TEXT, errnoOf } from "../../errors/mod.js";
import {
  BarrierRequest,
  ConfigFlags,
  decodeMessage,
  encodeMessage,
  HEADER_SIZE,
  type Message,
  PacketIn,
  PacketInFormat,
  peekMessage,
  Resume,
  SetConfig,
  SetPacketInFormat,
} from "../../ofp/mod.js";
import { PacketOutText, parseFlowMonitor, printBytes, protocolsOfVersion, type SyntaxOptions } from "../../ofp/syntax/mod.js";
import { type Version, versionName } from "../../schema/mod.js";
import { OpenFlowError, type Vconn } from "../../vconn/mod.js";
import { broken, openTarget, reasonOf } from "./connect.js";
import { type Asker, addLogCommands, ControlSocket } from "./control-socket.js";
import { announce, becomeReady, startDaemon } from "./daemon.js";
import { configOf } from "./dumps.js";
import { Fatal, redirectErrors, writeError } from "./fatal.js";
import { inWords } from "./read-flows.js";
import { bytesOfHex, type Run, type Settings, WHOLE, write } from "./settings.js";
import { Target } from "./target.js";
import { strftime } from "./vlog.js";

const FOREVER = { timeout: Number.POSITIVE_INFINITY };
const MANY = Number.POSITIVE_INFINITY;

/** What is done with the messages of a connection. */
interface Watching {
  /** Whether continuations are answered with NXT_RESUME. */
  readonly resumes: boolean;
  /** What names in a packet-out stand for. */
  readonly accepted: () => Promise<SyntaxOptions>;
  readonly shown: Parameters<typeof printBytes>[1];
}

/** A connection whose messages are printed on standard error as they come, and what a control socket says meanwhile. */
class Monitor {
  readonly #vconn: Vconn;
  readonly #settings: Settings;
  readonly #watching: Watching;
  /** Messages that came since the connection was blocked: no more than what one read brought. */
  #kept: Uint8Array[] = [];
  #release: (() => void) | null = null;
  #barrier: Asker | null = null;
  #exit!: () => void;
  #fail!: (error: unknown) => void;
  readonly #end = new Promise<void>((resolve, reject) => {
    this.#exit = resolve;
    this.#fail = reject;
  });

  constructor(vconn: Vconn, settings: Settings, watching: Watching) {
    this.#vconn = vconn;
    this.#settings = settings;
    this.#watching = watching;
  }

  /** Prints what comes until it is asked to end. Rejects where the connection ends. */
  async run(): Promise<void> {
    const vconn = this.#vconn;
    announce(this.#settings);
    const control = await ControlSocket.listen(this.#settings.unixctl, this.#settings.connection.log);
    try {
      this.#addCommands(control);
      await becomeReady(this.#settings);
      vconn.onClose = (error) => this.#fail(broken("vconn_recv", error));
      if (vconn.error !== undefined) throw broken("vconn_recv", vconn.error);
      vconn.tap((sent, c, p, end) => {
        if (!sent) this.#take(c.u8.slice(p, end));
      });
      await this.#end;
    } finally {
      control.close();
      vconn.tap(null);
    }
  }

  #take(bytes: Uint8Array): void {
    if (this.#release !== null) this.#kept.push(bytes);
    else this.#handle(bytes);
  }

  #print(bytes: Uint8Array, verbosity: number, before = ""): void {
    writeError(before + printBytes(bytes, { ...this.#watching.shown, verbosity, log: this.#settings.connection.log.note }));
  }

  #handle(bytes: Uint8Array): void {
    const verbosity = this.#settings.verbosity + WHOLE;
    this.#print(bytes, verbosity, this.#settings.timestamp ? strftime("%Y-%m-%d %H:%M:%S.###: ", new Date()) : "");
    const { type } = peekMessage(new Chunk(bytes), 0, bytes.length);
    if (type === "barrier-reply") {
      this.#barrier?.reply();
      this.#barrier = null;
    } else if (type === "packet-in" && this.#watching.resumes) this.#resume(bytes);
  }

  #resume(bytes: Uint8Array): void {
    let packet: Message;
    try {
      packet = decodeMessage(bytes);
    } catch (e) {
      if (!(e instanceof DecodeError)) throw e;
      writeError(`decoding packet-in failed: ${e.reason}`);
      return;
    }
    if (!PacketIn.is(packet) || packet.continuation.length === 0) return;
    const { data, totalLen, tableId, cookie, reason, match, continuation } = packet;
    const resume = this.#encoded(Resume.of({ data, totalLen, tableId, cookie, reason, match, continuation }));
    this.#print(resume, this.#settings.verbosity + WHOLE, "send: ");
    // not while the message that it answers is being handed over
    queueMicrotask(() => {
      if (this.#vconn.error === undefined) this.#vconn.sendBytes(resume);
    });
  }

  #encoded(message: Message): Uint8Array {
    const bytes = encodeMessage(message, this.#vconn.version as Version);
    viewOf(bytes).setUint32(4, this.#vconn.nextXid());
    return bytes;
  }

  #addCommands(control: ControlSocket): void {
    addLogCommands(control);
    control.add("exit", "", [0, 0], (asker) => {
      asker.reply();
      this.#exit();
    });
    control.add("ofctl/send", "OFMSG...", [1, MANY], (asker, texts) => this.#send(asker, texts));
    control.add("ofctl/packet-out", '"in_port=<port> packet=<hex data> actions=..."', [1, 1], (asker, [text = ""]) => {
      void this.#packetOut(text).then(
        () => asker.reply(),
        (e: unknown) => asker.refuse(e instanceof Error ? e.message : String(e)),
      );
    });
    control.add("ofctl/barrier", "", [0, 0], (asker) => {
      if (this.#barrier !== null) {
        asker.refuse("already waiting for barrier reply");
        return;
      }
      this.#vconn.sendBytes(this.#encoded(BarrierRequest.of()));
      this.#barrier = asker;
    });
    control.add("ofctl/set-output-file", "FILE", [1, 1], (asker, [file = ""]) => {
      try {
        // a pipe without a reader is refused and not waited for
        const { O_CREAT, O_TRUNC, O_WRONLY, O_NONBLOCK } = constants;
        const before = redirectErrors(openSync(file, O_CREAT | O_TRUNC | O_WRONLY | O_NONBLOCK, 0o666));
        if (before !== undefined) closeSync(before);
        asker.reply();
      } catch (e) {
        asker.refuse(ERRNO_TEXT[errnoOf(e, "EIO")]);
      }
    });
    control.add("ofctl/block", "", [0, 0], (asker) => {
      asker.reply(this.#release === null ? "" : "already blocking");
      this.#release ??= this.#vconn.hold();
    });
    control.add("ofctl/unblock", "", [0, 0], (asker) => {
      asker.reply(this.#release === null ? "already unblocked" : "");
      this.#unblock();
    });
  }

  #unblock(): void {
    const release = this.#release;
    this.#release = null;
    for (const bytes of this.#kept.splice(0)) this.#handle(bytes);
    release?.();
  }

  /** Sends messages that are given in hexadecimal. */
  #send(asker: Asker, texts: readonly string[]): void {
    let text = "";
    let good = true;
    for (const hex of texts) {
      const bytes = messageOfHex(hex);
      if (typeof bytes === "string") {
        text += `${bytes}\n`;
        good = false;
        continue;
      }
      this.#print(bytes, this.#settings.verbosity, "send: ");
      try {
        this.#vconn.sendBytes(bytes);
        text += "sent\n";
      } catch (e) {
        text += `${reasonOf(e)}\n`;
        good = false;
      }
    }
    if (good) asker.reply(text);
    else asker.refuse(text);
  }

  async #packetOut(text: string): Promise<void> {
    const version = this.#vconn.version as Version;
    const packetOut = new PacketOutText(text, await this.#watching.accepted());
    if ((packetOut.protocols & protocolsOfVersion(version)) === 0)
      throw new Fatal("PACKET_OUT actions are incompatible with the OpenFlow connection.");
    const bytes = this.#encoded(packetOut.message(version));
    this.#print(bytes, this.#settings.verbosity);
    this.#vconn.sendBytes(bytes);
  }
}

/** A message in hexadecimal, or what is wrong with it. */
function messageOfHex(hex: string): Uint8Array | string {
  const bytes = bytesOfHex(hex);
  if (bytes === undefined) return "Trailing garbage in hex data";
  if (bytes.length < HEADER_SIZE) return "Message too short for OpenFlow";
  return viewOf(bytes).getUint16(2) === bytes.length ? bytes : "Message size does not match length in OpenFlow header";
}

/** The versions whose switches can send packets with an invalid TTL to the controller by their configuration. */
const WITH_INVALID_TTL: readonly Version[] = [1, 2, 3];

/** The settings for the versions that have what the arguments want. */
function settingsFor(args: readonly string[], settings: Settings): Settings {
  if (!args.includes("invalid_ttl")) return settings;
  const { connection } = settings;
  const versions = connection.versions.filter((version) => WITH_INVALID_TTL.includes(version));
  if (versions.length > 0) return { ...settings, connection: { ...connection, versions } };
  const names = WITH_INVALID_TTL.map((version) => `OpenFlow${versionName(version).replace(".", "")}`);
  throw new Fatal(`invalid_ttl requires one of the OpenFlow versions ${names.join(", ")} but none is enabled (use -O)`);
}

/** Has a switch send so many bytes of packets that no flow matches. */
async function setMissLength(vconn: Vconn, missSendLen: number): Promise<void> {
  const { flags } = await configOf(vconn);
  await vconn.transactNoReply(SetConfig.of({ flags, missSendLen }), FOREVER);
}

const { InvalidTtlToController: INVALID_TTL } = ConfigFlags;

async function setInvalidTtl(vconn: Vconn): Promise<void> {
  const { flags, missSendLen } = await configOf(vconn);
  if ((flags & INVALID_TTL) !== 0) return;
  await vconn.transactNoReply(SetConfig.of({ flags: flags | INVALID_TTL, missSendLen }), FOREVER);
  if (((await configOf(vconn)).flags & INVALID_TTL) !== 0) return;
  throw new Fatal("setting invalid_ttl_to_controller failed (this switch probably doesn't support this flag)");
}

/** Asks for the messages in which packets come: those that were chosen, or the best that the switch has. */
async function choosePacketIn(vconn: Vconn, wanted: number | undefined): Promise<void> {
  const choose = (packetInFormat: number): Promise<unknown> => vconn.transactNoReply(SetPacketInFormat.of({ packetInFormat }), FOREVER);
  if (wanted !== undefined) {
    await choose(wanted);
    return;
  }
  // OpenFlow 1.0 alone has packet-ins of Nicira's first form
  for (const format of vconn.version === 1 ? [PacketInFormat.Nxt2, PacketInFormat.Nxt] : [PacketInFormat.Nxt2]) {
    try {
      await choose(format);
      return;
    } catch (e) {
      if (!(e instanceof OpenFlowError)) throw e;
    }
  }
}

/** The number of a monitor of flows, of which a command line may have some. */
let monitors = 0;

async function watch(target: Target, vconn: Vconn, text: string): Promise<void> {
  const { settings } = target;
  const version = vconn.version as Version;
  const names = await target.accepted();
  const request = inWords(() => parseFlowMonitor(text, { ...names, version, allowed: settings.flowFormats, monitorId: monitors++ }));
  const sees = (bytes: Uint8Array): void => {
    if (settings.verbosity > 0) write(printBytes(bytes, { verbosity: settings.verbosity + WHOLE }));
  };
  await target.show(vconn, request, { sees });
}

/** Prints, on standard error, what a switch sends: packets, changes of ports and flows, and whatever else is asked for through the control socket. */
export const monitor: Run = async ([name = "", ...args], given) => {
  const settings = settingsFor(args, given);
  await startDaemon(settings);
  const target = new Target(name, settings);
  await target.use(async (vconn) => {
    let resumes = false;
    for (const word of args) {
      if (/^\d/.test(word)) await setMissLength(vconn, Number.parseInt(word, 10) & 0xffff);
      else if (word === "invalid_ttl") await setInvalidTtl(vconn);
      else if (word.startsWith("watch:")) await watch(target, vconn, word.slice("watch:".length));
      else if (word === "resume") {
        resumes = true;
        await setMissLength(vconn, 0xffff);
      } else throw new Fatal(`${word}: unsupported "monitor" argument`);
    }
    await choosePacketIn(vconn, settings.packetInFormat);
    const shown = await target.shown();
    await new Monitor(vconn, settings, { resumes, accepted: () => target.accepted(), shown }).run();
  });
};

/** Prints, on standard error, what a bridge and its controllers say to each other, until the bridge closes. */
export const snoop: Run = async ([target = ""], settings) => {
  await startDaemon(settings);
  const vconn = await openTarget(target, settings, {
    socket: "snoop",
    onVconn(opened) {
      opened.recvAnyVersion = true;
    },
  });
  await new Monitor(vconn, settings, { resumes: false, accepted: async () => ({}), shown: {} }).run();
  vconn.stream.destroy();
};

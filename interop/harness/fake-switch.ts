/** What `ovs-ofctl` sends to a switch: it is run against one that answers what the program has to know and nothing else. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BarrierReply,
  BundleControl,
  decodeBytes,
  EchoReply,
  encodeMessage,
  FeaturesReply,
  GetConfigReply,
  Hello,
  type Message,
  PortDescReply,
  TableDescReply,
} from "../../src/ofp/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { PORTS, TABLES } from "../../test/ofp/syntax/parse/ofctl-peer.js";
import { run } from "./process.js";

const HEADER = 8;
const XID = 4;

/** What a message of the program's plumbing is answered with; undefined for one that a command is about. */
function answer(m: Message, version: Version): readonly Message[] | undefined {
  switch (m.type) {
    case "hello":
    case "set-flow-format":
    case "flow-mod-table-id":
      return [];
    case "echo-request":
      return [EchoReply.of({})];
    case "barrier-request":
      return [BarrierReply.of({})];
    case "get-config-request":
      return [GetConfigReply.of({})];
    case "features-request":
      return [FeaturesReply.of({ datapathId: 1n, nTables: 254, ...(version < 4 ? { ports: PORTS } : {}) })];
    case "port-desc-request":
      return [PortDescReply.of({ ports: PORTS })];
    case "table-desc-request":
      return [TableDescReply.of({ tables: TABLES })];
    case "bundle-control": {
      const { bundleId, controlType, flags } = m as BundleControl;
      return [BundleControl.of({ bundleId, controlType: controlType + 1, flags })];
    }
    default:
      return undefined;
  }
}

/** One connection of the program. */
class Peer {
  #held: Uint8Array = new Uint8Array();
  readonly #socket: Socket;
  readonly #version: Version;
  readonly #sent: Uint8Array[];

  constructor(socket: Socket, version: Version, sent: Uint8Array[]) {
    this.#socket = socket;
    this.#version = version;
    this.#sent = sent;
    this.#reply(Hello.of({}));
    socket.on("error", () => {});
    socket.on("data", (bytes) => this.#take(new Uint8Array(bytes)));
  }

  #reply(m: Message, xid = 0): void {
    const bytes = encodeMessage(m, this.#version);
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(XID, xid);
    this.#socket.write(bytes);
  }

  #take(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#held.length + bytes.length);
    all.set(this.#held);
    all.set(bytes, this.#held.length);
    let at = 0;
    for (let length = lengthAt(all, at); length > 0; length = lengthAt(all, at)) {
      this.#handle(all.slice(at, at + length));
      at += length;
    }
    this.#held = all.slice(at);
  }

  #handle(bytes: Uint8Array): void {
    const m = decodeBytes(bytes);
    const replies = answer(m, this.#version);
    const xid = new DataView(bytes.buffer, bytes.byteOffset).getUint32(XID);
    if (replies !== undefined) for (const reply of replies) this.#reply(reply, xid);
    else {
      this.#sent.push(bytes);
      // whatever the answer would be, the program has said what was asked for
      if (m.type.endsWith("-request")) this.#socket.destroy();
    }
  }
}

/** The length of the message at `at`; 0 where it is not all there. */
function lengthAt(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < HEADER) return 0;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint16(at + 2);
  return bytes.length - at < length ? 0 : length;
}

/** The messages of a command to a switch of one version, or else what the program complains of. */
export type SentByOfctl = readonly Uint8Array[] | string;

/** Runs the program with such arguments and such standard input, and answers what it printed to standard error. */
export type RunOfctl = (args: readonly string[], input: string) => Promise<string>;

/** Starts the program anew. */
export const runOfctl: RunOfctl = async (args, input) => (await run("ovs-ofctl", args, { input })).stderr;

/**
 * Runs `ovs-ofctl` and answers the messages that the command is about, as they came.
 * @param args - the command and its arguments; `SWITCH` stands for the switch
 */
export async function sentByOfctl(version: Version, args: readonly string[], input = "", ofctl = runOfctl): Promise<SentByOfctl> {
  const dir = await mkdtemp(join(tmpdir(), "fake-"));
  const sent: Uint8Array[] = [];
  const path = join(dir, "s");
  const server: Server = createServer((socket) => void new Peer(socket, version, sent));
  try {
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const words = args.map((arg) => (arg === "SWITCH" ? `unix:${path}` : arg));
    const complaint = await ofctl(["-O", `OpenFlow1${version - 1}`, "--no-names", ...words], input);
    if (sent.length > 0) return sent;
    return (/^ovs-ofctl: (.*)$/ms.exec(complaint)?.[1] ?? complaint).replace(/\n$/, "");
  } finally {
    await new Promise((resolve) => server.close(resolve));
    await rm(dir, { recursive: true, force: true });
  }
}

import { createConnection, type Socket, type SocketConnectOpts } from "node:net";
import { Chunk, viewOf } from "southbound/bytes";
import {
  BarrierReply,
  Capabilities,
  DescReply,
  decodeMessage,
  EchoReply,
  ErrorMessage,
  encodeMessage,
  errorNameOf,
  errorReply,
  FeaturesReply,
  GetConfigReply,
  HEADER_SIZE,
  Hello,
  type Message,
  MessageType,
  NO_BUFFER,
  Port,
  PortDescReply,
  VersionBitmap,
} from "southbound/ofp";
import { type Version, versionName } from "southbound/schema";
import { PORTS, type Ring } from "./traffic.js";

const { FlowMod: FLOW_MOD } = MessageType;

const PACKET_OUT = 13;
const LONGEST = 0x10000;

/** Where all switches of the thread read into: bytes are looked at before the callback returns. */
const READ = new Chunk(0x40000);

const ports = Array.from({ length: PORTS }, (_, i) => Port.of({ portNo: i + 1, hwAddr: 0x0600_0000_0000 + i + 1, name: `port${i + 1}` }));

/**
 * One simulated switch: it answers what a controller asks while it sets the connection up, and then sends packet-ins and counts what they are answered with,
 * by the headers alone. It reads its socket by itself and not through the channel that it measures.
 */
export class FakeSwitch {
  /** Flow-mods received. */
  flowMods = 0;
  /** Packet-outs received. */
  packetOuts = 0;
  /** Packet-ins that were given up, their answers having failed to come. */
  lost = 0;
  /** Packet-ins sent. */
  #sent = 0;
  /** When the last message that counts as set-up came; `performance.now()`. */
  lastControl = 0;
  /** Whether the controller has asked for the features and got them. */
  ready = false;
  /** Why the connection has ended; undefined while it stands. */
  failure: Error | undefined;

  readonly #socket: Socket;
  readonly #version: Version;
  readonly #dpid: bigint;
  readonly #part = new Chunk(LONGEST);
  #have = 0;
  #ring: Ring | undefined;
  #at = 0;
  #window = 0;
  #batch = 0;
  /** Answers received that no packet-in has been sent for yet. */
  #due = 0;
  #left = 0;

  constructor(where: SocketConnectOpts, version: Version, dpid: bigint) {
    this.#version = version;
    this.#dpid = dpid;
    const options = {
      ...where,
      onread: {
        buffer: READ.u8,
        callback: (n: number) => {
          this.#feed(n);
          return true;
        },
      },
    };
    this.#socket = createConnection(options, () => {
      if ("port" in where) this.#socket.setNoDelay(true);
      this.#put(Hello.of({ elements: version === 1 ? [] : [VersionBitmap.of({ bitmaps: [2 ** version] })] }));
    });
    this.#socket.on("error", (e) => this.#fail(e.message));
    this.#socket.on("close", () => this.#fail("the controller closed the connection"));
  }

  /** Packet-ins that have been answered. */
  get answered(): number {
    return this.flowMods + this.packetOuts;
  }

  /**
   * Sends the ring's messages from `at` on: `window` of them now, and then as many as are answered, once a `batch` of answers has come; `total` in all.
   */
  start(ring: Ring, at: number, window: number, batch: number, total = Number.POSITIVE_INFINITY): void {
    this.#ring = ring;
    this.#at = at % ring.count;
    this.#window = window;
    this.#batch = batch;
    this.#left = total;
    this.#due = 0;
    this.#send(window);
  }

  /** Packet-ins that are still to be answered. */
  get pending(): number {
    return this.#sent - this.answered - this.lost;
  }

  /** Sends nothing more. */
  stop(): void {
    this.#ring = undefined;
  }

  /** Whether everything that {@link start} was told to send has been sent. */
  get exhausted(): boolean {
    return this.#left === 0;
  }

  /** Gives up the packet-ins under way, and sends a new window of them unless it was stopped. */
  giveUp(): void {
    this.lost += Math.max(0, this.pending);
    this.#due = 0;
    this.#send(this.#window);
  }

  /** Ends the connection. */
  close(): void {
    this.failure ??= new Error("closed");
    this.#socket.destroy();
  }

  #fail(why: string): void {
    this.failure ??= new Error(why);
    this.stop();
    this.#socket.destroy();
  }

  #put(message: Message): void {
    this.#socket.write(encodeMessage(message, this.#version));
  }

  #send(n: number): void {
    const ring = this.#ring;
    if (ring === undefined) return;
    const k = Math.min(n, this.#left);
    if (k <= 0) return;
    this.#left -= k;
    this.#sent += k;
    const from = this.#at * ring.size;
    this.#at = (this.#at + k) % ring.count;
    this.#socket.write(ring.bytes.subarray(from, from + k * ring.size));
  }

  #feed(n: number): void {
    const before = this.flowMods + this.packetOuts;
    try {
      const p = this.#have === 0 ? 0 : this.#join(n);
      const rest = this.#scan(READ, p, n);
      if (rest < n) {
        this.#part.u8.set(READ.u8.subarray(rest, n), this.#have);
        this.#have += n - rest;
      }
    } catch (e) {
      this.#fail(e instanceof Error ? e.message : String(e));
    }
    if (this.#ring === undefined) return;
    // an answer to what was given up came late
    const late = Math.max(0, -this.pending);
    this.lost -= late;
    this.#due += this.flowMods + this.packetOuts - before - late;
    if (this.#due >= this.#batch) {
      const due = Math.min(this.#due, this.#window);
      this.#due = 0;
      this.#send(due);
    }
  }

  /** Goes through the whole messages in [p, n), and answers where the first incomplete one starts. */
  #scan(c: Chunk, start: number, n: number): number {
    const { dv } = c;
    let p = start;
    let flowMods = 0;
    let packetOuts = 0;
    while (n - p >= HEADER_SIZE) {
      const head = dv.getUint32(p);
      const end = p + (head & 0xffff);
      if (end - p < HEADER_SIZE) throw new Error(`the controller sent a message of ${end - p} bytes`);
      if (end > n) break;
      const type = (head >>> 16) & 0xff;
      if (type === FLOW_MOD) flowMods++;
      else if (type === PACKET_OUT) packetOuts++;
      else this.#control(c, p, end);
      p = end;
    }
    this.flowMods += flowMods;
    this.packetOuts += packetOuts;
    return p;
  }

  /** Completes the message that straddles two reads; answers where the next one starts. */
  #join(n: number): number {
    const part = this.#part;
    let p = 0;
    while (this.#have < 4 && p < n) part.u8[this.#have++] = READ.u8[p++]!;
    if (this.#have < 4) return p;
    const length = Math.max(part.dv.getUint16(2), HEADER_SIZE);
    const take = Math.min(length - this.#have, n - p);
    part.u8.set(READ.u8.subarray(p, p + take), this.#have);
    this.#have += take;
    if (this.#have === length) {
      this.#have = 0;
      this.#scan(part, 0, length);
    }
    return p + take;
  }

  #control(c: Chunk, p: number, end: number): void {
    this.lastControl = performance.now();
    const version = c.dv.getUint8(p);
    const bytes = c.u8.slice(p, end);
    if (bytes[1] === 0) {
      if (version < this.#version) throw new Error(`the controller speaks OpenFlow ${versionName(version)} at most`);
      return;
    }
    const m = decodeMessage(new Chunk(bytes));
    if (m.type === "unknown") {
      this.#put(errorReply(this.#version, "OFPBRC_BAD_TYPE", viewOf(bytes).getUint32(4), bytes));
      return;
    }
    const { xid } = m;
    switch (m.type) {
      case "features-request":
        this.#put(
          FeaturesReply.of({
            xid,
            datapathId: this.#dpid,
            nBuffers: NO_BUFFER,
            nTables: 1,
            capabilities: Capabilities.FlowStats | Capabilities.PortStats,
            ...(this.#version === 1 ? { actions: 0xfff, ports } : {}),
          }),
        );
        this.ready = true;
        break;
      case "echo-request":
        this.#put(EchoReply.of({ xid, data: m.data }));
        break;
      case "barrier-request":
        this.#put(BarrierReply.of({ xid }));
        break;
      case "get-config-request":
        this.#put(GetConfigReply.of({ xid, missSendLen: 0xffff }));
        break;
      case "port-desc-request":
        this.#put(PortDescReply.of({ xid, ports }));
        break;
      case "desc-request":
        this.#put(DescReply.of({ xid, mfrDesc: "southbound", hwDesc: "load generator" }));
        break;
      case "error":
        if (ErrorMessage.is(m)) throw new Error(`the controller answered with ${errorNameOf(m)}`);
        break;
      default:
        break;
    }
  }
}

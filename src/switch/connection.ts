import { Chunk } from "../bytes/mod.js";
import { type KnownMessage, type Message, NO_BUFFER, PacketIn, PacketInReason, shape } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import type { Log, LogLevel, Vconn } from "../vconn/mod.js";
import type { Core } from "./core.js";
import { handleMessage } from "./handle.js";
import { Inbox } from "./inbox.js";
import type { Packet } from "./packet.js";
import { BUFFERS, PacketBuffer } from "./packet-buffer.js";
import { NO_COOKIE, type PuntReason } from "./pipeline.js";
import type { Raw } from "./raw.js";
import { Refusal } from "./refusal.js";
import { type Turns, turnsOf, type Worker } from "./turns.js";
import type { Work } from "./work.js";

/** Who is at the other end: a controller, or somebody who connected to this switch and only gets what he asks for. */
export type ConnectionKind = "controller" | "service";

/** What "send all of it, and hold nothing" is as a length. OpenFlow 1.3 §7.2.5 (OFPCML_NO_BUFFER) */
const ALL = 0xffff;
/** No packet-in carries more, so that its message is never too long. */
const MAX_DATA = 65_000;
/** How many refused messages of one connection are logged as warnings; further ones are told on debug level. */
const LOGGED = 20;
/** How many bytes may wait for a peer before it loses what it did not ask for and what does not come again: flow-removed and port-status. */
const MAX_EVENTS = 0x400000;
/** What a refusal costs, in small messages: see `Turns.hasTime`. A message costs one for each {@link COST_BYTES} more. */
const REFUSAL = 4;
const COST_BYTES = 9;
/** A cost at which the clock is looked at. */
const LOOK = 8;

const inPortMatch = shape("inPort");
const packetIn = PacketIn.maker("bufferId", "totalLen", "reason", "tableId", "cookie", "match", "data");

/**
 * One OpenFlow connection of a switch. Requests are carried out in order, each after the one before it has been answered whole. One that takes long is carried out in pieces, in turn with
 * the work of others, and no faster than the peer takes the replies; meanwhile nothing is read from the peer, and what the last read brought waits as bytes. So a peer makes the switch hold
 * at most one read (64 KiB over sockets), the unsent bytes up to the stream's high mark (1 MiB) and one message more, and the events up to {@link MAX_EVENTS}.
 */
export class Connection implements Worker {
  readonly kind: ConnectionKind;
  readonly vconn: Vconn;
  /** Resolves when it has ended. Never rejects. */
  readonly closed: Promise<void>;
  /** Bytes of a packet that no flow matches for the peer; 0xffff is all. A service gets nothing unasked while it is 0. */
  missSendLen: number;
  /** Whether it is told of packets whose time to live ended. */
  invalidTtl = false;
  readonly buffer: PacketBuffer;
  /** Packet-ins that were not sent because the peer does not take what it is sent. */
  dropped = 0;
  /** Flow-removed and port-status messages that were not sent because 4 MiB waited for the peer already. */
  droppedEvents = 0;
  readonly #core: Core;
  readonly #log: Log;
  readonly #turns: Turns;
  readonly #inbox = new Inbox();
  /** What is left of the request under way, and that request. */
  #work: Work | null = null;
  #request: Raw | null = null;
  #nth = 0;
  #release: (() => void) | null = null;
  #refused = 0;
  #losing = 0;

  /** @param vconn - whose messages are handled from now on */
  constructor(core: Core, vconn: Vconn, kind: ConnectionKind) {
    this.#core = core;
    this.#log = core.log;
    this.kind = kind;
    this.missSendLen = kind === "controller" ? core.missSendLen : 0;
    this.buffer = new PacketBuffer(BUFFERS, core.clock);
    this.vconn = vconn;
    this.closed = this.vconn.closed;
    this.#turns = turnsOf(core.clock);
    this.vconn.onMessage = (_type, c, p, end) => this.#message(c, p, end);
    this.vconn.onDrain = () => this.#drained();
    void this.closed.then(() => this.#drop());
  }

  /** The peer's name. */
  get name(): string {
    return this.vconn.name;
  }

  /** Whether messages can be sent. */
  get isUp(): boolean {
    return this.vconn.state === "connected";
  }

  /** The negotiated version. Only to be asked of one that is or was up. */
  get version(): Version {
    return this.vconn.version as Version;
  }

  /** Whether it is to be sent anything that it did not ask for. */
  get wantsEvents(): boolean {
    return this.isUp && (this.kind === "controller" || this.missSendLen !== 0);
  }

  /** Sends a message, unless the connection has ended. */
  send(message: Message): void {
    if (this.isUp) this.vconn.send(message);
  }

  /** Sends one message in bytes, which are copied, unless the connection has ended. */
  sendBytes(bytes: Uint8Array): void {
    if (this.isUp) this.vconn.sendBytes(bytes);
  }

  /** Sends a message that the peer did not ask for and that does not come again. One that takes nothing loses those for which there is no room, and they are counted. */
  notify(make: (version: Version) => Message): void {
    if (!this.wantsEvents) return;
    if (this.vconn.stream.queued <= MAX_EVENTS) {
      this.vconn.send(make(this.version));
      return;
    }
    this.droppedEvents++;
    if (this.#losing++ === 0)
      this.#log("warn", `${this.name}: ${MAX_EVENTS} bytes wait for the peer: flow-removed and port-status are dropped from now on`);
  }

  /** Sends the answer to a request. @param xid - the request's */
  answer(xid: number, message: KnownMessage): void {
    message.xid = xid;
    this.send(message);
  }

  /** Sends a packet that no flow matches. OpenFlow 1.3 drops it: only a flow sends packets there. §5.4 */
  packetMissed(packet: Packet, tableId: number): void {
    if (this.version === 1) this.packetIn(packet, this.missSendLen, { reason: PacketInReason.NoMatch, tableId, cookie: NO_COOKIE });
  }

  /** Sends a packet, or its first `maxLen` bytes, and holds it for the peer then. */
  packetIn(packet: Packet, maxLen: number, why: PuntReason): void {
    if (!this.wantsEvents) return;
    if (this.vconn.stream.congested) {
      this.dropped++;
      return;
    }
    const frame = packet.share();
    const bufferId = maxLen === ALL ? undefined : this.buffer.put(frame, packet.inPort);
    this.send(
      packetIn({
        bufferId: bufferId ?? NO_BUFFER,
        totalLen: Math.min(frame.length, 0xffff),
        reason: why.reason,
        tableId: why.tableId,
        cookie: why.cookie,
        match: inPortMatch(packet.inPort),
        data: frame.subarray(0, bufferId === undefined ? MAX_DATA : Math.min(maxLen, MAX_DATA)),
      }),
    );
  }

  /** Answers a message with an error, and says so in the log. */
  refuse(reason: string, what: string, { c, p, end }: Raw): void {
    this.#log(this.#refusalLevel(reason), `${this.name}: refused: ${what}`);
    if (this.isUp) this.vconn.sendError(reason, c, p, end);
  }

  /** Ends it in order. */
  close(): Promise<void> {
    return this.vconn.close();
  }

  /** Asking for an extension that is not there is how tools find out, and no fault. */
  #refusalLevel(reason: string): LogLevel {
    return reason === "OFPBRC_BAD_VENDOR" || ++this.#refused > LOGGED ? "debug" : "warn";
  }

  /** Does one piece of what waits: of the request under way, or the next request. */
  work(): boolean {
    if (!this.isUp) this.#drop();
    else if (this.vconn.stream.congested) return false;
    else if (this.#work !== null) this.#step(this.#work);
    else if (!this.#inbox.isEmpty) this.#inbox.shift((c, p, end, nth) => this.#handle(c, p, end, nth));
    if (this.#work !== null || !this.#inbox.isEmpty) return true;
    this.#release?.();
    this.#release = null;
    return false;
  }

  #message(c: Chunk, p: number, end: number): void {
    if (
      this.#work !== null ||
      this.#release !== null ||
      this.vconn.stream.congested ||
      !this.#turns.hasTime(1 + ((end - p) >> COST_BYTES))
    ) {
      this.#inbox.push(c, p, end, this.vconn.received);
      this.#wait();
      return;
    }
    this.#handle(c, p, end, this.vconn.received);
    while (this.#work !== null && this.#step(this.#work)) if (!this.#turns.hasTime(LOOK)) break;
    if (this.#work !== null) this.#wait();
  }

  /** Reads no more until all that waits is done. */
  #wait(): void {
    this.#release ??= this.vconn.hold();
    if (!this.vconn.stream.congested) this.#turns.enter(this);
  }

  /** @param nth - which message it was: `Vconn.received` when it came */
  #handle(c: Chunk, p: number, end: number, nth: number): void {
    const raw = { c, p, end };
    try {
      const work = handleMessage(this.#core, this, this.vconn.decode(c, p, end), raw);
      if (work === undefined) return;
      this.#work = work;
      this.#nth = nth;
      this.#request = { c: new Chunk(new Uint8Array(c.u8.subarray(p, end))), p: 0, end: end - p };
    } catch (e) {
      this.#failed(e, raw, nth);
    }
  }

  /** One piece of a request. @returns whether another one can follow */
  #step(work: Work): boolean {
    if (this.vconn.stream.congested) return false;
    try {
      if (work.next().done !== true) return true;
    } catch (e) {
      this.#failed(e, this.#request!, this.#nth);
    }
    this.#work = null;
    this.#request = null;
    return false;
  }

  #failed(e: unknown, raw: Raw, nth: number): void {
    this.#turns.hasTime(REFUSAL);
    if (e instanceof Refusal) this.refuse(e.reason, e.message, raw);
    else this.vconn.failed(e, raw.c, raw.p, raw.end, nth);
  }

  #drained(): void {
    if (this.#losing > 0) this.#log("warn", `${this.name}: ${this.#losing} flow-removed and port-status messages were dropped`);
    this.#losing = 0;
    if (this.#release !== null) this.#turns.enter(this);
  }

  /** Forgets what waits. */
  #drop(): void {
    this.#work?.return();
    this.#work = null;
    this.#request = null;
    this.#inbox.clear();
  }
}

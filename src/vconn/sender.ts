import type { Chunk } from "../bytes/mod.js";
import { type Clock, systemClock } from "../clock/mod.js";
import { errnoError, type SouthboundError } from "../errors/mod.js";
import { errorReply, type Message, MessageType, messageCodec } from "../ofp/mod.js";
import type { Codec, Version } from "../schema/mod.js";
import { outbox, type Stream } from "../stream/mod.js";
import { Framer } from "./framer.js";
import type { Log } from "./log.js";
import { both, type Tap, type Trace, traceOf, traceTo } from "./trace.js";
import { Transactions } from "./transactions.js";
import type { VconnOptions } from "./vconn-options.js";

const { EchoRequest: ECHO_REQUEST, EchoReply: ECHO_REPLY } = MessageType;

/** What is sent to a peer: messages, bytes, errors, probes. The half of {@link Vconn} that keeps nothing of what it has sent. */
export abstract class Sender extends Framer {
  /** The stream, which belongs to this connection. */
  readonly stream: Stream;
  /** The peer's name, such as `tcp:127.0.0.1:6653`. */
  readonly name: string;
  /** Messages sent, hello and echo included. */
  sent = 0;
  /** Bytes of them. */
  sentBytes = 0;

  protected readonly clock: Clock;
  /** The transaction ids in use, and what waits for each. */
  protected readonly transactions: Transactions;
  /** What messages are encoded with; null while none can be sent: before the version is settled and after the end. */
  protected codec: Codec<Message> | null = null;
  /** The tap that is shown each message. */
  protected tapped: Tap | null = null;
  /** When the last {@link probe} left that has no reply yet. */
  protected probedAt: number | null = null;
  readonly #traceLog: Log | undefined;
  #trace: Trace | null = null;
  #traceTap: Tap | null = null;
  #extraTap: Tap | null = null;

  protected constructor(stream: Stream, options: VconnOptions) {
    super();
    this.stream = stream;
    this.name = stream.name;
    this.clock = options.clock ?? systemClock;
    this.transactions = new Transactions(stream.name, this.clock, options.xids);
    this.#traceLog = options.log;
    this.trace = options.trace ?? false;
  }

  /** The negotiated version; 0 until there is one. It stays when the connection has ended. */
  abstract get version(): Version | 0;

  /** The error that ended the connection: null where one side closed it in order, undefined while it lives. It stays. */
  abstract get error(): SouthboundError | null | undefined;

  /** Shows each message that is sent or received to one tap, which must not send on this connection; null ends it. For {@link Rconn}. @internal */
  tap(tap: Tap | null): void {
    this.#extraTap = tap;
    this.tapped = both(this.#traceTap, tap);
  }

  /** Which messages are logged: none, all, or those of a {@link Trace}. It may be set at any time. @throws SouthboundError `ERR_USAGE` for anything else */
  get trace(): boolean | Trace {
    return this.#trace ?? false;
  }

  set trace(trace: boolean | Trace) {
    this.#trace = traceOf(trace);
    this.#traceTap = this.#trace === null ? null : traceTo(this.#trace, this.#traceLog, this.name, this.clock);
    this.tapped = both(this.#traceTap, this.#extraTap);
  }

  /**
   * Encodes a message for the negotiated version and sends it. Nothing is kept of it.
   * @returns its transaction id: `message.xid`, or the next one where that is 0
   * @throws SouthboundError `ENOTCONN` before the version is settled and after the end; `ERR_UNSUPPORTED`, `ERR_RANGE`, `ERR_TOO_LONG`
   */
  send(message: Message): number {
    const { codec } = this;
    if (codec === null) throw this.#notConnected(message.type);
    const p = outbox.begin(this.stream);
    const c = outbox.chunk;
    const end = codec.encode(c, p, message);
    let xid = c.dv.getUint32(p + 4);
    if (xid === 0) {
      xid = this.transactions.next();
      c.dv.setUint32(p + 4, xid);
    }
    this.commit(c, p, end);
    return xid;
  }

  /**
   * As {@link send}, with a part in between that is done when the message is encoded and nothing of it can have been answered yet: a tap may send elsewhere, which sends this too, and a peer
   * in the same thread answers at once.
   */
  protected sendAfter<T>(message: Message, before: (xid: number) => T): T {
    const { codec } = this;
    if (codec === null) throw this.#notConnected(message.type);
    const p = outbox.begin(this.stream);
    const c = outbox.chunk;
    const end = codec.encode(c, p, message);
    const xid = c.dv.getUint32(p + 4) || this.transactions.next();
    c.dv.setUint32(p + 4, xid);
    const answer = before(xid);
    this.commit(c, p, end);
    return answer;
  }

  /**
   * Sends one message in bytes as they are, which are copied: of the negotiated version, and with a transaction id of the sender's own.
   * @throws SouthboundError `ENOTCONN` before the version is settled and after the end
   */
  sendBytes(bytes: Uint8Array): void {
    if (this.codec === null) throw this.#notConnected("bytes");
    this.put(bytes);
  }

  /** Answers the message in [p, end) with an error, by its name in the specification; where this version lacks it, by the nearest that it has. */
  sendError(reason: string, c: Chunk, p: number, end: number): void {
    const version = c.dv.getUint8(p);
    const known = version >= 1 && version <= 6 ? (version as Version) : this.version || 1;
    this.putMessage(errorReply(known, reason, c.dv.getUint32(p + 4), c.u8.subarray(p, end)), known);
  }

  /** Asks for the peer's attention: an echo request, whose reply counts as received like any message. */
  probe(): void {
    if (this.codec === null) return;
    this.probedAt = this.clock.now();
    const p = outbox.begin(this.stream);
    const c = outbox.chunk;
    c.dv.setUint32(p, (this.version << 24) | (ECHO_REQUEST << 16) | 8);
    c.dv.setUint32(p + 4, 0);
    this.commit(c, p, p + 8);
  }

  /** A transaction id that no waiting request has; never 0. */
  nextXid(): number {
    return this.transactions.next();
  }

  // ---- inside

  /** Sends a message under a transaction id; see `Line.send`. */
  protected sendAs(message: Message, xid: number, inner: number): number {
    const { codec } = this;
    if (codec === null) throw this.#notConnected(message.type);
    const p = outbox.begin(this.stream);
    const c = outbox.chunk;
    const end = codec.encode(c, p, message);
    c.dv.setUint32(p + 4, xid);
    if (inner !== 0) c.dv.setUint32(p + inner + 4, xid);
    this.commit(c, p, end);
    return end - p;
  }

  /** Answers the echo request in [p, end) with its own bytes. */
  protected echo(c: Chunk, p: number, end: number): void {
    const q = outbox.begin(this.stream);
    const out = outbox.chunk;
    out.u8.set(c.u8.subarray(p, end), q);
    out.dv.setUint8(q + 1, ECHO_REPLY);
    this.commit(out, q, q + end - p);
  }

  /** Sends bytes, whatever the state. */
  protected put(bytes: Uint8Array): void {
    const p = outbox.begin(this.stream);
    const c = outbox.chunk;
    c.u8.set(bytes, p);
    this.commit(c, p, p + bytes.length);
  }

  /** Sends a message of any version, whatever the state. */
  protected putMessage(message: Message, version: Version): void {
    const p = outbox.begin(this.stream);
    const c = outbox.chunk;
    this.commit(c, p, messageCodec(version).encode(c, p, message));
  }

  /** Ends what outbox.begin() began. A tap may send elsewhere, so that the chunk may be another behind it. */
  protected commit(c: Chunk, p: number, end: number): void {
    this.sent++;
    this.sentBytes += end - p;
    outbox.commit(end);
    if (this.tapped !== null) this.tapped(true, c, p, end);
  }

  #notConnected(what: string): SouthboundError {
    return errnoError("ENOTCONN", `${this.name}: sending ${what}`, this.error ?? undefined);
  }
}

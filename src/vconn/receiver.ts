import { Chunk } from "../bytes/mod.js";
import { DecodeError, errnoError, SouthboundError } from "../errors/mod.js";
import {
  ErrorMessage,
  type KnownMessage,
  type Message,
  MORE,
  MULTIPART_FLAGS_AT,
  MULTIPART_REPLY,
  messageCodec,
  peekMessage,
} from "../ofp/mod.js";
import { type Codec, fail, type Version, versionName } from "../schema/mod.js";
import type { Stream } from "../stream/mod.js";
import { checkMaxFaults, defectLine, Faults } from "./faults.js";
import { type Log, type LogLevel, silent } from "./log.js";
import { RateLimit } from "./rate-limit.js";
import { Requests } from "./requests.js";
import type { VconnOptions, VconnState } from "./vconn-options.js";

/** Lines a minute about requests that were answered more than once. */
const DUPLICATES_PER_MINUTE = 60;
/** The type of multipart replies in OpenFlow 1.0. */
const STATS_REPLY = 17;

/** The receiving half of a `Vconn`: decoding, replies to the requests that wait for them, messages for the user, and what becomes of those that cannot be read. */
export abstract class Receiver extends Requests {
  /**
   * Called for each message but hello, echo request and the reply to a request that waits for it here. [p, end) of the chunk is the whole message; the bytes are borrowed
   * until it returns. Decode it with {@link decode}, or with the codec of the type that is expected. A DecodeError that it throws is dealt with as {@link failed} does; anything else is a fault of its own.
   */
  onMessage: ((type: number, c: Chunk, p: number, end: number) => void) | null = null;
  /** Called with each error that answers a request which waits for it here, before the request is rejected. */
  onRefusal: ((error: ErrorMessage) => void) | null = null;
  /**
   * Hands every message to `onMessage` as it comes, whatever its version, echo requests too, and answers none: for a connection on which messages of others are looked at. {@link decode}
   * goes by the version in each header.
   */
  recvAnyVersion = false;
  protected readonly log: Log;
  /** The negotiated version, 0 until there is one. */
  protected settled: Version | 0 = 0;
  /** The codec of that version. */
  protected decoder: Codec<Message> | null = null;
  readonly #maxFaults: number;
  #faults: Faults | null = null;
  #duplicates: RateLimit | null = null;
  /** The number of the message that is handed over belatedly; 0 for none. */
  #nth = 0;

  protected constructor(stream: Stream, options: VconnOptions) {
    super(stream, options);
    this.#maxFaults = checkMaxFaults(options.maxFaults);
    this.log = options.log ?? silent;
  }

  /** Where the connection stands. */
  abstract get state(): VconnState;

  /** The negotiated version; 0 until there is one. It stays when the connection has ended. */
  override get version(): Version | 0 {
    return this.settled;
  }

  /** Messages that could not be read. */
  get faults(): number {
    return this.#faults?.count ?? 0;
  }

  /** Ends the connection because of what the peer did or failed to do. */
  abstract abandon(error: SouthboundError, level?: LogLevel): void;
  /** Ends the connection because of a fault of ours. */
  protected abstract broken(error: SouthboundError): void;

  /**
   * Decodes a message that {@link onMessage} was given, in the version that its header says. Its lazy fields are borrowed.
   * @throws DecodeError, whose path names the field as long as there are not many; `ECONNABORTED` where decoding fails by a fault of ours, which has ended the connection
   */
  decode(c: Chunk, p: number, end: number): Message {
    const version = c.dv.getUint8(p);
    try {
      return version === this.settled ? this.decoder!.decode(c, p, end) : codecOf(version, p).decode(c, p, end);
    } catch (e) {
      throw e instanceof DecodeError ? this.#explain(e, c, p, end) : this.defect(e, c, p, end);
    }
  }

  /**
   * Deals with what the handling of the message in [p, end) has thrown.
   *
   * DecodeError: the message is counted in {@link faults}, and the first of its type has a line in the log. A request is answered with its error. An asynchronous message, or a reply that nobody waits for, is dropped.
   * (A reply that somebody waits for rejects the request, and never comes here.) More than `maxFaults` in a row end the connection.
   *
   * Anything else is a fault of this library: it ends the connection with `ECONNABORTED`, and with a line in the log that has all that a report needs.
   * @param nth - which message it was: {@link received} when it came; the last one unless given
   */
  failed(e: unknown, c: Chunk, p: number, end: number, nth = this.#nth || this.framed): void {
    if (!(e instanceof DecodeError)) {
      this.defect(e, c, p, end);
      return;
    }
    if (this.state !== "connected") return;
    const { type, kind } = peekMessage(c, p, end);
    const asks = kind === "request" && !this.recvAnyVersion;
    if (asks) this.sendError(e.reason, c, p, end);
    this.#fault(this.#explain(e, c, p, end), `${type} ${asks ? "is answered with an error" : "is dropped"}`, nth);
  }

  /**
   * Hands a message to {@link onMessage} that was kept from it before.
   * @param nth - {@link received} when it came
   * @internal
   */
  deliver(type: number, c: Chunk, p: number, end: number, nth: number): void {
    this.#nth = nth;
    this.hand(type, c, p, end);
    this.#nth = 0;
  }

  /** Hands a message to {@link onMessage}. */
  protected hand(type: number, c: Chunk, p: number, end: number): void {
    try {
      this.onMessage?.(type, c, p, end);
    } catch (e) {
      if (e instanceof DecodeError) this.failed(e, c, p, end);
      // What decode() has ended the connection with is dealt with; the rest is its handler's own.
      else if (e !== this.error) throw e;
    }
  }

  /** Hands a message to the tap. */
  protected show(c: Chunk, p: number, end: number): void {
    try {
      this.tapped?.(false, c, p, end);
    } catch (e) {
      this.defect(e, c, p, end);
    }
  }

  /** Hands a message to the request that waits for it. It is decoded from a copy, so that the caller owns all of it. */
  protected answer(c: Chunk, p: number, end: number): void {
    const xid = c.dv.getUint32(p + 4);
    const parts = c.dv.getUint8(p + 1) === (c.dv.getUint8(p) === 1 ? STATS_REPLY : MULTIPART_REPLY) && end - p >= MULTIPART_FLAGS_AT + 2;
    const more = parts && (c.dv.getUint16(p + MULTIPART_FLAGS_AT) & MORE) !== 0;
    if (this.transactions.drops(xid, more)) return;
    const own = new Chunk(c.u8.slice(p, end));
    try {
      const message = codecOf(own.dv.getUint8(0), 0).decode(own, 0, end - p);
      if (this.onRefusal !== null && ErrorMessage.is(message)) this.onRefusal(message);
      this.transactions.reply(message, end - p);
    } catch (e) {
      if (!(e instanceof DecodeError)) {
        this.defect(e, own, 0, end - p);
        return;
      }
      const error = this.#explain(e, own, 0, end - p);
      const { type } = peekMessage(own, 0, end - p);
      this.transactions.malformed(xid, new SouthboundError("EPROTO", `${this.name}: ${type}: ${error.message}`, { cause: error }), more);
      this.#fault(error, `${type} rejects its request`, this.framed);
    }
  }

  protected override duplicate({ xid }: KnownMessage): void {
    this.#duplicates ??= new RateLimit(this.clock, DUPLICATES_PER_MINUTE, DUPLICATES_PER_MINUTE);
    if (this.#duplicates.take()) this.log("warn", `${this.name}: duplicate replies with xid ${xid.toString(16).padStart(8, "0")}`);
  }

  #explain(e: DecodeError, c: Chunk, p: number, end: number): DecodeError {
    this.#faults ??= new Faults(this.clock);
    return this.#faults.explain(e, c, p, end);
  }

  /** Counts a message that could not be read, and ends the connection where it is one too many. @param outcome - its type, and what becomes of it */
  #fault(error: DecodeError, outcome: string, nth: number): void {
    this.#faults ??= new Faults(this.clock);
    const faults = this.#faults;
    faults.add(nth);
    if (faults.row > this.#maxFaults) {
      const text = `${this.name}: ${faults.row} messages in a row could not be read, the last one: ${error.message}`;
      this.abandon(new SouthboundError("EPROTO", text, { cause: error }));
      return;
    }
    const level = faults.level(outcome);
    if (level !== undefined)
      this.log(level, `${this.name}: ${outcome}, since it could not be read: ${error.message}; more of them are only counted`);
  }

  /** We failed to handle a message: ends this connection, and asks for a report. @returns the error that it ends with */
  protected defect(e: unknown, c: Chunk, p: number, end: number): SouthboundError {
    if (SouthboundError.is(e) && e === this.error) return e;
    this.log("error", defectLine(this.name, e, c, p, end));
    const error = errnoError("ECONNABORTED", `${this.name}: southbound failed to handle a message`, e);
    this.broken(error);
    return this.error ?? error;
  }
}

/** The codec of a version from the wire, of the message at `p`. Throws DecodeError for one that nobody defined. */
function codecOf(version: number, p: number): Codec<Message> {
  if (version < 1 || version > 6) fail("OFPBRC_BAD_VERSION", `OpenFlow ${versionName(version)}`, p);
  return messageCodec(version as Version);
}

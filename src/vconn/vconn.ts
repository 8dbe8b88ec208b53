import { Chunk } from "../bytes/mod.js";
import { DecodeError, errnoError, SouthboundError } from "../errors/mod.js";
import { errorReply, type Message, MessageType, MORE, MULTIPART_FLAGS_AT, MULTIPART_REPLY, messageCodec, peekMessage } from "../ofp/mod.js";
import { type Codec, fail, VERSIONS, type Version, versionName } from "../schema/mod.js";
import type { Stream } from "../stream/mod.js";
import { countIn, countOut } from "./counters.js";
import { type Endpoint, endpoint } from "./endpoint.js";
import { checkMaxFaults, defectLine, Faults } from "./faults.js";
import { Handshake, type Verdict } from "./handshake.js";
import { type Log, silent } from "./log.js";
import { versionSet } from "./negotiation.js";
import { RateLimit } from "./rate-limit.js";
import { Requests } from "./requests.js";
import { DEFAULT_VERSIONS, type VconnKeeper, type VconnOptions, type VconnState, type VconnStatus } from "./vconn-options.js";

const {
  Hello: HELLO,
  Error: ERROR,
  EchoRequest: ECHO_REQUEST,
  EchoReply: ECHO_REPLY,
  PacketIn: PACKET_IN,
  PortStatus: PORT_STATUS,
} = MessageType;

/** The type of multipart replies in OpenFlow 1.0. */
const STATS_REPLY = 17;
/** Lines a minute about messages of another version. */
const ODD_PER_MINUTE = 60;

/**
 * An OpenFlow connection over a stream: framing, negotiation of the version, echo, transactions. The same for both ends. One user sets the slots `onUp`,
 * `onMessage`, `onClose`.
 *
 * Echo requests are answered before anything else sees them. A message of another version than the negotiated one is answered with BAD_VERSION and dropped.
 * Bytes that are no OpenFlow end this connection, with one line in the log. A message whose framing is right and which cannot be read does not: see {@link failed}.
 *
 * An end is for good: `state` stays "disconnected", `error` has the reason, and what is sent then is refused with `ENOTCONN`, whose cause is that error.
 */
export class Vconn extends Requests implements AsyncDisposable {
  /** Resolves when the connection has ended, after `onClose`. Never rejects. */
  readonly closed: Promise<void>;

  /** Called once, when the version is settled and messages can be sent. */
  onUp: (() => void) | null = null;
  /**
   * Called for each message but hello, echo request and the reply to a request that waits for it here. [p, end) of the chunk is the whole message; the bytes are borrowed
   * until it returns. Decode it with {@link decode}, or with the codec of the type that is expected. A DecodeError that it throws is dealt with as {@link failed} does; anything else is a fault of its own.
   */
  onMessage: ((type: number, c: Chunk, p: number, end: number) => void) | null = null;
  /** Called once when the connection has ended; the error is null where one side closed it in order. */
  onClose: ((error: SouthboundError | null) => void) | null = null;
  /** Called when writes may go on: the stream was congested and is so no more. */
  onDrain: (() => void) | null = null;
  /** The keeper of this connection, beside its user. For {@link Rconn}. @internal */
  keeper: VconnKeeper | null = null;
  /**
   * Hands every message to `onMessage` as it comes, whatever its version, echo requests too, and answers none: for a connection on which messages of others are looked at. {@link decode}
   * goes by the version in each header.
   */
  recvAnyVersion = false;
  #state: VconnState;
  #version: Version | 0 = 0;
  #decoder: Codec<Message> | null = null;
  readonly #handshake: Handshake;
  readonly #log: Log;
  #error: SouthboundError | null | undefined;
  #holds = 0;
  #closing = false;
  #odd: RateLimit | null = null;
  readonly #maxFaults: number;
  #faults: Faults | null = null;
  /** The number of the message that is handed over belatedly; 0 for none. */
  #nth = 0;
  #resolveClosed!: () => void;

  /** Takes over a stream that is open or connecting. Throws `ERR_USAGE` for no versions, and for a `maxFaults` that is no number of them. */
  constructor(stream: Stream, options: VconnOptions = {}) {
    super(stream, options);
    this.#maxFaults = checkMaxFaults(options.maxFaults);
    this.#log = options.log ?? silent;
    this.#handshake = new Handshake(stream.name, options.versions ?? DEFAULT_VERSIONS, this.#log);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    const timeout = options.helloTimeout ?? 10_000;
    this.#state = "connecting";
    countIn(this);
    stream.onDrain = () => {
      this.keeper?.drained();
      this.onDrain?.();
    };
    stream.onClose = (error) => this.#ended(error);
    if (stream.state === "connecting") stream.onOpen = () => this.#hello(timeout);
    else this.#hello(timeout);
  }

  /** Whole messages received, hello and echo included. */
  get received(): number {
    return this.framed;
  }

  /** Bytes received, those of an unfinished message included. */
  get receivedBytes(): number {
    return this.framedBytes;
  }

  /** Messages that could not be read. */
  get faults(): number {
    return this.#faults?.count ?? 0;
  }

  /** Where the connection stands. */
  get state(): VconnState {
    return this.#state;
  }

  /** The negotiated version; 0 until there is one. It stays when the connection has ended. */
  override get version(): Version | 0 {
    return this.#version;
  }

  /** The error that ended the connection: null where one side closed it in order, undefined while it lives. It stays. */
  override get error(): SouthboundError | null | undefined {
    return this.#error;
  }

  /** The versions that are offered. Set them before our hello is out, which is when the stream opens; after that `ERR_USAGE` is thrown, as for no versions. */
  get allowedVersions(): readonly Version[] {
    return VERSIONS.filter((v) => (this.#handshake.offer & (1 << v)) !== 0);
  }

  set allowedVersions(versions: readonly Version[]) {
    if (this.#state !== "connecting")
      throw new SouthboundError("ERR_USAGE", `${this.name}: the versions were offered already; set them before the connection is made`);
    this.#handshake.offer = versionSet(versions);
  }

  /** The other end. */
  get remote(): Endpoint {
    return endpoint(this.name);
  }

  /** This end; without a name while connecting. */
  get local(): Endpoint {
    return endpoint(this.stream.local);
  }

  /** How the connection stands, to be shown. */
  get status(): VconnStatus {
    const { name, state, version, error, remote, local, sent, sentBytes, received, receivedBytes, faults, waiting } = this;
    const { queued } = this.stream;
    return { name, state, version, error, remote, local, sent, sentBytes, received, receivedBytes, faults, queued, waiting };
  }

  /** Whether the peer is read. While it is not, its silence is ours. */
  get reading(): boolean {
    return this.#holds === 0 && !this.stream.congested;
  }

  /** Reads nothing more from the peer, once what one read brought is handled, until the function that comes back is called. Several may hold at once. */
  override hold(): () => void {
    let held = true;
    if (this.#holds++ === 0) this.stream.pause();
    return () => {
      if (!held) return;
      held = false;
      if (--this.#holds === 0) this.stream.resume();
    };
  }

  /**
   * Decodes a message that {@link onMessage} was given, in the version that its header says. Its lazy fields are borrowed.
   * @throws DecodeError, whose path names the field as long as there are not many; `ECONNABORTED` where decoding fails by a fault of ours, which has ended the connection
   */
  decode(c: Chunk, p: number, end: number): Message {
    const version = c.dv.getUint8(p);
    try {
      return version === this.#version ? this.#decoder!.decode(c, p, end) : codecOf(version, p).decode(c, p, end);
    } catch (e) {
      throw e instanceof DecodeError ? this.#explain(e, c, p, end) : this.#defect(e, c, p, end);
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
      this.#defect(e, c, p, end);
      return;
    }
    if (this.#state !== "connected") return;
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
    this.#hand(type, c, p, end);
    this.#nth = 0;
  }

  /** Ends the connection in order: what was sent still leaves. */
  close(): Promise<void> {
    this.#closing = true;
    if (this.#state !== "disconnected") void this.stream.close();
    return this.closed;
  }

  /** Ends the connection because of what the peer did or failed to do: one line in the log, what was sent still leaves, and `onClose` gets the error. */
  abandon(error: SouthboundError): void {
    if (this.#state === "disconnected") return;
    this.#log("warn", error.message);
    this.#end(error);
    void this.stream.close();
  }

  /** Ends the connection at once: what is queued is dropped, and `onClose` gets the error. */
  destroy(error?: SouthboundError): void {
    if (this.#state === "disconnected") return;
    this.#end(error ?? null);
    this.stream.destroy(error);
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // ---- inside

  protected override get live(): boolean {
    return this.#state !== "disconnected";
  }

  #hello(timeout: number): void {
    this.#state = "hello";
    this.put(this.#handshake.hello(this.nextXid()));
    // Behind the sending, which may let others send: nothing is to be received before this returns and the slots are set.
    this.stream.onChunk = (c, n) => {
      if (this.#state === "hello") this.#handshake.look(c, n);
      this.#bytes(c, n);
    };
    this.#handshake.wait(this.clock, timeout, (error) => this.abandon(error));
  }

  #bytes(c: Chunk, n: number): void {
    const { framed } = this;
    this.feed(c, n);
    if (this.keeper !== null && this.framed !== framed) this.keeper.heard();
  }

  protected override message(c: Chunk, p: number, end: number): void {
    const { dv } = c;
    const head = dv.getUint16(p);
    const type = head & 255;
    if (this.tapped !== null) this.#tap(c, p, end);
    if (head >>> 8 === this.#version && type > ECHO_REPLY) {
      if (this.transactions.size !== 0 && (type < PACKET_IN || type > PORT_STATUS) && this.transactions.has(dv.getUint32(p + 4)))
        this.#answer(c, p, end);
      else this.#hand(type, c, p, end);
    } else if (this.#state === "hello") this.#negotiate(c, p, end);
    else this.#control(type, c, p, end);
  }

  protected override tooShort(c: Chunk, p: number, length: number): void {
    if (this.#state === "connected")
      this.putMessage(errorReply(this.#version as Version, "OFPBRC_BAD_LEN", 0, c.u8.subarray(p, p + 4)), this.#version as Version);
    this.abandon(errnoError("EPROTO", `${this.name}: received a header that says ${length} bytes, under the 8 of a header`));
  }

  /** The messages that any version may send at any time, and those of a wrong version. */
  #control(type: number, c: Chunk, p: number, end: number): void {
    if (this.recvAnyVersion) {
      this.#hand(type, c, p, end);
      return;
    }
    switch (type) {
      case HELLO:
        return;
      case ECHO_REQUEST:
        this.echo(c, p, end);
        return;
      case ERROR:
      case ECHO_REPLY:
        if (this.transactions.has(c.dv.getUint32(p + 4))) this.#answer(c, p, end);
        else this.#hand(type, c, p, end);
        return;
      default:
        this.#wrongVersion(c.dv.getUint8(p));
        this.sendError("OFPBRC_BAD_VERSION", c, p, end);
    }
  }

  /** Says so in the log, but not for each of a flood. */
  #wrongVersion(version: number): void {
    this.#odd ??= new RateLimit(this.clock, ODD_PER_MINUTE, ODD_PER_MINUTE);
    if (!this.#odd.take()) return;
    const held = this.#odd.held();
    if (held !== undefined) this.#log("warn", `${this.name}: ${held}`);
    this.#log("warn", `${this.name}: received OpenFlow ${versionName(version)} on a connection of OpenFlow ${versionName(this.#version)}`);
  }

  #negotiate(c: Chunk, p: number, end: number): void {
    let verdict: Verdict;
    try {
      verdict = this.#handshake.judge(c, p, end);
    } catch (e) {
      this.#defect(e, c, p, end);
      return;
    }
    if (verdict.version === 0) {
      const { refusal } = verdict;
      if (refusal !== undefined) this.putMessage(refusal.message, refusal.version);
      this.abandon(verdict.error);
      return;
    }
    this.#version = verdict.version;
    this.#decoder = messageCodec(verdict.version);
    this.codec = this.#decoder;
    this.#state = "connected";
    this.stream.established();
    this.stream.onChunk = (chunk, n) => this.#bytes(chunk, n);
    this.keeper?.up();
    this.onUp?.();
  }

  #hand(type: number, c: Chunk, p: number, end: number): void {
    try {
      this.onMessage?.(type, c, p, end);
    } catch (e) {
      if (e instanceof DecodeError) this.failed(e, c, p, end);
      // What decode() has ended the connection with is dealt with; the rest is its handler's own.
      else if (e !== this.#error) throw e;
    }
  }

  #tap(c: Chunk, p: number, end: number): void {
    try {
      this.tapped?.(false, c, p, end);
    } catch (e) {
      this.#defect(e, c, p, end);
    }
  }

  /** Hands a message to the request that waits for it. It is decoded from a copy, so that the caller owns all of it. */
  #answer(c: Chunk, p: number, end: number): void {
    const xid = c.dv.getUint32(p + 4);
    const parts = c.dv.getUint8(p + 1) === (c.dv.getUint8(p) === 1 ? STATS_REPLY : MULTIPART_REPLY) && end - p >= MULTIPART_FLAGS_AT + 2;
    const more = parts && (c.dv.getUint16(p + MULTIPART_FLAGS_AT) & MORE) !== 0;
    if (this.transactions.drops(xid, more)) return;
    const own = new Chunk(c.u8.slice(p, end));
    try {
      this.transactions.reply(codecOf(own.dv.getUint8(0), 0).decode(own, 0, end - p), end - p);
    } catch (e) {
      if (!(e instanceof DecodeError)) {
        this.#defect(e, own, 0, end - p);
        return;
      }
      const error = this.#explain(e, own, 0, end - p);
      const { type } = peekMessage(own, 0, end - p);
      this.transactions.malformed(xid, new SouthboundError("EPROTO", `${this.name}: ${type}: ${error.message}`, { cause: error }), more);
      this.#fault(error, `${type} rejects its request`, this.framed);
    }
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
      this.#log(level, `${this.name}: ${outcome}, since it could not be read: ${error.message}; more of them are only counted`);
  }

  /** We failed to handle a message: ends this connection, and asks for a report. @returns the error that it ends with */
  #defect(e: unknown, c: Chunk, p: number, end: number): SouthboundError {
    if (SouthboundError.is(e) && e === this.#error) return e;
    this.#log("error", defectLine(this.name, e, c, p, end));
    const error = errnoError("ECONNABORTED", `${this.name}: southbound failed to handle a message`, e);
    this.#end(error);
    void this.stream.close();
    return this.#error ?? error;
  }

  #ended(error: SouthboundError | null): void {
    if (error !== null || this.#closing) this.#end(error);
    else if (this.unfinished > 0) this.#end(errnoError("EPROTO", `${this.name}: connection dropped mid-packet`));
    else if (this.#state === "hello") this.#end(errnoError("ECONNRESET", `${this.name}: the peer closed before its hello`));
    else this.#end(null);
    this.#resolveClosed();
  }

  #end(error: SouthboundError | null): void {
    if (this.#state === "disconnected") return;
    this.#state = "disconnected";
    this.#error = error;
    this.codec = null;
    countOut(this);
    this.#handshake.end();
    this.transactions.end(
      new SouthboundError(
        "ERR_CLOSED",
        `${this.name}: the connection ended before the reply came`,
        error === null ? undefined : { cause: error },
      ),
    );
    queueMicrotask(() => {
      this.keeper?.ended(error);
      this.onClose?.(error);
    });
  }
}

/** The codec of a version from the wire, of the message at `p`. Throws DecodeError for one that nobody defined. */
function codecOf(version: number, p: number): Codec<Message> {
  if (version < 1 || version > 6) fail("OFPBRC_BAD_VERSION", `OpenFlow ${versionName(version)}`, p);
  return messageCodec(version as Version);
}

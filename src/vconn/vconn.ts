import { Chunk } from "../bytes/mod.js";
import { type Clock, systemClock, type Timer } from "../clock/mod.js";
import { errnoError, SouthboundError } from "../errors/mod.js";
import { BarrierRequest, errorReply, explainDecode, type Message, messageCodec } from "../ofp/mod.js";
import { type Codec, fail, type Version, versionName } from "../schema/mod.js";
import { outbox, type Stream } from "../stream/mod.js";
import { Framer } from "./framer.js";
import { type Log, silent } from "./log.js";
import { commonVersion, errorVersion, helloBytes, noCommonVersion, readHello, type VersionSet, versionSet } from "./negotiation.js";
import { Transactions, type WaitOptions } from "./transactions.js";

/** Where a connection stands: the stream is being made; our hello is out and the peer's is awaited; messages flow; it has ended. */
export type VconnState = "connecting" | "hello" | "connected" | "disconnected";

/** How a connection behaves. */
export interface VconnOptions {
  /** The versions to offer; 1.0 and 1.3 unless given. */
  readonly versions?: readonly Version[] | undefined;
  readonly clock?: Clock | undefined;
  /** Milliseconds for the peer's hello, from when the stream is open; default 10,000. */
  readonly helloTimeout?: number | undefined;
  /** Where one line goes for each thing that went wrong; nowhere unless given. */
  readonly log?: Log | undefined;
}

/** The versions that are offered unless a caller says otherwise. */
export const DEFAULT_VERSIONS: readonly Version[] = [1, 4];

const HELLO = 0;
const ERROR = 1;
const ECHO_REQUEST = 2;
const ECHO_REPLY = 3;
const PACKET_IN = 10;
const PORT_STATUS = 12;
/** Transaction ids are counted in 31 bits, so that each is a small integer to the engine. */
const XIDS = 0x7fffffff;

/**
 * An OpenFlow connection over a stream: framing, negotiation of the version, echo, transactions. The same for both ends. One user sets the slots `onUp`,
 * `onMessage`, `onClose`.
 *
 * Echo requests are answered before anything else sees them. A message of another version than the negotiated one is answered with BAD_VERSION and dropped.
 * Bytes that are no OpenFlow end this connection, with one line in the log.
 */
export class Vconn extends Framer implements AsyncDisposable {
  /** The stream, which belongs to this connection. */
  readonly stream: Stream;
  /** The peer's name, such as `tcp:127.0.0.1:6653`. */
  readonly name: string;
  /** Resolves when the connection has ended, after `onClose`. Never rejects. */
  readonly closed: Promise<void>;

  /** Called once, when the version is settled and messages can be sent. */
  onUp: (() => void) | null = null;
  /**
   * Called for each message but hello, echo request and the reply to a request that waits for it here. [p, end) of the chunk is the whole message; the bytes are borrowed
   * until it returns. Decode it with {@link decode}, or with the codec of the type that is expected.
   */
  onMessage: ((type: number, c: Chunk, p: number, end: number) => void) | null = null;
  /** Called once when the connection has ended; the error is null where one side closed it in order. */
  onClose: ((error: SouthboundError | null) => void) | null = null;

  #state: VconnState;
  #version: Version | 0 = 0;
  readonly #offer: VersionSet;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #transactions: Transactions;
  #codec: Codec<Message> | null = null;
  #deadline: Timer | null = null;
  #xid = 0;
  #resolveClosed!: () => void;

  /** Takes over a stream that is open or connecting. Throws `ERR_USAGE` for no versions. */
  constructor(stream: Stream, options: VconnOptions = {}) {
    super();
    this.stream = stream;
    this.name = stream.name;
    this.#offer = versionSet(options.versions ?? DEFAULT_VERSIONS);
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silent;
    this.#transactions = new Transactions(stream.name, this.#clock);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    const timeout = options.helloTimeout ?? 10_000;
    this.#state = "connecting";
    stream.onClose = (error) => this.#ended(error);
    if (stream.state === "connecting") stream.onOpen = () => this.#hello(timeout);
    else this.#hello(timeout);
  }

  /** Where the connection stands. */
  get state(): VconnState {
    return this.#state;
  }

  /** The negotiated version; 0 until there is one. It stays when the connection has ended. */
  get version(): Version | 0 {
    return this.#version;
  }

  /** How many requests wait for their reply. */
  get waiting(): number {
    return this.#transactions.size;
  }

  /**
   * Encodes a message for the negotiated version and sends it. Nothing is kept of it.
   * @returns its transaction id: `message.xid`, or the next one where that is 0
   * @throws SouthboundError `ENOTCONN` before the version is settled and after the end; `ERR_UNSUPPORTED`, `ERR_RANGE`, `ERR_TOO_LONG`
   */
  send(message: Message): number {
    const codec = this.#codec;
    if (codec === null || this.#state !== "connected") throw errnoError("ENOTCONN", `${this.name}: sending ${message.type}`);
    const p = outbox.begin(this.stream);
    const c = outbox.chunk;
    const end = codec.encode(c, p, message);
    let xid = c.dv.getUint32(p + 4);
    if (xid === 0) {
      xid = this.nextXid();
      c.dv.setUint32(p + 4, xid);
    }
    outbox.commit(end);
    return xid;
  }

  /** A transaction id that no waiting request has; never 0. */
  nextXid(): number {
    do this.#xid = (this.#xid % XIDS) + 1;
    while (this.#transactions.size > 0 && this.#transactions.has(this.#xid));
    return this.#xid;
  }

  /**
   * Sends a request and waits for its one reply, which the caller owns.
   * @throws as {@link send}; as a rejection OpenFlowError, `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_CLOSED`
   */
  async transact(request: Message, options?: WaitOptions): Promise<Message> {
    const [reply] = await this.#request(request, false, options);
    return reply!;
  }

  /** As {@link transact}, for all parts of a multipart reply. */
  transactMultipart(request: Message, options?: WaitOptions): Promise<Message[]> {
    return this.#request(request, true, options);
  }

  /**
   * Sends a request that has no reply, and a barrier behind it: fulfilled when the barrier's reply has come, rejected with OpenFlowError when the request
   * was answered with an error.
   */
  async transactNoReply(request: Message, options?: WaitOptions): Promise<void> {
    const refused = new AbortController();
    const failed = this.#request(request, false, { ...options, timeout: Number.POSITIVE_INFINITY, signal: refused.signal }).then(
      () => undefined,
    );
    const done = this.transact(BarrierRequest.of(), options).then(() => undefined);
    try {
      await Promise.race([failed, done]);
    } finally {
      refused.abort();
      failed.catch(() => {});
      done.catch(() => {});
    }
  }

  /** Waits until the peer has done everything sent so far. */
  async barrier(options?: WaitOptions): Promise<void> {
    await this.transact(BarrierRequest.of(), options);
  }

  /** Decodes a message that {@link onMessage} was given. Its lazy fields are borrowed. Throws DecodeError. */
  decode(c: Chunk, p: number, end: number): Message {
    try {
      return this.#codec!.decode(c, p, end);
    } catch (e) {
      throw explainDecode(e, c, p, end);
    }
  }

  /** Answers the message in [p, end) with an error, by its name in the specification; where this version lacks it, by the nearest that it has. */
  sendError(reason: string, c: Chunk, p: number, end: number): void {
    const version = c.dv.getUint8(p);
    const known = version >= 1 && version <= 6 ? (version as Version) : this.#version || 1;
    this.#put(errorReply(known, reason, c.dv.getUint32(p + 4), c.u8.subarray(p, end)), known);
  }

  /** Asks for the peer's attention: an echo request, whose reply counts as received like any message. */
  probe(): void {
    if (this.#state !== "connected") return;
    const p = outbox.begin(this.stream);
    const { dv } = outbox.chunk;
    dv.setUint32(p, (this.#version << 24) | (ECHO_REQUEST << 16) | 8);
    dv.setUint32(p + 4, 0);
    outbox.commit(p + 8);
  }

  /** Ends the connection in order: what was sent still leaves. */
  close(): Promise<void> {
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

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // ---- inside

  protected get live(): boolean {
    return this.#state !== "disconnected";
  }

  #hello(timeout: number): void {
    this.#state = "hello";
    this.stream.onChunk = (c, n) => this.feed(c, n);
    outbox.send(this.stream, helloBytes(this.#offer, this.nextXid()));
    if (timeout !== Number.POSITIVE_INFINITY) {
      this.#deadline = this.#clock.after(timeout, () =>
        this.abandon(errnoError("ETIMEDOUT", `${this.name}: no hello within ${timeout} ms`)),
      );
    }
  }

  protected message(c: Chunk, p: number, end: number): void {
    const { dv } = c;
    const head = dv.getUint16(p);
    const type = head & 255;
    if (head >>> 8 === this.#version && type > ECHO_REPLY) {
      if (this.#transactions.size !== 0 && (type < PACKET_IN || type > PORT_STATUS) && this.#transactions.has(dv.getUint32(p + 4)))
        this.#answer(c, p, end);
      else this.onMessage?.(type, c, p, end);
    } else if (this.#state === "hello") this.#negotiate(c, p, end);
    else this.#control(type, c, p, end);
  }

  protected tooShort(c: Chunk, p: number, length: number): void {
    if (this.#state === "connected") this.#reject("OFPBRC_BAD_LEN", c, p, p + 4);
    this.abandon(errnoError("EPROTO", `${this.name}: received a header that says ${length} bytes, under the 8 of a header`));
  }

  /** The messages that any version may send at any time, and those of a wrong version. */
  #control(type: number, c: Chunk, p: number, end: number): void {
    switch (type) {
      case HELLO:
        return;
      case ECHO_REQUEST: {
        const q = outbox.begin(this.stream);
        outbox.chunk.u8.set(c.u8.subarray(p, end), q);
        outbox.chunk.dv.setUint8(q + 1, ECHO_REPLY);
        outbox.commit(q + end - p);
        return;
      }
      case ERROR:
      case ECHO_REPLY:
        if (this.#transactions.has(c.dv.getUint32(p + 4))) this.#answer(c, p, end);
        else if (c.dv.getUint8(p) === this.#version) this.onMessage?.(type, c, p, end);
        return;
      default:
        this.#log(
          "warn",
          `${this.name}: received OpenFlow ${versionName(c.dv.getUint8(p))} on a connection of OpenFlow ${versionName(this.#version)}`,
        );
        this.sendError("OFPBRC_BAD_VERSION", c, p, end);
    }
  }

  #negotiate(c: Chunk, p: number, end: number): void {
    const version = c.dv.getUint8(p);
    const type = c.dv.getUint8(p + 1);
    if (type !== HELLO || version === 0) {
      this.abandon(
        errnoError("EPROTO", `${this.name}: the first message is type ${type} of OpenFlow ${versionName(version)} where a hello has to be`),
      );
      return;
    }
    const { versions, odd } = readHello(c, p, end);
    if (odd !== undefined) this.#log("warn", `${this.name}: hello with ${odd}, which is passed over`);
    const common = commonVersion(this.#offer, versions);
    if (common === 0) {
      const words = noCommonVersion(this.#offer, versions);
      this.#put(errorReply(errorVersion(versions), "OFPHFC_INCOMPATIBLE", 0, words), errorVersion(versions));
      this.abandon(errnoError("EPROTO", `${this.name}: version negotiation failed: ${words}`));
      return;
    }
    this.#version = common;
    this.#codec = messageCodec(common);
    this.#deadline?.stop();
    this.#deadline = null;
    this.#state = "connected";
    this.onUp?.();
  }

  /** Hands a message to the request that waits for it. It is decoded from a copy, so that the caller owns all of it. */
  #answer(c: Chunk, p: number, end: number): void {
    const own = new Chunk(c.u8.slice(p, end));
    try {
      const version = own.dv.getUint8(0);
      if (version < 1 || version > 6) fail("OFPBRC_BAD_VERSION", `OpenFlow ${versionName(version)}`, 0);
      this.#transactions.reply(messageCodec(version as Version).decode(own, 0, end - p));
    } catch (e) {
      const error = explainDecode(e, own, 0, end - p);
      if (!SouthboundError.is(error)) throw error;
      this.abandon(new SouthboundError("EPROTO", `${this.name}: ${error.message}`, { cause: error }));
    }
  }

  /** Answers what cannot be framed; only its first bytes are there. */
  #reject(reason: string, c: Chunk, p: number, end: number): void {
    const version = this.#version as Version;
    this.#put(errorReply(version, reason, 0, c.u8.subarray(p, end)), version);
  }

  #put(message: Message, version: Version): void {
    const p = outbox.begin(this.stream);
    outbox.commit(messageCodec(version).encode(outbox.chunk, p, message));
  }

  async #request(request: Message, parts: boolean, options: WaitOptions | undefined): Promise<Message[]> {
    options?.signal?.throwIfAborted();
    const known = request.type === "unknown" ? 0 : request.xid;
    if (known !== 0 && this.#transactions.has(known))
      throw new SouthboundError("ERR_USAGE", `${this.name}: a request with xid ${known} is under way: leave its xid at 0`);
    const xid = this.send(request);
    return this.#transactions.wait(xid, request, parts, options);
  }

  #ended(error: SouthboundError | null): void {
    if (error === null && this.#state === "hello") this.#end(errnoError("ECONNRESET", `${this.name}: the peer closed before its hello`));
    else if (error === null && this.unfinished > 0) this.#end(errnoError("EPROTO", `${this.name}: connection dropped mid-packet`));
    else this.#end(error);
    this.#resolveClosed();
  }

  #end(error: SouthboundError | null): void {
    if (this.#state === "disconnected") return;
    this.#state = "disconnected";
    this.#deadline?.stop();
    this.#deadline = null;
    this.#transactions.end(
      new SouthboundError(
        "ERR_CLOSED",
        `${this.name}: the connection ended before the reply came`,
        error === null ? undefined : { cause: error },
      ),
    );
    queueMicrotask(() => this.onClose?.(error));
  }
}

import { Chunk } from "../bytes/mod.js";
import { type Clock, systemClock, type Timer } from "../clock/mod.js";
import { errnoError, SouthboundError } from "../errors/mod.js";
import {
  BarrierRequest,
  errorReply,
  explainDecode,
  type FlowStats,
  type FlowStatsRequest,
  type KnownMessage,
  type Message,
  messageCodec,
} from "../ofp/mod.js";
import { type Codec, fail, VERSIONS, type Version, versionName } from "../schema/mod.js";
import { outbox, type Stream } from "../stream/mod.js";
import { type BulkOptions, type BulkResult, runBulk } from "./bulk.js";
import { type BundleOptions, type BundleResult, runBundle } from "./bundle.js";
import { countIn, countOut } from "./counters.js";
import { deadline } from "./deadline.js";
import { type DumpOptions, dumpFlows, multipartReplies } from "./dump.js";
import { type Endpoint, endpoint } from "./endpoint.js";
import { Framer } from "./framer.js";
import type { Line } from "./line.js";
import { type Log, silent } from "./log.js";
import { commonVersion, errorVersion, helloBytes, noCommonVersion, readHello, type VersionSet, versionSet } from "./negotiation.js";
import { SNIFFED, sniff } from "./sniff.js";
import { both, type Tap, traceTo } from "./trace.js";
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
  /** Logs each message on debug level too, as `ovs-ofctl` prints it, up to 600 a minute. Default false; costs nothing then. */
  readonly trace?: boolean | undefined;
}

/** How a connection stands, to be shown. */
export interface VconnStatus {
  /** The peer's name. */
  readonly name: string;
  readonly state: VconnState;
  /** 0 while there is none. */
  readonly version: Version | 0;
  /** The error that it ended with; null for an end in order, undefined while it lives. */
  readonly error: SouthboundError | null | undefined;
  /** The other end. */
  readonly remote: Endpoint;
  /** This end; without a name while connecting. */
  readonly local: Endpoint;
  /** Messages. */
  readonly sent: number;
  readonly sentBytes: number;
  /** Messages. */
  readonly received: number;
  readonly receivedBytes: number;
  /** Bytes that wait to be sent. */
  readonly queued: number;
  /** Requests that wait for their reply. */
  readonly waiting: number;
}

/** Who keeps a connection, beside its user: told of it in plain calls. */
export interface VconnKeeper {
  /** The version is settled; before `onUp`. */
  up(): void;
  /** One whole message or more has been received and handled. */
  heard(): void;
  /** The stream takes writes again. */
  drained(): void;
  /** It has ended; before `onClose`. */
  ended(error: SouthboundError | null): void;
}

/** The versions that are offered unless a caller says otherwise. */
export const DEFAULT_VERSIONS: readonly Version[] = [1, 4];

const HELLO = 0;
const ERROR = 1;
const ECHO_REQUEST = 2;
const ECHO_REPLY = 3;
const PACKET_IN = 10;
const PORT_STATUS = 12;

/**
 * An OpenFlow connection over a stream: framing, negotiation of the version, echo, transactions. The same for both ends. One user sets the slots `onUp`,
 * `onMessage`, `onClose`.
 *
 * Echo requests are answered before anything else sees them. A message of another version than the negotiated one is answered with BAD_VERSION and dropped.
 * Bytes that are no OpenFlow end this connection, with one line in the log.
 *
 * An end is for good: `state` stays "disconnected", `error` tells why, and what is sent then is refused with `ENOTCONN`, whose cause is that error.
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
  /** Called when writes may go on: the stream was congested and is so no more. */
  onDrain: (() => void) | null = null;
  /** Who keeps this connection beside its user. For {@link Rconn}. @internal */
  keeper: VconnKeeper | null = null;
  /**
   * Hands every message to `onMessage` as it comes, whatever its version, echo requests too, and answers none: for a connection on which messages of others are looked at. {@link decode}
   * goes by the version in each header.
   */
  recvAnyVersion = false;
  /** Messages sent, hello and echo included. */
  sent = 0;
  /** Bytes of them. */
  sentBytes = 0;

  #state: VconnState;
  #version: Version | 0 = 0;
  #offer: VersionSet;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #transactions: Transactions;
  #codec: Codec<Message> | null = null;
  #deadline: Timer | null = null;
  #error: SouthboundError | null | undefined;
  #trace: Tap | null = null;
  #tap: Tap | null = null;
  #first: Uint8Array | null = null;
  #holds = 0;
  #line: Line | null = null;
  #bundleId = 0;
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
    if (options.trace === true && options.log !== undefined) {
      this.#trace = traceTo(options.log, stream.name, this.#clock);
      this.#tap = this.#trace;
    }
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

  /** Where the connection stands. */
  get state(): VconnState {
    return this.#state;
  }

  /** The negotiated version; 0 until there is one. It stays when the connection has ended. */
  get version(): Version | 0 {
    return this.#version;
  }

  /** The error that ended the connection: null where one side closed it in order, undefined while it lives. It stays. */
  get error(): SouthboundError | null | undefined {
    return this.#error;
  }

  /** The versions that are offered. Set them before our hello is out, which is when the stream opens; after that `ERR_USAGE` is thrown, as for no versions. */
  get allowedVersions(): readonly Version[] {
    return VERSIONS.filter((v) => (this.#offer & (1 << v)) !== 0);
  }

  set allowedVersions(versions: readonly Version[]) {
    if (this.#state !== "connecting")
      throw new SouthboundError("ERR_USAGE", `${this.name}: the versions were offered already; set them before the connection is made`);
    this.#offer = versionSet(versions);
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
    const { name, state, version, error, remote, local, sent, sentBytes, received, receivedBytes, waiting } = this;
    const { queued } = this.stream;
    return { name, state, version, error, remote, local, sent, sentBytes, received, receivedBytes, queued, waiting };
  }

  /** Whether the peer is read. While it is not, its silence is ours. */
  get reading(): boolean {
    return this.#holds === 0 && !this.stream.congested;
  }

  /** Shows each message that is sent or received to one tap, which must not send on this connection; null ends it. For {@link Rconn}. @internal */
  tap(tap: Tap | null): void {
    this.#tap = both(this.#trace, tap);
  }

  /** How many requests wait for their reply; a row of requests sent at once counts as one. */
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
    if (codec === null || this.#state !== "connected") throw this.#notConnected(message.type);
    const p = outbox.begin(this.stream);
    const c = outbox.chunk;
    const end = codec.encode(c, p, message);
    let xid = c.dv.getUint32(p + 4);
    if (xid === 0) {
      xid = this.#transactions.next();
      c.dv.setUint32(p + 4, xid);
    }
    this.#commit(c, p, end);
    return xid;
  }

  /**
   * Sends one message in bytes as they are, which are copied: of the negotiated version, and with a transaction id of the sender's own.
   * @throws SouthboundError `ENOTCONN` before the version is settled and after the end
   */
  sendBytes(bytes: Uint8Array): void {
    if (this.#state !== "connected") throw this.#notConnected("bytes");
    const p = outbox.begin(this.stream);
    const c = outbox.chunk;
    c.u8.set(bytes, p);
    this.#commit(c, p, p + bytes.length);
  }

  /** A transaction id that no waiting request has; never 0. */
  nextXid(): number {
    return this.#transactions.next();
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

  /**
   * Sends many requests, up to `window` of them in flight at once, and learns of each what came of it. Barriers between and behind them tell when those are done that have no reply: one
   * where all fit into the window. Requests get transaction ids of their own, whatever theirs say.
   * @returns a result for each request, in their order; a refused one does not keep the others from being sent
   * @throws as a rejection what {@link send} throws, for a request that cannot be encoded, with the place of it in the message: those before it are sent;
   *   `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_CLOSED`: what was in flight is unknown
   */
  async transactMultiple(requests: readonly Message[], options: BulkOptions = {}): Promise<BulkResult[]> {
    return await runBulk(this.#asLine(), requests, options);
  }

  /**
   * Asks for statistics and hands the parts of the reply over one by one, each owned by the caller. While one is looked at nothing more is read from this peer than what a
   * single read brought. Nothing is sent before the first is asked for. Leaving the loop early drops the rest as it comes.
   * @throws in the loop as {@link transact}; the time-out is for each part
   */
  multipartReplies(request: Message, options: DumpOptions = {}): AsyncGenerator<KnownMessage, void, undefined> {
    return multipartReplies(this.#asLine(), request, options);
  }

  /** The flows of a switch, one by one, as {@link multipartReplies}: 100,000 need no more memory than a hundred. @param request - all flows unless given */
  dumpFlows(request?: FlowStatsRequest, options: DumpOptions = {}): AsyncGenerator<FlowStats, void, undefined> {
    return dumpFlows(this.#asLine(), request, options);
  }

  /**
   * Has the switch do all of the messages, or none: a bundle, which is opened, filled, followed by a barrier, and committed when nothing was refused, else discarded. Since OpenFlow 1.3.
   * @returns what came of it, and every error with the message that it belongs to. "unknown" when the reply to the commit was lost: read back what the switch has
   * @throws as a rejection `ENOTCONN`, and `ERR_UNSUPPORTED`, `ERR_RANGE`, `ERR_TOO_LONG` for a message that cannot be encoded: the bundle is discarded then
   */
  async bundle(messages: readonly Message[], options: BundleOptions = {}): Promise<BundleResult> {
    return await runBundle(this.#asLine(), messages, this.#bundleId++, options);
  }

  /** Reads nothing more from the peer, once what one read brought is handled, until the function that comes back is called. Several may hold at once. */
  hold(): () => void {
    let held = true;
    if (this.#holds++ === 0) this.stream.pause();
    return () => {
      if (!held) return;
      held = false;
      if (--this.#holds === 0) this.stream.resume();
    };
  }

  /**
   * Decodes a message that {@link onMessage} was given, in the version that its header says. Its lazy fields are borrowed. Throws DecodeError.
   */
  decode(c: Chunk, p: number, end: number): Message {
    const version = c.dv.getUint8(p);
    try {
      return version === this.#version ? this.#codec!.decode(c, p, end) : codecOf(version).decode(c, p, end);
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
    this.#commit(outbox.chunk, p, p + 8);
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

  protected get live(): boolean {
    return this.#state !== "disconnected";
  }

  #hello(timeout: number): void {
    this.#state = "hello";
    const hello = helloBytes(this.#offer, this.nextXid());
    const p = outbox.begin(this.stream);
    outbox.chunk.u8.set(hello, p);
    this.#commit(outbox.chunk, p, p + hello.length);
    // Behind the sending, which may let others send: nothing is to be received before this returns and the slots are set.
    this.stream.onChunk = (c, n) => {
      this.#sniffed(c, n);
      this.#bytes(c, n);
    };
    if (timeout !== Number.POSITIVE_INFINITY) {
      this.#deadline = deadline(this.#clock, timeout, () =>
        this.abandon(errnoError("ETIMEDOUT", `${this.name}: no hello within ${timeout} ms`)),
      );
    }
  }

  #bytes(c: Chunk, n: number): void {
    const { framed } = this;
    this.feed(c, n);
    if (this.keeper !== null && this.framed !== framed) this.keeper.heard();
  }

  /** Keeps the first bytes, in case that they turn out to be no OpenFlow. */
  #sniffed(c: Chunk, n: number): void {
    const kept = this.#first;
    if (this.#state !== "hello" || kept?.length === SNIFFED) return;
    const have = kept?.length ?? 0;
    const first = new Uint8Array(Math.min(SNIFFED, have + n));
    if (kept !== null) first.set(kept);
    first.set(c.u8.subarray(0, first.length - have), have);
    this.#first = first;
  }

  /** Ends what outbox.begin() began. A tap may send elsewhere, so that the chunk may be another behind it. */
  #commit(c: Chunk, p: number, end: number): void {
    this.sent++;
    this.sentBytes += end - p;
    outbox.commit(end);
    if (this.#tap !== null) this.#tap(true, c, p, end);
  }

  #notConnected(what: string): SouthboundError {
    return errnoError("ENOTCONN", `${this.name}: sending ${what}`, this.#error ?? undefined);
  }

  #asLine(): Line {
    this.#line ??= {
      name: this.name,
      clock: this.#clock,
      transactions: this.#transactions,
      version: this.#version as Version,
      send: (message, xid, inner) => this.#sendAs(message, xid, inner),
      transact: (request, options) => this.transact(request, options),
      hold: () => this.hold(),
    };
    return this.#line;
  }

  #sendAs(message: Message, xid: number, inner: number): number {
    const codec = this.#codec;
    if (codec === null || this.#state !== "connected") throw this.#notConnected(message.type);
    const p = outbox.begin(this.stream);
    const c = outbox.chunk;
    const end = codec.encode(c, p, message);
    c.dv.setUint32(p + 4, xid);
    if (inner !== 0) c.dv.setUint32(p + inner + 4, xid);
    this.#commit(c, p, end);
    return end - p;
  }

  protected message(c: Chunk, p: number, end: number): void {
    const { dv } = c;
    const head = dv.getUint16(p);
    const type = head & 255;
    if (this.#tap !== null) this.#tap(false, c, p, end);
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
    if (this.recvAnyVersion) {
      this.onMessage?.(type, c, p, end);
      return;
    }
    switch (type) {
      case HELLO:
        return;
      case ECHO_REQUEST: {
        const q = outbox.begin(this.stream);
        outbox.chunk.u8.set(c.u8.subarray(p, end), q);
        outbox.chunk.dv.setUint8(q + 1, ECHO_REPLY);
        this.#commit(outbox.chunk, q, q + end - p);
        return;
      }
      case ERROR:
      case ECHO_REPLY:
        if (this.#transactions.has(c.dv.getUint32(p + 4))) this.#answer(c, p, end);
        else this.onMessage?.(type, c, p, end);
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
    this.#first = null;
    this.stream.established();
    this.stream.onChunk = (chunk, n) => this.#bytes(chunk, n);
    this.keeper?.up();
    this.onUp?.();
  }

  /** Hands a message to the request that waits for it. It is decoded from a copy, so that the caller owns all of it. */
  #answer(c: Chunk, p: number, end: number): void {
    const own = new Chunk(c.u8.slice(p, end));
    try {
      this.#transactions.reply(codecOf(own.dv.getUint8(0)).decode(own, 0, end - p));
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
    const c = outbox.chunk;
    this.#commit(c, p, messageCodec(version).encode(c, p, message));
  }

  async #request(request: Message, parts: boolean, options: WaitOptions | undefined): Promise<Message[]> {
    if (options?.signal?.aborted === true) throw this.#transactions.aborted(request, options.signal);
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
    this.#error = error;
    this.#deadline?.stop();
    this.#deadline = null;
    countOut(this);
    const spoken = this.#first === null ? undefined : sniff(this.#first);
    if (spoken !== undefined) this.#log("warn", `${this.name}: received ${spoken} data on OpenFlow channel`);
    this.#transactions.end(
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

/** The codec of a version from the wire. Throws DecodeError for one that nobody defined. */
function codecOf(version: number): Codec<Message> {
  if (version < 1 || version > 6) fail("OFPBRC_BAD_VERSION", `OpenFlow ${versionName(version)}`, 0);
  return messageCodec(version as Version);
}

import type { Chunk } from "../bytes/mod.js";
import { checkOptions, errnoError, SouthboundError } from "../errors/mod.js";
import { errorReply, MessageType, messageCodec } from "../ofp/mod.js";
import { INSPECT, VERSIONS, type Version, versionName } from "../schema/mod.js";
import type { Stream } from "../stream/mod.js";
import { countIn, countOut } from "./counters.js";
import { type Endpoint, endpoint } from "./endpoint.js";
import { Handshake, type Verdict } from "./handshake.js";
import type { LogLevel } from "./log.js";
import { hex, versionSet } from "./negotiation.js";
import { RateLimit } from "./rate-limit.js";
import { Receiver } from "./receiver.js";
import {
  DEFAULT_VERSIONS,
  VCONN_OPTIONS,
  type VconnKeeper,
  type VconnOptions,
  type VconnState,
  type VconnStatus,
} from "./vconn-options.js";

const {
  Hello: HELLO,
  Error: ERROR,
  EchoRequest: ECHO_REQUEST,
  EchoReply: ECHO_REPLY,
  PacketIn: PACKET_IN,
  PortStatus: PORT_STATUS,
} = MessageType;

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
export class Vconn extends Receiver implements AsyncDisposable {
  /** Resolves when the connection has ended, after `onClose`. Never rejects. */
  readonly closed: Promise<void>;

  /** Called once, when the version is settled and messages can be sent. */
  onUp: (() => void) | null = null;
  /** Called once when the connection has ended; the error is null where one side closed it in order. */
  onClose: ((error: SouthboundError | null) => void) | null = null;
  /** Called when writes may go on: the stream was congested and is so no more. */
  onDrain: (() => void) | null = null;
  /** The keeper of this connection, beside its user. For {@link Rconn}. @internal */
  keeper: VconnKeeper | null = null;
  #state: VconnState;
  readonly #handshake: Handshake;
  #error: SouthboundError | null | undefined;
  #echoMs: number | null = null;
  #holds = 0;
  #closing = false;
  #odd: RateLimit | null = null;
  #resolveClosed!: () => void;

  /** Takes over a stream that is open or connecting. Throws `ERR_USAGE` for no versions, and for a `maxFaults` that is no number of them. */
  constructor(stream: Stream, options: VconnOptions = {}) {
    super(stream, options);
    checkOptions("Vconn", options, VCONN_OPTIONS);
    this.#handshake = new Handshake(stream.name, options.versions ?? DEFAULT_VERSIONS, this.log);
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

  /** Where the connection stands. */
  get state(): VconnState {
    return this.#state;
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

  /** The other end: by its address once it is connected, also where it was named by a host name. */
  get remote(): Endpoint {
    return endpoint(this.stream.remote);
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

  /** Milliseconds that the last answered probe took there and back; null while there was none. */
  get echoMs(): number | null {
    return this.#echoMs;
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

  /** Ends the connection in order: what was sent still leaves. */
  close(): Promise<void> {
    this.#closing = true;
    if (this.#state !== "disconnected") void this.stream.close();
    return this.closed;
  }

  /**
   * Ends the connection because of what the peer did or failed to do: one line in the log, what was sent still leaves, and `onClose` gets the error.
   * @param level - of the line; `warn` unless given
   */
  abandon(error: SouthboundError, level: LogLevel = "warn"): void {
    if (this.#state === "disconnected") return;
    this.log(level, error.message);
    this.#end(error);
    void this.stream.close();
  }

  /** Ends the connection at once: what is queued is dropped, and `onClose` gets the error. */
  destroy(error?: SouthboundError): void {
    if (this.#state === "disconnected") return;
    this.#end(error ?? null);
    this.stream.destroy(error);
  }

  /** For people: `tcp:127.0.0.1:6653 (connected, OpenFlow 1.3)`. */
  override toString(): string {
    return `${this.name} (${this.#state}${this.settled === 0 ? "" : `, OpenFlow ${versionName(this.settled)}`})`;
  }

  /** For `console.log` of Node. */
  [INSPECT](): string {
    return `Vconn ${this}`;
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
    if (this.tapped !== null) this.show(c, p, end);
    if (head >>> 8 === this.settled && type > ECHO_REPLY) {
      if (this.transactions.size !== 0 && (type < PACKET_IN || type > PORT_STATUS) && this.transactions.has(dv.getUint32(p + 4)))
        this.answer(c, p, end);
      else this.hand(type, c, p, end);
    } else if (this.#state === "hello") this.#negotiate(c, p, end);
    else this.#control(type, c, p, end);
  }

  protected override tooShort(c: Chunk, p: number, length: number): void {
    if (this.#state === "connected")
      this.putMessage(errorReply(this.settled as Version, "OFPBRC_BAD_LEN", 0, c.u8.subarray(p, p + 4)), this.settled as Version);
    this.abandon(new SouthboundError("EPROTO", `${this.name}: received too-short ofp_header (${length} bytes)`), "error");
  }

  /** The messages that any version may send at any time, and those of a wrong version. */
  #control(type: number, c: Chunk, p: number, end: number): void {
    if (this.recvAnyVersion) {
      this.hand(type, c, p, end);
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
        if (type === ECHO_REPLY && this.probedAt !== null && c.dv.getUint32(p + 4) === 0) {
          this.#echoMs = this.clock.now() - this.probedAt;
          this.probedAt = null;
        }
        if (this.transactions.has(c.dv.getUint32(p + 4))) this.answer(c, p, end);
        else this.hand(type, c, p, end);
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
    if (held !== undefined) this.log("error", `${this.name}: ${held}`);
    this.log("error", `${this.name}: received OpenFlow version ${hex(version)} != expected ${hex(this.settled).slice(2)}`);
  }

  #negotiate(c: Chunk, p: number, end: number): void {
    let verdict: Verdict;
    try {
      verdict = this.#handshake.judge(c, p, end);
    } catch (e) {
      this.defect(e, c, p, end);
      return;
    }
    if (verdict.version === 0) {
      const { refusal } = verdict;
      if (refusal !== undefined) this.putMessage(refusal.message, refusal.version);
      this.abandon(verdict.error);
      return;
    }
    this.settled = verdict.version;
    this.decoder = messageCodec(verdict.version);
    this.codec = this.decoder;
    this.#state = "connected";
    this.stream.established();
    this.stream.onChunk = (chunk, n) => this.#bytes(chunk, n);
    this.keeper?.up();
    this.onUp?.();
  }

  protected override broken(error: SouthboundError): void {
    this.#end(error);
    void this.stream.close();
  }

  #ended(error: SouthboundError | null): void {
    if (error !== null || this.#closing) this.#end(error);
    else if (this.unfinished > 0) this.#cut();
    else if (this.#state === "hello") this.#end(errnoError("ECONNRESET", `${this.name}: the peer closed before its hello`));
    else this.#end(null);
    this.#resolveClosed();
  }

  /** The peer has closed within a message. */
  #cut(): void {
    if (this.#state === "disconnected") return;
    const error = new SouthboundError("EPROTO", `${this.name}: connection dropped mid-packet`);
    this.log("error", error.message);
    this.#end(error);
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

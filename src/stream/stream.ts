import type { Chunk } from "../bytes/mod.js";
import type { Timer } from "../clock/mod.js";
import { errnoError, errnoOf, SouthboundError } from "../errors/mod.js";
import { outbox } from "./outbox.js";
import type { PeerCertificate } from "./peer-certificate.js";
import { type ConnectOptions, limitsOf } from "./stream-options.js";
import { type StreamState, WriteSide } from "./write-side.js";

/** What a transport says about a stream when it makes it. */
export interface StreamInfo {
  /** The transport, such as `tcp`. */
  readonly kind: string;
  /** The remote end, in Open vSwitch's form. */
  readonly name: string;
  /** The local end; empty where there is nothing to say, or not yet. */
  readonly local?: string;
  /** Whether only probes can find that the peer is gone. */
  readonly needsProbes: boolean;
  /** "connecting" when the transport will call `opened()`, "open" when bytes can flow already. */
  readonly state: "connecting" | "open";
}

/**
 * A channel of bytes to one peer, with one user. Buffering, back-pressure, time-outs and status stand here; a transport adds the few protected hooks
 * at the end of the class.
 *
 * The user sets the handler slots `onOpen`, `onChunk`, `onDrain`, `onClose`. They are called as plain functions. A handler that throws is a fault in
 * the program: the error surfaces as an uncaught one in a microtask, and the stream is destroyed, so that `onClose` gets `ECONNABORTED` with the
 * error as `cause`.
 *
 * Back-pressure: while more than `highWater` bytes wait, nothing is read from this peer, so that its requests cannot pile up answers. When both ends
 * do so nothing moves any more; then, as with any peer that stopped reading, `stallTimeout` ends the stream with `ETIMEDOUT`.
 */
export abstract class Stream extends WriteSide implements AsyncDisposable {
  /** The transport: `tcp`, `unix`, `pipe`, or another registered one. */
  readonly kind: string;
  /** Whether only probes can find that the peer is gone. False for unix sockets and pipes. */
  readonly needsProbes: boolean;
  /** Resolves when the stream has closed, after `onClose`. Never rejects. */
  readonly closed: Promise<void>;

  /** Called when connecting has succeeded. Accepted streams and pipes are open from the start: for them it is not called. */
  onOpen: (() => void) | null = null;
  /** Called when writes may go on: `congested` was true and is false again. */
  onDrain: (() => void) | null = null;
  /**
   * Called exactly once, from a microtask, also when connecting fails. `null`: the peer ended, or this end closed, in order. Otherwise the error:
   * an errno such as `ECONNREFUSED`, `ENOENT`, `ECONNRESET`, `EPIPE`, `ETIMEDOUT`, or `ERR_ABORTED`, or what {@link destroy} was given.
   */
  onClose: ((error: SouthboundError | null) => void) | null = null;

  #local: string;
  #remote: string;
  #state: StreamState;
  #onChunk: ((chunk: Chunk, n: number) => void) | null = null;
  #paused = false;
  #reading = false;
  #ending = false;
  #localDone = false;
  #peerDone = false;
  #deadline: Timer | null = null;
  #awake: ReturnType<typeof setInterval> | undefined;
  #unlisten: (() => void) | null = null;
  #early: { left: number; readonly over: () => void } | null = null;
  #resolveClosed!: () => void;

  /**
   * @param info - what the transport knows
   * @param options - limits; while connecting, also the time-out and the signal, which this class enforces
   */
  protected constructor(info: StreamInfo, options: ConnectOptions = {}) {
    super(info.name, limitsOf(options));
    this.kind = info.kind;
    this.needsProbes = info.needsProbes;
    this.#local = info.local ?? "";
    this.#remote = info.name;
    this.#state = info.state;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    if (info.state === "connecting") this.#boundConnecting(options.signal);
  }

  /** Where the stream stands. */
  override get state(): StreamState {
    return this.#state;
  }

  /** The local end, such as `tcp:127.0.0.1:40312`; empty while connecting and where it has no name. */
  get local(): string {
    return this.#local;
  }

  /** The remote end by its address, such as `tcp:127.0.0.1:6653`, also where a host name was connected to. {@link name} while connecting, and where the transport has no addresses. */
  get remote(): string {
    return this.#remote;
  }

  /** The peer's certificate; null where the transport has none, or the peer was not asked for one. */
  get certificate(): PeerCertificate | null {
    return null;
  }

  /** Where connecting has failed and an event in this process has to come before it can succeed: resolves then. Null where only time can help. */
  get obstacle(): Promise<void> | null {
    return null;
  }

  /** The proved identity of the peer: the common name of its certificate; empty where there is none. */
  get peerId(): string {
    return this.certificate?.commonName ?? "";
  }

  /**
   * The receiver of bytes: [0, n) of `chunk` are borrowed until it returns; then `chunk.epoch` is raised and the bytes are used again. Nothing is
   * read before it is set, or while it is null. {@link Outbox.enter} and {@link Outbox.leave} are called around it.
   */
  get onChunk(): ((chunk: Chunk, n: number) => void) | null {
    return this.#onChunk;
  }

  set onChunk(handler: ((chunk: Chunk, n: number) => void) | null) {
    this.#onChunk = handler;
    this.#updateReading();
  }

  /**
   * Reports that the peer has shown to speak the user's protocol: from now on it counts no more as half-open, and may send as much as it likes. Only streams that a listener
   * accepted take note of it, once.
   */
  established(): void {
    const early = this.#early;
    this.#early = null;
    early?.over();
  }

  /**
   * For listeners: what holds until {@link established}.
   * @param maxBytes - how many bytes may come until then; the stream closes with `ENOBUFS` when more do
   * @param over - called once, then or when the stream closes
   */
  untilEstablished(maxBytes: number, over: () => void): void {
    this.#early = { left: maxBytes, over };
  }

  /** Stops reading until {@link resume}; independent of the pause that congestion makes. */
  pause(): void {
    this.#paused = true;
    this.#updateReading();
  }

  /** Reads again after {@link pause}. */
  resume(): void {
    this.#paused = false;
    this.#updateReading();
  }

  /**
   * Sends what is queued, here and in the outbox, signals the end to the peer, and waits for its end. What the peer still sends is dropped.
   * After `linger` ms the stream is closed in any case, with `ETIMEDOUT` when bytes are left unsent. A stream that is still connecting is closed at
   * once.
   * @returns {@link closed}
   */
  close(): Promise<void> {
    if (this.#state === "connecting") this.#finish(null);
    else this.#beginClosing();
    return this.closed;
  }

  /** Closes at once; what is queued is dropped. @param error - handed to `onClose` */
  destroy(error?: SouthboundError): void {
    this.#finish(error ?? null);
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // ---- for transports: what they write

  /** Starts or stops the calls of {@link received}. Streams begin with reading off. A start must not call {@link received} before it returns. */
  protected abstract setReading(on: boolean): void;
  /** All bytes have left: signals to the peer that no more will come, then calls {@link ended}. */
  protected abstract end(): void;
  /** Lets go of everything at once: sockets, listeners, timers. Called exactly once, last; the methods below do nothing from then on. */
  protected abstract abort(): void;

  /** A handler has thrown; the stream ends behind this call. The error surfaces as an uncaught one, unless the transport knows whose fault it is and what to do about it. */
  protected faulted(e: unknown): void {
    queueMicrotask(() => {
      throw e;
    });
  }

  // ---- for transports: what they call

  /** Connecting has succeeded. @param local - the name of the local end @param remote - that of the remote end by its address */
  protected opened(local = "", remote = this.name): void {
    if (this.#state !== "connecting") return;
    this.#state = "open";
    this.#local = local;
    this.#remote = remote;
    this.#disarm();
    this.pump();
    this.#call(this.onOpen);
    this.#updateReading();
  }

  /** Bytes [0, n) of `chunk` have come. Their memory is the transport's again when this returns. */
  protected received(chunk: Chunk, n: number): void {
    const handler = this.#onChunk;
    if (this.#state !== "open" || handler === null) return;
    if (this.#early !== null && !this.#allowEarly(n)) return;
    outbox.enter();
    try {
      handler(chunk, n);
    } catch (e) {
      this.#broke(e);
    } finally {
      chunk.epoch++;
      outbox.leave();
    }
  }

  /** The peer will send no more. What is queued is still sent, then the stream closes. */
  protected peerEnded(): void {
    if (this.#state === "closed" || this.#state === "connecting") return;
    this.#peerDone = true;
    if (this.#localDone) this.#finish(null);
    else this.#beginClosing();
  }

  /** The end was signalled to the peer. */
  protected ended(): void {
    this.#localDone = true;
    if (this.#peerDone) this.#finish(null);
  }

  /**
   * The connection broke or was not made. While closing it counts as the end, unless bytes of ours were lost by it.
   * @param cause - a SouthboundError, which `onClose` gets as it is, or an error of Node with an errno in `code`
   */
  protected override fail(cause: unknown): void {
    if (this.#state === "closing" && (this.#peerDone || this.queued === 0)) this.#finish(null);
    else if (SouthboundError.is(cause)) this.#finish(cause);
    else {
      const context = this.#state === "connecting" ? `connecting to ${this.name}` : `${this.name}: connection dropped`;
      this.#finish(errnoError(errnoOf(cause, "EIO"), context, cause));
    }
  }

  // ---- inside

  #allowEarly(n: number): boolean {
    const early = this.#early!;
    early.left -= n;
    if (early.left >= 0) return true;
    this.fail(errnoError("ENOBUFS", `${this.name}: sent more than was allowed before it was set up (maxEarlyBytes)`));
    return false;
  }

  #boundConnecting(signal: AbortSignal | undefined): void {
    const { clock, timeout } = this.limits;
    if (timeout !== Number.POSITIVE_INFINITY) {
      this.#deadline = clock.after(timeout, () => this.#finish(errnoError("ETIMEDOUT", `connecting to ${this.name}`)));
    }
    if (signal === undefined) return;
    const aborted = (): void =>
      this.#finish(new SouthboundError("ERR_ABORTED", `connecting to ${this.name} was aborted`, { cause: signal.reason }));
    signal.addEventListener("abort", aborted, { once: true });
    this.#unlisten = () => signal.removeEventListener("abort", aborted);
    if (signal.aborted) queueMicrotask(aborted);
  }

  #disarm(): void {
    this.#deadline?.stop();
    this.#deadline = null;
    this.#unlisten?.();
    this.#unlisten = null;
  }

  protected override crowded(): void {
    this.#updateReading();
  }

  protected override relieved(): void {
    this.#updateReading();
    this.#call(this.onDrain);
  }

  #updateReading(): void {
    const open = this.#state === "open" && this.#onChunk !== null && !this.#paused && !this.congested;
    const want = open || (this.#state === "closing" && !this.#peerDone);
    if (want === this.#reading || this.#state === "closed") return;
    this.#reading = want;
    this.setReading(want);
  }

  #beginClosing(): void {
    if (this.#state !== "open") return;
    outbox.flush(this);
    if (this.state !== "open") return;
    this.#state = "closing";
    const { clock, linger } = this.limits;
    // The end is reported also where no socket keeps the process running and no timer of the clock does.
    this.#awake = setInterval(() => {}, 0x7fffffff);
    this.#deadline = clock.after(linger, () =>
      this.fail(errnoError("ETIMEDOUT", `${this.name}: closing: the peer did not take the last ${this.queued} bytes within ${linger} ms`)),
    );
    this.#updateReading();
    this.pumped();
  }

  protected override pumped(): void {
    if (this.#state !== "closing" || this.queued !== 0 || this.#localDone || this.#ending) return;
    this.#ending = true;
    this.end();
  }

  #finish(error: SouthboundError | null): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#disarm();
    clearInterval(this.#awake);
    this.established();
    this.abort();
    this.dropWrites();
    queueMicrotask(() => {
      try {
        this.onClose?.(error);
      } catch (e) {
        this.faulted(e);
      }
      this.#resolveClosed();
    });
  }

  #call(handler: (() => void) | null): void {
    if (handler === null) return;
    try {
      handler();
    } catch (e) {
      this.#broke(e);
    }
  }

  #broke(e: unknown): void {
    this.faulted(e);
    this.#finish(errnoError("ECONNABORTED", `${this.name}: a handler threw`, e));
  }
}

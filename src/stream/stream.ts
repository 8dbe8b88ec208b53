import type { Chunk } from "../bytes/mod.js";
import type { Timer } from "../clock/mod.js";
import { errnoError, errnoOf, SouthboundError } from "../errors/mod.js";
import { giveChunk } from "./chunk-pool.js";
import { outbox } from "./outbox.js";
import type { PeerCertificate } from "./peer-certificate.js";
import { type ConnectOptions, type Limits, limitsOf } from "./stream-options.js";

/** Where a stream stands. It moves from left to right only: "connecting", "open", "closing" (flushing, or waiting for the peer's end), "closed". */
export type StreamState = "connecting" | "open" | "closing" | "closed";

/** What a transport says about a stream when it makes it. */
export interface StreamInfo {
  /** The transport, such as `tcp`. */
  readonly kind: string;
  /** The remote end, in Open vSwitch's form. */
  readonly name: string;
  /** The local end; empty where there is nothing to say, or not yet. */
  readonly local?: string;
  /** Whether only probes can tell that the peer is gone. */
  readonly needsProbes: boolean;
  /** "connecting" when the transport will call `opened()`, "open" when bytes can flow already. */
  readonly state: "connecting" | "open";
}

/** How often within `stallTimeout` a stream looks whether bytes still move. */
const CHECKS = 4;

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
export abstract class Stream implements AsyncDisposable {
  /** The transport: `tcp`, `unix`, `pipe`, or another registered one. */
  readonly kind: string;
  /** The remote end in Open vSwitch's form: `tcp:127.0.0.1:6653`, `tcp:[::1]:6653`, `unix:/path`; accepted unix peers are `unix#N`, pipes `pipe#N`. */
  readonly name: string;
  /** Whether only probes can tell that the peer is gone. False for unix sockets and pipes. */
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

  /** What this stream was given, and the defaults. */
  protected readonly limits: Limits;
  #local: string;
  #state: StreamState;
  #onChunk: ((chunk: Chunk, n: number) => void) | null = null;
  #paused = false;
  #congested = false;
  #reading = false;
  #flight: Chunk | null = null;
  #flightLength = 0;
  #waiting: { chunk: Chunk; n: number }[] = [];
  #head = 0;
  #queued = 0;
  #progress = 0;
  #ending = false;
  #localDone = false;
  #peerDone = false;
  #deadline: Timer | null = null;
  #stall: Timer | null = null;
  #unlisten: (() => void) | null = null;
  #early: { left: number; readonly over: () => void } | null = null;
  #resolveClosed!: () => void;

  /**
   * @param info - what the transport knows
   * @param options - limits; while connecting, also the time-out and the signal, which this class enforces
   */
  protected constructor(info: StreamInfo, options: ConnectOptions = {}) {
    this.kind = info.kind;
    this.name = info.name;
    this.needsProbes = info.needsProbes;
    this.limits = limitsOf(options);
    this.#local = info.local ?? "";
    this.#state = info.state;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    if (info.state === "connecting") this.#boundConnecting(options.signal);
  }

  /** Where the stream stands. */
  get state(): StreamState {
    return this.#state;
  }

  /** The local end, such as `tcp:127.0.0.1:40312`; empty while connecting and where it has no name. */
  get local(): string {
    return this.#local;
  }

  /** The peer's certificate; null where the transport has none, or the peer was not asked for one. */
  get certificate(): PeerCertificate | null {
    return null;
  }

  /** Who the peer has proved to be: the common name of its certificate; empty where there is none. */
  get peerId(): string {
    return this.certificate?.commonName ?? "";
  }

  /** Bytes accepted by {@link write} that the transport still holds. */
  get queued(): number {
    return this.#queued;
  }

  /** Whether more than `highWater` bytes wait, and the fall to `lowWater` is still to come. Writes are accepted nevertheless. */
  get congested(): boolean {
    return this.#congested;
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
   * Sends bytes [0, n) of `chunk`. While connecting they wait. On a stream that is closing or closed they are dropped quietly.
   * @returns true: the bytes have left, were copied or dropped, and the caller may use the chunk again at once; false: the stream has kept the chunk
   *   and hands it to the thread's pool of chunks when it is done, the caller must not touch it again
   * @throws SouthboundError `ERR_USAGE` when n is not within the chunk
   */
  write(chunk: Chunk, n: number): boolean {
    if (!(n >= 0 && n <= chunk.u8.length))
      throw new SouthboundError("ERR_USAGE", `write: ${n} is not within the chunk of ${chunk.u8.length} bytes`);
    if (n === 0 || this.#state === "closing" || this.#state === "closed") return true;
    this.#queued += n;
    if (this.#state === "open" && this.#flight === null) {
      if (this.#launch(chunk, n)) {
        if (this.#waiting.length !== 0 || this.state !== "open") this.#pump();
        return true;
      }
    } else this.#waiting.push({ chunk, n });
    if (this.#queued > this.limits.highWater && !this.#congested) {
      this.#congested = true;
      this.#updateReading();
    }
    return false;
  }

  /**
   * Says that the peer has shown to speak the user's protocol: from now on it counts no more as half-open, and may send as much as it likes. Only streams that a listener
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
   * Sends what is queued, here and in the outbox, tells the peer that this is the end, and waits for its end. What the peer still sends is dropped.
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

  /**
   * Sends [0, n). Called only while open or closing, and never before the previous bytes have left.
   * @returns true: the bytes have left or were copied; false: the chunk is held until the transport calls {@link transmitted}, which it may do before
   *   this call returns
   */
  protected abstract transmit(chunk: Chunk, n: number): boolean;
  /** Starts or stops the calls of {@link received}. Streams begin with reading off. A start must not call {@link received} before it returns. */
  protected abstract setReading(on: boolean): void;
  /** All bytes have left: tells the peer that no more will come, then calls {@link ended}. */
  protected abstract end(): void;
  /** Lets go of everything at once: sockets, listeners, timers. Called exactly once, last; the methods below do nothing from then on. */
  protected abstract abort(): void;
  /** A number that changes when a part of the bytes in flight has left; for transports that can tell. */
  protected unsent(): number {
    return 0;
  }

  // ---- for transports: what they call

  /** Connecting has succeeded. @param local - the name of the local end */
  protected opened(local = ""): void {
    if (this.#state !== "connecting") return;
    this.#state = "open";
    this.#local = local;
    this.#disarm();
    this.#pump();
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

  /** The bytes of the last {@link transmit} have left. */
  protected transmitted(): void {
    const chunk = this.#flight;
    if (chunk === null) return;
    this.#landed();
    giveChunk(chunk);
    this.#pump();
  }

  /** The peer will send no more. What is queued is still sent, then the stream closes. */
  protected peerEnded(): void {
    if (this.#state === "closed" || this.#state === "connecting") return;
    this.#peerDone = true;
    if (this.#localDone) this.#finish(null);
    else this.#beginClosing();
  }

  /** The peer has been told that no more will come. */
  protected ended(): void {
    this.#localDone = true;
    if (this.#peerDone) this.#finish(null);
  }

  /**
   * The connection broke or was not made. While closing it counts as the end, unless bytes of ours were lost by it.
   * @param cause - a SouthboundError, which `onClose` gets as it is, or an error of Node with an errno in `code`
   */
  protected fail(cause: unknown): void {
    if (this.#state === "closing" && (this.#peerDone || this.#queued === 0)) this.#finish(null);
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

  #launch(chunk: Chunk, n: number): boolean {
    this.#flight = chunk;
    this.#flightLength = n;
    if (this.transmit(chunk, n)) {
      if (this.#flight !== null) this.#landed();
      return true;
    }
    if (this.#flight !== null && this.#stall === null) this.#watch();
    return false;
  }

  #landed(): void {
    this.#flight = null;
    this.#queued -= this.#flightLength;
    this.#progress++;
  }

  #pump(): void {
    while (this.#flight === null && this.#head < this.#waiting.length) {
      const { chunk, n } = this.#waiting[this.#head++]!;
      if (this.#head === this.#waiting.length) {
        this.#waiting.length = 0;
        this.#head = 0;
      } else if (this.#head === 1024) {
        this.#waiting = this.#waiting.slice(this.#head);
        this.#head = 0;
      }
      if (this.#launch(chunk, n)) giveChunk(chunk);
    }
    if (this.#congested && this.#queued <= this.limits.lowWater && this.#state === "open") {
      this.#congested = false;
      this.#updateReading();
      this.#call(this.onDrain);
    }
    this.#endIfFlushed();
  }

  #watch(): void {
    const { clock, stallTimeout } = this.limits;
    if (stallTimeout === Number.POSITIVE_INFINITY) return;
    let checks = 0;
    let progress = this.#progress;
    let unsent = this.unsent();
    const look = (): void => {
      this.#stall = null;
      if (this.#flight === null) return;
      if (progress === this.#progress && unsent === this.unsent()) checks++;
      else checks = 0;
      progress = this.#progress;
      unsent = this.unsent();
      if (checks < CHECKS) this.#stall = clock.after(stallTimeout / CHECKS, look);
      else this.fail(errnoError("ETIMEDOUT", `${this.name}: the peer took none of ${this.#queued} bytes for ${stallTimeout} ms`));
    };
    this.#stall = clock.after(stallTimeout / CHECKS, look);
  }

  #updateReading(): void {
    const open = this.#state === "open" && this.#onChunk !== null && !this.#paused && !this.#congested;
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
    this.#deadline = clock.after(linger, () =>
      this.fail(errnoError("ETIMEDOUT", `${this.name}: closing: the peer did not take the last ${this.#queued} bytes within ${linger} ms`)),
    );
    this.#updateReading();
    this.#endIfFlushed();
  }

  #endIfFlushed(): void {
    if (this.#state !== "closing" || this.#queued !== 0 || this.#localDone || this.#ending) return;
    this.#ending = true;
    this.end();
  }

  #finish(error: SouthboundError | null): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#disarm();
    this.established();
    this.#stall?.stop();
    this.#stall = null;
    this.abort();
    // The chunk in flight is not used again: the kernel may still look at it.
    for (let i = this.#head; i < this.#waiting.length; i++) giveChunk(this.#waiting[i]!.chunk);
    this.#waiting = [];
    this.#head = 0;
    this.#flight = null;
    this.#queued = 0;
    this.#congested = false;
    queueMicrotask(() => {
      try {
        this.onClose?.(error);
      } finally {
        this.#resolveClosed();
      }
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
    queueMicrotask(() => {
      throw e;
    });
    this.#finish(errnoError("ECONNABORTED", `${this.name}: a handler threw`, e));
  }
}

import type { Chunk } from "../bytes/mod.js";
import type { Timer } from "../clock/mod.js";
import { errnoError, SouthboundError } from "../errors/mod.js";
import { giveChunk } from "./chunk-pool.js";
import type { Limits } from "./stream-options.js";

/** Where a stream stands. It moves from left to right only: "connecting", "open", "closing" (flushing, or waiting for the peer's end), "closed". */
export type StreamState = "connecting" | "open" | "closing" | "closed";

/** How often within `stallTimeout` a stream looks whether bytes still move. */
const CHECKS = 4;

/** The half of a {@link Stream} that sends: what waits, its water marks, and the deadline for a peer that takes nothing. */
export abstract class WriteSide {
  /** The remote end in Open vSwitch's form: `tcp:127.0.0.1:6653`, `tcp:[::1]:6653`, `unix:/path`; accepted unix peers are `unix#N`, pipes `pipe#N`. */
  readonly name: string;
  /** What this stream was given, and the defaults. */
  protected readonly limits: Limits;
  #flight: Chunk | null = null;
  #flightLength = 0;
  #waiting: { chunk: Chunk; n: number }[] = [];
  #head = 0;
  #queued = 0;
  #congested = false;
  #progress = 0;
  #stall: Timer | null = null;

  protected constructor(name: string, limits: Limits) {
    this.name = name;
    this.limits = limits;
  }

  /** Where the stream stands. */
  abstract get state(): StreamState;

  /** Bytes accepted by {@link write} that the transport still holds. */
  get queued(): number {
    return this.#queued;
  }

  /** Whether more than `highWater` bytes wait, and the fall to `lowWater` is still to come. Writes are accepted nevertheless. */
  get congested(): boolean {
    return this.#congested;
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
    const { state } = this;
    if (n === 0 || state === "closing" || state === "closed") return true;
    this.#queued += n;
    if (state === "open" && this.#flight === null) {
      if (this.#launch(chunk, n)) {
        if (this.#waiting.length !== 0 || this.state !== "open") this.pump();
        return true;
      }
    } else this.#waiting.push({ chunk, n });
    if (this.#queued > this.limits.highWater && !this.#congested) {
      this.#congested = true;
      this.crowded();
    }
    return false;
  }

  // ---- for transports: what they write

  /**
   * Sends [0, n). Called only while open or closing, and never before the previous bytes have left.
   * @returns true: the bytes have left or were copied; false: the chunk is held until the transport calls {@link transmitted}, which it may do before
   *   this call returns
   */
  protected abstract transmit(chunk: Chunk, n: number): boolean;

  /** A number that changes when a part of the bytes in flight has left; for transports that know it. */
  protected unsent(): number {
    return 0;
  }

  // ---- for transports: what they call

  /** The bytes of the last {@link transmit} have left. */
  protected transmitted(): void {
    const chunk = this.#flight;
    if (chunk === null) return;
    this.#landed();
    giveChunk(chunk);
    this.pump();
  }

  // ---- for the stream

  /** The stream has become congested. */
  protected abstract crowded(): void;
  /** It is so no more. */
  protected abstract relieved(): void;
  /** Nothing more can be sent at this moment: all has left, or something is in flight. */
  protected abstract pumped(): void;
  /** The connection broke. */
  protected abstract fail(cause: unknown): void;

  /** Sends what waits, as far as the transport takes it. */
  protected pump(): void {
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
    if (this.#congested && this.#queued <= this.limits.lowWater && this.state === "open") {
      this.#congested = false;
      this.relieved();
    }
    this.pumped();
  }

  /** Drops what waits. */
  protected dropWrites(): void {
    this.#stall?.stop();
    this.#stall = null;
    // The chunk in flight is not used again: the kernel may still look at it.
    for (let i = this.#head; i < this.#waiting.length; i++) giveChunk(this.#waiting[i]!.chunk);
    this.#waiting = [];
    this.#head = 0;
    this.#flight = null;
    this.#queued = 0;
    this.#congested = false;
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
}

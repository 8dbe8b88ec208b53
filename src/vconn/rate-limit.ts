import type { Clock } from "../clock/mod.js";

/** A token bucket for lines of a log: so many a minute, and so many at once after a quiet time. It counts what it holds back. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;
  #dropped = 0;
  #since = 0;

  /** @param perMinute - lines a minute, over time @param burst - lines at once */
  constructor(clock: Clock, perMinute: number, burst: number) {
    this.#clock = clock;
    this.#perMs = perMinute / 60_000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = clock.now();
  }

  /** Whether one more line may be written now. Where it may not, it is counted. */
  take(): boolean {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens--;
      return true;
    }
    if (this.#dropped++ === 0) this.#since = now;
    return false;
  }

  /** What was held back since this was asked last: a line about it, or undefined where nothing was. */
  held(): string | undefined {
    if (this.#dropped === 0) return undefined;
    const seconds = Math.round((this.#clock.now() - this.#since) / 1000);
    const text = `Dropped ${this.#dropped} log messages in last ${seconds} seconds due to excessive rate`;
    this.#dropped = 0;
    return text;
  }
}

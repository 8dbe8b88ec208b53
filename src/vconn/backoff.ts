/** The shortest pause between two attempts, in milliseconds, and the longest unless set. */
const SHORTEST = 1_000;
const LONGEST = 8_000;

/**
 * The pauses between attempts: 0, 1, 2, 4, 8, 8, … s, as Open vSwitch counts them. A connection that lived as long as the pause before it begins with the shortest again.
 */
export class Backoff {
  /** The last pause, in milliseconds; 0 before the first. It is also how long a connection has to live. */
  current = 0;
  #max: number;
  #proven = 0;

  /** @param max - the longest pause in milliseconds; 1,000 at least */
  constructor(max: number | undefined) {
    this.#max = Math.max(SHORTEST, max ?? LONGEST);
  }

  /** The longest pause, in milliseconds. */
  get max(): number {
    return this.#max;
  }

  set max(ms: number) {
    this.#max = Math.max(SHORTEST, ms);
    this.current = Math.min(this.current, this.#max);
  }

  /** How long an attempt may take. */
  get patience(): number {
    return Math.max(SHORTEST, this.current);
  }

  /** Begins anew: the next attempt is made without a pause. */
  reset(): void {
    this.current = 0;
  }

  /** An attempt begins. */
  begin(now: number): void {
    this.#proven = now + this.current;
  }

  /** It came to nothing: whatever its time, the pause grows. */
  failed(): void {
    this.#proven = Number.POSITIVE_INFINITY;
  }

  /** Whether the pause has not come to its longest, so that attempts are worth a line in the log. */
  get growing(): boolean {
    return this.current < this.#max;
  }

  /** The connection has ended: {@link current} is the pause from now on. @returns whether it is one of the shorter ones */
  next(now: number): boolean {
    if (now >= this.#proven) {
      this.current = SHORTEST;
      return true;
    }
    if (this.current < this.#max / 2) {
      this.current = Math.max(SHORTEST, 2 * this.current);
      return true;
    }
    this.current = this.#max;
    return false;
  }
}

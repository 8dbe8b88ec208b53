/** How many lines come at once where nothing else is said. */
const BURST = 5;
/** After how long one line more may come, in milliseconds. */
const REFILL = 60_000;

interface Bucket {
  lines: number;
  filled: number;
  dropped: number;
  first: number;
  last: number;
}

/** The limits on how many lines of one kind are logged, as Open vSwitch has them: some at once, then one a minute. vlog.c (vlog_should_drop), token-bucket.c */
export class VlogLimits {
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  /** @param now - the time in milliseconds, which never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Counts a line. Returns whether it is logged, with the line before it that counts those that were not.
   * @param burst - how many come at once; 5 unless given
   */
  take(limit: string, burst = BURST): { readonly logged: boolean; readonly before?: string } {
    const now = this.#now();
    let b = this.#buckets.get(limit);
    if (b === undefined) {
      b = { lines: burst, filled: now, dropped: 0, first: 0, last: 0 };
      this.#buckets.set(limit, b);
    }
    if (b.lines < 1) {
      b.lines = Math.min(burst, b.lines + (now - b.filled) / REFILL);
      b.filled = now;
    }
    const second = Math.floor(now / 1000);
    if (b.lines < 1) {
      if (b.dropped === 0) b.first = second;
      b.last = second;
      b.dropped++;
      return { logged: false };
    }
    b.lines--;
    if (b.dropped === 0) return { logged: true };
    const ages = `in last ${second - b.first} seconds (most recently, ${second - b.last} seconds ago)`;
    const before = `Dropped ${b.dropped} log messages ${ages} due to excessive rate`;
    b.dropped = 0;
    return { logged: true, before };
  }
}

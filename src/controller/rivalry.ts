import type { Clock } from "../clock/mod.js";

/** The longest pause, in milliseconds. */
const LONGEST_PAUSE = 60_000;
/** How many datapath ids are watched at most; the one that was contended for longest ago makes room. */
const MAX_WATCHED = 1024;

interface Contest {
  until: number;
  pause: number;
  last: number;
}

/**
 * The pauses between replacements under one datapath id: two peers that claim it in turn would replace each other for ever. Each replacement is followed by a pause, twice as long as the one before, up to 60 s; a
 * minute without a claim and it begins small again.
 */
export class Rivalry {
  readonly #clock: Clock;
  readonly #first: number;
  readonly #contests = new Map<bigint, Contest>();

  /** @param first - milliseconds of the first pause; 0: never any */
  constructor(clock: Clock, first: number) {
    this.#clock = clock;
    this.#first = first;
  }

  /** Somebody claims a datapath id that another one has. @returns whether it may replace that at once */
  claim(datapathId: bigint): boolean {
    if (this.#first === 0) return true;
    const now = this.#clock.now();
    const before = this.#contests.get(datapathId);
    const again = before !== undefined && now - before.last < LONGEST_PAUSE;
    if (again && now < before.until) {
      before.last = now;
      return false;
    }
    const pause = again ? Math.min(2 * before.pause, LONGEST_PAUSE) : this.#first;
    this.#contests.delete(datapathId);
    if (this.#contests.size >= MAX_WATCHED) for (const [oldest] of this.#contests) if (this.#contests.delete(oldest)) break;
    this.#contests.set(datapathId, { until: now + pause, pause, last: now });
    return true;
  }
}

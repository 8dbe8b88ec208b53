import type { Clock } from "../../clock/mod.js";

/** Milliseconds that requests may take, all peers together, before further ones wait for the next turn of the event loop. */
const AT_ONCE = 3;
/** Milliseconds of a turn for what waits. */
const SLICE = 4;
/** Milliseconds until the next worker's turn comes, and how many pieces that are at most: under a clock that stands still, time alone would never pass. */
const QUANTUM = 1;
const PIECES = 64;
/** Milliseconds after which time has not been used up but gone by: the thread was held by others, or a test has moved the clock. */
const LEAP = 20;
/** A cost at which the clock is looked at: see {@link Turns.hasTime}. */
export const LOOK = 8;
/** How many small messages are handled between two looks at the clock. */
const CREDIT = 8;

/** Something with work that is done in pieces: a connection with requests, a table with flows to expire. */
export interface Worker {
  /** Does one piece, well under a millisecond. @returns whether another one can be done right away; false also where it waits for something, and will {@link Turns.enter} again */
  work(): boolean;
}

/** Runs a function in the next turn of the event loop, behind the input that is there. */
const soon: (run: () => void) => unknown =
  (globalThis as { readonly setImmediate?: (run: () => void) => unknown }).setImmediate ?? ((run) => setTimeout(run, 0));

/**
 * Shares a thread among all who have work to do for the switches in it. What is short is done at once, as long as the turn of the event loop has time left: see
 * {@link hasTime}. Everything else waits in a ring, whose workers take turns of a millisecond, some of them in each turn of the event loop, so that whatever a peer asks for, others are read
 * after a few milliseconds.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #ring = new Set<Worker>();
  #credit = CREDIT;
  #armed = false;
  #until = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Whether this turn of the event loop has time for something more.
   * @param cost - about how many small messages it is worth; from 8 on the clock is looked at in any case
   */
  hasTime(cost: number): boolean {
    this.#credit -= cost;
    return this.#credit > 0 || this.#look();
  }

  /** Lets a worker work when its turn comes, and again until it has nothing more to do. One that is in the ring already stays where it is. */
  enter(worker: Worker): void {
    this.#ring.add(worker);
    if (!this.#armed) this.#arm();
  }

  #look(): boolean {
    if (!this.#armed) this.#arm();
    const now = this.#clock.now();
    if (now >= this.#until + LEAP) this.#until = now + AT_ONCE;
    if (now >= this.#until) return false;
    this.#credit = CREDIT;
    return true;
  }

  #arm(): void {
    this.#armed = true;
    this.#until = this.#clock.now() + AT_ONCE;
    soon(this.#turn);
  }

  readonly #turn = (): void => {
    this.#armed = false;
    this.#credit = CREDIT;
    const ring = this.#ring;
    if (ring.size === 0) return;
    const end = this.#clock.now() + SLICE;
    let now = 0;
    // a worker that is put back is found again by the same loop
    for (const worker of ring) {
      ring.delete(worker);
      let pieces = 0;
      let more = true;
      const until = Math.min(end, this.#clock.now() + QUANTUM);
      do {
        more = worker.work();
        now = this.#clock.now();
      } while (more && now < until && ++pieces < PIECES);
      if (more) ring.add(worker);
      if (now >= end) break;
    }
    if (ring.size !== 0 && !this.#armed) this.#arm();
  };
}

const all = new WeakMap<Clock, Turns>();

/** The turns of all switches that share a clock. */
export function turnsOf(clock: Clock): Turns {
  let found = all.get(clock);
  if (found === undefined) {
    found = new Turns(clock);
    all.set(clock, found);
  }
  return found;
}

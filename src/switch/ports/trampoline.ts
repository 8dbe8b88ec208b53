import type { Clock, Timer } from "../../clock/mod.js";

/** How many deliveries may follow each other before everybody else has a turn. */
const BURST = 512;

/**
 * Runs deliveries one after the other, never one inside another, from microtasks. After {@link BURST} of them the rest waits for a timer, so that frames
 * that go round in a loop for ever do not keep the thread.
 */
export class Trampoline {
  readonly #clock: Clock;
  #queue: (() => void)[] = [];
  #head = 0;
  #spent = 0;
  #scheduled = false;
  #turn: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `deliver` soon. */
  push(deliver: () => void): void {
    this.#queue.push(deliver);
    if (this.#scheduled || this.#spent >= BURST) return;
    this.#scheduled = true;
    queueMicrotask(this.#drain);
  }

  readonly #drain = (): void => {
    this.#scheduled = false;
    // the timer cannot run before the thread has had its turn; then a new burst may begin
    this.#turn ??= this.#clock.after(0, this.#newTurn);
    while (this.#head < this.#queue.length && this.#spent < BURST) {
      this.#spent++;
      const deliver = this.#queue[this.#head++]!;
      try {
        deliver();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head >= 4096) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  };

  readonly #newTurn = (): void => {
    this.#turn = null;
    this.#spent = 0;
    if (this.#head < this.#queue.length) this.#drain();
  };
}

const trampolines = new WeakMap<Clock, Trampoline>();

/** The trampoline of all links that share a clock. */
export function trampolineOf(clock: Clock): Trampoline {
  let found = trampolines.get(clock);
  if (found === undefined) {
    found = new Trampoline(clock);
    trampolines.set(clock, found);
  }
  return found;
}

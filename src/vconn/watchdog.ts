import type { Clock, Timer } from "../clock/mod.js";

/** A timer that is so late, in milliseconds, shows that this process was blocked: its verdict on the peer is void. The next one counts in any case. */
const LATE = 100;

/** The one timer of a reliable connection: when its state is over. It gives no verdict on a peer whose silence may be ours. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #over: () => void;
  #timer: Timer | null = null;
  #due = 0;
  #late = false;

  /** @param over - called when the time that {@link arm} was given has come */
  constructor(clock: Clock, over: () => void) {
    this.#clock = clock;
    this.#over = over;
  }

  /** The time, by the clock, that it was armed for last. */
  get due(): number {
    return this.#due;
  }

  /** Waits until a time by the clock, and no longer for any other; `Infinity`: for none. */
  arm(due: number): void {
    this.#timer?.stop();
    this.#due = due;
    this.#timer = due === Number.POSITIVE_INFINITY ? null : this.#clock.after(Math.max(0, due - this.#clock.now()), this.#over);
  }

  /** Waits for nothing. */
  stop(): void {
    this.#timer?.stop();
    this.#timer = null;
  }

  /**
   * Passes a verdict on the peer when its time has come, once what lies unread has been read; or gives it `again` milliseconds more, where its silence is ours: it is not read, or this
   * process was blocked.
   */
  doubt(reading: boolean, again: number, verdict: () => void): void {
    const now = this.#clock.now();
    const late = now - this.#due > LATE && !this.#late;
    if (late || !reading) {
      this.#late = late;
      this.arm(now + again);
      return;
    }
    this.#late = false;
    this.#timer = this.#clock.after(0, verdict);
  }
}

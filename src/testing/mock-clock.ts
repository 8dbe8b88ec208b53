import type { Clock, Timer } from "../clock/mod.js";

interface Due {
  at: number;
  readonly every: number | undefined;
  readonly run: () => void;
}

/** A clock that moves only when it is advanced. Timers run in the order of their times, those of one time in the order of their making. */
export class MockClock implements Clock {
  #now = 0;
  readonly #due = new Set<Due>();

  /** Milliseconds since the clock was made. */
  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, every: undefined, run });
  }

  every(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, every: ms, run });
  }

  /** How many timers are under way; 0 where nothing was left behind. */
  get pending(): number {
    return this.#due.size;
  }

  /** Moves on by `ms`, and runs what falls due on the way, with a turn of the event loop after each so that what it started can go on. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      let next: Due | undefined;
      for (const due of this.#due) if (due.at <= end && (next === undefined || due.at < next.at)) next = due;
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      if (next.every === undefined) this.#due.delete(next);
      else next.at = this.#now + next.every;
      next.run();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  /** Moves on by `ms` at once, as when the process was blocked: what fell due meanwhile runs once, late. */
  async jump(ms: number): Promise<void> {
    this.#now += ms;
    await this.advance(0);
  }

  #add(due: Due): Timer {
    this.#due.add(due);
    return { stop: () => this.#due.delete(due) };
  }
}

/** Waits until what is under way in this process has gone as far as it can: promises, pipes and local sockets. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

import type { Clock, Timer } from "../../src/clock/mod.js";

interface Alarm {
  at: number;
  readonly period: number;
  readonly run: () => void;
}

/** A clock that stands still until told. */
export class ManualClock implements Clock {
  #now = 0;
  readonly alarms = new Set<Alarm>();

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, period: 0, run });
  }

  every(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, period: ms, run });
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.alarms].filter((a) => a.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#now = Math.max(this.#now, due.at);
      if (due.period === 0) this.alarms.delete(due);
      else due.at += due.period;
      due.run();
    }
    this.#now = end;
  }

  /** Runs what is due now, once: not what that makes due. */
  runDue(): void {
    for (const alarm of [...this.alarms].filter((a) => a.at <= this.#now)) {
      this.alarms.delete(alarm);
      alarm.run();
    }
  }

  #add(alarm: Alarm): Timer {
    this.alarms.add(alarm);
    return { stop: () => void this.alarms.delete(alarm) };
  }
}

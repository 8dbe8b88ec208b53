import type { Clock, Timer } from "../../clock/mod.js";
import { LOOK, type Turns, turnsOf, type Worker } from "../work/turns.js";
import type { Flow } from "./flow.js";

/**
 * The flows of a table that have time-outs, soonest first, behind one timer. A packet that hits a flow does not touch it: the flow is looked at
 * when its old deadline comes, and put back if it has been used since. Where many are due, they go one by one in the thread's turns.
 */
export class Deadlines implements Worker {
  readonly #clock: Clock;
  readonly #turns: Turns;
  readonly #expired: (flow: Flow) => void;
  readonly #heap: Flow[] = [];
  #timer: Timer | null = null;
  #working = false;
  #stopped = false;
  #timerAt = Number.POSITIVE_INFINITY;

  /** @param expired - called for each flow whose time is over, after it was taken out here */
  constructor(clock: Clock, expired: (flow: Flow) => void) {
    this.#clock = clock;
    this.#turns = turnsOf(clock);
    this.#expired = expired;
  }

  /** Watches a flow; one without time-outs is left alone. */
  add(flow: Flow): void {
    flow.deadline = flow.expiry();
    if (flow.deadline === Number.POSITIVE_INFINITY) return;
    flow.queueAt = this.#heap.length;
    this.#heap.push(flow);
    this.#up(flow);
    this.#arm();
  }

  /** Watches a flow no longer. */
  remove(flow: Flow): void {
    const at = flow.queueAt;
    if (at < 0) return;
    flow.queueAt = -1;
    const last = this.#heap.pop()!;
    if (last === flow) return;
    this.#put(last, at);
    this.#up(last);
    this.#down(last);
  }

  /** Stops the timer for good. */
  stop(): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#stopped = true;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (this.#working || this.#stopped || first === undefined || first.deadline >= this.#timerAt) return;
    this.#timer?.stop();
    this.#timerAt = first.deadline;
    // the longest that a timer of a JavaScript engine takes is 2^31 ms, and 65,535 s are well below
    this.#timer = this.#clock.after(Math.max(0, Math.ceil(first.deadline - this.#clock.now())), this.#due);
  }

  readonly #due = (): void => {
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#working = true;
    while (this.work()) {
      if (this.#turns.hasTime(LOOK)) continue;
      this.#turns.enter(this);
      return;
    }
  };

  /** Looks at one flow that is due. */
  work(): boolean {
    const first = this.#heap[0];
    const now = this.#clock.now();
    if (this.#stopped || first === undefined || first.deadline > now) {
      this.#working = false;
      this.#arm();
      return false;
    }
    this.remove(first);
    if (first.expiry() > now) this.add(first);
    else this.#expired(first);
    return true;
  }

  #put(flow: Flow, at: number): void {
    this.#heap[at] = flow;
    flow.queueAt = at;
  }

  #up(flow: Flow): void {
    let at = flow.queueAt;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      const parent = this.#heap[above]!;
      if (parent.deadline <= flow.deadline) break;
      this.#put(parent, at);
      at = above;
    }
    this.#put(flow, at);
  }

  #down(flow: Flow): void {
    const heap = this.#heap;
    let at = flow.queueAt;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const below = right < heap.length && heap[right]!.deadline < heap[left]!.deadline ? right : left;
      if (heap[below]!.deadline >= flow.deadline) break;
      this.#put(heap[below]!, at);
      at = below;
    }
    this.#put(flow, at);
  }
}

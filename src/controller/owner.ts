import type { Clock } from "../clock/mod.js";
import { SouthboundError } from "../errors/mod.js";
import type { Log } from "../vconn/mod.js";

/** What an application has been given and has done. */
export interface ScopeCounters {
  /** Events that its listeners were called with, or that went into its queues. */
  delivered: number;
  /** Events that it did not get: a queue was full, or too many of its asynchronous listeners had not returned. */
  dropped: number;
  /** Throws of its listeners and rejections of the promises that they returned. */
  errors: number;
  /** Messages that were refused with `ENOBUFS` because it sent on where the switch takes no more. */
  refused: number;
  /** Milliseconds spent in its listeners, estimated from one call in 64. */
  timeMs: number;
}

/** What bounds an application. */
export interface OwnerLimits {
  /** Asynchronous listeners of messages that have not returned. */
  readonly pending: number;
  /** Events that wait in one queue. */
  readonly events: number;
  /** Bytes sent on one connection while it takes no more. */
  readonly sendBudget: number;
}

/** One call in so many is timed. A power of two. */
const SAMPLE = 64;
/** So many faults are logged one by one; from then on each time that their number has doubled. */
const LOGGED = 10;

/** Something that an application waits for. */
export interface Wait {
  readonly signal: AbortSignal;
  /** It waits no longer. */
  over(): void;
}

/** What belongs to one application, or to the controller's own user, so that it can be counted, bounded and taken away. Behind {@link Scope}. */
export class Owner {
  readonly name: string;
  readonly clock: Clock;
  readonly limits: OwnerLimits;
  readonly counters: ScopeCounters = { delivered: 0, dropped: 0, errors: 0, refused: 0, timeMs: 0 };
  /** Ends what is under way: loops, waits. */
  readonly ends = new Set<() => void>();
  /** Whether it was unloaded. */
  over = false;
  /** Asynchronous listeners of messages that have not returned. */
  pending = 0;
  readonly #log: Log;

  constructor(name: string, clock: Clock, limits: OwnerLimits, log: Log) {
    this.name = name;
    this.clock = clock;
    this.limits = limits;
    this.#log = log;
  }

  /** Calls one of its functions: whatever it does hurts nobody else. What it returns may stay under way as long as it likes. */
  call<A extends unknown[]>(event: string, listener: (...args: A) => unknown, ...args: A): void {
    const { counters } = this;
    const timed = (++counters.delivered & (SAMPLE - 1)) === 0;
    const before = timed ? this.clock.now() : 0;
    try {
      const result = listener(...args);
      if (isPromise(result)) Promise.resolve(result).then(undefined, (e) => this.fault(event, e));
    } catch (e) {
      this.fault(event, e);
    }
    if (timed) counters.timeMs += (this.clock.now() - before) * SAMPLE;
  }

  /** Whether so many asynchronous listeners of messages have not returned that those get no more. */
  get full(): boolean {
    return this.pending >= this.limits.pending;
  }

  /** Takes note of what a listener of messages returned. @returns whether it was a promise */
  returned(event: string, result: unknown): boolean {
    if (!isPromise(result)) return false;
    this.pending++;
    const done = (): void => {
      this.pending--;
    };
    Promise.resolve(result).then(done, (e) => {
      done();
      this.fault(event, e);
    });
    return true;
  }

  /** A listener threw. */
  fault(event: string, e: unknown): void {
    const n = ++this.counters.errors;
    if (n > LOGGED && (n & (n - 1)) !== 0) return;
    const who = this.name === "" ? "" : `app ${this.name}: `;
    const more = n > LOGGED ? ` (error ${n})` : "";
    this.#log("error", `${who}a listener of ${event} threw: ${textOf(e)}${more}`);
  }

  /** Runs what waits for a peer, so that it is rejected with `ERR_ABORTED` when the application is unloaded. */
  async run<T>(signal: AbortSignal | undefined, what: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const wait = this.wait(signal);
    try {
      return await what(wait.signal);
    } finally {
      wait.over();
    }
  }

  /** A signal that is aborted by another one, and when the application is unloaded. Throws `ERR_CLOSED` where it is already. Unlike `AbortSignal.any` it leaves nothing with a signal that lives on. */
  wait(signal: AbortSignal | undefined): Wait {
    if (this.over) throw this.gone();
    const own = new AbortController();
    const end = (): void => own.abort(this.gone());
    const passOn = (): void => own.abort(signal?.reason);
    this.ends.add(end);
    if (signal?.aborted === true) passOn();
    else signal?.addEventListener("abort", passOn, { once: true });
    return {
      signal: own.signal,
      over: () => {
        this.ends.delete(end);
        signal?.removeEventListener("abort", passOn);
      },
    };
  }

  /** The error of whatever an application does after it was unloaded. */
  gone(): SouthboundError {
    return new SouthboundError("ERR_CLOSED", `app ${this.name} was unloaded`);
  }
}

/** What was thrown, for the log; it may be anything. */
function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.stack ?? thrown.message) : String(thrown);
  } catch {
    return "something that has no text";
  }
}

/** Whether a listener has returned something to wait for. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as Partial<PromiseLike<unknown>>).then === "function";
}

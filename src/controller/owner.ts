import type { Clock } from "../clock/mod.js";
import { SouthboundError } from "../errors/mod.js";
import type { Log } from "../vconn/mod.js";
import { owedPromise } from "./owed-promise.js";
import { describeThrown } from "./thrown.js";

/** The counters of an application. */
export interface ScopeCounters {
  /** Events that its listeners were called with, or that went into its queues. */
  delivered: number;
  /** Events that it did not get, because a queue was full, or too many of its asynchronous listeners had not returned. */
  dropped: number;
  /** Throws of its listeners and rejections of the promises that they returned. */
  errors: number;
  /** Messages that were refused with `ENOBUFS` because it sent on where the switch takes no more. */
  refused: number;
  /** Milliseconds spent in its listeners, estimated from one call in 64. */
  timeMs: number;
}

/** The limits of an application. */
export interface OwnerLimits {
  /** Asynchronous listeners of messages that have not returned. */
  readonly pending: number;
  /** Events that wait in one queue. */
  readonly events: number;
  /** Bytes sent on one connection while it takes no more. */
  readonly sendBudget: number;
}

/** One call in so many is timed. A power of two. */
export const SAMPLE = 64;
/** Milliseconds from which a listener is reported that holds the thread. */
export const SLOW = 100;
/** So many faults are logged one by one; from then on each time that their number has doubled. */
const LOGGED = 10;

/** A wait of an application, with the signal that ends it. */
export interface Wait {
  readonly signal: AbortSignal;
  /** Ends the wait. */
  over(): void;
}

/** Errors that requests were rejected with, with the owner of the request. */
const OWNERS = new WeakMap<object, Owner>();

/** The owner whose request was rejected with an error; undefined for any other error. */
export const ownerOfError = (e: unknown): Owner | undefined => (typeof e === "object" && e !== null ? OWNERS.get(e) : undefined);

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
  readonly #label: string;
  #slow = 0;

  constructor(name: string, clock: Clock, limits: OwnerLimits, log: Log) {
    this.name = name;
    this.clock = clock;
    this.limits = limits;
    this.#log = log;
    this.#label = name === "" ? "" : `app ${name}: `;
  }

  /** Calls one of its functions: whatever it does hurts nobody else. What it returns may stay under way as long as it likes. */
  call<A extends unknown[]>(event: string, listener: (...args: A) => unknown, ...args: A): void {
    const { counters } = this;
    const sampled = (++counters.delivered & (SAMPLE - 1)) === 0;
    const before = this.clock.now();
    try {
      const result = listener(...args);
      if (isPromise(result)) Promise.resolve(result).then(undefined, (e) => this.fault(event, e));
    } catch (e) {
      this.fault(event, e);
    }
    const ms = this.clock.now() - before;
    if (ms >= SLOW) this.slow(event, listener.name, ms);
    if (sampled) counters.timeMs += ms * SAMPLE;
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

  /** A listener threw, or something else that it did failed. */
  fault(event: string, e: unknown): void {
    this.report(`a listener of ${event} threw`, e);
  }

  /** Counts and logs a fault of the application, with the frames of its own code, a line each. @param what - what happened, in front of the error */
  report(what: string, e: unknown): void {
    const n = ++this.counters.errors;
    if (n > LOGGED && (n & (n - 1)) !== 0) return;
    const { message, frames } = describeThrown(e);
    const more = n > LOGGED ? ` (error ${n})` : "";
    this.#log("error", `${this.#label}${what}: ${message}${more}`);
    if (n <= LOGGED) for (const frame of frames) this.#log("error", `${this.#label}  ${frame}`);
  }

  /** A listener has held the thread. @param listener - its name; empty where it has none */
  slow(event: string, listener: string, ms: number): void {
    const n = ++this.#slow;
    if (n > LOGGED && (n & (n - 1)) !== 0) return;
    const more = n > LOGGED ? ` (${n} times so far)` : "";
    const who = listener === "" ? "a listener" : `the listener ${listener}`;
    this.#log("warn", `${this.#label}${who} of ${event} held the thread for ${Math.round(ms)} ms; everything else waited meanwhile${more}`);
  }

  /** Notes that an error is the rejection of a request of this owner. @returns the error */
  owns<E>(e: E): E {
    if (typeof e === "object" && e !== null) OWNERS.set(e, this);
    return e;
  }

  /** A promise for the application: one that is rejected and that nobody waits for is counted and logged here, and does not end the process. */
  owed<T>(what: string, promise: Promise<T>): Promise<T> {
    return owedPromise(promise, (e) => {
      // rejected because it was unloaded
      if (!this.over) this.report(`nobody waits for the promise of ${what}, which was rejected (await it, or catch its errors)`, e);
    });
  }

  /** Runs what waits for a peer, so that it is rejected with `ERR_ABORTED` when the application is unloaded. */
  async run<T>(signal: AbortSignal | undefined, what: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const wait = this.wait(signal);
    try {
      return await what(wait.signal);
    } catch (e) {
      throw this.owns(e);
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

/** Whether a listener has returned something to wait for. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as Partial<PromiseLike<unknown>>).then === "function";
}

/** Time as the library sees it, so that tests can hand in a clock of their own. */
export interface Clock {
  /** Milliseconds from an arbitrary start; never goes back, whatever the wall clock does. */
  now(): number;
  /** Calls `run` once after `ms` milliseconds. The timer keeps no process alive by itself. */
  after(ms: number, run: () => void): Timer;
  /** Calls `run` every `ms` milliseconds until stopped. The timer keeps no process alive by itself. */
  every(ms: number, run: () => void): Timer;
}

/** A timer under way. */
export interface Timer {
  /** Stops it; further calls do nothing. */
  stop(): void;
}

const unref = (timer: unknown): void => {
  (timer as { unref?: () => void }).unref?.();
};

/** The real time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    unref(timer);
    return { stop: () => clearTimeout(timer) };
  },
  every(ms, run) {
    const timer = setInterval(run, ms);
    unref(timer);
    return { stop: () => clearInterval(timer) };
  },
};

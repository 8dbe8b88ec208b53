import type { Clock, Timer } from "../clock/mod.js";

/**
 * Calls `run` after `ms` milliseconds, and not before what had already arrived by then could be read: when the process was blocked, timers fall due before sockets are read, and
 * the answer that is missed may lie there.
 */
export function deadline(clock: Clock, ms: number, run: () => void): Timer {
  let timer = clock.after(ms, () => {
    timer = clock.after(0, run);
  });
  return { stop: () => timer.stop() };
}

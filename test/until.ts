import { setImmediate as turn } from "node:timers/promises";

/**
 * Turns of the event loop until `check` holds. It gives up in the end, long after a test has timed out: one that turned for ever would take the processor from the
 * tests behind it, and its worker would never end.
 */
export async function until(check: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !check(); await turn()) {
    if (performance.now() > end) throw new Error(`this does not hold after 60 s: ${check}`);
  }
}

/** Waiting for something that another process does. */
import { setTimeout as sleep } from "node:timers/promises";

/** How long and for what to wait. */
export interface WaitOptions {
  /** Milliseconds until the call rejects; 30 s if not given. */
  readonly timeout?: number;
  /** What is waited for, or a function that tells how things stand when the time is up; for the message. */
  readonly what?: string | (() => string | Promise<string>);
}

/**
 * Asks `check` again and again until it answers something else than `undefined` or `false`, and resolves with that answer. An error that
 * `check` throws is its answer too: the call rejects with it.
 */
export async function eventually<T>(check: () => T | Promise<T>, options: WaitOptions = {}): Promise<Exclude<T, undefined | false>> {
  const { timeout = 30_000, what = "what was waited for" } = options;
  const deadline = performance.now() + timeout;
  for (;;) {
    const answer = await check();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (performance.now() > deadline) {
      throw new Error(`${typeof what === "string" ? what : await what()} did not come within ${timeout} ms`);
    }
    await sleep(15);
  }
}

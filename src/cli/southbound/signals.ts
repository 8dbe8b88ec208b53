import { constants } from "node:os";

/** What ends a command that runs until a signal stops it. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** One key press may come twice: from the terminal, and passed on by npm. Milliseconds. */
const SAME_PRESS = 300;

/** The wish to stop, as the signals of the system and closed pipes express it. */
export interface Stop extends Disposable {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP, or when nobody reads standard output any more. */
  readonly signal: AbortSignal;
  /** Asks the same from within. */
  stop(): void;
}

/**
 * Takes over the signals that ask a process to end, until disposed of. The first aborts `signal`, and the command then closes what it opened; a second one ends
 * the process at once with the shell's status for it, 130 for SIGINT.
 */
export function stopOnSignal(): Stop {
  const controller = new AbortController();
  let first = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort();
    } else if (performance.now() - first > SAME_PRESS) process.exit(128 + constants.signals[name]);
  };
  const onBroken = (e: NodeJS.ErrnoException): void => {
    if (e.code !== "EPIPE" && e.code !== "EIO") throw e;
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  // These stay: what is written last may fail after the command is done.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", onBroken);
  return {
    signal: controller.signal,
    stop: () => controller.abort(),
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}

/** Resolves when `signal` is aborted, or after `ms` milliseconds. Keeps the process alive meanwhile. */
export function stopped(signal: AbortSignal, ms = Number.POSITIVE_INFINITY): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const forever = !Number.isFinite(ms);
    const timer = forever ? setInterval(() => {}, 0x7fffffff) : setTimeout(() => done(), ms);
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    signal.addEventListener("abort", done, { once: true });
  });
}

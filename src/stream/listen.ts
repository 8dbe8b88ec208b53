import { type Clock, systemClock } from "../clock/mod.js";
import { checkOptions, SouthboundError } from "../errors/mod.js";
import { LISTEN_OPTIONS, type Listener, type ListenOptions } from "./listener.js";
import { LONGEST } from "./stream-options.js";
import type { Target } from "./target.js";
import { parsePassive, transportOf } from "./transports.js";

/** What keeps listening from succeeding now and may not do so later. */
const PASSING: ReadonlySet<string> = new Set([
  "EADDRINUSE",
  "EADDRNOTAVAIL",
  "EAGAIN",
  "EHOSTUNREACH",
  "EMFILE",
  "ENETUNREACH",
  "ENOBUFS",
  "ENOENT",
  "ENOMEM",
]);

/**
 * Listens at `target`: a name that {@link parsePassive} reads, or what it returned.
 *
 * `punix:` replaces a stale socket file. It refuses with `EADDRINUSE` when someone answers there, and with `EEXIST` when the file is no socket.
 * @throws SouthboundError, always as a rejection: an errno such as `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`; `EAFNOSUPPORT` for a bad name; {@link PkiError} (`ENOPROTOOPT`) for `pssl:` without keys that can be read; `ERR_ABORTED`
 */
export async function listen(target: string | Target, options: ListenOptions): Promise<Listener> {
  checkOptions("listen", options, LISTEN_OPTIONS);
  const t = typeof target === "string" ? parsePassive(target) : target;
  const transport = transportOf(t, true);
  const { retryInterval, signal, clock = systemClock } = options;
  if (retryInterval !== undefined && !(retryInterval > 0 && retryInterval <= LONGEST))
    throw new SouthboundError("ERR_USAGE", `retryInterval is ${retryInterval}; accepted are milliseconds above 0, to ${LONGEST}`);
  for (let last = ""; ; ) {
    try {
      // A transport with a passive class has listen(): registerTransport() sees to it.
      return await transport.listen!(t, options);
    } catch (e) {
      if (retryInterval === undefined || !SouthboundError.is(e) || !PASSING.has(e.code)) throw e;
      if (e.message !== last) options.onError?.(e);
      last = e.message;
    }
    await pause(retryInterval, signal, clock);
    if (signal?.aborted === true) throw new SouthboundError("ERR_ABORTED", `listening on ${t.name} was aborted`, { cause: signal.reason });
  }
}

/** Resolves after `ms` milliseconds, or when the signal is aborted. Keeps the process running, as the listener would. */
function pause(ms: number, signal: AbortSignal | undefined, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const awake = setInterval(() => {}, LONGEST);
    const done = (): void => {
      clearInterval(awake);
      timer.stop();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(ms, done);
    if (signal?.aborted === true) done();
    else signal?.addEventListener("abort", done, { once: true });
  });
}

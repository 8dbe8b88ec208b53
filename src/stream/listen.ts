import { checkOptions } from "../errors/mod.js";
import { LISTEN_OPTIONS, type Listener, type ListenOptions } from "./listener.js";
import type { Target } from "./target.js";
import { parsePassive, transportOf } from "./transports.js";

/**
 * Listens at `target`: a name that {@link parsePassive} reads, or what it returned.
 *
 * `punix:` replaces a stale socket file. It refuses with `EADDRINUSE` when someone answers there, and with `EEXIST` when the file is no socket.
 * @throws SouthboundError, always as a rejection: an errno such as `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`; `EAFNOSUPPORT` for a bad name; `ERR_ABORTED`
 */
export async function listen(target: string | Target, options: ListenOptions): Promise<Listener> {
  checkOptions("listen", options, LISTEN_OPTIONS);
  const t = typeof target === "string" ? parsePassive(target) : target;
  const transport = transportOf(t, true);
  // A transport with a passive class has listen(): registerTransport() sees to it.
  return transport.listen!(t, options);
}

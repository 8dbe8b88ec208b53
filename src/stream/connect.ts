import { checkOptions } from "../errors/mod.js";
import type { Stream } from "./stream.js";
import { CONNECT_OPTIONS, type ConnectOptions } from "./stream-options.js";
import type { Target } from "./target.js";
import { parseActive, transportOf } from "./transports.js";

/**
 * Starts to connect to `target`: a name that {@link parseActive} reads, or what it returned. The stream is there at once, in state "connecting";
 * its `onOpen` or `onClose` reports whether it succeeds, never before this call has returned.
 * @throws SouthboundError `EAFNOSUPPORT` for a bad name, `ERR_USAGE` for bad options
 */
export function connect(target: string | Target, options: ConnectOptions = {}): Stream {
  checkOptions("connect", options, CONNECT_OPTIONS);
  const t = typeof target === "string" ? parseActive(target) : target;
  return transportOf(t, false).connect(t, options);
}

import type { OptionTable } from "../errors/mod.js";
import { CONNECT_OPTIONS, type ConnectOptions } from "../stream/mod.js";
import type { Vconn } from "./vconn.js";
import type { VconnOptions } from "./vconn-options.js";

/**
 * Where a reliable connection stands: nothing to connect to; waiting for the next attempt; an attempt is under way; connected; connected and the peer silent, so that it was
 * probed; ended for good, which happens to unreliable ones only.
 */
export type RconnState = "void" | "backoff" | "connecting" | "active" | "idle" | "disconnected";

/** How a reliable connection behaves. */
export interface RconnOptions extends Pick<VconnOptions, "versions" | "clock" | "log" | "trace" | "maxFaults"> {
  /** Milliseconds between attempts at most; default 8,000, least 1,000. See {@link Rconn.maxBackoff}. */
  readonly maxBackoff?: number | undefined;
  /** See {@link Rconn.probeInterval}; default 5,000. */
  readonly probeInterval?: number | undefined;
  /** The share of each pause, 0 to 1, that chance may take off it, so that many peers of one that restarts do not all come at once; default 0. */
  readonly jitter?: number | undefined;
  /** Where chance comes from, for tests: a number in [0, 1). */
  readonly random?: (() => number) | undefined;
  /** Limits of the streams that are opened, and what a transport needs. */
  readonly stream?: Omit<ConnectOptions, "clock" | "timeout" | "signal"> | undefined;
  /**
   * Given each new connection, before anything happens on it: set its slots `onUp`, `onMessage`, `onClose` here. It is another one after each reconnect, and nothing that
   * was asked of one is asked of the next.
   */
  readonly onVconn?: ((vconn: Vconn) => void) | undefined;
  /** Called at each change of {@link Rconn.state}. It may call anything here. */
  readonly onState?: ((state: RconnState, before: RconnState) => void) | undefined;
}

/** The options of `Rconn`. */
export const RCONN_OPTIONS: OptionTable<RconnOptions> = {
  versions: "list",
  clock: "clock",
  log: "function",
  trace: "any",
  maxFaults: "number",
  maxBackoff: "number",
  probeInterval: "number",
  jitter: "number",
  random: "function",
  stream: CONNECT_OPTIONS,
  onVconn: "function",
  onState: "function",
};

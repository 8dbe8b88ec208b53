import { type Clock, systemClock } from "../clock/mod.js";
import { type OptionTable, SouthboundError } from "../errors/mod.js";
import { checkDscp } from "./dscp.js";
import type { TlsIdentity } from "./tls-identity.js";

/** The limits of a stream. All of them have defaults. */
export interface StreamOptions {
  /** Time; default the real one. */
  readonly clock?: Clock | undefined;
  /** Bytes that may wait before the stream is congested; default 1 MiB. */
  readonly highWater?: number | undefined;
  /** Bytes at which congestion ends; default 256 KiB, and at most `highWater`. */
  readonly lowWater?: number | undefined;
  /** Milliseconds without any progress of a write after which, or up to a quarter later, the stream closes with `ETIMEDOUT`; default 30,000; `Infinity`: never. */
  readonly stallTimeout?: number | undefined;
  /** Milliseconds that `close()` may take; default 5,000. */
  readonly linger?: number | undefined;
  /**
   * The differentiated services code point of the packets that are sent, 0 to 63, as Open vSwitch's connections have 48; default: the system's, 0. For names of `tcp`, `ssl`, `ptcp` and `pssl`, whose SYN has it too; it means nothing to
   * other transports. It needs the addon: without that it is refused with `ERR_NATIVE`. RFC 2474
   */
  readonly dscp?: number | undefined;
  /** The identity of this end over TLS, and the certificates that it trusts: for `ssl:` and `pssl:`. Default: {@link defaultTls}, the process's. */
  readonly tls?: TlsIdentity | undefined;
}

/**
 * How to connect. A transport that needs more adds its own properties by declaration merging.
 */
export interface ConnectOptions extends StreamOptions {
  /** Ends connecting with `ERR_ABORTED`. Once the stream is open it has no effect. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until connecting fails with `ETIMEDOUT`; default: the kernel decides, about two minutes for tcp. */
  readonly timeout?: number | undefined;
  /** MiB of heap that the worker of `dl:FILE?worker` may use; one that needs more is ended, and the connection with it, with `ENOMEM`. Default 512. */
  readonly workerMemory?: number | undefined;
}

/** The options that every stream has. */
export const STREAM_OPTIONS: OptionTable<StreamOptions> = {
  clock: "clock",
  highWater: "number",
  lowWater: "number",
  stallTimeout: "number",
  linger: "number",
  dscp: "number",
  tls: "object",
};

/** The options of {@link connect}. */
export const CONNECT_OPTIONS: OptionTable<ConnectOptions> = {
  ...STREAM_OPTIONS,
  signal: "signal",
  timeout: "number",
  workerMemory: "number",
};

/** The limits with the defaults filled in. */
export interface Limits {
  readonly clock: Clock;
  readonly highWater: number;
  readonly lowWater: number;
  readonly stallTimeout: number;
  readonly linger: number;
  readonly timeout: number;
}

/** The longest time that a timer of Node can take, in milliseconds. */
export const LONGEST = 0x7fffffff;

function amount(name: string, value: number | undefined, otherwise: number, infinite: boolean): number {
  const v = value ?? otherwise;
  if (v >= 0 && (v <= LONGEST || (infinite && v === Number.POSITIVE_INFINITY))) return v;
  throw new SouthboundError("ERR_USAGE", `${name} is ${v}; accepted are 0 to ${LONGEST}${infinite ? " and Infinity" : ""}`);
}

/** Checks options and fills in the defaults. Throws SouthboundError `ERR_USAGE`. */
export function limitsOf(options: ConnectOptions): Limits {
  checkDscp(options.dscp);
  const highWater = amount("highWater", options.highWater, 0x100000, true);
  const lowWater = amount("lowWater", options.lowWater, Math.min(0x40000, highWater), true);
  if (lowWater > highWater)
    throw new SouthboundError("ERR_USAGE", `lowWater is ${lowWater}; it must not exceed highWater, which is ${highWater}`);
  return {
    clock: options.clock ?? systemClock,
    highWater,
    lowWater,
    stallTimeout: amount("stallTimeout", options.stallTimeout, 30_000, true),
    linger: amount("linger", options.linger, 5_000, false),
    timeout: amount("timeout", options.timeout, Number.POSITIVE_INFINITY, true),
  };
}

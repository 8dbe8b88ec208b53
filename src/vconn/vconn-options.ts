import type { Clock } from "../clock/mod.js";
import type { OptionTable, SouthboundError } from "../errors/mod.js";
import type { Version } from "../schema/mod.js";
import type { Endpoint } from "./endpoint.js";
import type { Log } from "./log.js";
import type { Trace } from "./trace.js";

/** Where a connection stands: the stream is being made; our hello is out and the peer's is awaited; messages flow; it has ended. */
export type VconnState = "connecting" | "hello" | "connected" | "disconnected";

/** How a connection behaves. */
export interface VconnOptions {
  /** The versions to offer; 1.0 and 1.3 unless given. */
  readonly versions?: readonly Version[] | undefined;
  readonly clock?: Clock | undefined;
  /** Milliseconds for the peer's hello, from when the stream is open; default 10,000. */
  readonly helloTimeout?: number | undefined;
  /** The transaction id that was given out last, 0 before the first. Connections that share one object count together; each counts for itself unless given. */
  readonly xids?: { last: number } | undefined;
  /** Where one line goes for each thing that went wrong; nowhere unless given. */
  readonly log?: Log | undefined;
  /**
   * How many messages in a row may not be readable, though their framing is right, until the connection is given up with `EPROTO`; default 100. A message that can be read, echo included, begins a new row. `Infinity`:
   * any number. What becomes of one: see {@link Vconn.failed}.
   */
  readonly maxFaults?: number | undefined;
  /** Logs each message on debug level too, or those that a {@link Trace} shows, as `ovs-ofctl` prints it, up to 600 a minute. Default false; costs nothing then. {@link Vconn.trace} changes it. */
  readonly trace?: boolean | Trace | undefined;
}

/** The options that every connection has. */
export const VCONN_OPTIONS: OptionTable<VconnOptions> = {
  versions: "list",
  clock: "clock",
  helloTimeout: "number",
  xids: "object",
  log: "function",
  maxFaults: "number",
  trace: "any",
};

/** How a connection stands, to be shown. */
export interface VconnStatus {
  /** The peer's name. */
  readonly name: string;
  readonly state: VconnState;
  /** 0 while there is none. */
  readonly version: Version | 0;
  /** The error that it ended with; null for an end in order, undefined while it lives. */
  readonly error: SouthboundError | null | undefined;
  /** The other end. */
  readonly remote: Endpoint;
  /** This end; without a name while connecting. */
  readonly local: Endpoint;
  /** Messages. */
  readonly sent: number;
  readonly sentBytes: number;
  /** Messages. */
  readonly received: number;
  readonly receivedBytes: number;
  /** Messages that could not be read, see {@link VconnOptions.maxFaults}. */
  readonly faults: number;
  /** Bytes that wait to be sent. */
  readonly queued: number;
  /** Requests that wait for their reply. */
  readonly waiting: number;
}

/** The keeper of a connection, beside its user: it gets the connection's changes as plain calls. */
export interface VconnKeeper {
  /** The version is settled; before `onUp`. */
  up(): void;
  /** One whole message or more has been received and handled. */
  heard(): void;
  /** The stream takes writes again. */
  drained(): void;
  /** It has ended; before `onClose`. */
  ended(error: SouthboundError | null): void;
}

/** The versions that are offered unless a caller says otherwise. */
export const DEFAULT_VERSIONS: readonly Version[] = [1, 4];

import type { OptionTable, SouthboundError } from "../errors/mod.js";
import type { Stream } from "./stream.js";
import { STREAM_OPTIONS, type StreamOptions } from "./stream-options.js";

/** Admission policy: which connections to accept. A connection that is turned away is closed at once, before anything is spent on it. */
export interface AdmissionOptions {
  /** How many accepted streams may be open at a time. Default: no bound. */
  readonly maxConnections?: number | undefined;
  /**
   * How many may be half-open at a time: in the TLS handshake, or not yet said to be set up by {@link Stream.established}. Default: no bound. Set it only where the user
   * of the streams calls that; `Vconn` does when the version is settled.
   */
  readonly maxHalfOpen?: number | undefined;
  /** How many one IP address may have open at a time. Default: no bound. Nothing for unix sockets. */
  readonly maxPerAddress?: number | undefined;
  /** How many connections are let in per second, with bursts of as many. Default: no bound. Those turned away come again by their own back-off. */
  readonly maxPerSecond?: number | undefined;
  /** Bytes that a peer may send until {@link Stream.established}; one that sends more is closed with `ENOBUFS`. Default: no bound. */
  readonly maxEarlyBytes?: number | undefined;
  /** Milliseconds for the TLS handshake, from accepting on; default 10,000. */
  readonly handshakeTimeout?: number | undefined;
}

/** What {@link AdmissionOptions} has, for its check. */
export const ADMISSION_OPTIONS: OptionTable<AdmissionOptions> = {
  maxConnections: "number",
  maxHalfOpen: "number",
  maxPerAddress: "number",
  maxPerSecond: "number",
  maxEarlyBytes: "number",
  handshakeTimeout: "number",
};

/** The counters of a listener. */
export interface AdmissionCounts {
  /** Let in since it listens. */
  readonly accepted: number;
  /** Turned away since it listens. */
  readonly refused: number;
  /** Let in, and failed in the TLS handshake. */
  readonly failed: number;
  /** Open now, half-open ones included. */
  readonly open: number;
  /** Half-open now. */
  readonly halfOpen: number;
}

/** The options of listening. The limits are those of each accepted stream. */
export interface ListenOptions extends StreamOptions, AdmissionOptions {
  /**
   * Gets each accepted stream, open and before any byte of it is read. Nothing is read before its `onChunk` is set. When the handler throws, the stream
   * is destroyed and the error surfaces as an uncaught one.
   */
  readonly onStream: (stream: Stream) => void;
  /** Called when accepting fails, for example with `EMFILE`, when a TLS handshake does, and when a peer is turned away, the latter two at most once a second. Listening goes on. */
  readonly onError?: ((error: SouthboundError) => void) | undefined;
  /**
   * Milliseconds until it is tried again where listening fails because of something that may go away: the place is in use, the address or the folder is not there yet, too many files are open. Until then {@link listen} is pending;
   * `onError` gets the first error, and each other one that follows. Default: it rejects.
   */
  readonly retryInterval?: number | undefined;
  /** Gives up listening with `ERR_ABORTED`. Once the listener is there it has no effect. */
  readonly signal?: AbortSignal | undefined;
}

/** The options of {@link listen}. */
export const LISTEN_OPTIONS: OptionTable<ListenOptions> = {
  ...STREAM_OPTIONS,
  maxConnections: "number",
  maxHalfOpen: "number",
  maxPerAddress: "number",
  maxPerSecond: "number",
  maxEarlyBytes: "number",
  handshakeTimeout: "number",
  onStream: "function!",
  onError: "function",
  retryInterval: "number",
  signal: "signal",
};

/** A place where peers connect to. */
export interface Listener extends AsyncDisposable {
  /** Where, with the port that was really bound: `ptcp:40312:127.0.0.1`, `ptcp:6653:[::]`, `punix:/path`. */
  readonly name: string;
  /** What has been counted so far. */
  readonly counts: AdmissionCounts;
  /** Stops listening and removes the socket file. Accepted streams live on. @returns {@link closed} */
  close(): Promise<void>;
  /** Resolves when nothing is listened at any more. Never rejects. */
  readonly closed: Promise<void>;
}

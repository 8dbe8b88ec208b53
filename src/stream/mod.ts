/**
 * Streams: channels of bytes over tcp, unix sockets and in-process pipes, with back-pressure and time-outs; listeners; the syntax of names; the outbox.
 * Floor 1: imports `bytes`, `errors`, `clock`.
 * @packageDocumentation
 */
export { OPENFLOW_PORT, runDirectory } from "./address.js";
export { connect } from "./connect.js";
export { type Listener, type ListenOptions, listen } from "./listener.js";
export { Outbox, outbox } from "./outbox.js";
export { type PipeOptions, pipe } from "./pipe-stream.js";
export { Stream, type StreamInfo, type StreamState } from "./stream.js";
export type { ConnectOptions, StreamOptions } from "./stream-options.js";
export {
  type FileTarget,
  type InetTarget,
  type OtherTarget,
  parseActive,
  parsePassive,
  registerTransport,
  type Target,
  type Transport,
} from "./target.js";

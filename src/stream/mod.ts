/**
 * Streams: channels of bytes over tcp, TLS, unix sockets, in-process pipes and to controllers in the process, with back-pressure and time-outs; listeners; the syntax of names; the outbox.
 * Floor 1: imports `bytes`, `errors`, `clock`, `native`.
 * @packageDocumentation
 */
export { OPENFLOW_PORT, runDirectory } from "./address.js";
export { Admission, handOver, type Ticket } from "./admission.js";
export { connect } from "./connect.js";
export { type AdmissionCounts, type AdmissionOptions, type Listener, type ListenOptions, listen } from "./listener.js";
export { Outbox, outbox } from "./outbox.js";
export type { PeerCertificate } from "./peer-certificate.js";
export { type PipeOptions, pipe } from "./pipe-stream.js";
export { type Content, contentHint, guessContent } from "./sniff.js";
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
  targetUsage,
  type UsageOptions,
  verifyName,
} from "./target.js";
export { defaultTls, TlsIdentity, type TlsLog, type TlsOptions } from "./tls-identity.js";
export { parseTlsVersions, type TlsVersion, type TlsVersions } from "./tls-protocols.js";

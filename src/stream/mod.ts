/**
 * Streams: channels of bytes over tcp, TLS, unix sockets, in-process pipes and to controllers in the process, with back-pressure and time-outs; listeners; the syntax of names; the outbox.
 * Floor 1: imports `bytes`, `errors`, `clock`, `native`.
 * @packageDocumentation
 */
export { OPENFLOW_PORT, runDirectory } from "./address.js";
export { Admission, handOver, type Ticket } from "./admission.js";
export { connect } from "./connect.js";
export { provideImports } from "./imports.js";
export { listen } from "./listen.js";
export {
  ADMISSION_OPTIONS,
  type AdmissionCounts,
  type AdmissionOptions,
  LISTEN_OPTIONS,
  type Listener,
  type ListenOptions,
} from "./listener.js";
export { Outbox, outbox } from "./outbox.js";
export type { PeerCertificate } from "./peer-certificate.js";
export { type PipeOptions, pipe } from "./pipe-stream.js";
export { PkiError, type RequiredFile } from "./pki-files.js";
export { type Content, contentHint, guessContent } from "./sniff.js";
export { Stream, type StreamInfo } from "./stream.js";
export { CONNECT_OPTIONS, type ConnectOptions, type StreamOptions } from "./stream-options.js";
export type { FileTarget, InetTarget, OtherTarget, Target } from "./target.js";
export { defaultTls, TlsIdentity, type TlsLog, type TlsOptions } from "./tls-identity.js";
export { parseTlsVersions, type TlsVersion, type TlsVersions } from "./tls-protocols.js";
export type { Transport } from "./transport.js";
export { parseActive, parsePassive, registerTransport, targetUsage, type UsageOptions, verifyName } from "./transports.js";
export { typeScriptAdvice } from "./type-script.js";
export type { StreamState } from "./write-side.js";

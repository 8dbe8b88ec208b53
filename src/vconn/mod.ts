/**
 * OpenFlow connections: framing, negotiation of the version, echo, transactions, dumps, bundles, keep-alive; listening for them; connections that are made again when they end; captures.
 * Floor 3: imports `ofp`, `ofp/syntax`, `packet`, `stream`, `schema`, `bytes`, `clock`, `errors`.
 * @packageDocumentation
 */
export { BulkError, type BulkOptions } from "./bulk.js";
export type { BundleOptions } from "./bundle.js";
export {
  type CapturedPacket,
  type CaptureProblem,
  classicCaptureWriter,
  LINKTYPE_ETHERNET,
  LINKTYPE_LINUX_SLL,
  readCapture,
} from "./capture-file.js";
export { CAPTURE_PORTS, type CapturedEnd, type CapturedMessage, type CaptureOptions, capturedMessages } from "./capture-messages.js";
export { type VconnCounters, type VconnTotals, vconnTotals } from "./counters.js";
export type { DumpOptions } from "./dump.js";
export type { Endpoint } from "./endpoint.js";
export { Framer } from "./framer.js";
export { VersionMismatch } from "./handshake.js";
export { KeepAlive, type KeepAliveOptions } from "./keep-alive.js";
export { type Log, type LogLevel, silent } from "./log.js";
export { messageWords } from "./message-words.js";
export { messages } from "./messages.js";
export { type OpenOptions, openVconn } from "./open.js";
export { type BulkResult, type BundleFault, type BundleResult, OpenFlowError } from "./openflow-error.js";
export { type ListenVconnOptions, listenVconn, type VconnListener } from "./pvconn.js";
export { RateLimit } from "./rate-limit.js";
export { Rconn } from "./rconn.js";
export type { RconnOptions, RconnState } from "./rconn-options.js";
export { type AttachOptions, Recorder, type RecorderOptions } from "./record.js";
export { PacketCounter } from "./send-queue.js";
export { Trace } from "./trace.js";
export { WAIT_OPTIONS, type WaitOptions } from "./transactions.js";
export { Vconn } from "./vconn.js";
export { DEFAULT_VERSIONS, type VconnKeeper, type VconnOptions, type VconnState, type VconnStatus } from "./vconn-options.js";

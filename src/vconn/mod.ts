/**
 * OpenFlow connections: framing, negotiation of the version, echo, transactions, keep-alive.
 * Floor 3: imports `ofp`, `stream`, `schema`, `bytes`, `clock`, `errors`.
 * @packageDocumentation
 */
export { KeepAlive, type KeepAliveOptions } from "./keep-alive.js";
export { type Log, type LogLevel, silent } from "./log.js";
export { OpenFlowError } from "./openflow-error.js";
export type { WaitOptions } from "./transactions.js";
export { DEFAULT_VERSIONS, Vconn, type VconnOptions, type VconnState } from "./vconn.js";

/**
 * The addon of `native/`, loaded when first asked for and typed here: system calls that Node does not have.
 * Floor 0.5: imports `errors`.
 * @packageDocumentation
 */
export type { Library, LibraryCalls } from "./library.js";
export { type Native, native } from "./load.js";
export type { LockCalls } from "./lock.js";
export type { MemifCalls } from "./memif.js";
export { type PollCalls, READABLE, type Watcher } from "./poll.js";
export type { SocketCalls } from "./socket.js";

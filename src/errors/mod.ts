/**
 * Errors: one base class with stable codes, the decoders' error, and the errno names of connections.
 * Floor 0: imports nothing.
 * @packageDocumentation
 */
export { ERRNO_TEXT, type Errno, isErrno } from "./errno.js";
export { DecodeError, ERROR_CODES, type ErrorCode, errnoError, errnoOf, SouthboundError } from "./southbound-error.js";

/**
 * Errors: one base class with stable codes, the decoders' error, the errno names of connections, and names that are checked.
 * Floor 0: imports nothing.
 * @packageDocumentation
 */
export { ERRNO_TEXT, type Errno, isErrno } from "./errno.js";
export { named, nameOf, nameOfTable, nearest, suggestion } from "./nearest.js";
export { checkOptions, type OptionKind, type OptionTable, type OptionType, optionsIn } from "./options.js";
export { DecodeError, ERROR_CODES, type ErrorCode, errnoError, errnoOf, SouthboundError } from "./southbound-error.js";

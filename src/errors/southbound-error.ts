import { ERRNO_TEXT, type Errno, isErrno } from "./errno.js";

/** What each code that is not an errno means. `docs/reference/errors.md` lists the same table; a test holds the two together. */
export const ERROR_CODES = {
  ERR_ABORTED: "the caller's AbortSignal ended the operation",
  ERR_BORROWED: "received bytes were read after their handler had returned; call own() on the message inside the handler",
  ERR_CLOSED: "the connection ended before the operation did; what was under way is unknown to have happened",
  ERR_DECODE: "bytes that are not what the protocol says; `reason` is the OpenFlow error to answer with",
  ERR_NATIVE: "the native addon, which memif and native libraries need, is not there; the message says why and what to do",
  ERR_OPENFLOW: "the peer answered with an OpenFlow error message",
  ERR_RANGE: "a value does not fit the field it was given to",
  ERR_SYNTAX: "text that is no match, flow, action, group or meter; `offset` says where, the message is that of `ovs-ofctl`",
  ERR_TIMEOUT: "the peer did not answer in time; whether it acted is unknown",
  ERR_TOO_LONG: "the message would exceed the 65,535 bytes that its length field can say",
  ERR_UNSUPPORTED: "the OpenFlow version of this connection cannot express what was asked; the message names those that can",
  ERR_USAGE: "a name, option or argument is wrong; the message says what is accepted",
} as const;

/** A stable code: an entry of {@link ERROR_CODES}, or an errno name where Open vSwitch reports an errno. */
export type ErrorCode = keyof typeof ERROR_CODES | Errno;

const BRAND = Symbol.for("southbound.error");

/**
 * The base of every error that this library throws or rejects with. Decide by `code`, which does not change between releases; `message` is
 * for people and says what to do.
 */
export class SouthboundError extends Error {
  /** The stable code. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Whether `e` is a SouthboundError, of this copy of the library or another one in the process. */
  static is(e: unknown): e is SouthboundError {
    return e instanceof Error && (e as { [BRAND]?: boolean })[BRAND] === true;
  }
}

/**
 * Bytes that are not what the protocol says. Thrown by every decoder, and by nothing else.
 * Code: `ERR_DECODE`.
 */
export class DecodeError extends SouthboundError {
  /** The OpenFlow error that answers such bytes, by its name in the specification, such as `OFPBRC_BAD_LEN`. */
  readonly reason: string;
  /** Where: bytes from the start of the message. */
  readonly offset: number;
  /** The field, from the message inwards, such as `FlowMod.instructions[0].actions[2]`; empty where not known. */
  readonly path: string;
  /** What is wrong, without the place. */
  readonly what: string;

  constructor(reason: string, what: string, offset: number, path = "") {
    super("ERR_DECODE", `${path === "" ? "" : `${path}: `}${what} at byte ${offset} (${reason})`);
    this.reason = reason;
    this.offset = offset;
    this.path = path;
    this.what = what;
  }
}

/**
 * The error of a failed system call or a broken connection.
 * @param code - the errno name
 * @param context - what was being done, such as `connecting to tcp:127.0.0.1:1`; the text of the errno is put behind it in brackets
 */
export function errnoError(code: Errno, context: string, cause?: unknown): SouthboundError {
  return new SouthboundError(code, `${context} (${ERRNO_TEXT[code]})`, cause === undefined ? undefined : { cause });
}

/** The errno name that `e` carries, or `fallback` where it carries none that is known here. */
export function errnoOf(e: unknown, fallback: Errno): Errno {
  const code = (e as { code?: unknown } | null | undefined)?.code;
  return isErrno(code) ? code : fallback;
}

import { getSystemErrorName } from "node:util";
import { checkOptions, type ErrorCode, errnoError, isErrno, type OptionTable, SouthboundError } from "../errors/mod.js";

const SAID: OptionTable<{ readonly reason?: string; readonly disconnectCode?: number; readonly fromPeer?: boolean }> = {
  reason: "string",
  disconnectCode: "number",
  fromPeer: "boolean",
};

/**
 * Why a memif connection ended or was not made. Codes: `ECONNREFUSED` the peer refused before it was up; `ECONNRESET` the peer ended it; `EPROTO` the peer broke the protocol;
 * `EPERM` the secret is wrong, at both ends; `ETIMEDOUT` the peer did not get through the handshake; `ERR_CLOSED` this end ended it.
 */
export class MemifError extends SouthboundError {
  /** The text of the DISCONNECT message that was sent or received; empty where there was none. */
  readonly reason: string;
  /** The number in that message; 0 where there was none. memif 2.0 gives no number a meaning, and known peers send 0. */
  readonly disconnectCode: number;
  /** Whether the peer sent the message, and not this end. */
  readonly fromPeer: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    said: { readonly reason?: string; readonly disconnectCode?: number; readonly fromPeer?: boolean } = {},
    options?: ErrorOptions,
  ) {
    checkOptions("MemifError", said, SAID);
    super(code, message, options);
    this.reason = said.reason ?? "";
    this.disconnectCode = said.disconnectCode ?? 0;
    this.fromPeer = said.fromPeer ?? false;
  }
}

/** Thrown while a peer's message is handled: ends the connection, with its message as the text of the DISCONNECT, at most 95 bytes. */
export class Refusal extends SouthboundError {
  constructor(reason: string, code: ErrorCode = "EPROTO") {
    super(code, reason);
  }
}

/** The error of a call of the addon that answered a negative errno. */
export function callError(result: number, context: string): SouthboundError {
  const name = getSystemErrorName(result);
  return isErrno(name) ? errnoError(name, context) : new SouthboundError("EIO", `${context} (${name})`);
}

/** What a call of the addon answered. @throws SouthboundError with the errno when it is negative */
export function succeeded(result: number, context: string): number {
  if (result < 0) throw callError(result, context);
  return result;
}

import { encodedLength, encodeText } from "../../bytes/mod.js";
import { bytes, u16, type Version } from "../../schema/mod.js";
import { message } from "../message.js";
import { errorName, errorPair } from "./table.js";

/** How much of the request an error message carries. The standard asks for 64 bytes at least; Open vSwitch sends as much. OpenFlow 1.3 §7.4.4 */
export const ERROR_DATA_MAX = 64;

/** Says that a request failed, and why. OpenFlow 1.3 §7.4.4 */
export const ErrorMessage = message(
  "ErrorMessage",
  "error",
  {
    /** The kind of request; which `errType` and `code` mean what depends on the version: {@link errorNameOf} tells. */
    errType: u16(),
    code: u16(),
    /** The start of the request, at least 64 bytes of it or all; for a failed hello, text. */
    data: bytes(),
  },
  { "1.0+": { key: [1], slots: ["errType", "code", "data"] } },
);
/** See the class. */
export type ErrorMessage = InstanceType<typeof ErrorMessage>;

/** The name of the error that a received message carries, such as `OFPBRC_BAD_TYPE`; `type T code C` for one that no table knows. */
export function errorNameOf(e: ErrorMessage): string {
  return errorName(e.version as Version, e.errType, e.code) ?? `type ${e.errType} code ${e.code}`;
}

/**
 * The message that answers a request with an error.
 * @param reason - the error's name, such as `OFPBRC_BAD_LEN`; where the version does not have it, the nearest that it has
 * @param request - the bytes of the request, of which the start is copied; or text for a failed hello
 */
export function errorReply(version: Version, reason: string, xid: number, request: Uint8Array | string): ErrorMessage {
  const [errType, code] = errorPair(reason, version);
  let data: Uint8Array;
  if (typeof request === "string") {
    data = new Uint8Array(encodedLength(request));
    encodeText(request, data, 0);
  } else data = request.slice(0, ERROR_DATA_MAX);
  return ErrorMessage.of({ xid, errType, code, data });
}

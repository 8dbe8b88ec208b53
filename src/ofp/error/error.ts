import { type Chunk, copyBytes, encodedLength, encodeText } from "../../bytes/mod.js";
import { bytes, fail, Parts, u16, u32, type Version } from "../../schema/mod.js";
import { EXPERIMENTER } from "../ids.js";
import { message } from "../message.js";
import { errorName, errorPair } from "./names.js";

/** How much of the request an error message carries. The standard asks for 64 bytes at least. OpenFlow 1.3 §7.4.4 */
export const ERROR_DATA_MAX = 64;

/** The type of vendors' errors in OpenFlow 1.0 and 1.1, with the code 0; the vendor and its own type and code follow. Open vSwitch nicira-ext.h (NXET_VENDOR) */
export const VENDOR_ERROR = 0xb0c20000;

const LENGTH = "OFPBRC_BAD_LEN";

/** The bytes that identify the error, from what stands there. */
function sizeAt(c: Chunk, p: number, end: number, version: Version): number {
  if (end - p < 4) return fail(LENGTH, "the error is cut short", p);
  const word = c.dv.getUint32(p);
  const size = version <= 2 ? (word === VENDOR_ERROR ? 12 : 4) : word >>> 16 === EXPERIMENTER ? 8 : 4;
  return end - p < size ? fail(LENGTH, "the experimenter of the error is cut short", p) : size;
}

/** Type, code and experimenter of an error. OpenFlow 1.0 §5.4.4, 1.3 §7.4.4 (ofp_error_msg, ofp_error_experimenter_msg) */
const NUMBERS = new Parts("error", ["errType", "code", "experimenter"], (version) => ({
  decode(c, p, end) {
    const size = sizeAt(c, p, end, version);
    if (size === 12) return { experimenter: c.dv.getUint32(p + 4), errType: c.dv.getUint16(p + 8), code: c.dv.getUint16(p + 10) };
    return { errType: c.dv.getUint16(p), code: c.dv.getUint16(p + 2), experimenter: size === 8 ? c.dv.getUint32(p + 4) : 0 };
  },
  encode(c, p, values) {
    const { errType, code, experimenter } = values as Readonly<Record<"errType" | "code" | "experimenter", number>>;
    let q = p;
    const own = experimenter !== 0 || (version <= 2 ? errType === VENDOR_ERROR >>> 16 && code === 0 : errType === EXPERIMENTER);
    if (version <= 2 && own) {
      c.dv.setUint32(p, VENDOR_ERROR);
      c.dv.setUint32(p + 4, experimenter);
      q += 8;
    }
    c.dv.setUint16(q, version > 2 && own ? EXPERIMENTER : errType);
    c.dv.setUint16(q + 2, code);
    if (version > 2 && own) {
      c.dv.setUint32(q + 4, experimenter);
      q += 4;
    }
    return q + 4;
  },
  extent: (c, p, end) => p + sizeAt(c, p, end, version),
}));

/** Says that a request failed, and why. OpenFlow 1.3 §7.4.4 */
export const ErrorMessage = message(
  "ErrorMessage",
  "error",
  {
    /** The kind of request; which `errType` and `code` mean what depends on the version: {@link errorNameOf} gives the name. 0xffff for an experimenter's error since 1.2. */
    errType: u16(),
    /** What was wrong with it; for an experimenter's error since 1.2 the experimenter's own number. */
    code: u16(),
    /** Whose error it is; 0 for the standard's. In OpenFlow 1.0 and 1.1 in the form that Nicira defined. */
    experimenter: u32(),
    /** The start of the request, at least 64 bytes of it or all; for a failed hello, text. */
    data: bytes(),
  },
  { "1.0+": { key: [1], slots: [NUMBERS, "data"], ovs: { min: 4 } } },
);
/** See the class. */
export type ErrorMessage = InstanceType<typeof ErrorMessage>;

/** The name of the error that a received message carries, such as `OFPBRC_BAD_TYPE`; `type T code C` for one that no table knows. */
export function errorNameOf(e: ErrorMessage): string {
  const { errType, code, experimenter } = e;
  const own = experimenter === 0 ? "" : `experimenter 0x${experimenter.toString(16)} `;
  return errorName(e.version as Version, errType, code, experimenter) ?? `${own}type ${errType} code ${code}`;
}

/**
 * The message that answers a request with an error.
 * @param reason - the error's name, such as `OFPBRC_BAD_LEN`; where the version does not have it, `NXBRC_UNENCODABLE_ERROR` says so
 * @param request - the bytes of the request, of which the start is copied; or text for a failed hello
 * @param most - how many bytes of the request to copy; {@link ERROR_DATA_MAX} unless given
 */
export function errorReply(
  version: Version,
  reason: string,
  xid: number,
  request: Uint8Array | string,
  most = ERROR_DATA_MAX,
): ErrorMessage {
  const [errType, code, experimenter = 0] = errorPair(reason, version);
  let data: Uint8Array;
  if (typeof request === "string") {
    data = new Uint8Array(encodedLength(request));
    encodeText(request, data, 0);
  } else data = copyBytes(request, 0, most);
  return ErrorMessage.of({ xid, errType, code, experimenter, data });
}

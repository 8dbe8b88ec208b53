import { Chunk, chunkOf, crc32c, sizeOf } from "../bytes/mod.js";
import { checkFields, type IpFields, overIp, startIp } from "./ip.js";
import { IpProto, inRange, malformed, need } from "./numbers.js";

/** The common header of an SCTP packet (RFC 9260, section 3.1). */
export interface Sctp {
  /** Source port. */
  readonly src: number;
  /** Destination port. */
  readonly dst: number;
  /** Verification tag. */
  readonly tag: number;
  /** Where the SCTP chunks start in the chunk of bytes. */
  readonly payload: number;
  readonly end: number;
}

/** Stands for the checksum field while the checksum is worked out. */
const ZERO = new Chunk(4);

function checksum(chunk: Chunk, p: number, end: number): number {
  return crc32c(chunk, p + 12, end, crc32c(ZERO, 0, 4, crc32c(chunk, p, p + 8)));
}

/**
 * Reads an SCTP header.
 * @param verify - whether the CRC32c must be right
 * @throws DecodeError where it is cut short or its checksum is wrong
 */
export function parseSctp(from: Chunk | Uint8Array, p = 0, end = sizeOf(from), verify = false): Sctp {
  const chunk = chunkOf(from);
  need(12, p, end, "SCTP header");
  const { dv } = chunk;
  if (verify && dv.getUint32(p + 8, true) !== checksum(chunk, p, end)) malformed("SCTP checksum", p + 8);
  return { src: dv.getUint16(p), dst: dv.getUint16(p + 2), tag: dv.getUint32(p + 4), payload: p + 12, end };
}

const SCTP_FIELDS = overIp<{ readonly sctpSrc: number; readonly sctpDst: number; readonly tag?: number }>({
  sctpSrc: "number!",
  sctpDst: "number!",
  tag: "number",
});

/**
 * A frame with an SCTP packet over IPv4 or IPv6. The bytes are new and belong to the caller.
 * @param payload - the SCTP chunks
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field, or a payload that is too long
 */
export function buildSctp(
  fields: IpFields & { readonly sctpSrc: number; readonly sctpDst: number; readonly tag?: number },
  payload: Uint8Array,
): Uint8Array {
  checkFields("buildSctp", fields, SCTP_FIELDS);
  const { chunk, at, end } = startIp(fields, IpProto.Sctp, 12 + payload.length);
  const { dv } = chunk;
  dv.setUint16(at, inRange("sctpSrc", fields.sctpSrc, 0xffff));
  dv.setUint16(at + 2, inRange("sctpDst", fields.sctpDst, 0xffff));
  dv.setUint32(at + 4, inRange("tag", fields.tag ?? 0, 0xffff_ffff));
  chunk.u8.set(payload, at + 12);
  dv.setUint32(at + 8, crc32c(chunk, at, end), true);
  return chunk.u8;
}

import { type Chunk, chunkOf, sizeOf } from "../bytes/mod.js";
import { checkFields, finishTransport, type IpAddresses, type IpFields, overIp, startIp, verifyTransport } from "./ip.js";
import { IpProto, inRange, malformed, need } from "./numbers.js";

/** A UDP header (RFC 768). */
export interface Udp {
  /** Source port. */
  readonly src: number;
  /** Destination port. */
  readonly dst: number;
  /** Where the payload starts in the chunk. */
  readonly payload: number;
  /** Where it ends by the length in the header. */
  readonly end: number;
}

/**
 * Reads a UDP header.
 * @param ip - the packet around it; given, the checksum must be right, or 0 over IPv4, which says that there is none
 * @throws DecodeError where it is cut short, its length does not inRange, or its checksum is wrong
 */
export function parseUdp(from: Chunk | Uint8Array, p = 0, end = sizeOf(from), ip?: IpAddresses): Udp {
  const chunk = chunkOf(from);
  need(8, p, end, "UDP header");
  const { dv } = chunk;
  const length = dv.getUint16(p + 4);
  if (length < 8 || length > end - p) malformed(`UDP length ${length}, ${end - p} bytes there`, p + 4);
  if (ip !== undefined) {
    if (dv.getUint16(p + 6) !== 0) verifyTransport(chunk, p, p + length, ip, IpProto.Udp, "UDP");
    else if (ip.version === 6) malformed("UDP over IPv6 without a checksum", p + 6);
  }
  return { src: dv.getUint16(p), dst: dv.getUint16(p + 2), payload: p + 8, end: p + length };
}

const UDP_FIELDS = overIp<{ readonly udpSrc: number; readonly udpDst: number }>({ udpSrc: "number!", udpDst: "number!" });

/**
 * A frame with a UDP packet over IPv4 or IPv6. The bytes are new and belong to the caller.
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field, or a payload that is too long
 */
export function buildUdp(fields: IpFields & { readonly udpSrc: number; readonly udpDst: number }, payload: Uint8Array): Uint8Array {
  checkFields("buildUdp", fields, UDP_FIELDS);
  const room = startIp(fields, IpProto.Udp, 8 + payload.length);
  const { chunk, at } = room;
  chunk.dv.setUint16(at, inRange("udpSrc", fields.udpSrc, 0xffff));
  chunk.dv.setUint16(at + 2, inRange("udpDst", fields.udpDst, 0xffff));
  chunk.dv.setUint16(at + 4, 8 + payload.length);
  chunk.u8.set(payload, at + 8);
  if (finishTransport(room, at + 6) === 0) chunk.dv.setUint16(at + 6, 0xffff);
  return chunk.u8;
}

import { type Chunk, chunkOf, internetChecksum, sizeOf } from "../bytes/mod.js";
import { malformed, need } from "./numbers.js";

/** An IPv4 header (RFC 791, section 3.1). */
export interface Ipv4 {
  readonly version: 4;
  /** Source address. */
  readonly src: number;
  /** Destination address. */
  readonly dst: number;
  /** Protocol of the payload. */
  readonly proto: number;
  /** Time to live. */
  readonly ttl: number;
  /** Differentiated services code point, 6 bits. */
  readonly dscp: number;
  /** Explicit congestion notification, 2 bits. */
  readonly ecn: number;
  /** Identification. */
  readonly id: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** Where this fragment goes in the whole, in bytes. */
  readonly fragmentOffset: number;
  /** Where the options start in the chunk; they end at `payload`. */
  readonly options: number;
  /** Where the payload starts in the chunk. */
  readonly payload: number;
  /** Where the packet ends in the chunk by its own total length: what follows is padding of the frame. */
  readonly end: number;
}

/**
 * Reads an IPv4 header.
 * @param verify - whether the header checksum must be right
 * @throws DecodeError where it is cut short, its lengths do not inRange, or its checksum is wrong
 */
export function parseIpv4Header(from: Chunk | Uint8Array, p = 0, end = sizeOf(from), verify = false): Ipv4 {
  const chunk = chunkOf(from);
  need(20, p, end, "IPv4 header");
  const { dv } = chunk;
  const first = dv.getUint8(p);
  const headerLength = (first & 15) * 4;
  const total = dv.getUint16(p + 2);
  if (first >>> 4 !== 4) malformed(`IPv4 header with version ${first >>> 4}`, p);
  if (headerLength < 20 || headerLength > total || total > end - p) {
    malformed(`IPv4 header of ${headerLength} bytes in a packet of ${total}, ${end - p} there`, p);
  }
  if (verify && internetChecksum(chunk, p, p + headerLength) !== 0) malformed("IPv4 header checksum", p + 10);
  const tos = dv.getUint8(p + 1);
  const fragment = dv.getUint16(p + 6);
  return {
    version: 4,
    src: dv.getUint32(p + 12),
    dst: dv.getUint32(p + 16),
    proto: dv.getUint8(p + 9),
    ttl: dv.getUint8(p + 8),
    dscp: tos >>> 2,
    ecn: tos & 3,
    id: dv.getUint16(p + 4),
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset: (fragment & 0x1fff) * 8,
    options: p + 20,
    payload: p + headerLength,
    end: p + total,
  };
}

import type { Chunk } from "./chunk.js";

/**
 * Adds the 16-bit words of a range to a sum that is not yet folded. A range of odd length is padded with a zero byte, so where a sum runs over several
 * ranges only the last may be odd. Ranges of up to 64 MiB in all keep the sum exact.
 * @param sum - what to add to: the result of another call, or of a pseudo header
 */
export function addToChecksum(chunk: Chunk, start: number, end: number, sum = 0): number {
  const { dv } = chunk;
  let total = sum;
  let p = start;
  for (; p + 1 < end; p += 2) total += dv.getUint16(p);
  if (p < end) total += dv.getUint8(p) << 8;
  return total;
}

/** The internet checksum of a sum: folded to 16 bits and complemented (RFC 1071, section 1). */
export function foldChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x1_0000) + Math.floor(folded / 0x1_0000);
  return ~folded & 0xffff;
}

/**
 * The internet checksum of a range (RFC 1071). Over a range that holds its own right checksum it is 0.
 * @param sum - the unfolded sum of what comes before, such as a pseudo header
 */
export function internetChecksum(chunk: Chunk, start: number, end: number, sum = 0): number {
  return foldChecksum(addToChecksum(chunk, start, end, sum));
}

/**
 * The checksum after one 16-bit word under it changed (RFC 1624, equation 3). A value of 32 bits is two words: call it twice.
 * A UDP checksum of 0 says that there is none, and must be left alone.
 */
export function updateChecksum(checksum: number, before: number, after: number): number {
  return foldChecksum((~checksum & 0xffff) + (~before & 0xffff) + after);
}

/**
 * The unfolded sum of an IPv4 pseudo header (RFC 9293, section 3.1).
 * @param protocol - the IP protocol number
 * @param length - bytes of the transport header and its payload
 */
export function pseudoHeaderIpv4(src: number, dst: number, protocol: number, length: number): number {
  return (src >>> 16) + (src & 0xffff) + (dst >>> 16) + (dst & 0xffff) + protocol + length;
}

/**
 * The unfolded sum of an IPv6 pseudo header (RFC 8200, section 8.1).
 * @param protocol - the next header value of the transport header
 * @param length - bytes of the transport header and its payload
 */
export function pseudoHeaderIpv6(src: bigint, dst: bigint, protocol: number, length: number): number {
  let sum = protocol + (length >>> 16) + (length & 0xffff);
  for (let shift = 0n; shift < 128n; shift += 16n) sum += Number((src >> shift) & 0xffffn) + Number((dst >> shift) & 0xffffn);
  return sum;
}

const CRC32C = new Uint32Array(256);
for (let b = 0; b < 256; b++) {
  let c = b;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f6_3b78 : c >>> 1;
  CRC32C[b] = c;
}

/**
 * The CRC32c of a range, as SCTP uses it (RFC 9260, appendix A). The protocol puts it on the wire with its lowest byte first.
 * @param crc - the result for what comes before, to go on from there
 */
export function crc32c(chunk: Chunk, start: number, end: number, crc = 0): number {
  const { u8 } = chunk;
  let c = ~crc;
  for (let p = start; p < end; p++) c = (c >>> 8) ^ CRC32C[(c ^ u8[p]!) & 255]!;
  return ~c >>> 0;
}

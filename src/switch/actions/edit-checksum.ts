import { type Chunk, crc32c, updateChecksum } from "../../bytes/mod.js";
import { type FlowKey, Ipv6Exthdr } from "../../packet/mod.js";

/** A checksum of the internet kind that has to be kept right: where it is, and whether 0 says that there is none. */
export interface Sum {
  readonly at: number;
  readonly optional: boolean;
}

/** The checksum of the transport header, which a pseudo header of addresses goes into; undefined where there is none. */
export function transportSum(key: FlowKey): Sum | undefined {
  const { l4 } = key;
  if (l4 === undefined) return undefined;
  if (key.tcpSrc !== undefined) return { at: l4 + 16, optional: false };
  if (key.udpSrc !== undefined) return { at: l4 + 6, optional: true };
  if (key.icmpv6Type !== undefined) return { at: l4 + 2, optional: false };
  return undefined;
}

/** The checksum that covers the bytes of an ICMP header. */
export function icmpSum(key: FlowKey): Sum | undefined {
  return key.l4 === undefined ? undefined : { at: key.l4 + 2, optional: false };
}

/** As {@link transportSum}, for a changed destination: under a routing header the checksum is made with another address. RFC 8200 §8.1 */
export function transportSumOfDestination(key: FlowKey): Sum | undefined {
  return ((key.ipv6Exthdr ?? 0) & Ipv6Exthdr.Router) !== 0 ? undefined : transportSum(key);
}

/** The checksum of an IPv4 header. */
export const ipv4Sum = (key: FlowKey): Sum => ({ at: key.l3! + 10, optional: false });

/** Writes 16 bits, and brings the checksums that cover them up to date. RFC 1624 */
export function put16(c: Chunk, at: number, value: number, ...sums: readonly (Sum | undefined)[]): void {
  const before = c.dv.getUint16(at);
  c.dv.setUint16(at, value);
  if (before === value) return;
  for (const sum of sums) {
    if (sum === undefined) continue;
    const checksum = c.dv.getUint16(sum.at);
    if (sum.optional && checksum === 0) continue;
    const updated = updateChecksum(checksum, before, value);
    c.dv.setUint16(sum.at, sum.optional && updated === 0 ? 0xffff : updated);
  }
}

/** As {@link put16}, for 32 bits. */
export function put32(c: Chunk, at: number, value: number, ...sums: readonly (Sum | undefined)[]): void {
  put16(c, at, value >>> 16, ...sums);
  put16(c, at + 2, value & 0xffff, ...sums);
}

/** As {@link put16}, for an Ethernet address. */
export function put48(c: Chunk, at: number, value: number, ...sums: readonly (Sum | undefined)[]): void {
  put16(c, at, Math.floor(value / 4294967296), ...sums);
  put32(c, at + 2, value >>> 0, ...sums);
}

/** As {@link put16}, for an IPv6 address. */
export function put128(c: Chunk, at: number, value: bigint, ...sums: readonly (Sum | undefined)[]): void {
  for (let i = 0; i < 4; i++) put32(c, at + 4 * i, Number((value >> BigInt(96 - 32 * i)) & 0xffffffffn), ...sums);
}

/** The checksum that the SCTP packet at `l4` should have: over all of it, with the checksum itself as 0. RFC 9260, appendix A */
function sctpSum(c: Chunk, l4: number, end: number): number {
  const there = c.dv.getUint32(l4 + 8);
  c.dv.setUint32(l4 + 8, 0);
  const crc = crc32c(c, l4, end);
  c.dv.setUint32(l4 + 8, there);
  return crc;
}

/** Changes an SCTP packet. A checksum that was wrong stays as wrong as it was, so that nothing hides a broken packet. */
export function editSctp(c: Chunk, l4: number, end: number, edit: () => void): void {
  const before = c.dv.getUint32(l4 + 8, true);
  const wanted = sctpSum(c, l4, end);
  edit();
  c.dv.setUint32(l4 + 8, (before ^ wanted ^ sctpSum(c, l4, end)) >>> 0, true);
}

import { Chunk, chunkOf, internetChecksum, updateChecksum } from "../bytes/mod.js";
import { ArpOp, isArp, parseArp } from "./arp.js";
import { macAt, parseEthernet, putMac } from "./ethernet.js";
import { IcmpType } from "./icmp.js";
import { parseIpv4Header } from "./ipv4.js";
import { EtherType, IpProto, MAC_BROADCAST } from "./numbers.js";

/** Time to live of replies (RFC 1700: the default of IP). */
const TTL = 64;

/** The host that answers. */
export interface Answerer {
  /** Its Ethernet address, 48 bits. */
  readonly mac: number;
  /** Its IPv4 address, 32 bits. */
  readonly ip: number;
  /** How many bits of the address are its network's: whoever asks by ARP from another one is not answered. 0 by default: everybody is. */
  readonly prefix?: number | undefined;
}

/**
 * What an end system answers to a frame: to an ARP request for its address (RFC 826), or to an ICMP echo request (RFC 792). VLAN tags are kept.
 * @returns a new frame, the caller's; undefined for every other frame, and for a wrong checksum
 * @throws DecodeError where a header is cut short or malformed
 */
export function replyToFrame(
  from: Chunk | Uint8Array,
  start: number,
  end: number,
  { mac, ip, prefix = 0 }: Answerer,
): Uint8Array | undefined {
  const chunk = chunkOf(from);
  const { dst, type, payload } = parseEthernet(chunk, start, end);
  if (dst !== mac && (dst !== MAC_BROADCAST || type !== EtherType.Arp)) return undefined;
  let out: Chunk;
  if (type === EtherType.Arp) {
    if (!isArp(chunk, payload, end)) return undefined;
    const { op, sha, spa, tpa } = parseArp(chunk, payload, end);
    if (op !== ArpOp.Request || tpa !== ip || !near(spa, ip, prefix)) return undefined;
    out = copyOf(chunk, start, end);
    const at = payload - start;
    out.dv.setUint16(at + 6, ArpOp.Reply);
    putMac(out, at + 8, mac);
    out.dv.setUint32(at + 14, ip);
    putMac(out, at + 18, sha);
    out.dv.setUint32(at + 24, spa);
  } else {
    if (type !== EtherType.Ipv4 || !isEchoFor(chunk, payload, end, ip)) return undefined;
    out = copyOf(chunk, start, end);
    turnEcho(out, payload - start, out.u8.length);
  }
  putMac(out, 0, macAt(chunk, start + 6));
  putMac(out, 6, mac);
  return out.u8;
}

/**
 * What an end system answers to an IPv4 packet without an Ethernet header: to an ICMP echo request (RFC 792).
 * @returns a new packet, the caller's; undefined for every other packet, and for a wrong checksum
 * @throws DecodeError where a header is cut short or malformed
 */
export function replyToIpv4(from: Chunk | Uint8Array, start: number, end: number, ip: number): Uint8Array | undefined {
  const chunk = chunkOf(from);
  if (!isEchoFor(chunk, start, end, ip)) return undefined;
  const out = copyOf(chunk, start, end);
  turnEcho(out, 0, out.u8.length);
  return out.u8;
}

const copyOf = (chunk: Chunk, start: number, end: number): Chunk => new Chunk(chunk.u8.slice(start, end));

/** Whether two addresses are of one network, or `a` is that of a host which has none yet (RFC 5227, section 1.1). */
const near = (a: number, b: number, prefix: number): boolean => a === 0 || prefix === 0 || (a ^ b) >>> (32 - prefix) === 0;

/** Whether a whole ICMP echo request for `ip`, with right checksums, lies from `p` to `end`. */
function isEchoFor(chunk: Chunk, p: number, end: number, ip: number): boolean {
  const { dst, proto, moreFragments, fragmentOffset, payload, end: last } = parseIpv4Header(chunk, p, end);
  if (dst !== ip || proto !== IpProto.Icmp || moreFragments || fragmentOffset !== 0 || last - payload < 8) return false;
  if (chunk.dv.getUint16(payload) !== IcmpType.EchoRequest << 8) return false;
  return internetChecksum(chunk, p, payload) === 0 && internetChecksum(chunk, payload, last) === 0;
}

/** Makes the echo request at `p` the reply to it. */
function turnEcho(chunk: Chunk, p: number, end: number): void {
  const { dv } = chunk;
  const { src, dst, payload } = parseIpv4Header(chunk, p, end);
  dv.setUint32(p + 12, dst);
  dv.setUint32(p + 16, src);
  dv.setUint8(p + 8, TTL);
  dv.setUint16(p + 10, 0);
  dv.setUint16(p + 10, internetChecksum(chunk, p, payload));
  dv.setUint8(payload, IcmpType.EchoReply);
  dv.setUint16(payload + 2, updateChecksum(dv.getUint16(payload + 2), IcmpType.EchoRequest << 8, IcmpType.EchoReply << 8));
}

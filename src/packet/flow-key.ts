import { type Chunk, chunkOf } from "../bytes/mod.js";
import { isArp } from "./arp.js";
import { isVlanType, LLC_SNAP_LENGTH, llcType, macAt } from "./ethernet.js";
import { Icmpv6Type } from "./icmpv6.js";
import { Ipv6Extensions, Ipv6Exthdr, u128At } from "./ipv6.js";
import { EtherType, IpProto } from "./numbers.js";

/**
 * The match fields of a packet (OpenFlow 1.3, section 7.2.3.7, and `tcp_flags` of 1.5), one each; those that the packet does not have are undefined.
 * Made to be used again: {@link flowKey} clears it first.
 */
export class FlowKey {
  inPort = 0;
  ethDst: number | undefined = undefined;
  ethSrc: number | undefined = undefined;
  /** The type behind all tags; 0x05ff for an 802.3 frame that has none. */
  ethType: number | undefined = undefined;
  /** Of the outermost tag: 0x1000 with the VLAN identifier, or 0 for an untagged frame. */
  vlanVid: number | undefined = undefined;
  vlanPcp: number | undefined = undefined;
  ipDscp: number | undefined = undefined;
  ipEcn: number | undefined = undefined;
  /** Time to live, or hop limit. */
  ipTtl: number | undefined = undefined;
  /** Bit 0: a fragment; bit 1: not the first one. */
  ipFrag: number | undefined = undefined;
  /** The protocol behind IPv6 extension headers; 44 for a later IPv6 fragment, as Open vSwitch has it. */
  ipProto: number | undefined = undefined;
  ipv4Src: number | undefined = undefined;
  ipv4Dst: number | undefined = undefined;
  ipv6Src: bigint | undefined = undefined;
  ipv6Dst: bigint | undefined = undefined;
  ipv6Flabel: number | undefined = undefined;
  /** Bits of `Ipv6Exthdr`. */
  ipv6Exthdr: number | undefined = undefined;
  tcpSrc: number | undefined = undefined;
  tcpDst: number | undefined = undefined;
  tcpFlags: number | undefined = undefined;
  udpSrc: number | undefined = undefined;
  udpDst: number | undefined = undefined;
  sctpSrc: number | undefined = undefined;
  sctpDst: number | undefined = undefined;
  icmpv4Type: number | undefined = undefined;
  icmpv4Code: number | undefined = undefined;
  icmpv6Type: number | undefined = undefined;
  icmpv6Code: number | undefined = undefined;
  arpOp: number | undefined = undefined;
  arpSpa: number | undefined = undefined;
  arpTpa: number | undefined = undefined;
  arpSha: number | undefined = undefined;
  arpTha: number | undefined = undefined;
  ipv6NdTarget: bigint | undefined = undefined;
  ipv6NdSll: number | undefined = undefined;
  ipv6NdTll: number | undefined = undefined;
  mplsLabel: number | undefined = undefined;
  mplsTc: number | undefined = undefined;
  mplsBos: number | undefined = undefined;
  mplsTtl: number | undefined = undefined;
  pbbIsid: number | undefined = undefined;
  /** Where the first MPLS label starts in the chunk. */
  shim: number | undefined = undefined;
  /** Where what follows the Ethernet header, its tags and MPLS labels starts in the chunk. */
  l3: number | undefined = undefined;
  /** Where the transport header, or what a later fragment carries, starts in the chunk. */
  l4: number | undefined = undefined;
  /** Where the packet ends in the chunk: by the length in its IP header, so that padding does not count, or else where the frame ends. */
  end = 0;

  /** Makes every field undefined, and `inPort` and `end` 0. */
  clear(): void {
    this.inPort = 0;
    this.ethDst = this.ethSrc = this.ethType = this.vlanVid = this.vlanPcp = undefined;
    this.ipDscp = this.ipEcn = this.ipTtl = this.ipFrag = this.ipProto = this.ipv4Src = this.ipv4Dst = undefined;
    this.ipv6Src = this.ipv6Dst = undefined;
    this.ipv6Flabel = this.ipv6Exthdr = undefined;
    this.tcpSrc = this.tcpDst = this.tcpFlags = this.udpSrc = this.udpDst = this.sctpSrc = this.sctpDst = undefined;
    this.icmpv4Type = this.icmpv4Code = this.icmpv6Type = this.icmpv6Code = undefined;
    this.arpOp = this.arpSpa = this.arpTpa = this.arpSha = this.arpTha = undefined;
    this.ipv6NdTarget = undefined;
    this.ipv6NdSll = this.ipv6NdTll = undefined;
    this.mplsLabel = this.mplsTc = this.mplsBos = this.mplsTtl = this.pbbIsid = undefined;
    this.shim = this.l3 = this.l4 = undefined;
    this.end = 0;
  }
}

const extensions = new Ipv6Extensions();

/**
 * Extracts the match fields of the frame from `p` to `end`, which must lie in the chunk. Never throws: a frame that is cut short or malformed lacks the fields
 * from there on, and a later IP fragment has none of the transport header. What is extracted is what Open vSwitch extracts, with four exceptions:
 * an IP packet longer than the bytes there (a packet-in cut short by `max_len`) still has the fields whose bytes are there; all VLAN tags are passed over and not two
 * (OpenFlow 1.3, section 5.5); an ARP operation above 255 is given as it is; and a field that Open vSwitch would set to zero for want of bytes is undefined.
 * @param key - filled and returned; a new one by default
 */
export function flowKey(from: Chunk | Uint8Array, p: number, end: number, inPort: number, key: FlowKey = new FlowKey()): FlowKey {
  const chunk = chunkOf(from);
  key.clear();
  key.inPort = inPort;
  key.end = end;
  if (end - p < 14) return key;
  const { dv } = chunk;
  key.ethDst = macAt(chunk, p);
  key.ethSrc = macAt(chunk, p + 6);
  let type = dv.getUint16(p + 12);
  let at = p + 14;
  key.vlanVid = 0;
  if (isVlanType(type) && end - at >= 4) {
    const tci = dv.getUint16(at);
    key.vlanVid = 0x1000 | (tci & 0xfff);
    key.vlanPcp = tci >>> 13;
    do {
      type = dv.getUint16(at + 2);
      at += 4;
    } while (isVlanType(type) && end - at >= 4);
  }
  if (type < 0x600) {
    type = llcType(chunk, at, end);
    if (type !== EtherType.None) at += LLC_SNAP_LENGTH;
  }
  key.ethType = type;
  key.l3 = at;
  if (type === EtherType.Ipv4) ipv4(chunk, at, end, key);
  else if (type === EtherType.Ipv6) ipv6(chunk, at, end, key);
  else if (type === EtherType.Arp || type === EtherType.Rarp) arp(chunk, at, end, key);
  else if (type === EtherType.Mpls || type === EtherType.MplsMulticast) mpls(chunk, at, end, key);
  else if (type === EtherType.Pbb && end - at >= 4) key.pbbIsid = dv.getUint32(at) & 0xff_ffff;
  return key;
}

function arp(chunk: Chunk, p: number, end: number, key: FlowKey): void {
  if (!isArp(chunk, p, end)) return;
  const { dv } = chunk;
  key.arpOp = dv.getUint16(p + 6);
  key.arpSha = macAt(chunk, p + 8);
  key.arpSpa = dv.getUint32(p + 14);
  key.arpTha = macAt(chunk, p + 18);
  key.arpTpa = dv.getUint32(p + 24);
}

function mpls(chunk: Chunk, p: number, end: number, key: FlowKey): void {
  key.l3 = undefined;
  for (let at = p; end - at >= 4; ) {
    const entry = chunk.dv.getUint32(at);
    const bottom = (entry >>> 8) & 1;
    if (at === p) {
      key.shim = p;
      key.mplsLabel = entry >>> 12;
      key.mplsTc = (entry >>> 9) & 7;
      key.mplsBos = bottom;
      key.mplsTtl = entry & 0xff;
    }
    at += 4;
    if (bottom === 1) {
      key.l3 = at;
      return;
    }
  }
}

function ipv4(chunk: Chunk, p: number, end: number, key: FlowKey): void {
  if (end - p < 20) return;
  const { dv } = chunk;
  const headerLength = (dv.getUint8(p) & 15) * 4;
  const total = dv.getUint16(p + 2);
  if (headerLength < 20 || headerLength > total || headerLength > end - p) return;
  const tos = dv.getUint8(p + 1);
  key.ipDscp = tos >>> 2;
  key.ipEcn = tos & 3;
  key.ipTtl = dv.getUint8(p + 8);
  const fragment = dv.getUint16(p + 6);
  key.ipFrag = (fragment & 0x1fff) !== 0 ? 3 : (fragment & 0x2000) !== 0 ? 1 : 0;
  const proto = dv.getUint8(p + 9);
  key.ipProto = proto;
  key.ipv4Src = dv.getUint32(p + 12);
  key.ipv4Dst = dv.getUint32(p + 16);
  const there = Math.min(end, p + total);
  key.end = there;
  const l4 = p + headerLength;
  key.l4 = l4;
  if ((fragment & 0x1fff) !== 0) return;
  if (proto !== IpProto.Icmp) ports(chunk, l4, there, p + total, proto, key);
  else if (there - l4 >= 8) {
    key.icmpv4Type = dv.getUint8(l4);
    key.icmpv4Code = dv.getUint8(l4 + 1);
  }
}

function ipv6(chunk: Chunk, p: number, end: number, key: FlowKey): void {
  if (end - p < 40) return;
  const { dv } = chunk;
  const first = dv.getUint32(p);
  key.ipDscp = (first >>> 22) & 63;
  key.ipEcn = (first >>> 20) & 3;
  key.ipv6Flabel = first & 0xf_ffff;
  key.ipTtl = dv.getUint8(p + 7);
  key.ipv6Src = u128At(chunk, p + 8);
  key.ipv6Dst = u128At(chunk, p + 24);
  const claimed = p + 40 + dv.getUint16(p + 4);
  const there = Math.min(end, claimed);
  key.end = there;
  const whole = extensions.walk(chunk, p + 40, there, dv.getUint8(p + 6));
  key.ipv6Exthdr = extensions.present;
  key.ipFrag = (extensions.present & Ipv6Exthdr.Frag) === 0 ? 0 : extensions.fragmentOffset !== 0 ? 3 : 1;
  if (!whole) return;
  const { proto, payload: l4 } = extensions;
  key.ipProto = proto;
  key.l4 = l4;
  if (extensions.fragmentOffset !== 0) return;
  if (proto !== IpProto.Icmpv6) ports(chunk, l4, there, claimed, proto, key);
  else if (there - l4 >= 8) icmpv6(chunk, l4, there, key);
}

/** @param claimed - where the packet ends by the length in its IP header, which may be beyond `end` */
function ports(chunk: Chunk, p: number, end: number, claimed: number, proto: number, key: FlowKey): void {
  const { dv } = chunk;
  if (proto === IpProto.Tcp) {
    if (end - p < 20) return;
    const word = dv.getUint16(p + 12);
    const headerLength = (word >>> 12) * 4;
    if (headerLength < 20 || headerLength > claimed - p) return;
    key.tcpSrc = dv.getUint16(p);
    key.tcpDst = dv.getUint16(p + 2);
    key.tcpFlags = word & 0xfff;
  } else if (proto === IpProto.Udp) {
    if (end - p < 8) return;
    key.udpSrc = dv.getUint16(p);
    key.udpDst = dv.getUint16(p + 2);
  } else if (proto === IpProto.Sctp) {
    if (end - p < 12) return;
    key.sctpSrc = dv.getUint16(p);
    key.sctpDst = dv.getUint16(p + 2);
  }
}

function icmpv6(chunk: Chunk, p: number, end: number, key: FlowKey): void {
  const { dv } = chunk;
  const type = dv.getUint8(p);
  key.icmpv6Type = type;
  key.icmpv6Code = dv.getUint8(p + 1);
  if (key.icmpv6Code !== 0 || (type !== Icmpv6Type.NeighborSolicitation && type !== Icmpv6Type.NeighborAdvertisement)) return;
  if (end - p < 24) return;
  let sll: number | undefined;
  let tll: number | undefined;
  for (let at = p + 24; end - at >= 8; ) {
    const option = dv.getUint8(at);
    const length = dv.getUint8(at + 1) * 8;
    if (length === 0 || length > end - at) break;
    if (length === 8 && (option === 1 || option === 2)) {
      // A link-layer address that is told twice makes the whole message worthless, as Open vSwitch has it.
      if ((option === 1 ? sll : tll) !== undefined) return;
      if (option === 1) sll = macAt(chunk, at + 2);
      else tll = macAt(chunk, at + 2);
    }
    at += length;
  }
  key.ipv6NdTarget = u128At(chunk, p + 8);
  key.ipv6NdSll = sll;
  key.ipv6NdTll = tll;
}

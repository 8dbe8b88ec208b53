import type { Chunk } from "../../../bytes/mod.js";
import { IpProto } from "../../../packet/mod.js";

/** The fields of a frame as Open vSwitch extracts them: zero where the frame does not have them or is cut short. */
export interface Packet {
  ethDst: number;
  ethSrc: number;
  /** 0x05ff for a frame of IEEE 802.3 without a type. */
  ethType: number;
  /** Up to two tags, each with bit 12 set. */
  vlans: number[];
  /** Up to three label stack entries. */
  mpls: number[];
  nwSrc: number;
  nwDst: number;
  ipv6Src: bigint;
  ipv6Dst: bigint;
  label: number;
  tos: number;
  ttl: number;
  /** The IP protocol, or the operation of ARP. */
  proto: number;
  fragment: "no" | "first" | "later";
  tpSrc: number;
  tpDst: number;
  tcpFlags: number;
  /** The hardware addresses of ARP, or the link-layer addresses of neighbour discovery. */
  arpSha: number;
  arpTha: number;
  ndTarget: bigint;
  /** Where the transport header starts; -1 where there is none. */
  l4: number;
  /** Where the packet ends by its own account, padding left out. */
  end: number;
}

const isVlan = (type: number): boolean => type === 0x8100 || type === 0x88a8;
const MAX_TAGS = 2;
const MAX_LABELS = 3;
const NO_TYPE = 0x05ff;
const MIN_TYPE = 0x600;
const SNAP = 8;

const macAt = (c: Chunk, p: number): number => c.dv.getUint16(p) * 4294967296 + c.dv.getUint32(p + 2);
const u128At = (c: Chunk, p: number): bigint => (c.dv.getBigUint64(p) << 64n) | c.dv.getBigUint64(p + 8);

/**
 * Extracts the fields of the frame that fills a chunk. Any bytes do.
 * @param packetType - 0 for an Ethernet frame; otherwise the lower 16 bits are the type of what the bytes start with
 */
export function dissect(c: Chunk, packetType = 0): Packet {
  const { dv } = c;
  const size = c.u8.length;
  const packet: Packet = {
    ethDst: 0,
    ethSrc: 0,
    ethType: 0,
    vlans: [],
    mpls: [],
    nwSrc: 0,
    nwDst: 0,
    ipv6Src: 0n,
    ipv6Dst: 0n,
    label: 0,
    tos: 0,
    ttl: 0,
    proto: 0,
    fragment: "no",
    tpSrc: 0,
    tpDst: 0,
    tcpFlags: 0,
    arpSha: 0,
    arpTha: 0,
    ndTarget: 0n,
    l4: -1,
    end: size,
  };
  if (packetType !== 0) {
    packet.ethType = packetType & 0xffff;
    network(c, 0, packet);
    return packet;
  }
  if (size < 14) return packet;
  packet.ethDst = macAt(c, 0);
  packet.ethSrc = macAt(c, 6);
  let p = 12;
  while (isVlan(dv.getUint16(p)) && packet.vlans.length < MAX_TAGS && size - p >= 6) {
    packet.vlans.push(dv.getUint16(p + 2) | 0x1000);
    p += 4;
  }
  packet.ethType = dv.getUint16(p);
  p += 2;
  if (packet.ethType < MIN_TYPE) {
    const type = snapType(c, p);
    if (type !== NO_TYPE) p += SNAP;
    packet.ethType = type;
  }
  network(c, p, packet);
  return packet;
}

/** What stands behind the Ethernet header, by its type. */
function network(c: Chunk, start: number, packet: Packet): void {
  let p = start;
  switch (packet.ethType) {
    case 0x0800:
      ipv4(c, p, packet);
      break;
    case 0x86dd:
      ipv6(c, p, packet);
      break;
    case 0x0806:
    case 0x8035:
      arp(c, p, packet);
      break;
    case 0x8847:
    case 0x8848:
      for (; packet.mpls.length < MAX_LABELS && c.u8.length - p >= 4; p += 4) {
        packet.mpls.push(c.dv.getUint32(p));
        if ((c.dv.getUint32(p) & 0x100) !== 0) break;
      }
  }
}

/** The type in an LLC and SNAP header at `p`. */
function snapType(c: Chunk, p: number): number {
  if (c.u8.length - p < SNAP || c.dv.getUint32(p) !== 0xaaaa0300 || c.dv.getUint16(p + 4) !== 0) return NO_TYPE;
  const type = c.dv.getUint16(p + 6);
  return type < MIN_TYPE ? NO_TYPE : type;
}

function arp(c: Chunk, p: number, packet: Packet): void {
  const { dv } = c;
  if (c.u8.length - p < 28 || dv.getUint32(p) !== 0x00010800 || dv.getUint16(p + 4) !== 0x0604) return;
  packet.nwSrc = dv.getUint32(p + 14);
  packet.nwDst = dv.getUint32(p + 24);
  const operation = dv.getUint16(p + 6);
  if (operation <= 0xff) packet.proto = operation;
  packet.arpSha = macAt(c, p + 8);
  packet.arpTha = macAt(c, p + 18);
}

function ipv4(c: Chunk, p: number, packet: Packet): void {
  const { dv } = c;
  const size = c.u8.length - p;
  if (size < 20) return;
  const header = (dv.getUint8(p) & 15) * 4;
  const total = dv.getUint16(p + 2);
  if (header < 20 || size < header || total > size || header > total) return;
  packet.end = p + total;
  packet.nwSrc = dv.getUint32(p + 12);
  packet.nwDst = dv.getUint32(p + 16);
  packet.tos = dv.getUint8(p + 1);
  packet.ttl = dv.getUint8(p + 8);
  packet.proto = dv.getUint8(p + 9);
  const fragment = dv.getUint16(p + 6);
  if ((fragment & 0x3fff) !== 0) packet.fragment = (fragment & 0x1fff) === 0 ? "first" : "later";
  transport(c, p + header, packet);
}

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AH = 51;
const DESTINATION = 60;

function ipv6(c: Chunk, p: number, packet: Packet): void {
  const { dv } = c;
  const size = c.u8.length - p;
  if (size < 40 || dv.getUint16(p + 4) + 40 > size) return;
  const end = p + 40 + dv.getUint16(p + 4);
  packet.ipv6Src = u128At(c, p + 8);
  packet.ipv6Dst = u128At(c, p + 24);
  let proto = dv.getUint8(p + 6);
  let fragment: Packet["fragment"] = "no";
  let at = p + 40;
  while (proto === HOP_BY_HOP || proto === ROUTING || proto === DESTINATION || proto === AH || proto === FRAGMENT) {
    if (end - at < 8) return;
    const length = proto === FRAGMENT ? 8 : proto === AH ? (dv.getUint8(at + 1) + 2) * 4 : (dv.getUint8(at + 1) + 1) * 8;
    if (length > end - at) return;
    const more = proto === FRAGMENT ? dv.getUint16(at + 2) : 0;
    proto = dv.getUint8(at);
    at += length;
    if (more !== 0) fragment = "first";
    if ((more & 0xfff8) !== 0) {
      fragment = "later";
      proto = FRAGMENT;
      break;
    }
  }
  const first = dv.getUint32(p);
  packet.end = end;
  packet.tos = (first >>> 20) & 255;
  packet.label = first & 0xf_ffff;
  packet.ttl = dv.getUint8(p + 7);
  packet.proto = proto;
  packet.fragment = fragment;
  transport(c, at, packet);
}

/** The least bytes of the headers that have two ports, or a type and a code, at their start. */
const HEADERS: Readonly<Record<number, number>> = {
  [IpProto.TCP]: 20,
  [IpProto.UDP]: 8,
  [IpProto.SCTP]: 12,
  [IpProto.ICMP]: 8,
  [IpProto.IGMP]: 8,
  [IpProto.ICMPV6]: 8,
};

function transport(c: Chunk, p: number, packet: Packet): void {
  const { dv } = c;
  packet.l4 = p;
  const size = packet.end - p;
  const header = HEADERS[packet.proto];
  if (packet.fragment === "later" || header === undefined || size < header) return;
  if (packet.proto === IpProto.TCP) {
    const length = (dv.getUint8(p + 12) >>> 4) * 4;
    if (length < 20 || size < length) return;
    packet.tcpFlags = dv.getUint16(p + 12) & 0xfff;
  }
  const byPort = packet.proto === IpProto.TCP || packet.proto === IpProto.UDP || packet.proto === IpProto.SCTP;
  packet.tpSrc = byPort ? dv.getUint16(p) : dv.getUint8(p);
  packet.tpDst = byPort ? dv.getUint16(p + 2) : dv.getUint8(p + 1);
  if (packet.proto === IpProto.ICMPV6) discovery(c, p, packet);
}

/** The target of neighbour discovery and the two link-layer addresses; none of them where an address is told twice. */
function discovery(c: Chunk, p: number, packet: Packet): void {
  const { dv } = c;
  if (packet.tpDst !== 0 || (packet.tpSrc !== 135 && packet.tpSrc !== 136) || packet.end - p < 24) return;
  let source = 0;
  let target = 0;
  for (let at = p + 24; packet.end - at >= 8; ) {
    const option = dv.getUint8(at);
    const length = dv.getUint8(at + 1) * 8;
    if (length === 0 || length > packet.end - at) break;
    if (length === 8 && (option === 1 || option === 2)) {
      if ((option === 1 ? source : target) !== 0) return;
      if (option === 1) source = macAt(c, at + 2);
      else target = macAt(c, at + 2);
    }
    at += length;
  }
  packet.ndTarget = u128At(c, p + 8);
  packet.arpSha = source;
  packet.arpTha = target;
}

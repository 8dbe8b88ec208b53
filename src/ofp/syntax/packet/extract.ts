import type { Chunk } from "../../../bytes/mod.js";
import { IpProto } from "../../../packet/mod.js";
import { Fragment, P } from "../../oxm/flow-places.js";
import { BOTTOM, isDiscovery, MAX_LABELS, MAX_TAGS, NdOption, PacketFlow } from "./packet-flow.js";

const isVlan = (type: number): boolean => type === 0x8100 || type === 0x88a8;
const NO_TYPE = 0x05ff;
const MIN_TYPE = 0x600;
const SNAP = 8;

const macAt = (c: Chunk, p: number): number => c.dv.getUint16(p) * 4294967296 + c.dv.getUint32(p + 2);
const u128At = (c: Chunk, p: number): bigint => (c.dv.getBigUint64(p) << 64n) | c.dv.getBigUint64(p + 8);

/**
 * Extracts the fields of the packet that fills a chunk. Any bytes do: what the packet is too short for is 0. Open vSwitch flow.c (miniflow_extract)
 * @param packetType - 0 for an Ethernet frame; otherwise the lower 16 bits are the type of what the bytes start with
 */
export function extractFlow(c: Chunk, packetType = 0): PacketFlow {
  const { dv } = c;
  const size = c.u8.length;
  const flow = new PacketFlow();
  flow.end = size;
  if (packetType !== 0) {
    flow.put(P.packetType, packetType);
    network(c, 0, packetType & 0xffff, flow);
    return flow;
  }
  if (size < 14) return flow;
  flow.put(P.ethDst, macAt(c, 0));
  flow.put(P.ethSrc, macAt(c, 6));
  let p = 12;
  while (isVlan(dv.getUint16(p)) && flow.tags.length < MAX_TAGS && size - p >= 6) {
    flow.pushTag((dv.getUint32(p) | 0x1000) >>> 0);
    p += 4;
  }
  let type = dv.getUint16(p);
  p += 2;
  if (type < MIN_TYPE) {
    type = snapType(c, p);
    if (type !== NO_TYPE) p += SNAP;
  }
  network(c, p, type, flow);
  return flow;
}

/** What stands behind the Ethernet header, by its type. */
function network(c: Chunk, start: number, type: number, flow: PacketFlow): void {
  let p = start;
  flow.put(P.ethType, type);
  switch (type) {
    case 0x0800:
      ipv4(c, p, flow);
      break;
    case 0x86dd:
      ipv6(c, p, flow);
      break;
    case 0x0806:
    case 0x8035:
      arp(c, p, flow);
      break;
    case 0x894f:
      nsh(c, p, flow);
      break;
    case 0x8847:
    case 0x8848:
      for (; flow.labels.length < MAX_LABELS && c.u8.length - p >= 4; p += 4) {
        flow.pushLabel(c.dv.getUint32(p));
        if ((c.dv.getUint32(p) & BOTTOM) !== 0) break;
      }
  }
}

const NSH_BASE = 8;
const NSH_TYPE1 = 1;
const NSH_TYPE1_LENGTH = 24;
const NSH_TYPE2 = 2;

/** The network service header (RFC 8300), whose context is read where it has four words. */
function nsh(c: Chunk, p: number, flow: PacketFlow): void {
  const { dv } = c;
  const size = c.u8.length - p;
  if (size < NSH_BASE) return;
  const first = dv.getUint16(p);
  const length = (first & 0x3f) * 4;
  const type = dv.getUint8(p + 2);
  if (length > size || first >>> 14 !== 0) return;
  if ((type === NSH_TYPE1 && length !== NSH_TYPE1_LENGTH) || (type === NSH_TYPE2 && length < NSH_BASE)) return;
  flow.put(P.nshFlags, (first >>> 12) & 3);
  flow.put(P.nshTtl, (first >>> 6) & 0x3f);
  flow.put(P.nshMdtype, type);
  flow.put(P.nshNp, dv.getUint8(p + 3));
  flow.put(P.nshSpi, dv.getUint32(p + 4) >>> 8);
  flow.put(P.nshSi, dv.getUint8(p + 7));
  if (type !== NSH_TYPE1) return;
  for (const [i, at] of [P.nshC1, P.nshC2, P.nshC3, P.nshC4].entries()) flow.put(at, dv.getUint32(p + 8 + 4 * i));
}

/** The type in an LLC and SNAP header at `p`. */
function snapType(c: Chunk, p: number): number {
  if (c.u8.length - p < SNAP || c.dv.getUint32(p) !== 0xaaaa0300 || c.dv.getUint16(p + 4) !== 0) return NO_TYPE;
  const type = c.dv.getUint16(p + 6);
  return type < MIN_TYPE ? NO_TYPE : type;
}

const MAX_PADDING = 0xffff;

function arp(c: Chunk, p: number, flow: PacketFlow): void {
  const { dv } = c;
  if (c.u8.length - p < 28 || dv.getUint32(p) !== 0x00010800 || dv.getUint16(p + 4) !== 0x0604) return;
  flow.put(P.arpSpa, dv.getUint32(p + 14));
  flow.put(P.arpTpa, dv.getUint32(p + 24));
  const operation = dv.getUint16(p + 6);
  if (operation <= 0xff) flow.put(P.arpOp, operation);
  flow.put(P.arpSha, macAt(c, p + 8));
  flow.put(P.arpTha, macAt(c, p + 18));
}

function putIp(flow: PacketFlow, proto: number, tos: number, ttl: number, fragment: number): void {
  flow.put(P.ipProto, proto);
  flow.put(P.ipDscp, tos >>> 2);
  flow.put(P.ipEcn, tos & 3);
  flow.put(P.ipTtl, ttl);
  flow.put(P.ipFrag, fragment);
}

function ipv4(c: Chunk, p: number, flow: PacketFlow): void {
  const { dv } = c;
  const size = c.u8.length - p;
  if (size < 20) return;
  const header = (dv.getUint8(p) & 15) * 4;
  const total = dv.getUint16(p + 2);
  if (header < 20 || size < header || total > size || header > total || size - total > MAX_PADDING) return;
  flow.end = p + total;
  flow.put(P.ipv4Src, dv.getUint32(p + 12));
  flow.put(P.ipv4Dst, dv.getUint32(p + 16));
  const field = dv.getUint16(p + 6);
  const fragment = (field & 0x3fff) === 0 ? 0 : (field & 0x1fff) === 0 ? Fragment.Any : Fragment.Any | Fragment.Later;
  const proto = dv.getUint8(p + 9);
  putIp(flow, proto, dv.getUint8(p + 1), dv.getUint8(p + 8), fragment);
  transport(c, p + header, proto, fragment, flow);
}

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AH = 51;
const DESTINATION = 60;

function ipv6(c: Chunk, p: number, flow: PacketFlow): void {
  const { dv } = c;
  const size = c.u8.length - p;
  if (size < 40) return;
  const end = p + 40 + dv.getUint16(p + 4);
  if (end > c.u8.length || c.u8.length - end > MAX_PADDING) return;
  flow.put(P.ipv6Src, u128At(c, p + 8));
  flow.put(P.ipv6Dst, u128At(c, p + 24));
  let proto = dv.getUint8(p + 6);
  let fragment = 0;
  let at = p + 40;
  while (proto === HOP_BY_HOP || proto === ROUTING || proto === DESTINATION || proto === AH || proto === FRAGMENT) {
    if (end - at < 8) return;
    const length = proto === FRAGMENT ? 8 : proto === AH ? (dv.getUint8(at + 1) + 2) * 4 : (dv.getUint8(at + 1) + 1) * 8;
    if (length > end - at) return;
    const more = proto === FRAGMENT ? dv.getUint16(at + 2) : 0;
    proto = dv.getUint8(at);
    at += length;
    if (more !== 0) fragment = Fragment.Any;
    if ((more & 0xfff8) !== 0) {
      fragment = Fragment.Any | Fragment.Later;
      proto = FRAGMENT;
      break;
    }
  }
  const first = dv.getUint32(p);
  flow.end = end;
  flow.put(P.ipv6Flabel, first & 0xf_ffff);
  putIp(flow, proto, (first >>> 20) & 255, dv.getUint8(p + 7), fragment);
  transport(c, at, proto, fragment, flow);
}

/** The least bytes of the headers that have two ports, or a type and a code, at their start. */
const HEADERS: Readonly<Record<number, number>> = {
  [IpProto.Tcp]: 20,
  [IpProto.Udp]: 8,
  [IpProto.Sctp]: 12,
  [IpProto.Icmp]: 8,
  [IpProto.Igmp]: 8,
  [IpProto.Icmpv6]: 8,
};

function transport(c: Chunk, p: number, proto: number, fragment: number, flow: PacketFlow): void {
  const { dv } = c;
  flow.l4 = p;
  const size = flow.end - p;
  const header = HEADERS[proto];
  if ((fragment & Fragment.Later) !== 0 || header === undefined || size < header) return;
  if (proto === IpProto.Tcp) {
    const length = (dv.getUint8(p + 12) >>> 4) * 4;
    if (length < 20 || size < length) return;
    flow.put(P.tcpFlags, dv.getUint16(p + 12) & 0xfff);
  }
  const byPort = proto === IpProto.Tcp || proto === IpProto.Udp || proto === IpProto.Sctp;
  flow.put(P.tcpSrc, byPort ? dv.getUint16(p) : dv.getUint8(p));
  flow.put(P.tcpDst, byPort ? dv.getUint16(p + 2) : dv.getUint8(p + 1));
  // Open vSwitch keeps the group of IGMP where neighbour discovery has its flags
  if (proto === IpProto.Igmp) flow.put(P.ipv6NdReserved, dv.getUint32(p + 4));
  if (proto === IpProto.Icmpv6) discovery(c, p, flow);
}

/** The flags and the target of neighbour discovery and the two link-layer addresses; no target and no address where an address is given twice. */
function discovery(c: Chunk, p: number, flow: PacketFlow): void {
  const { dv } = c;
  const type = dv.getUint8(p);
  if (dv.getUint8(p + 1) !== 0 || !isDiscovery(type)) return;
  flow.put(P.ipv6NdReserved, dv.getUint32(p + 4));
  if (flow.end - p < 24) return;
  let source = 0;
  let target = 0;
  let firstOption = 0;
  for (let at = p + 24; flow.end - at >= 8; ) {
    const option = dv.getUint8(at);
    const length = dv.getUint8(at + 1) * 8;
    if (length === 0 || length > flow.end - at) break;
    if (length === 8 && (option === NdOption.SourceAddress || option === NdOption.TargetAddress)) {
      if ((option === NdOption.SourceAddress ? source : target) !== 0) {
        flow.put(P.ipv6NdOptionsType, firstOption);
        return;
      }
      if (option === NdOption.SourceAddress) source = macAt(c, at + 2);
      else target = macAt(c, at + 2);
      if (firstOption === 0) firstOption = option;
    }
    at += length;
  }
  flow.put(P.ipv6NdOptionsType, firstOption);
  flow.put(P.ipv6NdTarget, u128At(c, p + 8));
  flow.put(P.arpSha, source);
  flow.put(P.arpTha, target);
}

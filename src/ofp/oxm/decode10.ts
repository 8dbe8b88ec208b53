import type { Chunk } from "../../bytes/mod.js";
import { portFrom16 } from "../port/port-no.js";
import { VLAN_NONE, VLAN_PRESENT } from "../vlan.js";
import type { OxmField } from "./fields.js";
import {
  arpOp,
  arpSpa,
  arpTpa,
  ethDst,
  ethSrc,
  ethType,
  icmpv4Code,
  icmpv4Type,
  icmpv6Code,
  icmpv6Type,
  inPort,
  ipDscp,
  ipProto,
  ipv4Dst,
  ipv4Src,
  NOTHING10,
  SIZE10,
  sctpDst,
  sctpSrc,
  tcpDst,
  tcpSrc,
  udpDst,
  udpSrc,
  vlanPcp,
  vlanVid,
  W,
} from "./layout10.js";
import { ANY_PACKET, Match } from "./match.js";
import { MatchEntry } from "./match-entry.js";

type Ports = { readonly [proto: number]: readonly [OxmField, OxmField] };

const PORTS: Ports = { 6: [tcpSrc, tcpDst], 17: [udpSrc, udpDst], 132: [sctpSrc, sctpDst] };

/** What the places of the structure mean by the type of the packet. */
interface Family {
  readonly proto: OxmField;
  /** Whether there is a DSCP. */
  readonly tos: boolean;
  /** The fields that the addresses are; undefined where they count for nothing. */
  readonly addresses: readonly [OxmField, OxmField] | undefined;
  /** The two fields that the places of the ports have, by protocol. */
  readonly ports: Ports;
}

const IP4: Family = { proto: ipProto, tos: true, addresses: [ipv4Src, ipv4Dst], ports: { ...PORTS, 1: [icmpv4Type, icmpv4Code] } };
/** OpenFlow 1.0 does not speak of IPv6. Open vSwitch heeds all but the addresses, and so do we. ofp-match.c (ofputil_normalize_match__) */
const IP6: Family = { proto: ipProto, tos: true, addresses: undefined, ports: { ...PORTS, 58: [icmpv6Type, icmpv6Code] } };
const ARP: Family = { proto: arpOp, tos: false, addresses: [arpSpa, arpTpa], ports: {} };

const familyOf = (type: number): Family | undefined =>
  type === 0x0800 ? IP4 : type === 0x86dd ? IP6 : type === 0x0806 || type === 0x8035 ? ARP : undefined;

/**
 * Reads a match of OpenFlow 1.0. Fields whose prerequisites the match does not have are left out, as Open vSwitch normalises them away: they match nothing that a packet has. With
 * IPv6, which OpenFlow 1.0 does not speak of, protocol, DSCP and ports count as with IPv4, and the addresses do not. Where the fields do not carry
 * every bit that stands there, the match keeps the bytes.
 */
export function decode10(c: Chunk, p: number): Match {
  const { dv } = c;
  const wildcards = dv.getUint32(p);
  const entries: MatchEntry[] = [];
  /** The wildcards that the fields found are written with, and the bits beside them that none of them carries. */
  let told = NOTHING10;
  let stray = dv.getUint8(p + 21) | dv.getUint16(p + 26);

  if ((wildcards & W.inPort) === 0) {
    told &= ~W.inPort;
    entries.push(new MatchEntry(inPort, 0, portFrom16(dv.getUint16(p + 4)), undefined));
  } else stray |= dv.getUint16(p + 4);
  if ((wildcards & W.ethDst) === 0) {
    told &= ~W.ethDst;
    entries.push(new MatchEntry(ethDst, 0, dv.getUint16(p + 12) * 4294967296 + dv.getUint32(p + 14), undefined));
  } else stray |= dv.getUint16(p + 12) | dv.getUint32(p + 14);
  if ((wildcards & W.ethSrc) === 0) {
    told &= ~W.ethSrc;
    entries.push(new MatchEntry(ethSrc, 0, dv.getUint16(p + 6) * 4294967296 + dv.getUint32(p + 8), undefined));
  } else stray |= dv.getUint16(p + 6) | dv.getUint32(p + 8);
  let type = -1;
  if ((wildcards & W.ethType) === 0) {
    told &= ~W.ethType;
    type = dv.getUint16(p + 22);
    entries.push(new MatchEntry(ethType, 0, type, undefined));
  } else stray |= dv.getUint16(p + 22);
  if ((wildcards & (W.vlan | W.pcp)) !== (W.vlan | W.pcp)) {
    const tag = tagOf(dv, p, wildcards, entries);
    told &= ~tag.told;
    stray |= tag.stray;
  } else stray |= dv.getUint16(p + 18) | dv.getUint8(p + 20);
  const family = familyOf(type);
  if (family !== undefined) {
    const packet = packetOf(dv, p, wildcards, family, entries);
    told = (told & ~packet.told) | packet.free;
    stray |= packet.stray;
  } else stray |= dv.getUint16(p + 24) | dv.getUint32(p + 28) | dv.getUint32(p + 32) | dv.getUint32(p + 36);

  if (told >>> 0 !== wildcards || stray !== 0) return new Match(entries, { version: 1, bytes: c.u8.slice(p, p + SIZE10) });
  return entries.length === 0 ? ANY_PACKET : new Match(entries);
}

/** What a part of the structure carries: the wildcards that its fields clear, and the bits that none of them carries. */
interface Told {
  readonly told: number;
  readonly stray: number;
}

/** The fields of a VLAN tag. */
function tagOf(dv: DataView, p: number, wildcards: number, entries: MatchEntry[]): Told {
  const vid = dv.getUint16(p + 18);
  const pcp = dv.getUint8(p + 20);
  const hasVlan = (wildcards & W.vlan) === 0;
  if (hasVlan && vid === VLAN_NONE) {
    entries.push(new MatchEntry(vlanVid, 0, 0, undefined));
    return { told: W.vlan | W.pcp, stray: pcp };
  }
  entries.push(
    hasVlan ? new MatchEntry(vlanVid, 0, VLAN_PRESENT | (vid & 0xfff), undefined) : new MatchEntry(vlanVid, 0, VLAN_PRESENT, VLAN_PRESENT),
  );
  const stray = hasVlan ? vid & 0xf000 : vid;
  if ((wildcards & W.pcp) !== 0) return { told: W.vlan, stray: stray | pcp };
  entries.push(new MatchEntry(vlanPcp, 0, pcp & 7, undefined));
  return { told: hasVlan ? W.vlan | W.pcp : W.pcp, stray: stray | (pcp & 0xf8) };
}

/** The fields of an IP packet, or of an ARP one. `free` are the bits of an address that do not count, as the wildcards have them. */
function packetOf(dv: DataView, p: number, wildcards: number, family: Family, entries: MatchEntry[]): Told & { readonly free: number } {
  const put = (field: OxmField, value: number, mask?: number): void => {
    entries.push(new MatchEntry(field, 0, value, mask));
  };
  let told = 0;
  let stray = 0;
  let free = 0;
  const tos = dv.getUint8(p + 24);
  if (family.tos && (wildcards & W.tos) === 0) {
    told |= W.tos;
    stray |= tos & 3;
    put(ipDscp, tos >>> 2);
  } else stray |= tos;
  const proto = dv.getUint8(p + 25);
  const hasProto = (wildcards & W.proto) === 0;
  if (hasProto) {
    told |= W.proto;
    put(family.proto, proto);
  } else stray |= proto;
  const address = (field: OxmField | undefined, at: number, shift: number): void => {
    const value = dv.getUint32(at);
    const bits = (wildcards >>> shift) & 63;
    if (field === undefined || bits >= 32) {
      stray |= value;
      return;
    }
    told |= 63 << shift;
    free |= bits << shift;
    const mask = (0xffffffff << bits) >>> 0;
    stray |= value & ~mask;
    put(field, (value & mask) >>> 0, bits === 0 ? undefined : mask);
  };
  address(family.addresses?.[0], p + 28, W.nwSrcShift);
  address(family.addresses?.[1], p + 32, W.nwDstShift);
  const [src, dst] = [dv.getUint16(p + 36), dv.getUint16(p + 38)];
  const ports = hasProto ? family.ports[proto] : undefined;
  const width = ports?.[0].kind.size === 1 ? 0xff : 0xffff;
  if (ports !== undefined && (wildcards & W.tpSrc) === 0) {
    told |= W.tpSrc;
    stray |= src & ~width;
    put(ports[0], src & width);
  } else stray |= src;
  if (ports !== undefined && (wildcards & W.tpDst) === 0) {
    told |= W.tpDst;
    stray |= dst & ~width;
    put(ports[1], dst & width);
  } else stray |= dst;
  return { told, stray, free };
}

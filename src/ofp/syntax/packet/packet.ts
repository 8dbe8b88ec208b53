import { Chunk, formatIpv4, formatIpv6, formatMac } from "../../../bytes/mod.js";
import { EtherType, IpProto } from "../../../packet/mod.js";
import { packetTypeText } from "../match/field-text.js";
import { kindWord, vlanText } from "../match/match.js";
import { hexDigits } from "../words.js";
import { dissect, type Packet } from "./packet-fields.js";

const TCP_FLAGS = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns", "[200]", "[400]", "[800]"] as const;

const FRAGMENT_WORDS = { no: "no", first: "first", later: "later" } as const;

const MPLS_LABELS = 3;
const BOTTOM = 0x100;

function vlans(p: Packet): string {
  const [outer = 0, inner = 0] = p.vlans;
  return vlanText(outer, 0xffff) + (outer === 0 ? "" : vlanText(inner, 0xffff, "1"));
}

function mplsText(p: Packet): string {
  const [first = 0] = p.mpls;
  let text = `mpls_label=${first >>> 12},mpls_tc=${(first >>> 9) & 7},mpls_ttl=${first & 255},mpls_bos=${(first >>> 8) & 1},`;
  for (let i = 1; i < MPLS_LABELS && ((p.mpls[i - 1] ?? 0) & BOTTOM) === 0; i++) text += `mpls_lse${i}=${p.mpls[i] ?? 0},`;
  return text;
}

function arpText(p: Packet): string {
  let text = `arp_spa=${formatIpv4(p.nwSrc)},arp_tpa=${formatIpv4(p.nwDst)},arp_op=${p.proto},`;
  text += `arp_sha=${formatMac(p.arpSha)},arp_tha=${formatMac(p.arpTha)},`;
  return text;
}

function ipText(p: Packet, tellsProto: boolean): string {
  let text: string;
  if (p.ethType === EtherType.IPV4) text = `nw_src=${formatIpv4(p.nwSrc)},nw_dst=${formatIpv4(p.nwDst)},`;
  else text = `ipv6_src=${formatIpv6(p.ipv6Src)},ipv6_dst=${formatIpv6(p.ipv6Dst)},ipv6_label=${hexDigits(p.label, 5)},`;
  if (!tellsProto) text += `nw_proto=${p.proto},`;
  text += `nw_tos=${p.tos & 0xfc},nw_ecn=${p.tos & 3},nw_ttl=${p.ttl},nw_frag=${FRAGMENT_WORDS[p.fragment]},`;
  return p.fragment === "later" ? text : text + transportText(p);
}

const TRANSPORTS: readonly number[] = [IpProto.ICMP, IpProto.TCP, IpProto.UDP, IpProto.SCTP, IpProto.ICMPV6, IpProto.IGMP];

function transportText(p: Packet): string {
  const v6 = p.ethType === EtherType.IPV6;
  if (p.proto === (v6 ? IpProto.ICMPV6 : IpProto.ICMP)) {
    const text = `icmp_type=${p.tpSrc},icmp_code=${p.tpDst},`;
    const discovery = v6 && p.tpDst === 0 && (p.tpSrc === 135 || p.tpSrc === 136);
    if (!discovery) return text;
    return `${text}nd_target=${formatIpv6(p.ndTarget)},nd_sll=${formatMac(p.arpSha)},nd_tll=${formatMac(p.arpTha)},`;
  }
  if (!TRANSPORTS.includes(p.proto)) return "";
  let text = `tp_src=${p.tpSrc},tp_dst=${p.tpDst},`;
  if (p.proto === IpProto.TCP) text += `tcp_flags=${TCP_FLAGS.filter((_, i) => ((p.tcpFlags >>> i) & 1) !== 0).join("|") || "0"},`;
  return text;
}

/** Where the checksum of each protocol stands, how long it is, how long the header, and what it is called. */
const CHECKSUMS: Readonly<Record<number, readonly [name: string, at: number, size: 2 | 4, header: number]>> = {
  [IpProto.TCP]: ["tcp_csum", 16, 2, 20],
  [IpProto.UDP]: ["udp_csum", 6, 2, 8],
  [IpProto.SCTP]: ["sctp_csum", 8, 4, 12],
  [IpProto.ICMP]: ["icmp_csum", 2, 2, 8],
  [IpProto.ICMPV6]: ["icmp6_csum", 2, 2, 4],
};

function checksumText(c: Chunk, p: Packet): string {
  const row = CHECKSUMS[p.proto];
  if (row === undefined || p.l4 < 0) return "";
  const [name, at, size, header] = row;
  if (p.end - p.l4 < header) return "";
  const sum = size === 2 ? c.dv.getUint16(p.l4 + at) : c.dv.getUint32(p.l4 + at);
  return ` ${name}:${sum.toString(16)}`;
}

/** The name space of packet types that are Ethernet types. */
const ETHER_TYPES = 1;

/**
 * One line about an Ethernet frame, with a newline at its end: its fields as a match on it would have them, and its transport checksum. Fields that
 * the bytes are too short for are zero, as Open vSwitch has it. Any bytes do.
 * @param packetType - what the bytes are if no Ethernet frame: a name space in the upper 16 bits, a type in the lower ones
 */
export function formatPacket(bytes: Uint8Array, packetType = 0): string {
  const chunk = new Chunk(bytes);
  const p = dissect(chunk, packetType);
  const ip = p.ethType === EtherType.IPV4 || p.ethType === EtherType.IPV6;
  const framed = packetType === 0;
  const word = kindWord(p.ethType, ip ? p.proto : undefined);
  // the type of packets tells what they are, and there is no word for it
  const kind = framed || word === undefined ? word : ([word[0], false] as const);
  let text = framed ? (kind === undefined ? "" : `${kind[0]},`) : `${packetTypeText(packetType, 0xffffffff)},`;
  if (framed) text += `${vlans(p)}dl_src=${formatMac(p.ethSrc)},dl_dst=${formatMac(p.ethDst)},`;
  if (!framed && packetType >>> 16 !== ETHER_TYPES) return `${text.slice(0, -1)}${checksumText(chunk, p)}\n`;
  if (kind === undefined) text += framed ? `dl_type=${hexDigits(p.ethType, 4)},` : "";
  else if (ip) text += ipText(p, kind[1]);
  else if (kind[0].startsWith("mpls")) text += mplsText(p);
  else text += arpText(p);
  return `${text.slice(0, -1)}${checksumText(chunk, p)}\n`;
}

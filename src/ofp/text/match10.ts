import { type Chunk, formatIpv4, formatMac } from "../../bytes/mod.js";
import { OXM, type OxmField } from "../oxm/fields.js";
import { ANY_PACKET, Match, MatchEntry } from "../oxm/match.js";
import { portFrom16 } from "../port-no.js";
import { kindWord } from "./match.js";
import type { TextOptions } from "./options.js";
import { hexDigits, portText } from "./words.js";

/** The bits of the wildcards of OpenFlow 1.0, §5.2.3 (ofp_flow_wildcards). */
const WILD = {
  inPort: 1,
  vlan: 1 << 1,
  ethSrc: 1 << 2,
  ethDst: 1 << 3,
  ethType: 1 << 4,
  proto: 1 << 5,
  tpSrc: 1 << 6,
  tpDst: 1 << 7,
  pcp: 1 << 20,
  tos: 1 << 21,
} as const;
const SRC_SHIFT = 8;
const DST_SHIFT = 14;
const ALL = 0x3fffff;

const VLAN_NONE = 0xffff;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const NSH = 0x894f;
const isArp = (type: number): boolean => type === 0x0806 || type === 0x8035;

const macAt = (c: Chunk, p: number): number => c.dv.getUint16(p) * 4294967296 + c.dv.getUint32(p + 2);

/** Whether a match of OpenFlow 1.0 leaves nothing open, so that its flow has the highest priority whatever it says. */
export const isExact10 = (c: Chunk, p: number): boolean => (c.dv.getUint32(p) & ALL) === 0;

/**
 * The match of OpenFlow 1.0 at `p` with all that it says, also on fields that the packets it matches cannot have, as Open vSwitch shows it in
 * statistics.
 */
export function looseMatch10(c: Chunk, p: number): Match {
  const { dv } = c;
  const wild = dv.getUint32(p) & ALL;
  const has = (bit: number): boolean => (wild & bit) === 0;
  const entries: MatchEntry[] = [];
  const put = (field: unknown, value: number, mask?: number): void => {
    entries.push(new MatchEntry(field as OxmField, 0, value, mask));
  };
  const address = (field: unknown, at: number, shift: number): void => {
    const free = (wild >>> shift) & 63;
    if (free >= 32) return;
    const mask = free === 0 ? undefined : (0xffffffff << free) >>> 0;
    put(field, mask === undefined ? dv.getUint32(at) : (dv.getUint32(at) & mask) >>> 0, mask);
  };
  if (has(WILD.inPort)) put(OXM.inPort, portFrom16(dv.getUint16(p + 4)));
  if (has(WILD.ethSrc)) put(OXM.ethSrc, macAt(c, p + 6));
  if (has(WILD.ethDst)) put(OXM.ethDst, macAt(c, p + 12));
  const vid = dv.getUint16(p + 18);
  if (has(WILD.vlan) && vid === VLAN_NONE) put(OXM.vlanTci, 0);
  else {
    if (has(WILD.vlan)) put(OXM.vlanVid, 0x1000 | (vid & 0xfff));
    if (has(WILD.pcp)) put(OXM.vlanPcp, dv.getUint8(p + 20) & 7);
  }
  const type = has(WILD.ethType) ? dv.getUint16(p + 22) : 0;
  const proto = has(WILD.proto) ? dv.getUint8(p + 25) : 0;
  if (has(WILD.ethType)) put(OXM.ethType, type);
  if (type !== IPV6 && type !== NSH) {
    address(isArp(type) ? OXM.arpSpa : OXM.ipv4Src, p + 28, SRC_SHIFT);
    address(isArp(type) ? OXM.arpTpa : OXM.ipv4Dst, p + 32, DST_SHIFT);
  }
  if (has(WILD.proto)) put(isArp(type) ? OXM.arpOp : OXM.ipProto, proto);
  if (has(WILD.tos)) put(OXM.ipDscp, dv.getUint8(p + 24) >>> 2);
  const icmp = (type === IPV4 && proto === 1) || (type === IPV6 && proto === 58);
  if (has(WILD.tpSrc)) put(icmp ? OXM.icmpv4Type : OXM.tcpSrc, dv.getUint16(p + 36));
  if (has(WILD.tpDst)) put(icmp ? OXM.icmpv4Code : OXM.tcpDst, dv.getUint16(p + 38));
  return entries.length === 0 ? ANY_PACKET : new Match(entries);
}

const WITH_PORTS: readonly number[] = [6, 17, 132];

/** The match of OpenFlow 1.0 at `p` without what the packets it matches cannot have, as a flow has it. */
export function normalMatch10(c: Chunk, p: number): Match {
  const loose = looseMatch10(c, p);
  const type = loose.ethType ?? 0;
  const ip = type === IPV4 || type === IPV6;
  const ports = ip && WITH_PORTS.includes(loose.ipProto ?? 0);
  return new Match(
    loose.entries.filter(({ field }) => {
      const name = field?.name;
      if (name === "ipv4Src" || name === "ipv4Dst") return type === IPV4;
      if (name === "ipProto" || name === "ipDscp") return ip;
      return (name !== "tcpSrc" && name !== "tcpDst") || ports;
    }),
  );
}

/** The match of OpenFlow 1.0 at `p` as it stands there, with a `*` for each wildcard. */
export function formatMatch10(c: Chunk, p: number, o: TextOptions): string {
  const { dv } = c;
  const wild = dv.getUint32(p);
  const type = dv.getUint16(p + 22);
  const proto = dv.getUint8(p + 25);
  let text = "";
  const put = (name: string, bit: number, value: string | number): void => {
    text += `${name}=${(wild & bit) === 0 ? value : "*"},`;
  };
  const address = (name: string, at: number, shift: number): void => {
    const free = (wild >>> shift) & 63;
    text += `${name}=${free >= 32 ? "*" : formatIpv4(dv.getUint32(at)) + (free === 0 ? "" : `/${32 - free}`)},`;
  };
  // the word for IPv6 does not exist in OpenFlow 1.0
  const kind = (wild & WILD.ethType) !== 0 || type === IPV6 ? undefined : kindWord(type, (wild & WILD.proto) === 0 ? proto : undefined);
  if (kind !== undefined) text += `${kind[0]},`;
  put("in_port", WILD.inPort, portText(portFrom16(dv.getUint16(p + 4)), o));
  put("dl_vlan", WILD.vlan, dv.getUint16(p + 18));
  put("dl_vlan_pcp", WILD.pcp, dv.getUint8(p + 20));
  put("dl_src", WILD.ethSrc, formatMac(macAt(c, p + 6)));
  put("dl_dst", WILD.ethDst, formatMac(macAt(c, p + 12)));
  if (kind === undefined) put("dl_type", WILD.ethType, hexDigits(type, 4));
  address("nw_src", p + 28, SRC_SHIFT);
  address("nw_dst", p + 32, DST_SHIFT);
  if (kind?.[1] !== true) put(isArp(type) ? "arp_op" : "nw_proto", WILD.proto, proto);
  put("nw_tos", WILD.tos, dv.getUint8(p + 24));
  put(proto === 1 ? "icmp_type" : "tp_src", WILD.tpSrc, dv.getUint16(p + 36));
  put(proto === 1 ? "icmp_code" : "tp_dst", WILD.tpDst, dv.getUint16(p + 38));
  return text.slice(0, -1);
}

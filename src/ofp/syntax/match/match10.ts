import { type Chunk, formatIpv4, formatMac } from "../../../bytes/mod.js";
import { EtherType } from "../../../packet/mod.js";
import { ALL_WILDCARDS10 } from "../../ids.js";
import { OXM, type OxmField } from "../../oxm/fields.js";
import { W } from "../../oxm/layout10.js";
import { ANY_PACKET, Match } from "../../oxm/match.js";
import { MatchEntry } from "../../oxm/match-entry.js";
import { portFrom16 } from "../../port/port-no.js";
import { VLAN_NONE } from "../../vlan.js";
import type { TextOptions } from "../options.js";
import { hexDigits, portText } from "../words.js";
import { kindWord } from "./match.js";

const isArp = (type: number): boolean => type === 0x0806 || type === 0x8035;

const macAt = (c: Chunk, p: number): number => c.dv.getUint16(p) * 4294967296 + c.dv.getUint32(p + 2);

/** Whether a match of OpenFlow 1.0 leaves nothing open, so that its flow has the highest priority whatever it says. */
export const isExact10 = (c: Chunk, p: number): boolean => (c.dv.getUint32(p) & ALL_WILDCARDS10) === 0;

/**
 * The match of OpenFlow 1.0 at `p` with all that it says, also on fields that the packets it matches cannot have, as Open vSwitch shows it in
 * statistics.
 */
export function looseMatch10(c: Chunk, p: number): Match {
  const { dv } = c;
  const wild = dv.getUint32(p) & ALL_WILDCARDS10;
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
  if (has(W.inPort)) put(OXM.inPort, portFrom16(dv.getUint16(p + 4)));
  if (has(W.ethSrc)) put(OXM.ethSrc, macAt(c, p + 6));
  if (has(W.ethDst)) put(OXM.ethDst, macAt(c, p + 12));
  const vid = dv.getUint16(p + 18);
  if (has(W.vlan) && vid === VLAN_NONE) put(OXM.vlanTci, 0);
  else {
    if (has(W.vlan)) put(OXM.vlanVid, 0x1000 | (vid & 0xfff));
    if (has(W.pcp)) put(OXM.vlanPcp, dv.getUint8(p + 20) & 7);
  }
  const type = has(W.ethType) ? dv.getUint16(p + 22) : 0;
  const proto = has(W.proto) ? dv.getUint8(p + 25) : 0;
  if (has(W.ethType)) put(OXM.ethType, type);
  if (type !== EtherType.Ipv6 && type !== EtherType.Nsh) {
    address(isArp(type) ? OXM.arpSpa : OXM.ipv4Src, p + 28, W.nwSrcShift);
    address(isArp(type) ? OXM.arpTpa : OXM.ipv4Dst, p + 32, W.nwDstShift);
  }
  if (has(W.proto)) put(isArp(type) ? OXM.arpOp : OXM.ipProto, proto);
  if (has(W.tos)) put(OXM.ipDscp, dv.getUint8(p + 24) >>> 2);
  const icmp = (type === EtherType.Ipv4 && proto === 1) || (type === EtherType.Ipv6 && proto === 58);
  if (has(W.tpSrc)) put(icmp ? OXM.icmpv4Type : OXM.tcpSrc, dv.getUint16(p + 36));
  if (has(W.tpDst)) put(icmp ? OXM.icmpv4Code : OXM.tcpDst, dv.getUint16(p + 38));
  return entries.length === 0 ? ANY_PACKET : new Match(entries);
}

const WITH_PORTS: readonly number[] = [6, 17, 132];

/** The match of OpenFlow 1.0 at `p` without what the packets it matches cannot have, as a flow has it. */
export function normalMatch10(c: Chunk, p: number): Match {
  const loose = looseMatch10(c, p);
  const type = loose.ethType ?? 0;
  const ip = type === EtherType.Ipv4 || type === EtherType.Ipv6;
  const ports = ip && WITH_PORTS.includes(loose.ipProto ?? 0);
  return new Match(
    loose.entries.filter(({ field }) => {
      const name = field?.name;
      if (name === "ipv4Src" || name === "ipv4Dst") return type === EtherType.Ipv4;
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
  const kind = (wild & W.ethType) !== 0 || type === EtherType.Ipv6 ? undefined : kindWord(type, (wild & W.proto) === 0 ? proto : undefined);
  if (kind !== undefined) text += `${kind[0]},`;
  put("in_port", W.inPort, portText(portFrom16(dv.getUint16(p + 4)), o));
  put("dl_vlan", W.vlan, dv.getUint16(p + 18));
  put("dl_vlan_pcp", W.pcp, dv.getUint8(p + 20));
  put("dl_src", W.ethSrc, formatMac(macAt(c, p + 6)));
  put("dl_dst", W.ethDst, formatMac(macAt(c, p + 12)));
  if (kind === undefined) put("dl_type", W.ethType, hexDigits(type, 4));
  address("nw_src", p + 28, W.nwSrcShift);
  address("nw_dst", p + 32, W.nwDstShift);
  if (kind?.[1] !== true) put(isArp(type) ? "arp_op" : "nw_proto", W.proto, proto);
  put("nw_tos", W.tos, dv.getUint8(p + 24));
  put(proto === 1 ? "icmp_type" : "tp_src", W.tpSrc, dv.getUint16(p + 36));
  put(proto === 1 ? "icmp_code" : "tp_dst", W.tpDst, dv.getUint16(p + 38));
  return text.slice(0, -1);
}

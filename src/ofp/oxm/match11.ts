import type { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { type Codec, fail, type Kind } from "../../schema/mod.js";
import { VLAN_NONE, VLAN_PRESENT } from "../vlan.js";
import { OXM_MATCH } from "./codec.js";
import { checkContext } from "./context.js";
import { OXM, type OxmField } from "./fields.js";
import { and } from "./masked.js";
import { Match } from "./match.js";
import { MatchEntry } from "./match-entry.js";
import { withWire } from "./wire.js";

/** The bits of ofp_match.wildcards: a set bit means that the field is not matched on. OpenFlow 1.1 §A.2.3 (ofp_flow_wildcards) */
const W = {
  inPort: 1 << 0,
  vlan: 1 << 1,
  pcp: 1 << 2,
  ethType: 1 << 3,
  tos: 1 << 4,
  proto: 1 << 5,
  tpSrc: 1 << 6,
  tpDst: 1 << 7,
  mplsLabel: 1 << 8,
  mplsTc: 1 << 9,
} as const;
const ALL = 0x3ff;

/** Where the fields stand in the structure. OpenFlow 1.1 §A.2.3 (ofp_match) */
const AT = {
  inPort: 4,
  wildcards: 8,
  ethSrc: 12,
  ethDst: 24,
  vlan: 36,
  pcp: 38,
  ethType: 40,
  tos: 42,
  proto: 43,
  nwSrc: 44,
  nwDst: 52,
  tpSrc: 60,
  tpDst: 62,
  mplsLabel: 64,
  mplsTc: 68,
  metadata: 72,
} as const;

/** The type of OpenFlow 1.1's match, which is a structure. OpenFlow 1.1 §A.2.3 (OFPMT_STANDARD) */
export const STANDARD_MATCH = 0;
/** The bytes of the structure. */
export const LENGTH11 = 88;
const VLAN_ANY = 0xfffe;
const MAC_ONES = 0xffffffffffff;
const ONES64 = 0xffffffffffffffffn;

const BAD_LEN = "OFPBMC_BAD_LEN";
const BAD_VALUE = "OFPBMC_BAD_VALUE";

const isIpv4 = (type: number): boolean => type === 0x0800;
const isArp = (type: number): boolean => type === 0x0806 || type === 0x8035;
const isMpls = (type: number): boolean => type === 0x8847 || type === 0x8848;

const cannot = (field: OxmField | undefined, why: string): never => {
  throw new SouthboundError(
    "ERR_UNSUPPORTED",
    `OpenFlow 1.1 cannot match on ${field?.name ?? "an unknown field"}${why}: use OpenFlow 1.2 or later`,
  );
};

const macAt = (c: Chunk, p: number): number => c.dv.getUint16(p) * 4294967296 + c.dv.getUint32(p + 2);

function putMac(c: Chunk, p: number, v: number): void {
  c.dv.setUint16(p, v / 4294967296);
  c.dv.setUint32(p + 2, v >>> 0);
}

const PORTS: Readonly<Record<number, readonly [OxmField, OxmField]>> = {
  1: [OXM.icmpv4Type, OXM.icmpv4Code],
  6: [OXM.tcpSrc, OXM.tcpDst],
  17: [OXM.udpSrc, OXM.udpDst],
  132: [OXM.sctpSrc, OXM.sctpDst],
} as never;
export const ICMP = 1;

/** The structure at `p`. Fields that the packets it matches cannot have are left out, as the standard says. */
function decode(c: Chunk, p: number): Match {
  const { dv } = c;
  const wildcards = dv.getUint32(p + AT.wildcards);
  const has = (bit: number): boolean => (wildcards & bit) === 0;
  const entries: MatchEntry[] = [];
  const put = (field: unknown, value: number | bigint, mask?: number | bigint): void => {
    entries.push(new MatchEntry(field as OxmField, 0, value, mask));
  };
  const bits = (field: unknown, value: number | bigint, mask: number | bigint, exact: number | bigint): void => {
    if (mask === exact) put(field, value);
    else if (mask !== 0 && mask !== 0n) put(field, and(value, mask), mask);
  };
  const bad = (what: string, at: number, reason = BAD_VALUE): never => fail(reason, what, p + at);
  if (has(W.inPort)) put(OXM.inPort, dv.getUint32(p + AT.inPort));
  bits(OXM.metadata, dv.getBigUint64(p + AT.metadata), dv.getBigUint64(p + AT.metadata + 8) ^ ONES64, ONES64);
  bits(OXM.ethDst, macAt(c, p + AT.ethDst), MAC_ONES - macAt(c, p + AT.ethDst + 6), MAC_ONES);
  bits(OXM.ethSrc, macAt(c, p + AT.ethSrc), MAC_ONES - macAt(c, p + AT.ethSrc + 6), MAC_ONES);
  const type = has(W.ethType) ? dv.getUint16(p + AT.ethType) : -1;
  if (type >= 0) put(OXM.ethType, type);
  if (has(W.vlan)) {
    const vid = dv.getUint16(p + AT.vlan);
    if (vid === VLAN_NONE) put(OXM.vlanVid, 0);
    else {
      if (vid === VLAN_ANY) put(OXM.vlanVid, VLAN_PRESENT, VLAN_PRESENT);
      else if (vid < VLAN_PRESENT) put(OXM.vlanVid, VLAN_PRESENT | vid);
      else bad("no number of a VLAN", AT.vlan);
      if (has(W.pcp)) {
        const pcp = dv.getUint8(p + AT.pcp);
        if (pcp > 7) bad("no VLAN priority", AT.pcp);
        put(OXM.vlanPcp, pcp);
      }
    }
  }
  if (isIpv4(type) && has(W.tos)) {
    const tos = dv.getUint8(p + AT.tos);
    if ((tos & 3) !== 0) bad("a type of service with ECN bits", AT.tos);
    put(OXM.ipDscp, tos >>> 2);
  }
  if (isIpv4(type) || isArp(type)) {
    const ip = isIpv4(type);
    const proto = has(W.proto) ? dv.getUint8(p + AT.proto) : -1;
    if (proto >= 0) put(ip ? OXM.ipProto : OXM.arpOp, proto);
    const address = (field: unknown, at: number): void => bits(field, dv.getUint32(at), ~dv.getUint32(at + 4) >>> 0, 0xffffffff);
    address(ip ? OXM.ipv4Src : OXM.arpSpa, p + AT.nwSrc);
    address(ip ? OXM.ipv4Dst : OXM.arpTpa, p + AT.nwDst);
    const ports = ip ? PORTS[proto] : undefined;
    if (ports !== undefined) {
      for (const [i, bit, at] of [
        [0, W.tpSrc, AT.tpSrc],
        [1, W.tpDst, AT.tpDst],
      ] as const) {
        if (!has(bit)) continue;
        const value = dv.getUint16(p + at);
        if (proto === ICMP && value > 0xff) bad("more than the 8 bits of ICMP", at, "OFPBMC_BAD_FIELD");
        put(ports[i], value);
      }
    }
  }
  if (isMpls(type)) {
    if (has(W.mplsLabel)) put(OXM.mplsLabel, dv.getUint32(p + AT.mplsLabel) & 0xfffff);
    if (has(W.mplsTc)) put(OXM.mplsTc, dv.getUint8(p + AT.mplsTc) & 7);
  }
  return withWire(entries, c, p, LENGTH11, put11);
}

/** Writes one field and answers the wildcards with its bit cleared. */
function putField(c: Chunk, p: number, wildcards: number, e: MatchEntry): number {
  const { field, mask } = e;
  const { dv } = c;
  const v = e.value as number;
  if (field === undefined || !(typeof e.value === "bigint" || (v >= 0 && v <= field.exact && Number.isInteger(v))))
    return cannot(field, `=${String(v)}`);
  const whole = (bit: number): number => (mask === undefined ? wildcards & ~bit : cannot(field, " with a mask"));
  switch (field as unknown) {
    case OXM.inPort:
      dv.setUint32(p + AT.inPort, v);
      return whole(W.inPort);
    case OXM.metadata:
      dv.setBigUint64(p + AT.metadata, e.value as bigint);
      dv.setBigUint64(p + AT.metadata + 8, ((mask as bigint | undefined) ?? ONES64) ^ ONES64);
      return wildcards;
    case OXM.ethDst:
    case OXM.ethSrc: {
      const at = p + (field === (OXM.ethDst as unknown) ? AT.ethDst : AT.ethSrc);
      putMac(c, at, v);
      putMac(c, at + 6, MAC_ONES - ((mask as number | undefined) ?? MAC_ONES));
      return wildcards;
    }
    case OXM.ethType:
      dv.setUint16(p + AT.ethType, v);
      return whole(W.ethType);
    case OXM.vlanVid:
      if (mask === undefined) {
        if (v !== 0 && v < VLAN_PRESENT) cannot(field, ` without the bit 0x${VLAN_PRESENT.toString(16)}`);
        dv.setUint16(p + AT.vlan, v === 0 ? VLAN_NONE : v & 0xfff);
      } else if (mask === VLAN_PRESENT && v === VLAN_PRESENT) dv.setUint16(p + AT.vlan, VLAN_ANY);
      else cannot(field, " with that mask");
      return wildcards & ~W.vlan;
    case OXM.vlanPcp:
      dv.setUint8(p + AT.pcp, v);
      return whole(W.pcp);
    case OXM.ipDscp:
      dv.setUint8(p + AT.tos, v << 2);
      return whole(W.tos);
    case OXM.arpOp:
    case OXM.ipProto:
      if (v > 0xff) cannot(field, `=${v}`);
      dv.setUint8(p + AT.proto, v);
      return whole(W.proto);
    case OXM.ipv4Src:
    case OXM.arpSpa:
    case OXM.ipv4Dst:
    case OXM.arpTpa: {
      const at = p + (field === (OXM.ipv4Src as unknown) || field === (OXM.arpSpa as unknown) ? AT.nwSrc : AT.nwDst);
      dv.setUint32(at, v);
      dv.setUint32(at + 4, ~((mask as number | undefined) ?? 0xffffffff) >>> 0);
      return wildcards;
    }
    case OXM.tcpSrc:
    case OXM.udpSrc:
    case OXM.sctpSrc:
    case OXM.icmpv4Type:
      dv.setUint16(p + AT.tpSrc, v);
      return whole(W.tpSrc);
    case OXM.tcpDst:
    case OXM.udpDst:
    case OXM.sctpDst:
    case OXM.icmpv4Code:
      dv.setUint16(p + AT.tpDst, v);
      return whole(W.tpDst);
    case OXM.mplsLabel:
      dv.setUint32(p + AT.mplsLabel, v);
      return whole(W.mplsLabel);
    case OXM.mplsTc:
      dv.setUint8(p + AT.mplsTc, v);
      return whole(W.mplsTc);
    default:
      return cannot(field, "");
  }
}

/** Writes the fields, whether they go together or not. */
export function putEntries11(c: Chunk, p: number, entries: readonly MatchEntry[]): void {
  c.u8.fill(0, p, p + LENGTH11);
  c.dv.setUint32(p, LENGTH11);
  // a bit that is set in the mask of an address does not count
  for (const at of [AT.ethSrc, AT.ethDst]) putMac(c, p + at + 6, MAC_ONES);
  for (const at of [AT.nwSrc, AT.nwDst]) c.dv.setUint32(p + at + 4, 0xffffffff);
  c.dv.setBigUint64(p + AT.metadata + 8, ONES64);
  let wildcards = ALL;
  for (const e of entries) wildcards = putField(c, p, wildcards, e);
  c.dv.setUint32(p + AT.wildcards, wildcards);
}

function put11(c: Chunk, p: number, match: Match): void {
  putEntries11(c, p, match.entries);
  checkContext(match.entries, 2, cannot);
  if (match.vlanPcp !== undefined && (match.vlanVid === undefined || match.vlanVid === 0))
    cannot(OXM.vlanPcp as never, " of a packet without a tag");
}

const oxm = OXM_MATCH.codec(3, "interpreted");

/** The type of the match at `p`. Open vSwitch takes a list of OXMs as well, which later versions have. */
function typeAt(c: Chunk, p: number, end: number): number {
  if (end - p < 4) fail(BAD_LEN, "a match is cut short", p);
  const type = c.dv.getUint16(p);
  if (type === STANDARD_MATCH && (c.dv.getUint16(p + 2) !== LENGTH11 || end - p < LENGTH11))
    fail(BAD_LEN, `a match is not of ${LENGTH11} bytes`, p);
  return type;
}

const codec: Codec<Match> = {
  extent: (c, p, end) => (typeAt(c, p, end) === STANDARD_MATCH ? p + LENGTH11 : oxm.extent(c, p, end)),
  decode(c, p, end) {
    if (typeAt(c, p, end) === STANDARD_MATCH) return decode(c, p);
    const { entries } = oxm.decode(c, p, end);
    return new Match(entries, { version: 2, bytes: c.u8.slice(p, oxm.extent(c, p, end)) });
  },
  encode(c, p, match) {
    if (match.wire?.version === 2) {
      c.u8.set(match.wire.bytes, p);
      return p + match.wire.bytes.length;
    }
    put11(c, p, match);
    return p + LENGTH11;
  },
};

/** A match as the 88 bytes of OpenFlow 1.1. §A.2.3 (ofp_match) */
export const MATCH11: Kind<Match> = {
  name: "match11",
  size: 0,
  codec: () => codec,
  isEmpty: (match) => match.isEmpty,
  toJSON: (match) => match.toJSON(),
  fromJSON: (json) => Match.fromJSON(json),
};

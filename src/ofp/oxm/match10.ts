import type { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { fixedKind, type Kind, MAC, U16 } from "../../schema/mod.js";
import { PORT16, portFrom16, portTo16 } from "../port-no.js";
import type { OxmValue } from "./field-table.js";
import { OXM, OXM_FIELDS, type OxmField } from "./fields.js";
import { Match, MatchEntry } from "./match.js";
import { withWire } from "./wire.js";

/** The bits of ofp_match.wildcards: a set bit means that the field is not matched on. OpenFlow 1.0 §5.2.3 (ofp_flow_wildcards) */
const W = {
  inPort: 1 << 0,
  vlan: 1 << 1,
  ethSrc: 1 << 2,
  ethDst: 1 << 3,
  ethType: 1 << 4,
  proto: 1 << 5,
  tpSrc: 1 << 6,
  tpDst: 1 << 7,
  nwSrcShift: 8,
  nwDstShift: 14,
  pcp: 1 << 20,
  tos: 1 << 21,
} as const;

/** Nothing is matched on; the six bits of an IPv4 address count the bits that are not, of which there are 32. */
const NOTHING =
  W.inPort |
  W.vlan |
  W.ethSrc |
  W.ethDst |
  W.ethType |
  W.proto |
  W.tpSrc |
  W.tpDst |
  (32 << W.nwSrcShift) |
  (32 << W.nwDstShift) |
  W.pcp |
  W.tos;

const VLAN_NONE = 0xffff;
const VLAN_PRESENT = 0x1000;

const cannot = (field: OxmField, why: string): never => {
  throw new SouthboundError("ERR_UNSUPPORTED", `OpenFlow 1.0 cannot match on ${field.name}${why}: use OpenFlow 1.2 or later`);
};

/** How many low bits of an IPv4 mask are zero, for a mask that is a prefix. */
function wildcardBits(field: OxmField, mask: OxmValue | undefined): number {
  if (mask === undefined) return 0;
  const free = ~Number(mask) >>> 0;
  if ((free & (free + 1)) !== 0) cannot(field, " with a mask that is no prefix");
  return 32 - Math.clz32(free);
}

/** Where a field lies that stands in the structure as it is. */
export interface Place10 {
  readonly at: number;
  readonly kind: Kind<number>;
  /** Its bit of the wildcards. */
  readonly bit: number;
}

/** The fields that need no other one beside them, by their place in the table of all fields. */
export const PLACES10: readonly (Place10 | undefined)[] = OXM_FIELDS.map((field) => {
  switch (field) {
    case OXM.inPort:
      return { at: 4, kind: PORT16, bit: W.inPort };
    case OXM.ethSrc:
      return { at: 6, kind: MAC, bit: W.ethSrc };
    case OXM.ethDst:
      return { at: 12, kind: MAC, bit: W.ethDst };
    case OXM.ethType:
      return { at: 22, kind: U16, bit: W.ethType };
    default:
      return undefined;
  }
});

/**
 * Writes one field into the structure at `p` and answers the wildcards with its bits cleared. Zeros lie at `p` for the fields not written.
 */
export function putField10(c: Chunk, p: number, wildcards: number, field: OxmField, v: OxmValue, mask: OxmValue | undefined): number {
  const { dv } = c;
  if (!(typeof v === "number" && v >= 0 && v <= field.exact && Number.isInteger(v)) && !(typeof v === "bigint" && field.kind.size >= 8))
    throw new SouthboundError("ERR_RANGE", `Match.${field.name}: ${String(v)} is not of ${field.bits} bits`);
  const value = v as number;
  if (
    mask !== undefined &&
    field !== OXM.ipv4Src &&
    field !== OXM.ipv4Dst &&
    field !== OXM.arpSpa &&
    field !== OXM.arpTpa &&
    field !== OXM.vlanVid
  ) {
    cannot(field, " with a mask");
  }
  const place = PLACES10[field.index];
  if (place !== undefined) {
    if (field === OXM.inPort && portTo16(value) === undefined) cannot(field, `=${value}`);
    place.kind.codec(1, "interpreted").encode(c, p + place.at, value);
    return wildcards & ~place.bit;
  }
  switch (field) {
    case OXM.vlanVid:
      if (mask !== undefined) {
        // "any tag" is said in OpenFlow 1.0 by matching on the priority alone
        if (mask !== VLAN_PRESENT || value !== VLAN_PRESENT) cannot(field, " with that mask");
        return wildcards;
      }
      if (value !== 0 && value < VLAN_PRESENT) cannot(field, ` without the bit 0x${VLAN_PRESENT.toString(16)}`);
      dv.setUint16(p + 18, value === 0 ? VLAN_NONE : value & 0xfff);
      // a packet without a tag has no priority either: Open vSwitch clears both bits
      return wildcards & ~(value === 0 ? W.vlan | W.pcp : W.vlan);
    case OXM.vlanPcp:
      dv.setUint8(p + 20, value);
      return wildcards & ~W.pcp;
    case OXM.ipDscp:
      dv.setUint8(p + 24, value << 2);
      return wildcards & ~W.tos;
    case OXM.ipProto:
      dv.setUint8(p + 25, value);
      return wildcards & ~W.proto;
    case OXM.arpOp:
      if (value > 255) cannot(field, `=${value}`);
      dv.setUint8(p + 25, value);
      return wildcards & ~W.proto;
    case OXM.ipv4Src:
    case OXM.arpSpa:
      dv.setUint32(p + 28, value);
      return (wildcards & ~(63 << W.nwSrcShift)) | (wildcardBits(field, mask) << W.nwSrcShift);
    case OXM.ipv4Dst:
    case OXM.arpTpa:
      dv.setUint32(p + 32, value);
      return (wildcards & ~(63 << W.nwDstShift)) | (wildcardBits(field, mask) << W.nwDstShift);
    case OXM.tcpSrc:
    case OXM.udpSrc:
    case OXM.sctpSrc:
    case OXM.icmpv4Type:
      dv.setUint16(p + 36, value);
      return wildcards & ~W.tpSrc;
    case OXM.tcpDst:
    case OXM.udpDst:
    case OXM.sctpDst:
    case OXM.icmpv4Code:
      dv.setUint16(p + 38, value);
      return wildcards & ~W.tpDst;
    default:
      return cannot(field, "");
  }
}

/** Clears the structure at `p`, so that {@link putField10} need not. */
export function clear10(c: Chunk, p: number): void {
  for (let i = 0; i < 40; i += 4) c.dv.setUint32(p + i, 0);
}

/** The wildcards before any field is put. */
export const NOTHING10 = NOTHING;

/** Bytes of the structure. */
export const SIZE10 = 40;

/**
 * Refuses fields that OpenFlow 1.0 gives another meaning, or none, without the EtherType and protocol they belong to: the structure has one
 * place for the ports of all protocols, and nothing for IPv6.
 */
function checkContext(entries: readonly MatchEntry[]): void {
  const seen = new Set<OxmField | undefined>();
  for (const { field } of entries) {
    if (seen.has(field)) cannot(field!, " twice");
    seen.add(field);
    for (const [name, allowed] of Object.entries(field!.requires)) {
      const found = entries.find((e) => e.field?.name === name && e.mask === undefined)?.value as number | undefined;
      const values = name === "ethType" ? allowed.filter((v) => v !== IPV6) : allowed;
      if (found === undefined || !values.includes(found))
        cannot(field!, values.length === 0 ? "" : ` without ${name}=${values.map((v) => `0x${v.toString(16)}`).join(" or ")}`);
    }
  }
}

const IPV6 = 0x86dd;

function encode(c: Chunk, p: number, match: Match): void {
  if (match.put10 !== undefined) {
    match.put10(c, p);
    return;
  }
  if (match.wire?.version === 1) {
    c.u8.set(match.wire.bytes, p);
    return;
  }
  clear10(c, p);
  let wildcards: number = NOTHING;
  let anyTag: OxmField | undefined;
  for (const { field, header, value, mask } of match.entries) {
    if (field === undefined)
      throw new SouthboundError(
        "ERR_UNSUPPORTED",
        `OpenFlow 1.0 cannot match on the field with OXM header 0x${header.toString(16)}: use OpenFlow 1.2 or later`,
      );
    if (field === OXM.vlanVid && mask !== undefined) anyTag = field;
    wildcards = putField10(c, p, wildcards, field, value, mask);
  }
  checkContext(match.entries);
  if (match.vlanVid === 0 && match.vlanPcp !== undefined) cannot(OXM.vlanPcp as OxmField, " of a packet without a tag");
  if (anyTag !== undefined && (wildcards & W.pcp) !== 0) cannot(anyTag, " with a mask unless vlanPcp is matched on too");
  c.dv.setUint32(p, wildcards);
}

const L4 = { 6: ["tcpSrc", "tcpDst"], 17: ["udpSrc", "udpDst"], 132: ["sctpSrc", "sctpDst"], 1: ["icmpv4Type", "icmpv4Code"] } as const;

/**
 * Fields whose prerequisites the match does not have are left out, as Open vSwitch normalises them away: they match nothing
 * that a packet has.
 */
function decode(c: Chunk, p: number): Match {
  const { dv } = c;
  const wildcards = dv.getUint32(p);
  const has = (bit: number): boolean => (wildcards & bit) === 0;
  const entries: MatchEntry[] = [];
  const put = (field: OxmField, value: number, mask?: number): void => {
    entries.push(new MatchEntry(field, 0, value, mask));
  };
  const address = (field: OxmField, at: number, shift: number): void => {
    const free = Math.min((wildcards >>> shift) & 63, 32);
    if (free === 32) return;
    const mask = free === 0 ? undefined : (0xffffffff << free) >>> 0;
    put(field, mask === undefined ? dv.getUint32(at) : (dv.getUint32(at) & mask) >>> 0, mask);
  };
  if (has(W.inPort)) put(OXM.inPort, portFrom16(dv.getUint16(p + 4)));
  if (has(W.ethDst)) put(OXM.ethDst, dv.getUint16(p + 12) * 4294967296 + dv.getUint32(p + 14));
  if (has(W.ethSrc)) put(OXM.ethSrc, dv.getUint16(p + 6) * 4294967296 + dv.getUint32(p + 8));
  const type = has(W.ethType) ? dv.getUint16(p + 22) : -1;
  if (type >= 0) put(OXM.ethType, type);
  const vid = dv.getUint16(p + 18);
  if (has(W.vlan) && vid === VLAN_NONE) put(OXM.vlanVid, 0);
  else {
    if (has(W.vlan)) put(OXM.vlanVid, VLAN_PRESENT | (vid & 0xfff));
    else if (has(W.pcp)) put(OXM.vlanVid, VLAN_PRESENT, VLAN_PRESENT);
    if (has(W.pcp)) put(OXM.vlanPcp, dv.getUint8(p + 20) & 7);
  }
  const ip = type === 0x0800;
  const arp = type === 0x0806 || type === 0x8035;
  const proto = has(W.proto) ? dv.getUint8(p + 25) : -1;
  if (ip) {
    if (has(W.tos)) put(OXM.ipDscp, dv.getUint8(p + 24) >>> 2);
    if (proto >= 0) put(OXM.ipProto, proto);
    address(OXM.ipv4Src, p + 28, W.nwSrcShift);
    address(OXM.ipv4Dst, p + 32, W.nwDstShift);
    const ports = L4[proto as keyof typeof L4];
    if (ports !== undefined) {
      const width = proto === 1 ? 0xff : 0xffff;
      if (has(W.tpSrc)) put(OXM[ports[0]], dv.getUint16(p + 36) & width);
      if (has(W.tpDst)) put(OXM[ports[1]], dv.getUint16(p + 38) & width);
    }
  } else if (arp) {
    if (proto >= 0) put(OXM.arpOp, proto);
    address(OXM.arpSpa, p + 28, W.nwSrcShift);
    address(OXM.arpTpa, p + 32, W.nwDstShift);
  }
  return withWire(entries, 1, c, p, 40, encode);
}

const anything = (): boolean => true;
const json: Pick<Kind<Match>, "toJSON" | "fromJSON"> = { toJSON: (m) => m.toJSON(), fromJSON: (j) => Match.fromJSON(j) };

/** A match as the 40 bytes of OpenFlow 1.0. §5.2.3 (ofp_match) */
export const MATCH10: Kind<Match> = fixedKind("match10", SIZE10, decode, encode, anything, json.toJSON, json.fromJSON);

const inPortOf = (m: Match): number => {
  const [only, ...more] = m.entries;
  if (only?.field !== OXM.inPort || more.length > 0)
    throw new SouthboundError(
      "ERR_UNSUPPORTED",
      "OpenFlow 1.0 says of a packet-in's packet the inPort and nothing else: use OpenFlow 1.2 or later",
    );
  return only.value as number;
};

/** The port that a packet came in by, which is all that OpenFlow 1.0 tells of its metadata, as a match. */
export const IN_PORT10: Kind<Match> = fixedKind(
  "inPort10",
  2,
  (c, p) => Match.of({ inPort: portFrom16(c.dv.getUint16(p)) }),
  (c, p, m) => c.dv.setUint16(p, portTo16(inPortOf(m))!),
  (m) => portTo16(inPortOf(m)) !== undefined,
  json.toJSON,
  json.fromJSON,
);

import type { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { type Codec, fixedKind, type Kind, MAC, U16 } from "../../schema/mod.js";
import { PORT16, portFrom16, portTo16 } from "../port-no.js";
import { checkContext } from "./context.js";
import type { OxmValue } from "./field-table.js";
import { OXM, OXM_FIELDS, type OxmField, type OxmName } from "./fields.js";
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

/** The fields that the structure has, held here because they are looked up for each message. */
const {
  arpOp,
  arpSpa,
  arpTpa,
  ethDst,
  ethSrc,
  ethType,
  icmpv4Code,
  icmpv4Type,
  inPort,
  ipDscp,
  ipProto,
  ipv4Dst,
  ipv4Src,
  sctpDst,
  sctpSrc,
  tcpDst,
  tcpSrc,
  udpDst,
  udpSrc,
  vlanPcp,
  vlanVid,
} = OXM as Readonly<Record<OxmName, OxmField>>;

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
  readonly put: Codec<number>["encode"];
  /** Its bit of the wildcards. */
  readonly bit: number;
}

const place = (at: number, kind: Kind<number>, bit: number): Place10 => ({ at, kind, bit, put: kind.codec(1, "interpreted").encode });

/** The fields that need no other one beside them, by their place in the table of all fields. */
export const PLACES10: readonly (Place10 | undefined)[] = OXM_FIELDS.map((field) => {
  switch (field) {
    case inPort:
      return place(4, PORT16, W.inPort);
    case ethSrc:
      return place(6, MAC, W.ethSrc);
    case ethDst:
      return place(12, MAC, W.ethDst);
    case ethType:
      return place(22, U16, W.ethType);
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
  if (mask !== undefined && field !== ipv4Src && field !== ipv4Dst && field !== arpSpa && field !== arpTpa && field !== vlanVid) {
    cannot(field, " with a mask");
  }
  const straight = PLACES10[field.index];
  if (straight !== undefined) {
    if (field === inPort && portTo16(value) === undefined) cannot(field, `=${value}`);
    straight.put(c, p + straight.at, value);
    return wildcards & ~straight.bit;
  }
  switch (field) {
    case vlanVid:
      if (mask !== undefined) {
        // "any tag" is said in OpenFlow 1.0 by matching on the priority alone
        if (mask !== VLAN_PRESENT || value !== VLAN_PRESENT) cannot(field, " with that mask");
        return wildcards;
      }
      if (value !== 0 && value < VLAN_PRESENT) cannot(field, ` without the bit 0x${VLAN_PRESENT.toString(16)}`);
      dv.setUint16(p + 18, value === 0 ? VLAN_NONE : value & 0xfff);
      // a packet without a tag has no priority either: Open vSwitch clears both bits
      return wildcards & ~(value === 0 ? W.vlan | W.pcp : W.vlan);
    case vlanPcp:
      dv.setUint8(p + 20, value);
      return wildcards & ~W.pcp;
    case ipDscp:
      dv.setUint8(p + 24, value << 2);
      return wildcards & ~W.tos;
    case ipProto:
      dv.setUint8(p + 25, value);
      return wildcards & ~W.proto;
    case arpOp:
      if (value > 255) cannot(field, `=${value}`);
      dv.setUint8(p + 25, value);
      return wildcards & ~W.proto;
    case ipv4Src:
    case arpSpa:
      dv.setUint32(p + 28, value);
      return (wildcards & ~(63 << W.nwSrcShift)) | (wildcardBits(field, mask) << W.nwSrcShift);
    case ipv4Dst:
    case arpTpa:
      dv.setUint32(p + 32, value);
      return (wildcards & ~(63 << W.nwDstShift)) | (wildcardBits(field, mask) << W.nwDstShift);
    case tcpSrc:
    case udpSrc:
    case sctpSrc:
    case icmpv4Type:
      dv.setUint16(p + 36, value);
      return wildcards & ~W.tpSrc;
    case tcpDst:
    case udpDst:
    case sctpDst:
    case icmpv4Code:
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

function encode(c: Chunk, p: number, match: Match): void {
  if (match.put10 !== undefined) {
    match.put10(c, p);
    return;
  }
  if (match.wire?.version === 1) {
    c.u8.set(match.wire.bytes, p);
    return;
  }
  const wildcards = putEntries(c, p, match);
  checkContext(match.entries, cannot);
  if (match.vlanVid === 0 && match.vlanPcp !== undefined) cannot(vlanPcp, " of a packet without a tag");
  if (match.vlanVid !== undefined && (wildcards & (W.vlan | W.pcp)) === (W.vlan | W.pcp))
    cannot(vlanVid, " with a mask unless vlanPcp is matched on too");
}

/** Writes the fields, whether they go together or not. @returns the wildcards */
function putEntries(c: Chunk, p: number, match: Match): number {
  clear10(c, p);
  let wildcards: number = NOTHING;
  for (const { field, header, value, mask } of match.entries) {
    if (field === undefined)
      throw new SouthboundError(
        "ERR_UNSUPPORTED",
        `OpenFlow 1.0 cannot match on the field with OXM header 0x${header.toString(16)}: use OpenFlow 1.2 or later`,
      );
    wildcards = putField10(c, p, wildcards, field, value, mask);
  }
  c.dv.setUint32(p, wildcards);
  return wildcards;
}

/** The two fields that the places of the ports have, by protocol. */
const L4: { readonly [proto: number]: readonly [OxmField, OxmField] } = {
  1: [icmpv4Type, icmpv4Code],
  6: [tcpSrc, tcpDst],
  17: [udpSrc, udpDst],
  132: [sctpSrc, sctpDst],
};

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
  if (has(W.inPort)) put(inPort, portFrom16(dv.getUint16(p + 4)));
  if (has(W.ethDst)) put(ethDst, dv.getUint16(p + 12) * 4294967296 + dv.getUint32(p + 14));
  if (has(W.ethSrc)) put(ethSrc, dv.getUint16(p + 6) * 4294967296 + dv.getUint32(p + 8));
  const type = has(W.ethType) ? dv.getUint16(p + 22) : -1;
  if (type >= 0) put(ethType, type);
  const vid = dv.getUint16(p + 18);
  if (has(W.vlan) && vid === VLAN_NONE) put(vlanVid, 0);
  else {
    if (has(W.vlan)) put(vlanVid, VLAN_PRESENT | (vid & 0xfff));
    else if (has(W.pcp)) put(vlanVid, VLAN_PRESENT, VLAN_PRESENT);
    if (has(W.pcp)) put(vlanPcp, dv.getUint8(p + 20) & 7);
  }
  const ip = type === 0x0800;
  const arp = type === 0x0806 || type === 0x8035;
  const proto = has(W.proto) ? dv.getUint8(p + 25) : -1;
  if (ip) {
    if (has(W.tos)) put(ipDscp, dv.getUint8(p + 24) >>> 2);
    if (proto >= 0) put(ipProto, proto);
    address(ipv4Src, p + 28, W.nwSrcShift);
    address(ipv4Dst, p + 32, W.nwDstShift);
    const ports = L4[proto];
    if (ports !== undefined) {
      const width = proto === 1 ? 0xff : 0xffff;
      if (has(W.tpSrc)) put(ports[0], dv.getUint16(p + 36) & width);
      if (has(W.tpDst)) put(ports[1], dv.getUint16(p + 38) & width);
    }
  } else if (arp) {
    if (proto >= 0) put(arpOp, proto);
    address(arpSpa, p + 28, W.nwSrcShift);
    address(arpTpa, p + 32, W.nwDstShift);
  }
  return withWire(entries, 1, c, p, SIZE10, putEntries);
}

const anything = (): boolean => true;
const json: Pick<Kind<Match>, "toJSON" | "fromJSON"> = { toJSON: (m) => m.toJSON(), fromJSON: (j) => Match.fromJSON(j) };

/** A match as the 40 bytes of OpenFlow 1.0. §5.2.3 (ofp_match) */
export const MATCH10: Kind<Match> = fixedKind("match10", SIZE10, decode, encode, anything, json.toJSON, json.fromJSON);

const inPortOf = (m: Match): number => {
  const [only, ...more] = m.entries;
  if (only?.field !== inPort || more.length > 0)
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

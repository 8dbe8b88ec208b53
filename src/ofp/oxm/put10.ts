import type { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { type Codec, type Kind, MAC, U16 } from "../../schema/mod.js";
import { PORT16, portTo16 } from "../port/port-no.js";
import { VLAN_NONE, VLAN_PRESENT } from "../vlan.js";
import type { OxmValue } from "./field-spec.js";
import { OXM_FIELDS, type OxmField } from "./fields.js";
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
import type { MatchEntry } from "./match-entry.js";

/* Writing the fields of a match as OpenFlow 1.0 has them. */

/** Refuses a field that the structure cannot have. */
export const cannot10 = (field: OxmField, why: string): never => {
  throw new SouthboundError("ERR_UNSUPPORTED", `OpenFlow 1.0 cannot match on ${field.name}${why}: use OpenFlow 1.2 or later`);
};

/** How many low bits of an IPv4 mask are zero, for a mask that is a prefix. */
function wildcardBits(field: OxmField, mask: OxmValue | undefined): number {
  if (mask === undefined) return 0;
  const free = ~Number(mask) >>> 0;
  if ((free & (free + 1)) !== 0) cannot10(field, " with a mask that is no prefix");
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
    cannot10(field, " with a mask");
  }
  const straight = PLACES10[field.index];
  if (straight !== undefined) {
    if (field === inPort && portTo16(value) === undefined) cannot10(field, `=${value}`);
    straight.put(c, p + straight.at, value);
    return wildcards & ~straight.bit;
  }
  switch (field) {
    case vlanVid:
      if (mask !== undefined) {
        // "any tag" is said in OpenFlow 1.0 by matching on the priority alone
        if (mask !== VLAN_PRESENT || value !== VLAN_PRESENT) cannot10(field, " with that mask");
        return wildcards;
      }
      if (value !== 0 && value < VLAN_PRESENT) cannot10(field, ` without the bit 0x${VLAN_PRESENT.toString(16)}`);
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
      if (value > 255) cannot10(field, `=${value}`);
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
    case icmpv6Type:
      dv.setUint16(p + 36, value);
      return wildcards & ~W.tpSrc;
    case tcpDst:
    case udpDst:
    case sctpDst:
    case icmpv4Code:
    case icmpv6Code:
      dv.setUint16(p + 38, value);
      return wildcards & ~W.tpDst;
    default:
      return cannot10(field, "");
  }
}

/** Clears the structure at `p`, so that {@link putField10} need not. */
export function clear10(c: Chunk, p: number): void {
  for (let i = 0; i < 40; i += 4) c.dv.setUint32(p + i, 0);
}

/** Writes the fields, whether they go together or not. @returns the wildcards */
export function putEntries10(c: Chunk, p: number, entries: readonly MatchEntry[]): number {
  clear10(c, p);
  let wildcards = NOTHING10;
  for (const { field, header, value, mask } of entries) {
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

import { type Field, type FieldNote, fixedKind, flags, type Kind, U32, type Version } from "../schema/mod.js";

/**
 * How a flow-mod does it. OpenFlow 1.3 §7.3.4.1 (ofp_flow_mod_flags): `ResetCounts` since 1.2, the counts since 1.3. `Emergency`, of 1.0 alone, has the bit there that is
 * `ResetCounts` later.
 */
export const FlowModFlags = {
  SendFlowRem: 1,
  CheckOverlap: 2,
  ResetCounts: 4,
  NoPktCounts: 8,
  NoBytCounts: 16,
  Emergency: 0x10000,
} as const;

const { ResetCounts, NoPktCounts, NoBytCounts, Emergency } = FlowModFlags;

/** Bits that have a name in later versions alone. A peer that sends one all the same means something that no version says: it is kept so many bits higher. */
const LATER = (version: Version): number =>
  version === 1
    ? NoPktCounts | NoBytCounts
    : version === 2
      ? ResetCounts | NoPktCounts | NoBytCounts
      : version === 3
        ? NoPktCounts | NoBytCounts
        : 0;
const SHIFT = 16;

function read(wire: number, version: Version): number {
  const later = LATER(version);
  let logical = (wire & ~later) | ((wire & later) << SHIFT);
  if (version === 1 && (logical & ResetCounts) !== 0) logical = (logical & ~ResetCounts) | Emergency;
  return logical >>> 0;
}

/** Undefined where the version has no such flag. */
function write(logical: number, version: Version): number | undefined {
  const later = LATER(version);
  const emergency = version === 1 ? Emergency : 0;
  const lacking = later | (version === 1 ? ResetCounts : 0);
  const high = later << SHIFT;
  if (logical >>> 0 !== logical || (logical & lacking) !== 0 || (logical & ~(0xffff | high | emergency)) !== 0) return undefined;
  const bit = (logical & emergency) === 0 ? 0 : ResetCounts;
  return (logical & 0xffff) | ((logical & high) >>> SHIFT) | bit;
}

const made = new Map<Version, Kind<number>>();

const forVersion = (version: Version): Kind<number> =>
  fixedKind(
    `flow-mod flags of OpenFlow 1.${version - 1}`,
    2,
    (c, p) => read(c.dv.getUint16(p), version),
    (c, p, v) => c.dv.setUint16(p, write(v, version)!),
    (v) => write(v, version) !== undefined,
    FIELD.kind.toJSON,
    FIELD.kind.fromJSON,
  );

const FIELD = flags(U32, FlowModFlags);

/** Flags of a flow-mod in the 16 bits of a version, for a slot. Flags that the version lacks are refused. */
export function flowFlags(version: Version): Kind<number> {
  let kind = made.get(version);
  if (kind === undefined) {
    kind = forVersion(version);
    made.set(version, kind);
  }
  return kind;
}

/** A field that holds the flags of a flow-mod. */
export const flowModFlags = (note?: FieldNote): Field<number> => flags(U32, FlowModFlags, 0, note);

import { type Field, type FieldNote, flags, type Kind, mapped, U16, U32, type Version } from "../schema/mod.js";

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

const FIELD = flags(U32, FlowModFlags);
const made = new Map<Version, Kind<number>>();

function forVersion(version: Version): Kind<number> {
  const later = LATER(version);
  const emergency = version === 1 ? Emergency : 0;
  const reset = version === 1 ? ResetCounts : 0;
  const high = later << SHIFT;
  const sayable = (0xffff & ~later & ~reset) | high | emergency;
  const read = (wire: number): number => {
    const logical = (wire & ~later & ~reset) | ((wire & later) << SHIFT);
    return ((wire & reset) === 0 ? logical : logical | emergency) >>> 0;
  };
  const write = (logical: number): number | undefined => {
    if (logical >>> 0 !== logical || (logical & ~sayable) !== 0) return undefined;
    return (logical & 0xffff) | ((logical & high) >>> SHIFT) | ((logical & emergency) === 0 ? 0 : reset);
  };
  const { toJSON, fromJSON } = FIELD.kind;
  return { ...mapped(`flow-mod flags of OpenFlow 1.${version - 1}`, U16, read, write), toJSON, fromJSON };
}

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

import { named } from "../../errors/mod.js";
import { type Field, type FieldNote, type Kind, U16, type Version } from "../../schema/mod.js";
import { movedFlags, versionBits } from "../version-bits.js";

/**
 * How a flow-mod does it. OpenFlow 1.3 §7.3.4.1 (ofp_flow_mod_flags): `ResetCounts` since 1.2, the counts since 1.3. `Emergency`, of 1.0 alone, has the bit there that is
 * `ResetCounts` later.
 */
export const FlowModFlags = named("FlowModFlags", {
  SendFlowRem: 1,
  CheckOverlap: 2,
  ResetCounts: 4,
  NoPktCounts: 8,
  NoBytCounts: 16,
  Emergency: 0x10000,
});

const { ResetCounts, NoPktCounts, NoBytCounts, Emergency } = FlowModFlags;

/** Bits that have a name in later versions alone. */
const LATER = (version: Version): number =>
  version <= 2 ? ResetCounts | NoPktCounts | NoBytCounts : version === 3 ? NoPktCounts | NoBytCounts : 0;

const made = new Map<Version, Kind<number>>();

const forVersion = (version: Version): Kind<number> =>
  versionBits(
    `flow-mod flags of OpenFlow 1.${version - 1}`,
    FlowModFlags,
    U16,
    version === 1 ? [[ResetCounts, Emergency]] : [],
    LATER(version),
  );

/** Flags of a flow-mod in the 16 bits of a version, for a slot. Flags that the version lacks are refused with `ERR_UNSUPPORTED`. */
export function flowFlags(version: Version): Kind<number> {
  let kind = made.get(version);
  if (kind === undefined) {
    kind = forVersion(version);
    made.set(version, kind);
  }
  return kind;
}

/** A field that holds the flags of a flow-mod. */
export const flowModFlags = (note?: FieldNote): Field<number> => movedFlags(FlowModFlags, note);

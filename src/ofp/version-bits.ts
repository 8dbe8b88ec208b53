import { SouthboundError } from "../errors/mod.js";
import { type Field, type FieldNote, flags, type Kind, mapped, U32 } from "../schema/mod.js";

/** Bits that a version has in another place: the bit on the wire, and the logical one. */
export type MovedBit = readonly [wire: number, logical: number];

/** Numbers that may be wider than those on the wire, since bits without a meaning in any version are kept above them. */
const WIDE: Kind<number> = {
  ...U32,
  fromJSON: (json) => (typeof json === "number" && Number.isSafeInteger(json) && json >= 0 ? json : U32.fromJSON(json)),
};

/** A field of flags some of whose bits lie elsewhere in one version. */
export const movedFlags = (names: Readonly<Record<string, number>>, note?: FieldNote): Field<number> => flags(WIDE, names, 0, note);

/**
 * Flags in a version that has some of them elsewhere, and others not at all, for a slot. No bit is lost: one on the wire that has no meaning in the version, but whose place means something in the logical
 * number, is kept as many bits higher as the wire is wide. Bits that the version cannot say are refused with `ERR_UNSUPPORTED`.
 * @param what - what the error calls them
 * @param wire - the unsigned number on the wire, of 16 or 32 bits
 * @param moved - the bits that lie elsewhere
 * @param later - logical bits that other versions alone give a meaning
 */
export function versionBits(
  what: string,
  names: Readonly<Record<string, number>>,
  wire: Kind<number>,
  moved: readonly MovedBit[],
  later: number,
): Kind<number> {
  const width = 8 * wire.size;
  const taken = moved.reduce((bits, [, logical]) => bits | logical, later);
  /** The bits that stand where they are. */
  const plain = ((2 ** width - 1 - moved.reduce((bits, [on]) => bits | on, 0)) & ~taken) >>> 0;
  let weights: readonly MovedBit[] | undefined;
  /** The weights of all other bits on both sides, since logical bits may lie above the 32 that operators on bits reach. */
  const others = (): readonly MovedBit[] => {
    weights ??= Array.from({ length: width }, (_, n) => 2 ** n)
      .filter((bit) => (plain & bit) === 0)
      .map((bit) => [bit, moved.find(([on]) => on === bit)?.[1] ?? bit * 2 ** width]);
    return weights;
  };
  const read = (value: number): number => {
    let logical = (value & plain) >>> 0;
    if (logical === value) return logical;
    for (const [on, weight] of others()) if ((value & on) !== 0) logical += weight;
    return logical;
  };
  /** The bits on the wire, and those that are none there. */
  const split = (logical: number): readonly [wire: number, rest: number] => {
    let low = logical % 2 ** 32;
    let high = logical - low;
    let value = low & plain;
    low &= ~plain;
    for (const [on, weight] of others()) {
      if (weight >= 2 ** 32 ? Math.floor(high / weight) % 2 === 0 : (low & weight) === 0) continue;
      value |= on;
      if (weight >= 2 ** 32) high -= weight;
      else low &= ~weight;
    }
    return [value >>> 0, high + (low >>> 0)];
  };
  const fits = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  const write = (logical: number): number | undefined => {
    // most numbers are bits that stand where they are
    if ((logical & plain) >>> 0 === logical) return logical;
    if (!fits(logical)) return undefined;
    const [value, rest] = split(logical);
    return rest === 0 ? value : undefined;
  };
  const named = flags(WIDE, names).kind;
  const refusal = (logical: number): SouthboundError | undefined => {
    if (!fits(logical)) return undefined;
    const rest = (named.toJSON(split(logical)[1]) as (string | number)[]).join(", ");
    return new SouthboundError("ERR_UNSUPPORTED", `${what} cannot say ${rest}: leave it out, or use a version that has it`);
  };
  const { toJSON, fromJSON } = named;
  return { ...mapped(what, wire, read, write, refusal), toJSON, fromJSON };
}

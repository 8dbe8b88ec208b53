import type { Step } from "./layout.js";

/**
 * A slot at its place. Slots of fixed size stand at a fixed distance from the start of the struct or, where a slot of varying size stands before them, from the end of the last
 * such one; {@link Placed.at} is that distance.
 */
export interface Placed {
  readonly step: Step;
  readonly at: number;
  /** Bytes that the slot takes; 0 where that varies. */
  readonly size: number;
  /** Whether the slot is of varying size, so that the next ones are counted from its end. */
  readonly varies: boolean;
  /** The bytes of the fixed slots from the place that {@link Placed.at} of the next slot is counted from, up to the next slot of varying size. */
  readonly run: number;
}

/** The slots of a struct at their places: the one walk of offsets that codecs and documentation stand on. */
export interface Offsets {
  readonly slots: readonly Placed[];
  /** Bytes up to the first slot of varying size, the head included. */
  readonly first: number;
  /** The least bytes of the whole struct, the head included. */
  readonly least: number;
  /** The bytes of a struct all of whose slots are fixed, the head included; 0 where the size varies, and where what is longer has an error of its own. */
  readonly exact: number;
  /** Bytes from the end of the last slot of varying size, or from the start of the struct, to the end of the last slot. */
  readonly tail: number;
  /** Where the `length` slot stands, from the start of the struct; undefined without one. */
  readonly lengthAt: number | undefined;
}

/** The bytes of a slot; undefined where they vary. */
export function sizeOfStep(step: Step): number | undefined {
  switch (step.op) {
    case "pad":
      return step.size;
    case "zero":
      return step.toEnd ? undefined : step.size;
    case "length":
    case "lengthOf":
    case "countOf":
      return 2;
    case "end":
    case "rest":
      return 0;
    case "field":
      return step.kind.size > 0 ? step.kind.size : undefined;
    default:
      return undefined;
  }
}

/**
 * Puts slots at their places.
 * @param start - where they begin, in bytes from the start of the struct
 * @param size - the bytes of a slot; undefined where they vary
 */
export function offsets(steps: readonly Step[], start: number, size: (step: Step) => number | undefined = sizeOfStep): Offsets {
  const sizes = steps.map(size);
  /** The bytes of the fixed slots from `i` on. */
  const run = (i: number): number => {
    let n = 0;
    for (let k = i; k < steps.length && sizes[k] !== undefined; k++) n += sizes[k]!;
    return n;
  };
  const slots: Placed[] = [];
  let at = start;
  let lengthAt: number | undefined;
  steps.forEach((step, i) => {
    const known = sizes[i];
    if (step.op === "length") lengthAt = at;
    slots.push({ step, at, size: known ?? 0, varies: known === undefined, run: known === undefined ? run(i + 1) : 0 });
    at = known === undefined ? 0 : at + known;
  });
  const least = sizes.reduce<number>((sum, n) => sum + (n ?? 0), start);
  const last = steps.at(-1)?.op;
  const exact = sizes.includes(undefined) || last === "rest" || last === "end" ? 0 : least;
  return { slots, first: start + run(0), least, exact, tail: at, lengthAt };
}

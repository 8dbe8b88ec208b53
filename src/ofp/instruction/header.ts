import { type EntryClass, type EntryLayouts, type EntryShape, entryClass, type Fields, type UnionHeader } from "../../schema/mod.js";
import { EXPERIMENTER } from "../ids.js";

/** What every instruction begins with. OpenFlow 1.3 §7.2.4 (ofp_instruction) */
export const INSTRUCTION_HEADER: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 8, counted: true, reason: "OFPBIC_BAD_LEN" },
  part: (_version, [type, experimenter]) =>
    type === undefined ? { at: 0, size: 2 } : type === EXPERIMENTER && experimenter === undefined ? { at: 4, size: 4 } : undefined,
};

/** Makes an instruction class; `type` is its name in `switch` and JSON. */
export function instruction<const N extends string, const F extends Fields>(
  name: string,
  type: N,
  fields: F,
  layouts: EntryLayouts<F>,
): EntryClass<F, EntryShape<N, F>> {
  return entryClass<F, EntryShape<N, F>>(name, type, INSTRUCTION_HEADER, fields, layouts);
}

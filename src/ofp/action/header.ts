import { type EntryClass, type EntryLayouts, type EntryShape, entryClass, type Fields, type UnionHeader } from "../../schema/mod.js";

/** The type of an experimenter's action. */
const EXPERIMENTER = 0xffff;

/** The experimenters whose actions have a 16-bit type of their own behind their id: Nicira and the ONF. */
const WITH_SUBTYPE = new Set([0x00002320, 0x4f4e4600]);

/** What every action begins with. OpenFlow 1.3 §7.2.5 (ofp_action_header): the length counts the padding and is a multiple of 8. */
export const ACTION_HEADER: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 8, counted: true, reason: "OFPBAC_BAD_LEN" },
  part(_version, [type, experimenter, subtype]) {
    if (type === undefined) return { at: 0, size: 2 };
    if (type !== EXPERIMENTER || subtype !== undefined) return undefined;
    if (experimenter === undefined) return { at: 4, size: 4 };
    return WITH_SUBTYPE.has(experimenter) ? { at: 8, size: 2 } : undefined;
  },
};

/** Makes an action class; `type` is its name in `switch` and JSON. */
export function action<const N extends string, const F extends Fields>(
  name: string,
  type: N,
  fields: F,
  layouts: EntryLayouts<F>,
): EntryClass<F, EntryShape<N, F>> {
  return entryClass<F, EntryShape<N, F>>(name, type, ACTION_HEADER, fields, layouts);
}

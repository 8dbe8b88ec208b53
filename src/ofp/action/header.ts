import {
  type EntryClass,
  type EntryLayouts,
  type EntryShape,
  entryClass,
  type Fields,
  type KeyPart,
  type UnionHeader,
} from "../../schema/mod.js";
import { EXPERIMENTER, EXPERIMENTER_IDS, ExperimenterId } from "../ids.js";

/** The experimenters whose actions have a 16-bit type of their own behind their id. */
const WITH_SUBTYPE = new Set<number>(EXPERIMENTER_IDS);

const TYPE: KeyPart = { at: 0, size: 2, known: [EXPERIMENTER] };
const OWNER: KeyPart = { at: 4, size: 4, known: EXPERIMENTER_IDS, reason: "OFPBAC_BAD_VENDOR" };
const SUBTYPE: KeyPart = { at: 8, size: 2, room: 16, reason: "OFPBAC_BAD_VENDOR_TYPE" };

/** What every action begins with. OpenFlow 1.3 §7.2.5 (ofp_action_header): the length counts the padding and is a multiple of 8. */
export const ACTION_HEADER: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 8, counted: true, reason: "OFPBAC_BAD_LEN" },
  keyFirst: 8,
  part(_version, [type, experimenter, subtype]) {
    if (type === undefined) return TYPE;
    if (type !== EXPERIMENTER || subtype !== undefined) return undefined;
    if (experimenter === undefined) return OWNER;
    return WITH_SUBTYPE.has(experimenter) ? SUBTYPE : undefined;
  },
};

/** The key of an action of Nicira's. */
export const nicira = (subtype: number): readonly number[] => [EXPERIMENTER, ExperimenterId.Nicira, subtype];
/** The key of an action of the ONF's. */
export const onf = (subtype: number): readonly number[] => [EXPERIMENTER, ExperimenterId.Onf, subtype];

/** What an action has that lies on the wire in several forms. */
export interface ActionFormat {
  /** The form that it came in, or is to be sent in: "" is the standard's, or Nicira's where there is no other. The class identifies the other ones. */
  format: string;
}

/** Makes an action class; `type` is its name in `switch` and JSON. */
export function action<const N extends string, const F extends Fields>(
  name: string,
  type: N,
  fields: F,
  layouts: EntryLayouts<F>,
): EntryClass<F, EntryShape<N, F>> {
  return entryClass<F, EntryShape<N, F>>(name, type, ACTION_HEADER, fields, layouts);
}

/** As {@link action}, for one that has several forms in one version. */
export function actionForms<const N extends string, const F extends Fields>(
  name: string,
  type: N,
  fields: F,
  layouts: EntryLayouts<F>,
  forms: Readonly<Record<string, EntryLayouts<F>>>,
): EntryClass<F, EntryShape<N, F> & ActionFormat, Partial<ActionFormat>> {
  return entryClass<F, EntryShape<N, F> & ActionFormat, Partial<ActionFormat>>(name, type, ACTION_HEADER, fields, layouts, { forms });
}

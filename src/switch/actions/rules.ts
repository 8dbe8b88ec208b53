import { type Rules, STANDARD } from "../../ofp/check/mod.js";
import type { OxmField } from "../../ofp/mod.js";
import { MATCHABLE } from "../packet/places.js";
import { FIELD_EDITS } from "./edit-field.js";

const FIELDS: ReadonlySet<OxmField> = new Set(MATCHABLE);

/** What this switch does where switches differ. */
export const RULES: Rules = {
  ...STANDARD,
  matches: (field) => FIELDS.has(field),
  writes: ({ name }) => FIELD_EDITS.has(name),
};

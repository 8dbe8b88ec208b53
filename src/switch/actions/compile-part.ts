import { knownForm } from "../../ofp/check/mod.js";
import type { Subfield } from "../../ofp/mod.js";
import { placeOf } from "../packet/places.js";
import { Refusal } from "../work/refusal.js";

/** A part of a field that this switch has. @throws Refusal `OFPBAC_BAD_SET_TYPE` */
export function partWithin(part: Subfield): Subfield {
  const field = knownForm(part)?.field;
  if (field === undefined || placeOf(field) === undefined)
    throw new Refusal("OFPBAC_BAD_SET_TYPE", `this switch has no field ${part.field?.name ?? part.header.toString(16)}`);
  return part;
}

import { copyList } from "../action/fields.js";
import { bitsIn, isWritable, knownForm } from "../action/known-field.js";
import type { FieldRef, HeaderList, Subfield } from "../action/subfield.js";
import type { OxmForm } from "../oxm/fields.js";
import { MASKED } from "../oxm/header.js";
import { Fault, faultIf } from "./fault.js";

export { bitsIn, copyList, type HeaderList, isWritable, knownForm };

/** Whether a part of a field is all of it. */
export const isWhole = (v: Subfield, form: OxmForm): boolean => v.offset === 0 && v.bits === bitsIn(form);

/** Why part of a field cannot be read. */
export function checkSource(v: Subfield, list: HeaderList = 0): Fault | undefined {
  const form = knownForm(v, list);
  if (form === undefined) return new Fault("OFPBAC_BAD_SET_TYPE", v.field);
  return faultIf(v.bits === 0 || v.offset + v.bits > bitsIn(form), "OFPBAC_BAD_SET_LEN", v.field);
}

/** Why part of a field cannot be written. */
export function checkTarget(v: Subfield, list: HeaderList = 0): Fault | undefined {
  return checkSource(v, list) ?? faultIf(!isWritable(knownForm(v, list)!.field), "OFPBAC_BAD_SET_ARGUMENT", v.field);
}

/** Why a header that stands alone is refused, without what is asked of the field's bits. */
export function checkHeader(ref: FieldRef, list: HeaderList = 0): Fault | undefined {
  if (knownForm(ref, list) === undefined) return new Fault("OFPBMC_BAD_FIELD", ref.field);
  return faultIf((ref.header & MASKED) !== 0, "OFPBMC_BAD_MASK", ref.field);
}

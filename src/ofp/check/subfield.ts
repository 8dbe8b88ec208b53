import { type FieldRef, formOf, type HeaderList, type Subfield } from "../action/subfield.js";
import type { OxmField, OxmForm } from "../oxm/fields.js";
import { MASKED } from "../oxm/header.js";
import { Fault, faultIf } from "./fault.js";

/** Whether Open vSwitch lets a field be written. */
export const isWritable = (field: OxmField): boolean => field.ovs?.writable === true;

/**
 * The form by which Open vSwitch identifies a field: Nicira's, where all forms are one field to it. The port in 16 and in 32 bits, and the type of service and the
 * bits in it, are two.
 */
function identifyingForm(form: OxmForm): OxmForm {
  const first = form.field.forms[0]!;
  return first.narrow === form.narrow ? first : form;
}

/**
 * What Open vSwitch makes of a field that an action names; undefined for one that it does not have.
 * @param list - the headers that the action uses, which count where the reference has none of its own; Nicira's unless given
 */
export function knownForm(ref: FieldRef, list: HeaderList = 0): OxmForm | undefined {
  const form = formOf(ref, list);
  return form?.field.ovs === undefined ? undefined : identifyingForm(form);
}

/** How many bits Open vSwitch has in a form of a field. */
export const bitsIn = ({ field, narrow }: OxmForm): number => (narrow === undefined ? field.ovs!.bits : 8 * narrow.size);

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

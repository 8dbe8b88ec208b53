import { type FieldRef, formOf, type Subfield } from "../../action/subfield.js";
import type { OxmField, OxmForm } from "../../oxm/fields.js";
import { MASKED } from "../../oxm/header.js";
import { hexDigits } from "../words.js";

/** Whether Open vSwitch lets a field be written. */
export const isWritable = (field: OxmField): boolean => field.ovs?.writable === true;

/**
 * The form by which Open vSwitch tells a field apart: Nicira's, where all forms are one field to it. The port in 16 and in 32 bits, and the type of service and the
 * bits in it, are two.
 */
function tellingForm(form: OxmForm): OxmForm {
  const first = form.field.forms[0]!;
  return first.narrow === form.narrow ? first : form;
}

/** What Open vSwitch makes of a field that an action names; undefined for one that it does not have. */
export function knownForm(ref: FieldRef): OxmForm | undefined {
  const form = formOf(ref, 0);
  return form?.field.ovs === undefined ? undefined : tellingForm(form);
}

/** How many bits Open vSwitch has in a form of a field. */
export const bitsIn = ({ field, narrow }: OxmForm): number => (narrow === undefined ? field.ovs!.bits : 8 * narrow.size);

/** Part of a field, such as `NXM_NX_REG0[]`, `NXM_NX_REG0[0..15]` or `NXM_NX_REG0[3]`. */
export function subfieldText(v: Subfield): string {
  const form = knownForm(v);
  const name = form === undefined ? (v.field?.name ?? `oxm(${hexDigits(v.header, 8)})`) : form.constant;
  if (form !== undefined && v.offset === 0 && v.bits === bitsIn(form)) return `${name}[]`;
  return v.bits === 1 ? `${name}[${v.offset}]` : `${name}[${v.offset}..${v.offset + v.bits - 1}]`;
}

/** Whether a part of a field is all of it. */
export const isWhole = (v: Subfield, form: OxmForm): boolean => v.offset === 0 && v.bits === bitsIn(form);

/** Why Open vSwitch cannot read part of a field. */
export function refuseSource(v: Subfield, unknown = "OFPBAC_BAD_SET_TYPE"): string | undefined {
  const form = knownForm(v);
  if (form === undefined) return unknown;
  return v.bits === 0 || v.offset + v.bits > bitsIn(form) ? "OFPBAC_BAD_SET_LEN" : undefined;
}

/** Why Open vSwitch cannot write part of a field. */
export function refuseTarget(v: Subfield, unknown = "OFPBAC_BAD_SET_TYPE"): string | undefined {
  return refuseSource(v, unknown) ?? (isWritable(knownForm(v)!.field) ? undefined : "OFPBAC_BAD_SET_ARGUMENT");
}

/** Why Open vSwitch does not take a header that stands alone, without what it says of the field's bits. */
export function refuseHeader(ref: FieldRef): string | undefined {
  if (knownForm(ref) === undefined) return "OFPBMC_BAD_FIELD";
  return (ref.header & MASKED) === 0 ? undefined : "OFPBMC_BAD_MASK";
}

import { fail, type Mode } from "../../schema/mod.js";
import type { OxmField, OxmForm } from "../oxm/fields.js";
import { MASKED } from "../oxm/header.js";
import { type FieldRef, formOf, type HeaderList } from "./subfield.js";

/*
 * What Open vSwitch makes of the fields that actions name, as its column of the rows of fields has it, and how codecs of the mode `checked` refuse others as soon as they have read their header.
 */

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

/**
 * Refuses, for a check, the header of a field that Open vSwitch does not have, or one with a mask. Codecs of other modes take any.
 * @param at - where the header stands
 */
export function checkedRef<T extends FieldRef>(ref: T, mode: Mode, at: number, list: HeaderList = 0): T {
  if (mode !== "checked") return ref;
  if (knownForm(ref, list) === undefined) fail("OFPBMC_BAD_FIELD", "a field that is not known", at);
  if ((ref.header & MASKED) !== 0) fail("OFPBMC_BAD_MASK", "the header of a field with a mask", at);
  return ref;
}

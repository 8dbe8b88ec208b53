import { isLong, OXM_FIELDS, type OxmForm, type ValueFormat } from "../../oxm/fields.js";
import { OPTION_BYTES } from "../../oxm/option.js";
import { isPort } from "../../port/port-no.js";
import { refuse } from "../parse/syntax-fault.js";
import { setFieldValue } from "./field-text.js";

/** What a value is for: a form of a field, or one of the names of OpenFlow 1.0 that have no header. */
export interface ValuePlace {
  readonly name: string;
  /** Bytes; 0 where that varies. */
  readonly size: number;
  readonly format: ValueFormat;
}

const places = new Map<OxmForm, ValuePlace>();

/** What a value of a form is read for. */
export function placeOf(form: OxmForm): ValuePlace {
  let place = places.get(form);
  if (place === undefined) {
    place = { name: form.name, size: form.size, format: form.field.words.format };
    places.set(form, place);
  }
  return place;
}

/** The bytes that a value takes at most. */
export const sizeOf = ({ size }: { readonly size: number }): number => (size === 0 ? OPTION_BYTES : size);

/** A number as the kind of a field has it. */
export const givenNumber = ({ field }: OxmForm, v: bigint): number | bigint => (field.kind.size >= 8 ? v : Number(v));

/** A number as the values of a field read. */
export function shownValue(form: OxmForm, value: bigint): string {
  // a number between the ports of OpenFlow 1.0 and those of later versions is none
  if (form.field.words.format === "port" && form.size === 4 && !isPort(Number(value))) return "ANY";
  return form.size === 0 ? `0x${value.toString(16)}` : setFieldValue(form.field, givenNumber(form, value), undefined, {});
}

/**
 * The header that an entry has to name for a form; 0 for the usual one of a field, which each version has in its own way. A form of other bits is a field of its own to Open vSwitch, which keeps its
 * header in every version.
 */
export function toldHeader(form: OxmForm, isMasked: boolean): number {
  if (form.narrow === undefined && form === form.field.forms[0]) return 0;
  return isMasked ? form.maskedHeader : form.header;
}

/** Refuses a field whose header has 64 bits, where there is room for 32. @param name - of the field, in the text `all` */
export function refuseLong(form: OxmForm, name: string, all: string): void {
  if (isLong(form.field)) refuse(`${all}: experimenter OXM field '${name}' not supported`);
}

let constants: Map<string, OxmForm> | undefined;

/** The form whose header has a constant, such as `NXM_NX_REG0`; undefined for another text. */
export function formOfConstant(name: string): OxmForm | undefined {
  constants ??= new Map(OXM_FIELDS.flatMap((f) => f.forms).map((form) => [form.constant, form]));
  return constants.get(name);
}

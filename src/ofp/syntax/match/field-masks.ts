import type { Version } from "../../../schema/mod.js";
import { formOfHeader, type OxmField } from "../../oxm/fields.js";
import type { Match } from "../../oxm/match.js";
import type { MatchEntry } from "../../oxm/match-entry.js";
import { OPTION_BYTES } from "../../oxm/option.js";
import { formOf, formValue, setFieldValue } from "./field-text.js";

/** Whether all bits of a value are set, those included that its field does not have. */
function isOnes(value: MatchEntry["value"], field: OxmField): boolean {
  if (value instanceof Uint8Array) return value.length === OPTION_BYTES && value.every((b) => b === 0xff);
  const { size } = field.kind;
  return size >= 8 ? value === (1n << BigInt(8 * size)) - 1n : value === 2 ** (8 * size) - 1;
}

/** The place of a field in Open vSwitch's order and the text of its mask; none where Open vSwitch does not know the field. */
function maskText({ field, header, value }: MatchEntry, version: Version): [listed: number, text: string] | undefined {
  const form = field === undefined ? formOfHeader(header, 0) : formOf(field, header, version);
  if (form === undefined || form.listed < 0) return undefined;
  const { name, listed } = form;
  // of a known field that was not understood, Open vSwitch accepts a mask of all ones alone
  if (field === undefined || isOnes(value, field)) return [listed, name];
  return [listed, `${name}=${setFieldValue(field, formValue(field, value, header, version), undefined, {})}`];
}

/** Fields with the bits of them that count as their values, such as `ip_src=255.255.0.0,ip_dst`, each by itself. */
export const fieldMasks = (fields: Match, version: Version): readonly string[] =>
  fields.entries
    .flatMap((e) => {
      const told = maskText(e, version);
      return told === undefined ? [] : [told];
    })
    .sort(([a], [b]) => a - b)
    .map(([, text]) => text);

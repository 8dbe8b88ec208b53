import type { OxmField } from "../oxm/fields.js";
import type { Match, MatchEntry } from "../oxm/match.js";
import { fieldPlace } from "./field-names.js";
import { setFieldName, setFieldValue } from "./field-text.js";

/** Whether all bits of a value are set, those included that its field does not have. */
function isOnes(value: MatchEntry["value"], field: OxmField): boolean {
  if (value instanceof Uint8Array) return value.every((b) => b === 0xff);
  const { size } = field.kind;
  return size >= 8 ? value === (1n << BigInt(8 * size)) - 1n : value === 2 ** (8 * size) - 1;
}

const placeOf = (e: MatchEntry): number => {
  const form = e.field!.forms.at(-1)!;
  return fieldPlace(form.experimenter === 0 ? form.oxmClass : form.experimenter, form.id) ?? 0;
};

/** Fields with the bits of them that count as their values: `ip_src=255.255.0.0,ip_dst`. */
export function formatFieldMasks(fields: Match): string {
  return fields.entries
    .filter((e) => e.field !== undefined)
    .sort((a, b) => placeOf(a) - placeOf(b))
    .map((e) => {
      const name = setFieldName(e.field!, e.header);
      return isOnes(e.value, e.field!) ? name : `${name}=${setFieldValue(e.field!, e.value, undefined, {})}`;
    })
    .join(",");
}

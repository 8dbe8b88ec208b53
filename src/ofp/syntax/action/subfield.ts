import type { HeaderList, Subfield } from "../../action/subfield.js";
import { bitsIn, knownForm } from "../../check/mod.js";
import { hexDigits } from "../words.js";

export { bitsIn, isWhole, knownForm } from "../../check/mod.js";

/** Part of a field, such as `NXM_NX_REG0[]`, `NXM_NX_REG0[0..15]` or `NXM_NX_REG0[3]`. @param list - see {@link knownForm} */
export function subfieldText(v: Subfield, list: HeaderList = 0): string {
  const form = knownForm(v, list);
  const name = form === undefined ? (v.field?.name ?? `oxm(${hexDigits(v.header, 8)})`) : form.constant;
  if (form !== undefined && v.offset === 0 && v.bits === bitsIn(form)) return `${name}[]`;
  return v.bits === 1 ? `${name}[${v.offset}]` : `${name}[${v.offset}..${v.offset + v.bits - 1}]`;
}

import { type Chunk, toHex } from "../../../bytes/mod.js";
import { formOfHeader, type OxmForm } from "../../oxm/fields.js";
import { EXPERIMENTER_CLASS } from "../../oxm/header.js";
import { OPTION_BYTES } from "../../oxm/option.js";

/** A value or a mask as Open vSwitch prints it. */
function valueText(bytes: Uint8Array, form: OxmForm | undefined): string {
  if (form === undefined || form.size !== 0) return toHex(bytes);
  const text = toHex(bytes.subarray(0, OPTION_BYTES)).padStart(2 * OPTION_BYTES, "0");
  return text.slice(0, 2 * bytes.length);
}

/** Whether a value has bits that its mask leaves out. */
const isStray = (value: Uint8Array, mask: Uint8Array): boolean => value.some((b, i) => (b & ~mask[i]!) !== 0);

/** A list of fields as it stands on the wire, such as `NXM_OF_IN_PORT(0001), NXM_OF_ETH_TYPE(0800)`. */
export function nxMatchText(c: Chunk, p: number, end: number): string {
  if (p === end) return "<any>";
  const parts: string[] = [];
  let q = p;
  while (end - q >= 4) {
    const header = c.dv.getUint32(q);
    const long = header >>> 16 === EXPERIMENTER_CLASS;
    const next = q + 4 + (header & 255);
    if (long && (end - q < 8 || (header & 255) < 4)) break;
    const form = formOfHeader(header, long ? c.dv.getUint32(q + 4) : 0);
    q += long ? 8 : 4;
    if (next > end) break;
    const masked = (header & 256) !== 0;
    const size = masked ? (next - q) >> 1 : next - q;
    const value = c.u8.subarray(q, q + size);
    const mask = c.u8.subarray(q + size, q + 2 * size);
    q = next;
    if (masked && isStray(value, mask)) break;
    const name = form === undefined ? `${header >>> 16}:${(header >>> 9) & 127}` : form.constant + (masked ? "_W" : "");
    parts.push(`${name}(${valueText(value, form)}${masked ? `/${valueText(mask, form)}` : ""})`);
  }
  if (q !== end) parts.push(`<${end - q} invalid bytes>`);
  return parts.join(", ");
}

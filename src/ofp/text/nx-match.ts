import { type Chunk, toHex } from "../../bytes/mod.js";
import { formOfHeader, type OxmForm } from "../oxm/fields.js";
import { nxmName } from "./nxm-names.js";

const EXPERIMENTER = 0xffff;

/** A list of fields as it stands on the wire, such as `NXM_OF_IN_PORT(0001), NXM_OF_ETH_TYPE(0800)`. */
export function nxMatchText(c: Chunk, p: number, end: number): string {
  if (p === end) return "<any>";
  const parts: string[] = [];
  let q = p;
  while (end - q >= 4) {
    const header = c.dv.getUint32(q);
    const next = q + 4 + (header & 255);
    if (next > end) break;
    const long = header >>> 16 === EXPERIMENTER;
    const form: OxmForm | undefined = formOfHeader(header, long && next - q >= 8 ? c.dv.getUint32(q + 4) : 0);
    const at = q + (form?.headerSize ?? (long ? 8 : 4));
    const masked = (header & 256) !== 0;
    const size = masked ? (next - at) / 2 : next - at;
    const value = toHex(c.u8.subarray(at, at + size));
    const name = form === undefined ? `${header >>> 16}:${(header >>> 9) & 127}` : nxmName(form) + (masked ? "_W" : "");
    parts.push(`${name}(${value}${masked ? `/${toHex(c.u8.subarray(at + size, next))}` : ""})`);
    q = next;
  }
  if (q !== end) parts.push(`<${end - q} invalid bytes>`);
  return parts.join(", ");
}

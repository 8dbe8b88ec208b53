import { toHex } from "../../bytes/mod.js";
import { INSPECT } from "../../schema/mod.js";
import type { OxmField, OxmValue } from "./fields.js";

/** One field of a match, or an OXM that no table knows. */
export class MatchEntry {
  /** The field; undefined for one that is unknown. */
  readonly field: OxmField | undefined;
  /**
   * The 32 bits in front of the value on the wire; 0 for the form that the version has of the field. A field received in another form, such as Nicira's beside the
   * standard's, is sent in it again.
   */
  readonly header: number;
  /** The value; for an unknown field all bytes behind the header. */
  readonly value: OxmValue;
  /** The bits of the value that count; undefined where all do. */
  readonly mask: OxmValue | undefined;

  constructor(field: OxmField | undefined, header: number, value: OxmValue, mask: OxmValue | undefined) {
    this.field = field;
    this.header = header;
    this.value = value;
    this.mask = mask;
  }

  /** For people: `{ ethDst: 00:11:22:33:44:55 }`. */
  toString(): string {
    return `{ ${entryText(this)} }`;
  }

  /** For `console.log` of Node. */
  [INSPECT](): string {
    return `MatchEntry ${this}`;
  }
}

/** One field in words. */
export function entryText(e: MatchEntry): string {
  const { field, value, mask } = e;
  if (field === undefined) return `unknown ${unknownJSON(e)}`;
  const text = (v: OxmValue): string =>
    v instanceof Uint8Array ? toHex(v) : field.words.format === "hex" ? `0x${v.toString(16)}` : String(field.kind.toJSON(v));
  return `${field.name}: ${text(value)}${mask === undefined ? "" : `/${text(mask)}`}`;
}

/** An unknown one as its header and its bytes in hexadecimal. */
export const unknownJSON = ({ header, value }: MatchEntry): string => header.toString(16).padStart(8, "0") + toHex(value as Uint8Array);

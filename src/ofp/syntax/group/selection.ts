import type { Version } from "../../../schema/mod.js";
import { type GroupProperty, SelectionMethod, SelectionMethodOld } from "../../group/group-property.js";
import { formOfName, type OxmForm, type OxmValue } from "../../oxm/fields.js";
import { isAllOnes } from "../../oxm/flow-image.js";
import { Match } from "../../oxm/match.js";
import { MatchEntry } from "../../oxm/match-entry.js";
import { OPTION_BYTES } from "../../oxm/option.js";
import { fieldMasks } from "../match/field-masks.js";
import { readFieldValue } from "../match/field-value.js";
import { placeOf, toldHeader } from "../match/form.js";
import { fieldWords, ownWords } from "../match/keywords.js";
import type { SyntaxOptions } from "../parse/options.js";
import { Pairs } from "../parse/pairs.js";
import { ANY_PROTOCOL, type MaskShape, protocolsOf } from "../parse/protocols.js";
import { inWhole, refuse, refuseName } from "../parse/syntax-fault.js";

/** How a group selects a bucket, in text; empty where it does not say. */
export function selectionText(properties: readonly GroupProperty[], version: Version): string {
  const found = properties.filter((p) => SelectionMethod.is(p) || SelectionMethodOld.is(p)) as readonly SelectionMethod[];
  const last = found.at(-1);
  if (last === undefined || last.method === "") return "";
  let text = `,selection_method=${last.method}`;
  if (last.param !== 0n) text += `,selection_method_param=${last.param}`;
  const masks = fieldMasks(last.fields, version);
  if (masks.length === 1) text += `,fields=${masks[0]}`;
  else if (masks.length > 1) text += `,fields(${masks.join(",")})`;
  return text;
}

/** A field that a group hashes. */
interface SelectedField {
  readonly form: OxmForm;
  /** The bits that count; undefined where all bytes of the field do. */
  readonly mask: OxmValue | undefined;
}

/** The fields that a group hashes, as their text has them. */
export interface SelectedFields {
  readonly fields: readonly SelectedField[];
  /** The protocols that can have them. */
  readonly protocols: number;
}

/** No fields. */
export const NO_FIELDS: SelectedFields = { fields: [], protocols: ANY_PROTOCOL };

const isZero = (v: OxmValue): boolean => !(v instanceof Uint8Array) && BigInt(v) === 0n;

/** How much of a field counts, to OpenFlow 1.0 and 1.1. */
function shapeOf(mask: OxmValue | undefined): MaskShape {
  if (mask === undefined) return "exact";
  if (typeof mask !== "number" || mask > 0xffffffff) return "any";
  const free = ~mask >>> 0;
  return (free & (free + 1)) === 0 ? "prefix" : "any";
}

function readMask(form: OxmForm, text: string, rest: string, o: SyntaxOptions): OxmValue | undefined {
  if (text === "") return undefined;
  const { value, mask } = readFieldValue(placeOf(form), text, o);
  if (mask !== undefined) refuse(`${text}: wildcards not allowed here`, 0);
  if (isZero(value)) refuse(`${rest}: values are wildcards here and must not be all-zeros`, 0);
  const whole = isAllOnes(form.field, value);
  if (!whole && form.field.maskable === "no") refuse(`${text}: invalid mask for field ${form.name}`, 0);
  return whole ? undefined : value;
}

/**
 * Reads the fields that a group hashes, each by itself or with the bits that count, as Open vSwitch's parse_select_group_field does. `dl_vlan` and `dl_vlan_pcp`, which have no header, are refused; Open vSwitch
 * sends another field's. Throws SyntaxFault.
 * @param before - those of an earlier part of the same text, to which these are added
 */
export function readSelectedFields(text: string, o: SyntaxOptions, before: SelectedFields): SelectedFields {
  const fields = new Map(before.fields.map((field) => [field.form.listed, field]));
  let { protocols } = before;
  const pairs = new Pairs(text);
  try {
    while (pairs.next()) {
      const { key, value } = pairs;
      const form = formOfName(key);
      if (form === undefined || form.listed < 0)
        return refuseName(`${pairs.rest}: unknown field ${key}`, key, fieldWords(), -1, ownWords());
      if (fields.has(form.listed)) refuse(`${key}: duplicate field`);
      const mask = readMask(form, value, pairs.rest, o);
      fields.set(form.listed, { form, mask });
      protocols &= protocolsOf(form, shapeOf(mask));
    }
  } catch (e) {
    throw inWhole(e, pairs.at, pairs.valueAt);
  }
  return { fields: [...fields].sort(([a], [b]) => a - b).map(([, field]) => field), protocols };
}

/** All bits of the bytes that a form takes. */
function allOnes({ size, field }: OxmForm): OxmValue {
  if (size === 0) return new Uint8Array(OPTION_BYTES).fill(0xff);
  return field.kind.size >= 8 ? (1n << BigInt(8 * size)) - 1n : 2 ** (8 * size) - 1;
}

/** A field as an entry of the list of a version, which has the bits that count for its value. */
function entryOf({ form, mask }: SelectedField, version: Version): MatchEntry {
  const { field, narrow, size } = form;
  const header = toldHeader(form, false) || (field.written[version] === undefined ? form.header : 0);
  if (narrow === undefined) return new MatchEntry(field, header, mask ?? allOnes(form), undefined);
  // no value of the field has all bits of the form, so that these are bytes
  return new MatchEntry(undefined, form.header, new Uint8Array(size).fill(0xff), undefined);
}

/** The property by which a version's group says how it selects a bucket. */
export const selectionMethod = (method: string, param: bigint, { fields }: SelectedFields, version: Version): SelectionMethod =>
  SelectionMethod.of({ method, param, fields: new Match(fields.map((field) => entryOf(field, version))) });

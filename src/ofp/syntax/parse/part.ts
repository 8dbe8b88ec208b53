import { Subfield } from "../../action/subfield.js";
import { formOfName, type OxmForm } from "../../oxm/fields.js";
import { bitsIn } from "../action/subfield.js";
import { formOfConstant } from "../match/form.js";
import { Scanner } from "./scan.js";
import { SyntaxFault } from "./syntax-fault.js";

/** Part of a field in a text: the bits, the form of the field that the name stands for, and where the text of it ends. */
export interface PartRead {
  readonly part: Subfield;
  readonly form: OxmForm;
  readonly end: number;
}

/** The form of a field that a name stands for: a constant such as `NXM_NX_REG0`, or the field's name. */
export function formOfText(name: string): OxmForm | undefined {
  const form = formOfConstant(name.endsWith("_W") ? name.slice(0, -2) : name) ?? formOfName(name);
  if (form === undefined || form.field.ovs === undefined) return undefined;
  const [first] = form.field.forms;
  return first!.narrow === form.narrow ? first : form;
}

/** All of a field, or bits of it, by the header that identifies the form. A form of other bits than the field's keeps its header in every version, as in Open vSwitch. */
export function partOf(form: OxmForm, offset: number, bits: number): Subfield {
  const { field } = form;
  const isUsual = field.forms[0] === form && form.narrow === undefined;
  return new Subfield(field, offset, bits, isUsual ? 0 : form.header, isUsual ? 0 : form.experimenter);
}

const NAME_END = /[[-]/g;
/** A range in brackets, such as `[0..15]` or `[3]`; undefined where none stands here. */
function rangeAt(scan: Scanner): readonly [start: number, last: number] | undefined {
  scan.at++;
  const start = scan.integer(10, 32);
  if (start === undefined) return undefined;
  const last = scan.literal("..") ? scan.integer(10, 32) : start;
  return last === undefined || !scan.literal("]") ? undefined : [start | 0, last | 0];
}

/**
 * Reads part of a field at `from`, such as `NXM_NX_REG0[0..15]`, `reg0[3]`, `reg0[]` or `reg0`, as Open vSwitch's mf_parse_subfield__ does. Throws {@link SyntaxFault}.
 */
export function readPartAt(text: string, from = 0): PartRead {
  NAME_END.lastIndex = from;
  const stop = NAME_END.exec(text);
  const nameEnd = stop === null ? text.length : stop.index;
  const name = text.slice(from, nameEnd);
  const form = formOfText(name);
  const all = (): string => text.slice(from);
  if (form === undefined) throw new SyntaxFault(`${all()}: unknown field \`${name}'`, from);
  const most = bitsIn(form);
  let start = 0;
  let last = most - 1;
  let end = nameEnd;
  if (text[nameEnd] === "[") {
    if (text[nameEnd + 1] === "]") end = nameEnd + 2;
    else {
      const scan = new Scanner(text, nameEnd);
      const range = rangeAt(scan);
      if (range === undefined) throw new SyntaxFault(`${all()}: syntax error expecting [] or [<bit>] or [<start>..<end>]`, nameEnd);
      [start, last] = range;
      end = scan.at;
    }
  }
  if (start > last) throw new SyntaxFault(`${all()}: starting bit ${start} is after ending bit ${last}`, nameEnd);
  // Open vSwitch compares without a sign
  if (start >= most || start < 0)
    throw new SyntaxFault(`${all()}: starting bit ${start} is not valid because field is only ${most} bits wide`, nameEnd);
  if (last >= most || last < 0)
    throw new SyntaxFault(`${all()}: ending bit ${last} is not valid because field is only ${most} bits wide`, nameEnd);
  return { part: partOf(form, start, last - start + 1), form, end };
}

/** Reads part of a field, and nothing else. Throws {@link SyntaxFault}. */
export function readPart(text: string, from = 0): PartRead {
  const found = readPartAt(text, from);
  if (found.end < text.length) throw new SyntaxFault("unexpected input following field syntax", found.end);
  return found;
}

/** Part of a field, or why the text is none. */
export function triedPart(text: string): PartRead | string {
  try {
    return readPart(text);
  } catch (e) {
    if (e instanceof SyntaxFault) return e.message;
    throw e;
  }
}

/** Two parts with `->` between, of one width. Throws {@link SyntaxFault}. */
export function readMove(text: string): readonly [src: Subfield, dst: Subfield, from: OxmForm, to: OxmForm] {
  const src = readPartAt(text);
  if (!text.startsWith("->", src.end)) throw new SyntaxFault(`${text}: missing \`->' following source`, src.end);
  const dst = readPart(text, src.end + 2);
  if (src.part.bits !== dst.part.bits)
    throw new SyntaxFault(`${text}: source field is ${src.part.bits} bits wide but destination is ${dst.part.bits} bits wide`, src.end);
  return [src.part, dst.part, src.form, dst.form];
}

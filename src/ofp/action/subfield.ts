import type { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { fail, INSPECT, type Json, type Version } from "../../schema/mod.js";
import { formOfHeader, OXM, type OxmField, type OxmForm, type OxmName } from "../oxm/fields.js";
import { EXPERIMENTER_CLASS } from "../oxm/header.js";
import { fieldNamed } from "../oxm/match-literal.js";
import { OPTION_BYTES } from "../oxm/option.js";

const TRUNCATED = "OFPBMC_BAD_LEN";

/** A match field as actions name it: by the header that would stand in front of its value. */
export class FieldRef {
  /** The field; undefined for one that no table knows. */
  readonly field: OxmField | undefined;
  /** The 32 bits on the wire; 0 for the form of the field that is written where the action stands. A field received in another form is sent in it again. */
  readonly header: number;
  /** The experimenter behind a header of the class 0xffff; 0 for all others. */
  readonly experimenter: number;

  constructor(field: OxmField | undefined, header = 0, experimenter = 0) {
    this.field = field;
    this.header = header;
    this.experimenter = experimenter;
  }

  /** A field by its name. */
  static named(name: OxmName): FieldRef {
    return new FieldRef(fieldNamed(name, "FieldRef"));
  }

  /** The field's name, or the header in hexadecimal where it is not the usual one. */
  toJSON(): Json {
    return headerJSON(this);
  }

  /** The same, with the bits that are meant behind it: `reg0[0..3]`. */
  toString(): string {
    return String(headerJSON(this));
  }

  /** For `console.log` of Node. */
  [INSPECT](): string {
    return `Field ${this}`;
  }

  /** From the form of {@link toJSON}. Throws `ERR_USAGE`. */
  static fromJSON(json: Json): FieldRef {
    return new FieldRef(...headerFrom(json));
  }
}

/** Some bits of a field. */
export class Subfield extends FieldRef {
  /** The lowest bit. */
  readonly offset: number;
  /** How many bits. */
  readonly bits: number;

  constructor(field: OxmField | undefined, offset: number, bits: number, header = 0, experimenter = 0) {
    super(field, header, experimenter);
    this.offset = offset;
    this.bits = bits;
  }

  /** Bits of a field by its name: all of them, or those from `offset` on. */
  static of(name: OxmName, offset = 0, bits: number = bitsOf(fieldNamed(name, "Subfield")) - offset): Subfield {
    return new Subfield(fieldNamed(name, "Subfield"), offset, bits);
  }

  override toString(): string {
    const all = this.field !== undefined && this.offset === 0 && this.bits === bitsOf(this.field);
    return all ? super.toString() : `${super.toString()}[${this.bits === 1 ? "" : `${this.offset}..`}${this.offset + this.bits - 1}]`;
  }

  override toJSON(): Json {
    return { field: headerJSON(this), offset: this.offset, bits: this.bits };
  }

  static override fromJSON(json: Json): Subfield {
    if (typeof json !== "object" || json === null || Array.isArray(json)) return wrong(json);
    const [field, header, experimenter] = headerFrom(json.field ?? null);
    return new Subfield(field, uint16(json.offset), uint16(json.bits), header, experimenter);
  }
}

/** How many bits a field has in Nicira's form. */
function bitsOf(field: OxmField): number {
  const form = field.forms[0];
  return form?.narrow === undefined ? field.bits : 8 * form.size;
}

const wrong = (json: Json | undefined): never => {
  throw new SouthboundError(
    "ERR_USAGE",
    `${JSON.stringify(json)} is not part of a field: give {field, offset, bits}, the field by its name or its OXM header in hexadecimal`,
  );
};

const uint16 = (json: Json | undefined): number =>
  typeof json === "number" && Number.isInteger(json) && json >= 0 && json <= 0xffff ? json : wrong(json);

const digits = (v: number): string => v.toString(16).padStart(8, "0");

function headerJSON({ field, header, experimenter }: FieldRef): Json {
  if (header === 0 && field !== undefined) return field.name;
  return `0x${digits(header)}${isLong(header) && experimenter !== 0 ? digits(experimenter) : ""}`;
}

function headerFrom(json: Json): [field: OxmField | undefined, header: number, experimenter: number] {
  if (typeof json !== "string") return wrong(json);
  if (Object.hasOwn(OXM, json)) return [OXM[json as OxmName] as OxmField, 0, 0];
  const hex = /^0x([0-9a-f]{8})([0-9a-f]{8})?$/i.exec(json);
  if (hex === null) return wrong(json);
  const header = Number.parseInt(hex[1]!, 16);
  const experimenter = Number.parseInt(hex[2] ?? "0", 16);
  return [formOfHeader(header, experimenter)?.field, header, experimenter];
}

const isLong = (header: number): boolean => header >>> 16 === EXPERIMENTER_CLASS;

/** The list of headers that actions use: that of a version, or 0 for Nicira's, which is the same in all. */
export type HeaderList = Version | 0;

const ownHeader = (form: OxmForm): number => (form.size === 0 ? (form.header & ~255) | OPTION_BYTES : form.header) >>> 0;

/** The form that a field is written in; undefined for a header that no table knows. Throws `ERR_UNSUPPORTED` for a field that the list does not have. */
export function formOf(ref: FieldRef, list: HeaderList): OxmForm | undefined {
  if (ref.header !== 0 || ref.field === undefined) return formOfHeader(ref.header, ref.experimenter);
  const form = ref.field.written[list] ?? ref.field.forms[0];
  if (form === undefined) throw new SouthboundError("ERR_UNSUPPORTED", `actions cannot name the match field ${ref.field.name}`);
  return form;
}

/** The header that a field is written with: 32 bits, and the experimenter behind them. */
function headerOf(ref: FieldRef, list: HeaderList): readonly [header: number, experimenter: number] {
  if (ref.header !== 0 || ref.field === undefined) return [ref.header, ref.experimenter];
  const form = formOf(ref, list)!;
  return [ownHeader(form), form.experimenter];
}

/** The field of a header, and what is noted of the header: 0 where it is the one that would be written. */
function noted(
  header: number,
  experimenter: number,
  list: HeaderList,
): [field: OxmField | undefined, header: number, experimenter: number] {
  const form = formOfHeader(header, experimenter);
  if (form === undefined) return [undefined, header, experimenter];
  const { field } = form;
  return (field.written[list] ?? field.forms[0]) === form && ownHeader(form) === header ? [field, 0, 0] : [field, header, experimenter];
}

/** A field by a header of 32 bits. */
export const refOf32 = (header: number): [field: OxmField | undefined, header: number, experimenter: number] => noted(header, 0, 0);

/** The 32 bits of a header; undefined for a field that has more. */
export function header32(ref: FieldRef): number | undefined {
  const [header, experimenter] = headerOf(ref, 0);
  return experimenter === 0 && header >>> 0 === header ? header : undefined;
}

/** How long the header at `p` is. Throws DecodeError where it does not end before `end`. */
export function headerLength(c: Chunk, p: number, end: number): number {
  if (end - p < 4) return fail(TRUNCATED, "an OXM header is cut short", p);
  if (c.dv.getUint16(p) !== EXPERIMENTER_CLASS) return 4;
  if (end - p < 8) fail(TRUNCATED, "an OXM header is cut short", p);
  if (c.dv.getUint8(p + 3) < 4) fail(TRUNCATED, "an experimenter's OXM has no room for the experimenter", p);
  return 8;
}

/** The experimenter behind the header at `p`, where there is one. */
const experimenterAt = (c: Chunk, p: number, length: number): number => (length === 8 ? c.dv.getUint32(p + 4) : 0);

/** Reads the header at `p`, whose length {@link headerLength} has given. */
export function readRef(c: Chunk, p: number, length: number, list: HeaderList = 0): FieldRef {
  return new FieldRef(...noted(c.dv.getUint32(p), experimenterAt(c, p, length), list));
}

/** Reads the header at `p`, of which some bits are meant. */
export function readSubfield(c: Chunk, p: number, length: number, offset: number, bits: number, list: HeaderList = 0): Subfield {
  const [field, header, experimenter] = noted(c.dv.getUint32(p), experimenterAt(c, p, length), list);
  return new Subfield(field, offset, bits, header, experimenter);
}

/** Writes a header and returns its end. */
export function writeHeader(c: Chunk, p: number, ref: FieldRef, list: HeaderList = 0): number {
  const [header, experimenter] = headerOf(ref, list);
  put32(c, p, header, "header");
  if (!isLong(header)) return p + 4;
  if ((header & 255) < 4)
    throw new SouthboundError("ERR_RANGE", `header 0x${digits(header)}: its length must count the experimenter's 4 bytes`);
  put32(c, p + 4, experimenter, "experimenter");
  return p + 8;
}

/** Writes a number of 16 bits. Throws `ERR_RANGE`. */
export function put16(c: Chunk, p: number, v: number, what: string): void {
  if (!(v >>> 0 === v && v <= 0xffff)) throw new SouthboundError("ERR_RANGE", `${what}: ${v} does not fit u16`);
  c.dv.setUint16(p, v);
}

/** Writes a number of 32 bits. Throws `ERR_RANGE`. */
export function put32(c: Chunk, p: number, v: number, what: string): void {
  if (v >>> 0 !== v) throw new SouthboundError("ERR_RANGE", `${what}: ${v} does not fit u32`);
  c.dv.setUint32(p, v);
}

import type { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { type Codec, type Field, type FieldNote, fail, field, fixedKind, type Json, type Kind } from "../../schema/mod.js";
import { checkedRef } from "./known-field.js";
import { header32, headerLength, put16, readSubfield, refOf32, Subfield, writeHeader } from "./subfield.js";

const NO_BITS = new Subfield(undefined, 0, 0);

/** A kind of which all versions have one form. */
export function plainKind<T>(name: string, codec: Codec<T>, toJSON: (v: T) => Json, fromJSON: (j: Json) => T): Kind<T> {
  return { name, size: 0, codec: () => codec, toJSON, fromJSON };
}

/** A part of a field, with its header 2 bytes behind the start. A check refuses the header as soon as it is read. */
const subfieldKind = (name: string, codec: Codec<Subfield>): Kind<Subfield> => ({
  ...plainKind(name, codec, (v) => v.toJSON(), Subfield.fromJSON),
  codec: (_version, mode) => ({ ...codec, decode: (c, p, end) => checkedRef(codec.decode(c, p, end), mode, p + 2) }),
});

const LAST_OFFSET = 0x3ff;
export const MOST_BITS = 64;

/** Whether a part of a field can be given in 16 bits and a header of 32. */
const isPacked = (v: unknown): v is Subfield =>
  v instanceof Subfield &&
  header32(v) !== undefined &&
  v.offset >>> 0 === v.offset &&
  v.offset <= LAST_OFFSET &&
  v.bits >= 1 &&
  v.bits <= MOST_BITS &&
  Number.isInteger(v.bits);

/** Offset and bits in 16 bits, of which the lower six are one less than the bits. Throws `ERR_RANGE`. */
export function packed(v: Subfield): number {
  if (!(v.bits >= 1 && v.bits <= MOST_BITS && v.offset >= 0 && v.offset <= LAST_OFFSET))
    throw new SouthboundError(
      "ERR_RANGE",
      `${v.bits} bits from bit ${v.offset} on: Nicira's actions take 1 to 64 bits from bit 1023 on at most`,
    );
  return (v.offset << 6) | (v.bits - 1);
}

const unpacked = (c: Chunk, at: number, headerAt: number): Subfield => {
  const ofs = c.dv.getUint16(at);
  const [known, header, experimenter] = refOf32(c.dv.getUint32(headerAt));
  return new Subfield(known, ofs >>> 6, (ofs & 63) + 1, header, experimenter);
};

/** Up to 64 bits of a field as Nicira's oldest actions have them: offset and bits in 16 bits, and a header of 32. */
export const PACKED_SUBFIELD: Kind<Subfield> = fixedKind(
  "packedSubfield",
  6,
  (c, p) => unpacked(c, p, p + 2),
  (c, p, v) => {
    c.dv.setUint16(p, packed(v));
    c.dv.setUint32(p + 2, header32(v)!);
  },
  isPacked,
  (v) => v.toJSON(),
  Subfield.fromJSON,
);

/** A zone of connection tracking: a number, or a field that holds it. */
export type ZoneOrField = number | Subfield;

/** The zone of the action `ct`: a header and offset and bits, or no header and the number. */
export const CT_ZONE: Kind<ZoneOrField> = {
  ...fixedKind<ZoneOrField>(
    "ctZone",
    6,
    (c, p) => (c.dv.getUint32(p) === 0 ? c.dv.getUint16(p + 4) : unpacked(c, p + 4, p)),
    (c, p, v) => {
      c.dv.setUint32(p, typeof v === "number" ? 0 : header32(v)!);
      c.dv.setUint16(p + 4, typeof v === "number" ? v : packed(v));
    },
    (v) => (typeof v === "number" ? v >>> 0 === v && v <= 0xffff : isPacked(v) && header32(v) !== 0),
    (v) => (typeof v === "number" ? v : v.toJSON()),
    (j) => (typeof j === "number" ? j : Subfield.fromJSON(j)),
  ),
  literal: (given) => (given instanceof Subfield ? given : undefined),
};

/** Offset, header of 32 or 64 bits, bits: how the actions on the stack have it. */
export const STACK_SUBFIELD: Kind<Subfield> = subfieldKind("subfield", {
  extent(c, p, end) {
    if (end - p < 8) fail("OFPBAC_BAD_LEN", "a subfield is cut short", p);
    const e = p + 4 + headerLength(c, p + 2, end - 2);
    return e;
  },
  decode: (c, p, end) => readSubfield(c, p + 2, end - p - 4, c.dv.getUint16(p), c.dv.getUint16(end - 2)),
  encode(c, p, v) {
    put16(c, p, v.offset, "offset");
    const q = writeHeader(c, p + 2, v);
    put16(c, q, v.bits, "bits");
    return q + 2;
  },
});

/** A single bit of a field: offset and header of 32 or 64 bits. */
export const BIT: Kind<Subfield> = subfieldKind("bit", {
  extent(c, p, end) {
    if (end - p < 6) fail("OFPBAC_BAD_LEN", "a subfield is cut short", p);
    return p + 2 + headerLength(c, p + 2, end);
  },
  decode: (c, p, end) => readSubfield(c, p + 2, end - p - 2, c.dv.getUint16(p), 1),
  encode(c, p, v) {
    if (v.bits !== 1) throw new SouthboundError("ERR_RANGE", `${v.bits} bits of a field, where there must be 1`);
    put16(c, p, v.offset, "offset");
    return writeHeader(c, p + 2, v);
  },
});

/** A field that holds part of a match field. */
export const subfield = (note?: FieldNote): Field<Subfield> => field(STACK_SUBFIELD, NO_BITS, note);
/** A field that holds one bit of a match field. */
export const bit = (note?: FieldNote): Field<Subfield> => field(BIT, new Subfield(undefined, 0, 1), note);
/** A field that holds part of a match field of up to 64 bits, by a header of 32 bits. */
export const packedSubfield = (note?: FieldNote): Field<Subfield> => field(PACKED_SUBFIELD, new Subfield(undefined, 0, 1), note);

/** One bit of a field, or none. */
export const OPTIONAL_BIT: Kind<Subfield | undefined> = {
  ...(BIT as Kind<Subfield | undefined>),
  name: "optionalBit",
  toJSON: (v) => (v === undefined ? null : v.toJSON()),
  fromJSON: (j) => (j === null ? undefined : Subfield.fromJSON(j)),
};

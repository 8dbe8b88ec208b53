import type { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import {
  boundedEnd,
  type Codec,
  type Field,
  type FieldNote,
  fail,
  field,
  type Kind,
  MAX48,
  padTo,
  type Version,
  versionList,
  versionName,
} from "../../schema/mod.js";
import type { Narrow, OxmValue } from "./field-spec.js";
import { formOfHeader, type OxmField, type OxmForm, plainOxms } from "./fields.js";
import { EXPERIMENTER_CLASS } from "./header.js";
import { ANY_PACKET, Match } from "./match.js";
import { MatchEntry } from "./match-entry.js";
import { meantAs } from "./match-literal.js";

const LENGTH = "OFPBMC_BAD_LEN";

/** Reads a number of 1 to 6 bytes or a bigint of 8 or 16. */
function readValue(dv: DataView, q: number, size: number): number | bigint {
  switch (size) {
    case 1:
      return dv.getUint8(q);
    case 2:
      return dv.getUint16(q);
    case 3:
      return (dv.getUint8(q) << 16) | dv.getUint16(q + 1);
    case 4:
      return dv.getUint32(q);
    case 6:
      return dv.getUint16(q) * 4294967296 + dv.getUint32(q + 2);
    case 8:
      return dv.getBigUint64(q);
    default:
      return (dv.getBigUint64(q) << 64n) | dv.getBigUint64(q + 8);
  }
}

const MAX128 = (1n << 128n) - 1n;

/** Writes a number of 1 to 6 bytes or a bigint of 8 or 16; false for a value that does not fit, or is not of the type for that size. */
function putValue(dv: DataView, q: number, size: number, v: OxmValue): boolean {
  if (typeof v === "number") {
    switch (size) {
      case 1:
        dv.setUint8(q, v);
        return (v & 0xff) === v;
      case 2:
        dv.setUint16(q, v);
        return (v & 0xffff) === v;
      case 3:
        dv.setUint8(q, v >>> 16);
        dv.setUint16(q + 1, v & 0xffff);
        return (v & 0xffffff) === v;
      case 4:
        dv.setUint32(q, v);
        return v >>> 0 === v;
      case 6:
        dv.setUint16(q, v / 4294967296);
        dv.setUint32(q + 2, v >>> 0);
        return v >= 0 && v <= MAX48 && Math.floor(v) === v;
      default:
        return false;
    }
  }
  if (typeof v !== "bigint") return false;
  if (size === 8) {
    dv.setBigUint64(q, v);
    return BigInt.asUintN(64, v) === v;
  }
  if (size !== 16 || v < 0n || v > MAX128) return false;
  dv.setBigUint64(q, v >> 64n);
  dv.setBigUint64(q + 8, BigInt.asUintN(64, v));
  return true;
}

/** The end of the OXM at `q`; its length, one byte, does not count the header. */
function oxmEnd(c: Chunk, q: number, end: number): number {
  if (end - q < 4) fail(LENGTH, "an OXM header is cut short", q);
  return boundedEnd(q, end, 4, 4 + c.dv.getUint8(q + 3), LENGTH);
}

const ALL_ONES: Readonly<Record<number, number | bigint>> = {
  1: 0xff,
  2: 0xffff,
  3: 0xffffff,
  4: 0xffffffff,
  6: 0xffffffffffff,
  8: 0xffffffffffffffffn,
  16: (1n << 128n) - 1n,
};

/** A mask of a narrow form as the field has it: all or nothing; undefined for another one. */
const wideMask = (form: OxmForm, mask: number): number | undefined =>
  mask === 0 ? 0 : mask === ALL_ONES[form.size] ? (ALL_ONES[form.field.kind.size] as number) : undefined;

/**
 * Reads the OXM in [q, e). Every form of every field is understood in every version, as Open vSwitch does; an OXM that no table knows, one of another length than its field, or with bits that the field
 * cannot have is kept as unknown.
 * @param version - whose own forms are not noted; 0 is Nicira's lists
 */
export function decodeOxm(c: Chunk, q: number, e: number, version: Version | 0): MatchEntry {
  const header = c.dv.getUint32(q);
  const form = formOfHeader(header, header >>> 16 === EXPERIMENTER_CLASS && e - q >= 8 ? c.dv.getUint32(q + 4) : 0);
  if (form === undefined) return unknownOxm(c, q, e, header);
  const { field, size } = form;
  if (size === 0 || form.narrow !== undefined) return decodeOdd(c, q, e, header, form, version);
  const p = q + form.headerSize;
  const mask = (header & 256) === 0 ? undefined : readValue(c.dv, p + size, size);
  return new MatchEntry(field, field.written[version] === form ? 0 : header, readValue(c.dv, p, size), mask);
}

const unknownOxm = (c: Chunk, q: number, e: number, header: number): MatchEntry =>
  new MatchEntry(undefined, header, c.u8.slice(q + 4, e), undefined);

/** Reads a value of any number of bytes, or one that the form has in fewer than the field. */
function decodeOdd(c: Chunk, q: number, e: number, header: number, form: OxmForm, version: Version | 0): MatchEntry {
  const { field, size, narrow } = form;
  const noted = field.written[version] === form ? 0 : header;
  const isMasked = (header & 256) !== 0;
  const p = q + form.headerSize;
  if (narrow === undefined) {
    const middle = isMasked ? (p + e) / 2 : e;
    return new MatchEntry(field, noted, c.u8.slice(p, middle), isMasked ? c.u8.slice(middle, e) : undefined);
  }
  const value = narrow.read(readValue(c.dv, p, size) as number);
  if (!isMasked) return value === undefined ? unknownOxm(c, q, e, header) : new MatchEntry(field, noted, value, undefined);
  const mask = wideMask(form, readValue(c.dv, p + size, size) as number);
  return value === undefined || mask === undefined ? unknownOxm(c, q, e, header) : new MatchEntry(field, noted, value, mask);
}

const shown = (v: OxmValue): string => (v instanceof Uint8Array ? `${v.length} bytes` : String(v));

function misfit(entry: MatchEntry): never {
  const { field, header, value, mask } = entry;
  throw new SouthboundError(
    "ERR_RANGE",
    `Match.${field?.name ?? "unknown"}: ${shown(value)}${mask === undefined ? "" : `/${shown(mask)}`} does not fit ${
      header === 0 ? "the field" : `the OXM header 0x${header.toString(16)}`
    }: make it with Match.of or oxmOf`,
  );
}

function unsupported(field: OxmField, version: Version | 0): never {
  throw new SouthboundError(
    "ERR_UNSUPPORTED",
    version === 0
      ? `Nicira's messages have no match field ${field.name}`
      : `OpenFlow ${versionName(version)} has no match field ${field.name}: use OpenFlow ${versionList(field.versions)}`,
  );
}

/** The form that the header of an entry identifies. */
function toldForm(entry: MatchEntry, { forms }: OxmField): OxmForm {
  const { header, mask } = entry;
  for (let i = 0; i < forms.length; i++) {
    const form = forms[i]!;
    const own = mask === undefined ? form.header : form.maskedHeader;
    if (form.size === 0 ? header >>> 8 === own >>> 8 : header === own) return form;
  }
  return misfit(entry);
}

/** Writes an OXM that no table knows. */
function putUnknown(c: Chunk, q: number, entry: MatchEntry): number {
  const { header, value } = entry;
  if (!(value instanceof Uint8Array) || value.length !== (header & 255)) misfit(entry);
  c.dv.setUint32(q, header);
  c.u8.set(value as Uint8Array, q + 4);
  return q + 4 + (value as Uint8Array).length;
}

/** Writes bytes of any number, and a mask of as many. */
function putBytes(c: Chunk, q: number, form: OxmForm, entry: MatchEntry): number {
  const { value, mask } = entry;
  if (!(value instanceof Uint8Array) || !(mask === undefined || mask instanceof Uint8Array)) return misfit(entry);
  const length = form.headerSize - 4 + value.length + (mask?.length ?? 0);
  if (length > 255 || (mask !== undefined && mask.length !== value.length)) misfit(entry);
  c.dv.setUint32(q, (((mask === undefined ? form.header : form.maskedHeader) & ~255) | length) >>> 0);
  let p = q + form.headerSize;
  c.u8.set(value, p);
  p += value.length;
  if (mask === undefined) return p;
  c.u8.set(mask, p);
  return p + mask.length;
}

/** Writes a value, and a mask of all or nothing, in the fewer bytes that the form has. */
function putNarrow(c: Chunk, q: number, form: OxmForm, narrow: Narrow, entry: MatchEntry): number {
  const { value, mask } = entry;
  const { size } = form;
  const whole = ALL_ONES[form.field.kind.size];
  if (typeof value !== "number" || !(value >= 0 && value <= Number(whole) && Number.isInteger(value))) misfit(entry);
  if (mask !== undefined && mask !== 0 && mask !== whole) misfit(entry);
  c.dv.setUint32(q, mask === undefined ? form.header : form.maskedHeader);
  const p = q + form.headerSize;
  if (!putValue(c.dv, p, size, narrow.write(value as number) ?? misfit(entry))) misfit(entry);
  if (mask === undefined) return p + size;
  putValue(c.dv, p + size, size, mask === 0 ? 0 : ALL_ONES[size]!);
  return p + 2 * size;
}

/**
 * Writes one OXM and returns its end. Throws `ERR_UNSUPPORTED` for a field that the version does not have, `ERR_RANGE` for a value that its header does not fit.
 * @param version - whose form is written where the entry has none; 0 is Nicira's lists
 */
export function encodeOxm(c: Chunk, q: number, entry: MatchEntry, version: Version | 0): number {
  const { field, header, value, mask } = entry;
  if (field === undefined) return putUnknown(c, q, entry);
  const form = header === 0 ? (field.written[version] ?? unsupported(field, version)) : toldForm(entry, field);
  const { dv } = c;
  const { size, narrow } = form;
  if (form.experimenter !== 0) dv.setUint32(q + 4, form.experimenter);
  if (size === 0) return putBytes(c, q, form, entry);
  if (narrow !== undefined) return putNarrow(c, q, form, narrow, entry);
  const p = q + form.headerSize;
  if (mask === undefined) {
    dv.setUint32(q, form.header);
    if (!putValue(dv, p, size, value)) misfit(entry);
    return p + size;
  }
  dv.setUint32(q, form.maskedHeader);
  if (!putValue(dv, p, size, value) || !putValue(dv, p + size, size, mask)) misfit(entry);
  return p + 2 * size;
}

/** Reads the OXMs in [p, end) of a version, or of Nicira's lists. */
function matchDecoder(version: Version | 0): (c: Chunk, p: number, end: number) => Match {
  const { headers, fields, sizes } = plainOxms(version);
  return (c, p, end) => {
    const { dv } = c;
    let n = 0;
    for (let q = p; q < end; n++) q = oxmEnd(c, q, end);
    if (n === 0) return ANY_PACKET;
    // of the right size at once: a list that grows is made anew with room for seventeen
    const entries = new Array<MatchEntry>(n);
    for (let i = 0, q = p; i < n; i++) {
      const header = dv.getInt32(q);
      const id = (header >>> 9) & 127;
      const next = q + 4 + (header & 255);
      entries[i] =
        headers[id] === header
          ? new MatchEntry(fields[id], 0, readValue(dv, q + 4, sizes[id]!), undefined)
          : decodeOxm(c, q, next, version);
      q = next;
    }
    return new Match(entries);
  };
}

const codecs = new Map<Version, Codec<Match>>();

/** Type and length of a match, in the one number that they make: 1 and the length without padding. */
const TYPE_OXM = 0x10000;

/** The length of a match without its padding, which is looked for by {@link refuseMatch} where it is wrong: this is small, so that the engine puts it where it is called. */
function matchLength(c: Chunk, p: number, end: number): number {
  const n = end - p < 8 ? 0 : c.dv.getUint32(p) - TYPE_OXM;
  return n < 4 || n > end - p ? refuseMatch(c, p, end) : n;
}

function refuseMatch(c: Chunk, p: number, end: number): never {
  if (end - p < 8) fail(LENGTH, "a match is cut short", p);
  if (c.dv.getUint16(p) !== 1) fail("OFPBMC_BAD_TYPE", `match type ${c.dv.getUint16(p)}`, p);
  return fail(LENGTH, `length ${c.dv.getUint16(p + 2)}, which is not from 4 to ${end - p}`, p);
}

/** The list of OXMs in ofp_match: type 1, length without padding, padded to 8 bytes. OpenFlow 1.3 §7.2.3.1 */
function oxmMatchCodec(version: Version): Codec<Match> {
  const decode = matchDecoder(version);
  return {
    extent(c, p, end) {
      const e = p + ((matchLength(c, p, end) + 7) & ~7);
      if (e > end) fail(LENGTH, "the padding of a match is missing", p);
      return e;
    },
    check(c, p, end) {
      const e = p + matchLength(c, p, end);
      for (let q = p + 4; q < e; ) q = oxmEnd(c, q, e);
    },
    decode: (c, p, end) => decode(c, p + 4, p + matchLength(c, p, end)),
    encode(c, p, match) {
      if (match.putOxm !== undefined) return match.putOxm(c, p, version);
      const { entries } = match;
      let q = p + 4;
      for (let i = 0; i < entries.length; i++) q = encodeOxm(c, q, entries[i]!, version);
      c.dv.setUint32(p, 0x10000 | (q - p));
      return padTo(c, q, p, 8);
    },
  };
}

/** A match as a list of OXMs. */
export const OXM_MATCH: Kind<Match> = {
  name: "match",
  size: 0,
  codec(version) {
    let codec = codecs.get(version);
    if (codec === undefined) {
      codec = oxmMatchCodec(version);
      codecs.set(version, codec);
    }
    return codec;
  },
  isEmpty: (match) => match.isEmpty,
  meant: meantAs("Match.of"),
  toJSON: (match) => match.toJSON(),
  fromJSON: (json) => Match.fromJSON(json),
};

/** A field that holds a match; every packet unless given. */
export const match = (note?: FieldNote): Field<Match> => field(OXM_MATCH, ANY_PACKET, note);

/** A list of fields without type and length before it and without padding behind it: another slot determines where it ends. */
const bareCodec = (version: Version | 0): Codec<Match> => ({
  extent: (_c, _p, end) => end,
  check(c, p, end) {
    for (let q = p; q < end; ) q = oxmEnd(c, q, end);
  },
  decode: matchDecoder(version),
  encode(c, p, match) {
    let q = p;
    for (const entry of match.entries) q = encodeOxm(c, q, entry, version);
    return q;
  },
});

const nxCodec = bareCodec(0);

/**
 * A match as Nicira's messages have it, in any version: a list of fields alone, in Nicira's own forms where there are some, up to the end that a slot `lengthOf:` determines. Its padding is
 * a slot `align:8`.
 */
export const NX_MATCH: Kind<Match> = { ...OXM_MATCH, name: "nxMatch", greedy: true, codec: () => nxCodec };

/** A list of fields alone in the forms of the version, as properties hold it. */
export const OXM_LIST: Kind<Match> = { ...OXM_MATCH, name: "oxmList", greedy: true, codec: bareCodec };

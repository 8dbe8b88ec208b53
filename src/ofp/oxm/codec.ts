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
  padTo,
  type Version,
  versionList,
  versionName,
} from "../../schema/mod.js";
import { fieldOfHeader, type OxmField } from "./fields.js";
import { ANY_PACKET, Match, MatchEntry } from "./match.js";

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

function writeValue(dv: DataView, q: number, size: number, value: number | bigint): void {
  if (typeof value === "bigint") {
    if (size === 8) dv.setBigUint64(q, value);
    else {
      dv.setBigUint64(q, value >> 64n);
      dv.setBigUint64(q + 8, BigInt.asUintN(64, value));
    }
  } else if (size === 4) dv.setUint32(q, value);
  else if (size === 2) dv.setUint16(q, value);
  else if (size === 1) dv.setUint8(q, value);
  else if (size === 6) {
    dv.setUint16(q, value / 4294967296);
    dv.setUint32(q + 2, value >>> 0);
  } else {
    dv.setUint8(q, value >>> 16);
    dv.setUint16(q + 1, value & 0xffff);
  }
}

/** The end of the OXM at `q`; its length, one byte, does not count the header. */
function oxmEnd(c: Chunk, q: number, end: number): number {
  if (end - q < 4) fail(LENGTH, "an OXM header is cut short", q);
  return boundedEnd(q, end, 4, 4 + c.dv.getUint8(q + 3), LENGTH);
}

const widthOf = (f: OxmField, header: number): number => ((header & 256) === 0 ? f.kind.size : 2 * f.kind.size);

/** Reads the OXM in [q, e). A field that the version does not have is kept as unknown. */
export function decodeOxm(c: Chunk, q: number, e: number, version: Version): MatchEntry {
  const header = c.dv.getUint32(q);
  const f = fieldOfHeader(header);
  if (f === undefined || !f.versions.includes(version)) return new MatchEntry(undefined, header, c.u8.slice(q + 4, e), undefined);
  if (e - q - 4 !== widthOf(f, header)) fail(LENGTH, `${f.name} has ${e - q - 4} bytes`, q);
  const { size } = f.kind;
  const value = readValue(c.dv, q + 4, size);
  return new MatchEntry(f, header, value, (header & 256) === 0 ? undefined : readValue(c.dv, q + 4 + size, size));
}

const MAX64 = 0xffffffffffffffffn;
const MAX128 = (1n << 128n) - 1n;

/** Whether `v` is of the type that a field of `size` bytes has, and not longer. */
function fits(v: unknown, size: number): boolean {
  return size < 8
    ? typeof v === "number" && v >= 0 && v < 2 ** (8 * size) && Number.isInteger(v)
    : typeof v === "bigint" && v >= 0n && v <= (size === 8 ? MAX64 : MAX128);
}

function misfit(entry: MatchEntry): never {
  const { field, header, value, mask } = entry;
  const shown = value instanceof Uint8Array ? `${value.length} bytes` : `${String(value)}${mask === undefined ? "" : `/${String(mask)}`}`;
  throw new SouthboundError(
    "ERR_RANGE",
    `Match.${field?.name ?? "unknown"}: ${shown} does not fit the OXM header 0x${header.toString(16)}: make it with Match.of or oxmOf`,
  );
}

/** Writes one OXM and returns its end. Throws `ERR_UNSUPPORTED` for a field that the version does not have, `ERR_RANGE` for a value that its header does not fit. */
export function encodeOxm(c: Chunk, q: number, entry: MatchEntry, version: Version): number {
  const { field: f, value, mask } = entry;
  c.dv.setUint32(q, entry.header);
  if (f === undefined) {
    if (!(value instanceof Uint8Array) || value.length !== (entry.header & 255)) misfit(entry);
    c.u8.set(value as Uint8Array, q + 4);
    return q + 4 + (value as Uint8Array).length;
  }
  if (!f.versions.includes(version)) {
    throw new SouthboundError(
      "ERR_UNSUPPORTED",
      `OpenFlow ${versionName(version)} has no match field ${f.name}: use OpenFlow ${versionList(f.versions)}`,
    );
  }
  const { size } = f.kind;
  if (!fits(value, size) || entry.header !== (mask === undefined ? f.header : f.maskedHeader)) misfit(entry);
  if (mask !== undefined && !fits(mask, size)) misfit(entry);
  writeValue(c.dv, q + 4, size, value as number | bigint);
  if (mask === undefined) return q + 4 + size;
  writeValue(c.dv, q + 4 + size, size, mask);
  return q + 4 + 2 * size;
}

const codecs = new Map<Version, Codec<Match>>();

/** The list of OXMs in ofp_match: type 1, length without padding, padded to 8 bytes. OpenFlow 1.3 §7.2.3.1 */
function oxmMatchCodec(version: Version): Codec<Match> {
  const bounds = (c: Chunk, p: number, end: number): number => {
    if (end - p < 8) fail(LENGTH, "a match is cut short", p);
    if (c.dv.getUint16(p) !== 1) fail("OFPBMC_BAD_TYPE", `match type ${c.dv.getUint16(p)}`, p);
    return boundedEnd(p, end, 4, c.dv.getUint16(p + 2), LENGTH);
  };
  return {
    extent(c, p, end) {
      const e = p + ((bounds(c, p, end) - p + 7) & ~7);
      if (e > end) fail(LENGTH, "the padding of a match is missing", p);
      return e;
    },
    check(c, p, end) {
      const e = bounds(c, p, end);
      for (let q = p + 4; q < e; ) {
        const next = oxmEnd(c, q, e);
        const header = c.dv.getUint32(q);
        const f = fieldOfHeader(header);
        if (f !== undefined && next - q - 4 !== widthOf(f, header) && f.versions.includes(version))
          fail(LENGTH, `${f.name} has ${next - q - 4} bytes`, q);
        q = next;
      }
    },
    decode(c, p, end) {
      const e = bounds(c, p, end);
      const entries: MatchEntry[] = [];
      for (let q = p + 4; q < e; ) {
        const next = oxmEnd(c, q, e);
        entries.push(decodeOxm(c, q, next, version));
        q = next;
      }
      return entries.length === 0 ? ANY_PACKET : new Match(entries);
    },
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
  toJSON: (match) => match.toJSON(),
  fromJSON: (json) => Match.fromJSON(json),
};

/** A field that holds a match; every packet unless given. */
export const match = (note?: FieldNote): Field<Match> => field(OXM_MATCH, ANY_PACKET, note);

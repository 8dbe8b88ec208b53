import { type Chunk, fromHex, toHex } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import type { Json, Version } from "../../schema/mod.js";
import { OXM, OXM_FIELDS, type OxmField, type OxmName, type OxmValues } from "./fields.js";

/** A value of which only the bits set in the mask count. */
export interface Masked<T> {
  readonly value: T;
  readonly mask: T;
}

/** A masked value for {@link Match.of}: `ipv4Dst: masked(0x0a000000, 0xff000000)`. Bits outside the mask are cleared. */
export function masked<T extends number | bigint>(value: T, mask: T): Masked<T> {
  return { value: and(value, mask) as T, mask };
}

/** The fields that a match is made from; those left out match anything. */
export type MatchInit = { readonly [K in OxmName]?: OxmValues[K] | Masked<OxmValues[K]> | undefined };

/** One field of a match, or an OXM that no table knows. */
export class MatchEntry {
  /** The field; undefined for one that is unknown. */
  readonly field: OxmField | undefined;
  /** The 32 bits in front of the value on the wire. */
  readonly header: number;
  /** The value; for an unknown field all bytes behind the header. */
  readonly value: number | bigint | Uint8Array;
  /** The bits of the value that count; undefined where all do. */
  readonly mask: number | bigint | undefined;

  constructor(field: OxmField | undefined, header: number, value: number | bigint | Uint8Array, mask: number | bigint | undefined) {
    this.field = field;
    this.header = header;
    this.value = value;
    this.mask = mask;
  }
}

/** `a & b` for two numbers of up to 48 bits or two bigints. */
export function and(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === "bigint" || typeof b === "bigint") return BigInt(a) & BigInt(b);
  if (a <= 0xffffffff && b <= 0xffffffff) return (a & b) >>> 0;
  const high = Math.floor(a / 4294967296) & Math.floor(b / 4294967296);
  return high * 4294967296 + ((a & b) >>> 0);
}

const zeroOf = (field: OxmField): number | bigint => (field.kind.size >= 8 ? 0n : 0);

const isMasked = (v: unknown): v is Masked<number | bigint> => typeof v === "object" && v !== null && "mask" in v;

function entryOf(field: OxmField, given: number | bigint | Masked<number | bigint>): MatchEntry | undefined {
  const value = isMasked(given) ? given.value : given;
  const mask = isMasked(given) ? given.mask : undefined;
  for (const v of [value, mask]) {
    if (v === undefined) continue;
    const fits = typeof v === typeof field.exact && v >= 0 && v <= field.exact && (typeof v === "bigint" || Number.isInteger(v));
    if (!fits) {
      const type = field.kind.size >= 8 ? "a bigint" : "a number";
      throw new SouthboundError("ERR_RANGE", `Match.${field.name}: ${String(v)} is not ${type} of ${field.bits} bits`);
    }
  }
  if (mask === undefined || mask === field.exact) return new MatchEntry(field, field.header, value, undefined);
  if (mask === zeroOf(field)) return undefined;
  if (field.maskable === "no") throw new SouthboundError("ERR_RANGE", `Match.${field.name} takes no mask`);
  return new MatchEntry(field, field.maskedHeader, and(value, mask), mask);
}

/**
 * What a flow matches on: fields with their values, in the order in which they stand on the wire. A match does not change; {@link Match.with} makes
 * another one. Each field is also a property: `match.ethType` is its value, undefined where it is not matched on. OpenFlow 1.3 §7.2.3
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the loop at the end defines the properties that the interface declares
export class Match {
  /** The fields in order. */
  readonly entries: readonly MatchEntry[];

  constructor(entries: readonly MatchEntry[] = []) {
    this.entries = entries;
  }

  /** A match on these fields, in canonical order. Throws `ERR_RANGE` for a value that its field cannot hold. */
  static of(init: MatchInit = {}): Match {
    const entries: MatchEntry[] = [];
    for (const field of OXM_FIELDS) {
      const given = init[field.name as OxmName];
      const entry = given === undefined ? undefined : entryOf(field, given);
      if (entry !== undefined) entries.push(entry);
    }
    return new Match(entries);
  }

  /** The same match with these fields put in or replaced; a field given as undefined stays as it is. */
  with(init: MatchInit): Match {
    const added = Match.of(init).entries;
    const kept = this.entries.filter((e) => !added.some((a) => a.field === e.field));
    const all = [...kept, ...added].sort((a, b) => (a.field?.index ?? OXM_FIELDS.length) - (b.field?.index ?? OXM_FIELDS.length));
    return new Match(all);
  }

  /** The value of a field; undefined where the match does not have it. */
  get<K extends OxmName>(name: K): OxmValues[K] | undefined {
    const field = OXM[name] as OxmField;
    for (const e of this.entries) if (e.field === field) return e.value as OxmValues[K];
    return undefined;
  }

  /** The mask of a field; undefined where the match does not have the field, or has all of it. */
  maskOf<K extends OxmName>(name: K): OxmValues[K] | undefined {
    const field = OXM[name] as OxmField;
    for (const e of this.entries) if (e.field === field) return e.mask as OxmValues[K] | undefined;
    return undefined;
  }

  /** Whether nothing is matched on, so that every packet matches. */
  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  /** A text that is the same for two matches of the same fields, values and masks in any order, and differs otherwise. */
  get key(): string {
    return this.entries
      .map(
        (e) =>
          `${e.header.toString(16)}=${e.value instanceof Uint8Array ? toHex(e.value) : e.value.toString(16)}/${e.mask?.toString(16) ?? ""}`,
      )
      .sort()
      .join(",");
  }

  /** Whether both match the same packets by the same fields. */
  equals(other: Match): boolean {
    return this.key === other.key;
  }

  /**
   * Why a switch has to refuse the match, by the name of the OpenFlow error; undefined for a good one: unknown fields, a field twice, a mask
   * where there may be none, bits outside a mask or beyond a field, a prerequisite that does not hold. OpenFlow 1.3 §7.2.3.6
   */
  fault(version: Version): string | undefined {
    for (const [i, e] of this.entries.entries()) {
      const { field, value, mask } = e;
      if (field === undefined || value instanceof Uint8Array || !field.versions.includes(version)) return "OFPBMC_BAD_FIELD";
      if (this.entries.findIndex((o) => o.field === field) !== i) return "OFPBMC_DUP_FIELD";
      if (mask !== undefined && field.maskable === "no") return "OFPBMC_BAD_MASK";
      if (mask !== undefined && and(value, mask) !== value) return "OFPBMC_BAD_WILDCARDS";
      if (value > field.exact) return "OFPBMC_BAD_VALUE";
      for (const [name, allowed] of Object.entries(field.requires)) {
        const found = this.entries.find((o) => o.field?.name === name);
        if (found === undefined || found.mask !== undefined || !allowed.includes(found.value as number)) return "OFPBMC_BAD_PREREQ";
      }
    }
    return undefined;
  }

  /**
   * The fields by name; a masked one as `{value, mask}`, unknown ones as a list of bytes in hexadecimal under `unknown`. A match that
   * this form cannot hold, with a field twice or an unknown field before a known one, is a list of such forms and bytes in their order.
   */
  toJSON(): Json {
    const json: { [key: string]: Json } = {};
    const unknown: Json[] = [];
    for (const e of this.entries) {
      if (e.field === undefined) unknown.push(unknownJSON(e));
      else if (unknown.length > 0 || Object.hasOwn(json, e.field.name)) return this.entries.map(entryJSON);
      else json[e.field.name] = valueJSON(e);
    }
    if (unknown.length > 0) json.unknown = unknown;
    return json;
  }

  /** From the form of {@link toJSON}; known fields take the order in which they stand there, unknown ones come last. Throws `ERR_USAGE`. */
  static fromJSON(json: Json): Match {
    if (Array.isArray(json)) return new Match(json.flatMap((x) => (typeof x === "string" ? unknownEntry(x) : Match.fromJSON(x).entries)));
    if (typeof json !== "object" || json === null) throw new SouthboundError("ERR_USAGE", `${JSON.stringify(json)} is not a match`);
    const entries: MatchEntry[] = [];
    for (const [name, v] of Object.entries(json)) {
      if (name === "unknown" && Array.isArray(v)) continue;
      const field = Object.hasOwn(OXM, name) ? (OXM[name as OxmName] as OxmField) : undefined;
      if (field === undefined)
        throw new SouthboundError("ERR_USAGE", `a match has no field ${JSON.stringify(name)}: use one of ${Object.keys(OXM).join(", ")}`);
      const both = typeof v === "object" && v !== null && !Array.isArray(v) ? v : undefined;
      const value = field.kind.fromJSON(both === undefined ? v : (both.value ?? null));
      const mask = both === undefined ? undefined : field.kind.fromJSON(both.mask ?? null);
      entries.push(new MatchEntry(field, mask === undefined ? field.header : field.maskedHeader, value, mask));
    }
    for (const hex of Array.isArray(json.unknown) ? json.unknown : []) entries.push(unknownEntry(hex));
    return new Match(entries);
  }
}

function valueJSON({ field, value, mask }: MatchEntry): Json {
  const { kind } = field!;
  return mask === undefined ? kind.toJSON(value as never) : { value: kind.toJSON(value as never), mask: kind.toJSON(mask) };
}

const unknownJSON = ({ header, value }: MatchEntry): string => header.toString(16).padStart(8, "0") + toHex(value as Uint8Array);

const entryJSON = (e: MatchEntry): Json => (e.field === undefined ? unknownJSON(e) : { [e.field.name]: valueJSON(e) });

function unknownEntry(hex: Json): MatchEntry {
  const raw = fromHex(String(hex));
  if (raw.length < 4) throw new SouthboundError("ERR_USAGE", `${JSON.stringify(hex)} is not an OXM in hexadecimal`);
  return new MatchEntry(undefined, new DataView(raw.buffer, raw.byteOffset).getUint32(0), raw.slice(4), undefined);
}

/** The match on every packet. */
export const ANY_PACKET: Match = new Match([]);

for (const field of OXM_FIELDS) {
  Object.defineProperty(Match.prototype, field.name, {
    get(this: Match) {
      return this.get(field.name as OxmName);
    },
  });
}

export interface Match extends Readonly<Partial<OxmValues>> {
  /** Writes the match as a list of OXMs; only matches of a fixed shape have it. */
  putOxm?(c: Chunk, p: number, version: Version): number;
  /** Writes the match as OpenFlow 1.0 has it; only matches of a fixed shape have it. */
  put10?(c: Chunk, p: number): number;
}

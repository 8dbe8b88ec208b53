import { type Chunk, copyBytes, fromHex, toHex, viewOf } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { INSPECT, type Json, type Version } from "../../schema/mod.js";
import type { OxmValue } from "./field-spec.js";
import { OXM, OXM_FIELDS, type OxmField, type OxmLiterals, type OxmName, type OxmValues } from "./fields.js";
import { and, type Masked } from "./masked.js";
import { entryText, MatchEntry, unknownJSON } from "./match-entry.js";
import { checkVlan, fieldNamed, matchValue } from "./match-literal.js";
import { matchMaker } from "./match-maker.js";
import { OPTION_BYTES } from "./option.js";

/** A masked value for {@link Match.of}: `ipv4Dst: masked(0x0a000000, 0xff000000)`. Bits outside the mask are cleared. */
export function masked<T extends OxmValue>(value: T, mask: T): Masked<T> {
  return { value: cleared(value, mask) as T, mask };
}

/** The fields that a match is made from; those left out match anything. Addresses may be text, with a prefix or a mask behind a slash: `10.0.0.0/24`. */
export type MatchInit = { readonly [K in OxmName]?: OxmLiterals[K] | Masked<OxmLiterals[K]> };

/**
 * The bytes of a match of OpenFlow 1.0 or 1.1 that says more than its fields, such as a port without a protocol, which counts for nothing. They are sent again as they are
 * to a peer of the same version.
 */
export interface MatchWire {
  /** 1 is OpenFlow 1.0, 2 is 1.1. */
  readonly version: 1 | 2;
  /** The whole structure; a copy. */
  readonly bytes: Uint8Array;
}

/** The value without the bits outside the mask. */
function cleared(value: OxmValue, mask: OxmValue): OxmValue {
  if (value instanceof Uint8Array) return value.map((b, i) => b & ((mask as Uint8Array)[i] ?? 0));
  return and(value, mask as number | bigint);
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((v, i) => v === b[i]);

/** Whether a value has bits outside its mask. */
export function hasStrayBits(value: OxmValue, mask: OxmValue): boolean {
  const kept = cleared(value, mask);
  return value instanceof Uint8Array ? !sameBytes(kept as Uint8Array, value) : kept !== value;
}

/** Whether a value is one that its field can have. */
function isOf(field: OxmField, v: OxmValue): boolean {
  if (field.kind.size === 0) return v instanceof Uint8Array && v.length > 0 && v.length <= OPTION_BYTES;
  return (
    typeof v === typeof field.exact && (v as number) >= 0 && (v as number) <= field.exact && (typeof v === "bigint" || Number.isInteger(v))
  );
}

const isMasked = (v: unknown): v is Masked<OxmValue> => typeof v === "object" && v !== null && "mask" in v;

/** Bytes as a copy, so that a match does not change with those that it was made of. */
const ownValue = <T extends OxmValue>(v: T): T | Uint8Array => (v instanceof Uint8Array ? copyBytes(v) : v);

function entryOf(field: OxmField, given: OxmValue | Masked<OxmValue>): MatchEntry | undefined {
  const value = ownValue(isMasked(given) ? given.value : given);
  const mask = isMasked(given) ? ownValue(given.mask) : undefined;
  for (const v of [value, mask]) {
    if (v === undefined || isOf(field, v)) continue;
    const { size } = field.kind;
    const what = size === 0 ? `1 to ${OPTION_BYTES} bytes` : `${size >= 8 ? "a bigint" : "a number"} of ${field.bits} bits`;
    throw new SouthboundError("ERR_RANGE", `Match.${field.name}: ${String(v)} is not ${what}`);
  }
  if (mask === undefined || mask === field.exact) return new MatchEntry(field, 0, value, undefined);
  // a tunnel's option without bits that count is matched on being there
  if (mask === 0 || mask === 0n) return undefined;
  if (field.maskable === "no") throw new SouthboundError("ERR_RANGE", `Match.${field.name} takes no mask`);
  if (mask instanceof Uint8Array && mask.length !== (value as Uint8Array).length)
    throw new SouthboundError("ERR_RANGE", `Match.${field.name}: value and mask are not of the same length`);
  return new MatchEntry(field, 0, cleared(value, mask), mask);
}

/** The fields of a literal, in canonical order. Throws as {@link Match.of} does. */
export function entriesOf(init: MatchInit): MatchEntry[] {
  const entries: MatchEntry[] = [];
  let last = -1;
  let sorted = true;
  for (const name of Object.keys(init)) {
    const field = fieldNamed(name);
    const entry = entryOf(field, matchValue(field, init[name as OxmName]));
    if (entry === undefined) continue;
    entries.push(entry);
    sorted &&= field.index > last;
    last = field.index;
  }
  if (!sorted) entries.sort((a, b) => a.field!.index - b.field!.index);
  return entries;
}

/**
 * What a flow matches on: fields with their values, in the order in which they stand on the wire. A match does not change; {@link Match.with} makes
 * another one. Each field is also a property: `match.ethType` is its value, undefined where it is not matched on. OpenFlow 1.3 §7.2.3
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the loop at the end defines the properties that the interface declares
export class Match {
  /** The fields in order. */
  readonly entries: readonly MatchEntry[];
  /** The structure that the match was received in, where the fields do not carry all of it. */
  readonly wire: MatchWire | undefined;

  constructor(entries: readonly MatchEntry[] = [], wire?: MatchWire) {
    this.entries = entries;
    this.wire = wire;
  }

  /**
   * A match on these fields, in canonical order.
   * @throws SouthboundError `ERR_USAGE` for a name that is none of a field, with what may have been meant, and for undefined; `ERR_RANGE` for a value that its field cannot hold
   */
  static of(init: MatchInit = {}): Match {
    const entries = entriesOf(init);
    for (const { field, value, mask } of entries) if (field === (OXM.vlanVid as OxmField) && mask === undefined) checkVlan(value);
    return new Match(entries);
  }

  /**
   * Makes a constructor of matches that give just these fields, without masks, for hot code: `const match = Match.maker("inPort", "ethDst")` once at module level, then `match({ inPort, ethDst })` for each
   * message. Such a match is a small object whose encoder looks at nothing else, and reading one of its fields is reading a property; values are checked when it is encoded.
   * @throws SouthboundError `ERR_USAGE` for a name that is none of a field, with what may have been meant
   */
  static maker<N extends OxmName>(...names: readonly [N, ...N[]]): (init: { readonly [K in N]: OxmValues[K] }) => Match {
    return matchMaker<Match>(Match.prototype, (entries) => new Match(entries), names);
  }

  /** The same match with these fields put in or replaced; a field given as undefined stays as it is. Throws as {@link Match.of} does. */
  with(init: { readonly [K in OxmName]?: MatchInit[K] | undefined }): Match {
    const given = Object.fromEntries(Object.entries(init).filter(([, value]) => value !== undefined));
    const added = Match.of(given).entries;
    const kept = this.entries.filter((e) => !added.some((a) => a.field === e.field));
    const all = [...kept, ...added].sort((a, b) => (a.field?.index ?? OXM_FIELDS.length) - (b.field?.index ?? OXM_FIELDS.length));
    return new Match(all);
  }

  /** The value of a field; undefined where the match does not have it. */
  get<K extends OxmName>(name: K): OxmValues[K] | undefined {
    return valueIn(this, fieldNamed(name)) as OxmValues[K] | undefined;
  }

  /** The mask of a field; undefined where the match does not have the field, or has all of it. */
  maskOf<K extends OxmName>(name: K): OxmValues[K] | undefined {
    const field = fieldNamed(name);
    for (const e of this.entries) if (e.field === field) return e.mask as OxmValues[K] | undefined;
    return undefined;
  }

  /** Whether nothing is matched on, so that every packet matches. */
  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  /** A text that is the same for two matches of the same fields, values and masks in any order and form, and differs otherwise. */
  get key(): string {
    return this.entries
      .map((e) => `${e.field?.name ?? e.header.toString(16)}=${hexOf(e.value)}/${e.mask === undefined ? "" : hexOf(e.mask)}`)
      .sort()
      .join(",");
  }

  /** Whether both match the same packets by the same fields. */
  equals(other: Match): boolean {
    return this.key === other.key;
  }

  /**
   * The fields by name; a masked one as `{value, mask}`, one in another form than the version's with its `header` too, unknown ones as a list of bytes in hexadecimal under `unknown`. A match that
   * this form cannot hold, with a field twice or an unknown field before a known one, is a list of such forms and bytes in their order. The bytes of {@link wire} stand under `wire10` or
   * `wire11`.
   */
  toJSON(): Json {
    const json = fieldsJSON(this.entries);
    if (this.wire === undefined) return json;
    const wire = { [WIRE[this.wire.version]]: toHex(this.wire.bytes) };
    return Array.isArray(json) ? [...json, wire] : { ...(json as object), ...wire };
  }

  /** The fields in one line for people, such as `{ ethType: 2048, ipv4Dst: 10.0.0.0/255.0.0.0 }`; `console.log` of Node prints the same. */
  toString(): string {
    const parts = this.entries.map(entryText);
    return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
  }

  /** For `console.log` of Node. */
  [INSPECT](): string {
    return `Match ${this}`;
  }

  /** From the form of {@link toJSON}; known fields take the order in which they stand there, unknown ones come last. Throws `ERR_USAGE`. */
  static fromJSON(json: Json): Match {
    if (Array.isArray(json)) {
      const parts = json.map((x) => (typeof x === "string" ? new Match([unknownEntry(x)]) : Match.fromJSON(x)));
      return new Match(
        parts.flatMap((m) => m.entries),
        parts.at(-1)?.wire,
      );
    }
    if (typeof json !== "object" || json === null) throw new SouthboundError("ERR_USAGE", `${JSON.stringify(json)} is not a match`);
    const entries: MatchEntry[] = [];
    for (const [name, v] of Object.entries(json)) {
      if ((name === "unknown" && Array.isArray(v)) || name === WIRE[1] || name === WIRE[2]) continue;
      const field = Object.hasOwn(OXM, name) ? (OXM[name as OxmName] as OxmField) : undefined;
      if (field === undefined)
        throw new SouthboundError("ERR_USAGE", `a match has no field ${JSON.stringify(name)}: use one of ${Object.keys(OXM).join(", ")}`);
      const whole = typeof v === "object" && v !== null && !Array.isArray(v) ? v : undefined;
      const value = field.kind.fromJSON(whole === undefined ? v : (whole.value ?? null));
      const mask = whole?.mask === undefined ? undefined : field.kind.fromJSON(whole.mask);
      entries.push(new MatchEntry(field, whole?.header === undefined ? 0 : headerFrom(whole.header), value, mask));
    }
    for (const hex of Array.isArray(json.unknown) ? json.unknown : []) entries.push(unknownEntry(hex));
    return new Match(entries, wireFrom(json, 1) ?? wireFrom(json, 2));
  }
}

function fieldsJSON(entries: readonly MatchEntry[]): Json {
  const json: { [key: string]: Json } = {};
  const unknown: Json[] = [];
  for (const e of entries) {
    if (e.field === undefined) unknown.push(unknownJSON(e));
    else if (unknown.length > 0 || Object.hasOwn(json, e.field.name)) return entries.map(entryJSON);
    else json[e.field.name] = valueJSON(e);
  }
  if (unknown.length > 0) json.unknown = unknown;
  return json;
}

function valueJSON({ field, header, value, mask }: MatchEntry): Json {
  const { kind } = field!;
  if (mask === undefined && header === 0) return kind.toJSON(value);
  return {
    value: kind.toJSON(value),
    ...(mask === undefined ? {} : { mask: kind.toJSON(mask) }),
    ...(header === 0 ? {} : { header: header.toString(16).padStart(8, "0") }),
  };
}

function headerFrom(json: Json): number {
  if (typeof json === "string" && /^[0-9a-f]{8}$/i.test(json)) return Number.parseInt(json, 16);
  throw new SouthboundError("ERR_USAGE", `${JSON.stringify(json)} is not an OXM header in hexadecimal`);
}

const hexOf = (v: OxmValue): string => (v instanceof Uint8Array ? toHex(v) : v.toString(16));

const entryJSON = (e: MatchEntry): Json => (e.field === undefined ? unknownJSON(e) : { [e.field.name]: valueJSON(e) });

function unknownEntry(hex: Json): MatchEntry {
  const raw = fromHex(String(hex));
  if (raw.length < 4) throw new SouthboundError("ERR_USAGE", `${JSON.stringify(hex)} is not an OXM in hexadecimal`);
  return new MatchEntry(undefined, viewOf(raw).getUint32(0), copyBytes(raw, 4), undefined);
}

const WIRE = { 1: "wire10", 2: "wire11" } as const;

function wireFrom(json: { readonly [key: string]: Json }, version: 1 | 2): MatchWire | undefined {
  const hex = json[WIRE[version]];
  if (hex === undefined) return undefined;
  const bytes = fromHex(String(hex));
  if (version === 1 ? bytes.length !== 40 : bytes.length === 0 || bytes.length % 8 !== 0)
    throw new SouthboundError("ERR_USAGE", `${WIRE[version]} holds ${bytes.length} bytes, which is no match`);
  return { version, bytes };
}

/** The match on every packet. */
export const ANY_PACKET: Match = new Match([]);

function valueIn({ entries }: Match, field: OxmField): OxmValue | undefined {
  for (const e of entries) if (e.field === field) return e.value;
  return undefined;
}

for (const field of OXM_FIELDS) {
  Object.defineProperty(Match.prototype, field.name, {
    get(this: Match) {
      return valueIn(this, field);
    },
  });
}

export interface Match extends Readonly<Partial<OxmValues>> {
  /** Writes the match as a list of OXMs; only what a maker has made has it. */
  putOxm?(c: Chunk, p: number, version: Version): number;
  /** Writes the match as OpenFlow 1.0 has it; only what a maker has made has it. */
  put10?(c: Chunk, p: number): number;
}

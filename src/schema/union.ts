import { type Chunk, fromHex, toHex } from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";
import { type StructClass, structClass } from "./class.js";
import { compile } from "./compile.js";
import type { Fields, Shape } from "./field.js";
import type { Instance } from "./instance.js";
import type { Codec, Json, Mode } from "./kind.js";
import { byVersion, type Slot } from "./layout.js";
import type { Element } from "./list.js";
import { FIXED_TAG, fixedSource } from "./maker.js";
import type { Head, HeadField } from "./plan.js";
import { explained } from "./specialise.js";
import { type Version, type VersionRange, versionList, versionName } from "./version.js";
import { elementEnd, type Frame, padTo } from "./walk.js";

/** Where one part of a key stands in an element. */
export interface KeyPart {
  readonly at: number;
  readonly size: 1 | 2 | 4;
  /** The OpenFlow error that answers an element whose number here is not in the table; that of the whole union unless given. */
  readonly reason?: string;
}

/** What all elements of a union begin with: their length, and the numbers that tell which they are. */
export interface UnionHeader {
  readonly frame: Frame;
  /** Constants besides the key and the length, such as the version byte of a message. */
  readonly constants?: (version: Version, key: readonly number[]) => Head["constants"];
  /** Where the slots begin at the least; behind the frame's minimum and the key where not given. */
  readonly body?: (version: Version, key: readonly number[]) => number;
  /** Where an element has the version as a byte: one that is not known is refused in any other version, since it is sent as its bytes. */
  readonly versionAt?: number;
  /** Fields that every element has before its slots. */
  readonly fields?: Head["fields"];
  /**
   * Where the next part of a key stands, after the parts in `prefix`: an action's type, and behind the type of experimenters the experimenter,
   * and behind that the experimenter's own type. Undefined where no more is known.
   */
  part(version: Version, prefix: readonly number[]): KeyPart | undefined;
}

/** One entry in some versions: the numbers that tell it, and its slots behind them. */
export interface EntryLayout<F> {
  readonly key: readonly number[];
  readonly slots: readonly Slot<F>[];
}

/** The layouts of an entry. */
export type EntryLayouts<F> = Readonly<Partial<Record<VersionRange, EntryLayout<F>>>>;

/** An entry of a union: a class, with its key in each version. */
export interface EntryClass<F extends Fields, T, B = unknown> extends StructClass<F, T, B> {
  /** The name by which JSON and `switch` tell it. */
  readonly entryName: string;
  /** The key in a version, of the standard's form or another one; undefined where the version does not have the entry in that form. */
  keyOf(version: Version, variant?: string): readonly number[] | undefined;
  /** The layout that the table has for a version and form, with whatever columns it has besides; undefined as for {@link keyOf}. */
  layoutOf(version: Version, variant?: string): EntryLayout<F> | undefined;
  /** For the codecs: a number that no other class has. */
  readonly tag: number;
}

let tags = FIXED_TAG;

/** No key has more parts than this, whatever a header says. */
const MAX_PARTS = 8;

/** Makes a class whose objects are elements with a header. `base`, `members` and `opaque` as in {@link structClass}; `headFields` stand in the header of these elements alone. */
export function entryClass<F extends Fields, T, B = unknown>(
  name: string,
  entryName: string,
  header: UnionHeader,
  fields: F,
  layouts: EntryLayouts<F>,
  options: {
    readonly base?: Readonly<Record<string, unknown>>;
    readonly members?: object;
    readonly opaque?: boolean;
    readonly headFields?: readonly HeadField[];
    readonly variants?: Readonly<Record<string, EntryLayouts<F>>>;
  } = {},
): EntryClass<F, T, B> {
  const found = new Map([["", byVersion<EntryLayout<F>>(name, layouts)]]);
  const slotsOf = (from: EntryLayouts<F>): Record<string, readonly Slot<F>[]> =>
    Object.fromEntries((Object.entries(from) as [string, EntryLayout<F>][]).map(([range, layout]) => [range, layout.slots]));
  const variants: Record<string, Record<string, readonly Slot<F>[]>> = {};
  for (const [variant, more] of Object.entries(options.variants ?? {})) {
    found.set(variant, byVersion<EntryLayout<F>>(name, more));
    variants[variant] = slotsOf(more);
  }
  const slots = slotsOf(layouts);
  const head = (version: Version, variant: string): Head => {
    const { key } = found.get(variant)!.get(version)!;
    const constants = [...(header.constants?.(version, key) ?? [])];
    let start = Math.max(header.frame.min, header.body?.(version, key) ?? 0);
    key.forEach((value, i) => {
      const part = header.part(version, key.slice(0, i));
      if (part === undefined) throw new TypeError(`${name}: its key has more parts than the header`);
      constants.push([part.at, part.size, value]);
      start = Math.max(start, part.at + part.size);
    });
    return {
      constants,
      fields: [...(header.fields ?? []), ...(options.headFields ?? [])],
      start,
      lengthAt: header.frame.lengthAt,
      align: header.frame.align,
      counted: header.frame.counted,
    };
  };
  tags += 1;
  const tag = tags;
  const made = structClass<F, T>(name, fields, slots, {
    head,
    ...(options.opaque === undefined ? {} : { opaque: options.opaque }),
    reason: header.frame.reason,
    ...(options.base === undefined ? {} : { base: options.base }),
    ...(options.variants === undefined ? {} : { variants }),
    members: Object.defineProperties(members(options.members), { type: { value: entryName, enumerable: true }, tag: { value: tag } }),
  });
  return Object.assign(made, {
    entryName,
    tag,
    keyOf: (version: Version, variant = "") => found.get(variant)?.get(version)?.key,
    layoutOf: (version: Version, variant = "") => found.get(variant)?.get(version),
  }) as EntryClass<F, T, B>;
}

const members = (given: object | undefined): object => Object.defineProperties({}, Object.getOwnPropertyDescriptors(given ?? {}));

/** An element that no entry of its union describes in the version it was received in. It is sent again byte for byte. */
export class UnknownElement implements Instance {
  /** Tells it from the entries. */
  readonly type = "unknown";
  /** The parts of its key, as far as the header tells where they stand. */
  readonly key: readonly number[];
  /** The whole element, its header included. */
  readonly bytes: Uint8Array;

  constructor(key: readonly number[], bytes: Uint8Array) {
    this.key = key;
    this.bytes = bytes;
  }

  /** The bytes are a copy already. */
  own(): this {
    return this;
  }

  toJSON(): Json {
    return { type: "unknown", key: [...this.key], bytes: toHex(this.bytes) };
  }
}

/** One entry of a union in one of its forms; see `StructClass.variants`. */
export interface EntryForm {
  // biome-ignore lint/suspicious/noExplicitAny: a table of many classes
  readonly entry: EntryClass<any, any, any>;
  readonly variant: string;
}

/** A table of entries of which each element is one. */
export interface Union<T> extends Element<T | UnknownElement> {
  /** The classes, in the order of the table. */
  // biome-ignore lint/suspicious/noExplicitAny: a table of many classes
  readonly entries: readonly EntryClass<any, any, any>[];
  /** The OpenFlow error that answers an element that is not in the table. */
  readonly unknownReason: string;
  /** The same for the key of one element, by the first part of it that is not in the table; the header's own error where the element ends before the next part. */
  reasonOf(version: Version, key: readonly number[]): string;
  /** The type of the element in [p, end), without decoding it; `unknown` for one that is not in the table. */
  typeAt(version: Version, c: Chunk, p: number, end: number): string;
  /** The entry and form of the element in [p, end), without decoding it: one and the same object for one form. Undefined for an element that is not in the table. */
  formAt(version: Version, c: Chunk, p: number, end: number): EntryForm | undefined;
}

/** What a union's classes make: `Member<typeof ACTIONS>` is every action that has a class. */
export type Member<U> = U extends Union<infer T> ? T : never;

interface Node {
  entry: number;
  readonly next: Map<number, Node>;
}

/**
 * Makes a union from its entries.
 * @throws TypeError where two entries have one key
 */
// biome-ignore lint/suspicious/noExplicitAny: a table of many classes
export function union<const E extends readonly EntryClass<any, any, any>[]>(
  name: string,
  header: UnionHeader,
  unknownReason: string,
  entries: E,
): Union<InstanceType<E[number]>> {
  type T = InstanceType<E[number]>;
  const names = new Set(["unknown"]);
  for (const { entryName, name: className } of entries) {
    if (names.has(entryName)) throw new TypeError(`${name}: ${className} has the type ${JSON.stringify(entryName)}, which another one has`);
    names.add(entryName);
  }
  /** 1 at the tag of each entry. */
  const mine = new Uint8Array(1 + Math.max(FIXED_TAG, ...entries.map((e) => e.tag)));
  for (const { tag } of entries) mine[tag] = 1;
  /** Each entry in each of its forms: what the nodes of a trie name. */
  const forms = entries.flatMap((entry) => entry.variants.map((variant: string): EntryForm => ({ entry, variant })));
  const tries = new Map<Version, Node>();
  const trie = (version: Version): Node => {
    const made = tries.get(version);
    if (made !== undefined) return made;
    const root: Node = { entry: -1, next: new Map() };
    tries.set(version, root);
    forms.forEach(({ entry, variant }, i) => {
      const key = entry.keyOf(version, variant);
      if (key === undefined) return;
      let node = root;
      for (const k of key) {
        let next = node.next.get(k);
        if (next === undefined) {
          next = { entry: -1, next: new Map() };
          node.next.set(k, next);
        }
        node = next;
      }
      if (node.entry !== -1)
        throw new TypeError(`${name}: ${entry.name} and ${forms[node.entry]!.entry.name} have one key in version ${version}`);
      node.entry = i;
    });
    return root;
  };
  const keyAt = (version: Version, c: Chunk, p: number, end: number): number[] => {
    const key: number[] = [];
    for (
      let part = header.part(version, key);
      part !== undefined && key.length < MAX_PARTS && end - p >= part.at + part.size;
      part = header.part(version, key)
    ) {
      key.push(read(c, p, part));
    }
    return key;
  };
  /** The form of the element in [p, end) by the longest part of its key that is in the table; -1 for none. */
  const formAt = (root: Node, version: Version, c: Chunk, p: number, end: number): number => {
    let node = root;
    let best = root.entry;
    const prefix: number[] = [];
    for (;;) {
      const part = header.part(version, prefix);
      if (part === undefined || end - p < part.at + part.size) break;
      const k = read(c, p, part);
      const next = node.next.get(k);
      if (next === undefined) break;
      node = next;
      prefix.push(k);
      if (node.entry !== -1) best = node.entry;
    }
    return best;
  };
  const unknown = (version: Version) => (c: Chunk, p: number, end: number) =>
    new UnknownElement(keyAt(version, c, p, end), c.u8.slice(p, end));
  const extent: Codec<T>["extent"] = (c, p, end) => elementEnd(c, p, end, header.frame);

  const refuse = (version: Version, value: unknown): never => {
    const entry = entries.find((e) => e.is(value));
    throw entry === undefined
      ? new SouthboundError("ERR_RANGE", `${Object.prototype.toString.call(value)} is not one of ${name}: make it with one of its classes`)
      : new SouthboundError(
          "ERR_UNSUPPORTED",
          `OpenFlow ${versionName(version)} has no ${name} ${entry.entryName}: use OpenFlow ${versionList(entry.versions)}`,
        );
  };
  const encodeUnknown = (version: Version) => {
    let root: Node | undefined;
    return (c: Chunk, p: number, value: unknown): number => {
      if (!(value instanceof UnknownElement)) return refuse(version, value);
      const { bytes } = value;
      const { frame, versionAt } = header;
      const said = bytes.length < frame.min ? -1 : (bytes[frame.lengthAt]! << 8) | bytes[frame.lengthAt + 1]!;
      if (said !== bytes.length || (frame.counted && said % frame.align !== 0))
        throw new SouthboundError("ERR_RANGE", `unknown ${name}: ${bytes.length} bytes that are not one element by their length field`);
      if (versionAt !== undefined && bytes[versionAt] !== version)
        throw new SouthboundError(
          "ERR_UNSUPPORTED",
          `unknown ${name} ${value.key.join("/")} of OpenFlow ${versionName(bytes[versionAt]!)} cannot be said in OpenFlow ${versionName(version)}: send it in its own version`,
        );
      c.u8.set(bytes, p);
      root ??= trie(version);
      const known = formAt(root, version, c, p, p + said);
      if (known !== -1)
        throw new SouthboundError(
          "ERR_UNSUPPORTED",
          `unknown ${name} ${value.key.join("/")} is ${forms[known]!.entry.entryName} in OpenFlow ${versionName(version)}: send it in the version that it was received in, or make it with its class`,
        );
      return frame.counted ? p + said : padTo(c, p + said, p, frame.align);
    };
  };

  const specialised = (version: Version): Codec<T | UnknownElement> => {
    const env: Record<string, unknown> = { other: unknown(version), otherwise: encodeUnknown(version) };
    const decoder = (i: number): string => {
      env[`get${i}`] ??= () => forms[i]!.entry.codec(version, "bare", forms[i]!.variant).decode;
      return `(k${i}??=get${i}())`;
    };
    const encoder = (i: number): string => {
      env[`put${i}`] ??= () => entries[i]!.codec(version, "bare").encode;
      return `(e${i}??=put${i}())`;
    };
    /** `best` is the entry with the longest part of the key so far; it takes what no entry below tells more exactly. */
    const emit = (node: Node, prefix: number[], above: number): string => {
      const best = node.entry === -1 ? above : node.entry;
      const part = node.next.size === 0 ? undefined : header.part(version, prefix);
      const fallback = best === -1 ? "return other(c,p,end);" : `return ${decoder(best)}(c,p,end);`;
      if (part === undefined) return fallback;
      const cases = [...node.next].map(([k, next]) => `case ${k}:{${emit(next, [...prefix, k], best)}}`).join("");
      return `if(end-p>=${part.at + part.size})switch(c.dv.getUint${8 * part.size}(p+${part.at})){${cases}}${fallback}`;
    };
    const decode = emit(trie(version), [], -1);
    const encode = entries.map((e, i) => (e.versions.includes(version) ? `case ${e.tag}:return ${encoder(i)}(c,p,v);` : "")).join("");
    const cells = [...forms.map((_, i) => `k${i}`), ...entries.map((_, i) => `e${i}`)];
    return compile(
      `let ${cells.length === 0 ? "k" : cells};return{decode(c,p,end){${decode}},encode(c,p,v){switch(v.tag){case ${FIXED_TAG}:${fixedSource(version)}break;${encode}}return otherwise(c,p,v)},extent}`,
      { ...env, extent, mine },
    );
  };

  const interpreted = (version: Version): Codec<T | UnknownElement> => {
    const root = trie(version);
    const other = unknown(version);
    const otherwise = encodeUnknown(version);
    return {
      decode(c, p, end) {
        const best = formAt(root, version, c, p, end);
        return best === -1
          ? other(c, p, end)
          : (forms[best]!.entry.codec(version, "interpreted", forms[best]!.variant).decode(c, p, end) as T);
      },
      encode(c, p, value) {
        const entry = entries.find((e) => e.is(value));
        return entry?.versions.includes(version) === true
          ? entry.codec(version, "interpreted").encode(c, p, value)
          : otherwise(c, p, value);
      },
      extent,
    };
  };

  const codecs = new Map<string, Codec<T | UnknownElement>>();
  return {
    name,
    size: 0,
    entries,
    unknownReason,
    reasonOf(version, key) {
      let node = trie(version);
      for (let i = 0; i < MAX_PARTS; i++) {
        const part = header.part(version, key.slice(0, i));
        if (part === undefined || node.next.size === 0) break;
        if (i === key.length) return header.frame.reason;
        const next = node.next.get(key[i]!);
        if (next === undefined) return part.reason ?? unknownReason;
        node = next;
      }
      return unknownReason;
    },
    typeAt(version, c, p, end) {
      const form = formAt(trie(version), version, c, p, end);
      return form === -1 ? "unknown" : forms[form]!.entry.entryName;
    },
    formAt: (version, c, p, end) => forms[formAt(trie(version), version, c, p, end)],
    frame: () => header.frame,
    exact: () => 0,
    codec(version: Version, mode: Mode) {
      const key = `${mode}${version}`;
      let codec = codecs.get(key);
      if (codec === undefined) {
        if (mode === "interpreted") codec = interpreted(version);
        else if (mode === "bare") codec = specialised(version);
        else {
          const first = `if(v.tag===${FIXED_TAG})${fixedSource(version)}`;
          codec = explained(this.codec(version, "bare"), () => this.codec(version, "interpreted"), first, { mine });
        }
        codecs.set(key, codec);
      }
      return codec;
    },
    toJSON: (value) => (value as Instance).toJSON(),
    fromJSON(json) {
      const type = typeof json === "object" && json !== null && !Array.isArray(json) ? json.type : undefined;
      if (type === "unknown") {
        const { key, bytes } = json as { key?: Json; bytes?: Json };
        if (typeof bytes === "string" && Array.isArray(key)) return new UnknownElement(key.map(Number), fromHex(bytes));
      }
      const entry = entries.find((e) => e.entryName === type);
      if (entry === undefined)
        throw new SouthboundError(
          "ERR_USAGE",
          `${JSON.stringify(type)} is no type of ${name}: use one of ${entries.map((e) => e.entryName).join(", ")}`,
        );
      return entry.fromJSON(json) as T;
    },
  };
}

function read(c: Chunk, p: number, part: KeyPart): number {
  return part.size === 1 ? c.dv.getUint8(p + part.at) : part.size === 2 ? c.dv.getUint16(p + part.at) : c.dv.getUint32(p + part.at);
}

/** The values of an entry's objects. */
export type EntryShape<N extends string, F> = Shape<F> & Instance & { readonly type: N };

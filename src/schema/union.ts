import { type Chunk, fromHex } from "../bytes/mod.js";
import { checkOptions, type OptionTable, SouthboundError, suggestion } from "../errors/mod.js";
import { compile } from "./compile.js";
import type { EntryClass, UnionHeader } from "./entry.js";
import type { Instance } from "./instance.js";
import { type EntryForm, type KeyNode, KeyTries } from "./key-trie.js";
import { type Codec, isWalking, type Json, type Mode } from "./kind.js";
import type { Element } from "./list.js";
import { FIXED_TAG, fixedSource } from "./maker.js";
import { explained } from "./specialise.js";
import { EncodedElement, UnknownElement } from "./unknown-element.js";
import { type Version, versionList, versionName } from "./version.js";
import { elementEnd, fail, padTo } from "./walk.js";

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

/** What a union has beside its entries. */
export interface UnionOptions {
  /**
   * For the mode `checked`: what is wrong with an element that is good in itself, by the name of an OpenFlow error; undefined for nothing. Unless given, an element that is not in the
   * table is answered as `Union.reasonOf` has it.
   */
  readonly check?: (element: object, version: Version) => string | undefined;
}

const UNION_OPTIONS: OptionTable<UnionOptions> = { check: "function" };

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
  options: UnionOptions = {},
): Union<InstanceType<E[number]>> {
  type T = InstanceType<E[number]>;
  checkOptions(name, options, UNION_OPTIONS);
  const names = new Set(["unknown"]);
  for (const { entryName, name: className } of entries) {
    if (names.has(entryName)) throw new TypeError(`${name}: ${className} has the type ${JSON.stringify(entryName)}, which another one has`);
    names.add(entryName);
  }
  /** 1 at the tag of each entry. */
  const mine = new Uint8Array(1 + Math.max(FIXED_TAG, ...entries.map((e) => e.tag)));
  for (const { tag } of entries) mine[tag] = 1;
  const keys = new KeyTries(name, header, entries);
  const unknown = (version: Version) => (c: Chunk, p: number, end: number) =>
    new UnknownElement(keys.keyAt(version, c, p, end), c.u8.slice(p, end));
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
  const encodeUnknown =
    (version: Version) =>
    (c: Chunk, p: number, value: unknown): number => {
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
      const known = value instanceof EncodedElement ? -1 : keys.formAt(version, c, p, p + said);
      if (known !== -1)
        throw new SouthboundError(
          "ERR_UNSUPPORTED",
          `unknown ${name} ${value.key.join("/")} is ${keys.forms[known]!.entry.entryName} in OpenFlow ${versionName(version)}: send it in the version that it was received in, or make it with its class`,
        );
      return frame.counted ? p + said : padTo(c, p + said, p, frame.align);
    };

  const specialised = (version: Version): Codec<T | UnknownElement> => {
    const { forms } = keys;
    const env: Record<string, unknown> = { other: unknown(version), otherwise: encodeUnknown(version) };
    const decoder = (i: number): string => {
      env[`get${i}`] ??= () => forms[i]!.entry.codec(version, "bare", forms[i]!.form).decode;
      return `(k${i}??=get${i}())`;
    };
    const encoder = (i: number): string => {
      env[`put${i}`] ??= () => entries[i]!.codec(version, "bare").encode;
      return `(e${i}??=put${i}())`;
    };
    /** `best` is the entry with the longest part of the key so far; it takes what no entry below has more exactly. */
    const emit = (node: KeyNode, prefix: number[], above: number): string => {
      const best = node.form === -1 ? above : node.form;
      const part = node.next.size === 0 ? undefined : header.part(version, prefix);
      const fallback = best === -1 ? "return other(c,p,end);" : `return ${decoder(best)}(c,p,end);`;
      if (part === undefined) return fallback;
      const cases = [...node.next].map(([k, next]) => `case ${k}:{\n${emit(next, [...prefix, k], best)}\n}`).join("\n");
      return `if(end-p>=${part.at + part.size})switch(c.dv.getUint${8 * part.size}(p+${part.at})){\n${cases}\n}\n${fallback}`;
    };
    const decode = emit(keys.rootOf(version), [], -1);
    const encode = entries.map((e, i) => (e.versions.includes(version) ? `case ${e.tag}:return ${encoder(i)}(c,p,v);\n` : "")).join("");
    const cells = [...forms.map((_, i) => `k${i}`), ...entries.map((_, i) => `e${i}`)];
    return compile(
      `let ${cells.length === 0 ? "k" : cells};
return{
decode(c,p,end){
${decode}
},
encode(c,p,v){
switch(v.tag){
case ${FIXED_TAG}:${fixedSource(version)}break;
${encode}}
return otherwise(c,p,v);
},
extent};`,
      { ...env, extent, mine },
      `${name.replaceAll(" ", "-")}/${versionName(version)}`,
    );
  };

  const checkedKeys = new KeyTries(name, header, entries, ({ entry, form }, version) => entry.layoutOf(version, form)?.unchecked !== true);
  const check =
    options.check ??
    ((element: object, version: Version): string | undefined =>
      element instanceof UnknownElement ? checkedKeys.reasonOf(version, element.key, unknownReason) : undefined);

  const walking = (version: Version, mode: "interpreted" | "checked"): Codec<T | UnknownElement> => {
    const found = mode === "checked" ? checkedKeys : keys;
    const { forms } = found;
    found.rootOf(version);
    const keyed: Codec<T>["extent"] = (c, p, end) => {
      const { entry, form } = found.checkedFormAt(version, c, p, end, unknownReason);
      return entry.codec(version, mode, form).extent(c, p, end);
    };
    const other = unknown(version);
    const otherwise = encodeUnknown(version);
    return {
      decode(c, p, end) {
        const best = found.formAt(version, c, p, end);
        const element =
          best === -1 ? other(c, p, end) : (forms[best]!.entry.codec(version, mode, forms[best]!.form).decode(c, p, end) as T & object);
        const wrong = mode === "checked" ? check(element, version) : undefined;
        return wrong === undefined ? element : fail(wrong, `this ${name}`, p);
      },
      encode(c, p, value) {
        const entry = entries.find((e) => e.is(value));
        return entry?.versions.includes(version) === true ? entry.codec(version, mode).encode(c, p, value) : otherwise(c, p, value);
      },
      extent: mode === "checked" && header.keyFirst !== undefined ? keyed : extent,
    };
  };

  const codecs = new Map<string, Codec<T | UnknownElement>>();
  return {
    name,
    size: 0,
    entries,
    unknownReason,
    reasonOf: (version, key) => keys.reasonOf(version, key, unknownReason),
    typeAt: (version, c, p, end) => keys.forms[keys.formAt(version, c, p, end)]?.entry.entryName ?? "unknown",
    formAt: (version, c, p, end) => keys.forms[keys.formAt(version, c, p, end)],
    frame: () => header.frame,
    exact: () => 0,
    codec(version: Version, mode: Mode) {
      const key = `${mode}${version}`;
      let codec = codecs.get(key);
      if (codec === undefined) {
        if (isWalking(mode)) codec = walking(version, mode);
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
          `${JSON.stringify(type)} is no type of ${name}${
            typeof type === "string"
              ? suggestion(
                  type,
                  entries.map((e) => e.entryName as string),
                )
              : ""
          }`,
        );
      return entry.fromJSON(json) as T;
    },
  };
}

import type { Fields } from "./field.js";
import { IPV4, IPV6, MAC, U8, U16, U24, U32, U64, U128 } from "./fixed-kinds.js";
import type { Kind } from "./kind.js";
import { Parts } from "./parts.js";
import { type Version, type VersionRange, versionsIn } from "./version.js";

const BUILT_IN = { u8: U8, u16: U16, u24: U24, u32: U32, u64: U64, u128: U128, mac: MAC, ipv4: IPV4, ipv6: IPV6 } as const;

/**
 * One slot of a layout:
 * - `name`: the field, as its own kind says; `name:u16` or `{ name: kind }`: the field, as another kind;
 * - `pad:6`: bytes that are written as zero and not looked at; `align:8`: such bytes up to a multiple of 8 from the start of the struct;
 * - `zero:6:ERROR`: bytes that are written as zero, and that are refused with this OpenFlow error where they are not; `zero:..:ERROR`: all bytes up to the end, which are written by the
 *   alignment of the struct alone; `zero:..6:ERROR`: at most 6 of them, where more are a bad length;
 * - `length`: 16 bits that hold the struct's own length in bytes, by which a list of such structs is walked;
 * - `lengthOf:name`: 16 bits that hold the length in bytes of the later field `name`;
 * - `countOf:name`: 16 bits that hold how many elements the later list `name` has, which are all of one size;
 * - a {@link Parts}: several fields at once, such as a list of properties;
 * - `end:ERROR`: nothing may follow, and more is answered with this OpenFlow error; without it, bytes behind the last slot are a bad length;
 * - `rest`: whatever more the peer sent is not looked at.
 */
export type Slot<F> =
  | (keyof F & string)
  | `${keyof F & string}:${keyof typeof BUILT_IN}`
  | `lengthOf:${keyof F & string}`
  | `countOf:${keyof F & string}`
  | `pad:${number}`
  | `align:${number}`
  | `zero:${number}:${string}`
  | `zero:..${number}:${string}`
  | `zero:..:${string}`
  | `end:${string}`
  | "length"
  | "rest"
  // biome-ignore lint/suspicious/noExplicitAny: each field accepts a kind of its own type; the struct checks the table when it is made
  | { readonly [K in keyof F]?: Kind<any> }
  | Parts;

/** The layouts of a struct: what it looks like in which versions. Versions that no range names do not have the struct. */
export type Layouts<F> = Readonly<Partial<Record<VersionRange, readonly Slot<F>[]>>>;

/** A slot, understood. */
export type Step =
  | { readonly op: "field"; readonly name: string; readonly kind: Kind<unknown> }
  | { readonly op: "parts"; readonly parts: Parts }
  | { readonly op: "pad"; readonly size: number }
  | { readonly op: "align"; readonly size: number }
  | ZeroStep
  | { readonly op: "end"; readonly reason: string }
  | { readonly op: "length" }
  | { readonly op: "lengthOf" | "countOf"; readonly name: string }
  | { readonly op: "rest" };

/** Bytes that must be zero. */
export interface ZeroStep {
  readonly op: "zero";
  /** How many they are; with `toEnd`, how many they are at most. */
  readonly size: number;
  /** Whether they go up to the end of the struct. */
  readonly toEnd: boolean;
  /** The OpenFlow error that answers another byte. */
  readonly reason: string;
}

const WORDS = new Set(["length", "rest", "pad", "align", "lengthOf", "countOf"]);

/** The name of an OpenFlow error. */
const ERROR = /^[A-Z]\w*$/;

/** A `zero` slot from what stands behind its colon; undefined for what is none. */
function zeroStep(size: string, reason: string | undefined): ZeroStep | undefined {
  const [, open, digits] = /^(\.\.)?([1-9]\d{0,3})?$/.exec(size) ?? [];
  if (reason === undefined || !ERROR.test(reason) || (open === undefined && digits === undefined)) return undefined;
  return { op: "zero", size: digits === undefined ? Number.POSITIVE_INFINITY : Number(digits), toEnd: open !== undefined, reason };
}

/** Understands one layout. Throws TypeError for a table that contradicts itself, when the module that holds the table is tested. */
export function steps(owner: string, fields: Fields, layout: readonly unknown[]): readonly Step[] {
  const wrong = (slot: unknown, why = "is no slot of its fields"): never => {
    throw new TypeError(`${owner}: ${typeof slot === "object" && slot !== null ? Object.keys(slot) : JSON.stringify(slot)} ${why}`);
  };
  const seen = new Set<string>();
  const of = (name: string, kind: Kind<unknown> | undefined): Step => {
    if (!Object.hasOwn(fields, name) || kind === undefined) return wrong(name);
    if (seen.has(name)) return wrong(name, "stands twice");
    seen.add(name);
    return { op: "field", name, kind };
  };
  const found = layout.map((slot): Step => {
    if (slot instanceof Parts) {
      for (const name of slot.names) of(name, fields[name]?.kind);
      return { op: "parts", parts: slot };
    }
    if (typeof slot === "object" && slot !== null) {
      const [name, ...more] = Object.keys(slot);
      if (name === undefined || more.length !== 0) return wrong(slot);
      return of(name, (slot as Record<string, Kind<unknown>>)[name]);
    }
    if (typeof slot !== "string") return wrong(slot);
    const [word, arg, more, ...others] = slot.split(":") as [string, string?, string?, ...string[]];
    if (others.length > 0) return wrong(slot);
    // these two are names of fields as well
    const zero = word === "zero" && arg !== undefined ? zeroStep(arg, more) : undefined;
    if (zero !== undefined) return zero;
    if (word === "end" && arg !== undefined && ERROR.test(arg) && more === undefined) return { op: word, reason: arg };
    if (more !== undefined) return wrong(slot);
    if (!WORDS.has(word)) return of(word, arg === undefined ? fields[word]?.kind : (BUILT_IN as Record<string, Kind<unknown>>)[arg]);
    if (word === "length" || word === "rest") return arg === undefined ? { op: word } : wrong(slot);
    if (arg === undefined) return wrong(slot);
    if (word === "pad" || word === "align") return /^[1-9]\d{0,3}$/.test(arg) ? { op: word, size: Number(arg) } : wrong(slot);
    return { op: word as "lengthOf" | "countOf", name: arg };
  });
  agree(found, wrong);
  return found;
}

/** Refuses slots that cannot stand beside each other. */
function agree(found: readonly Step[], wrong: (slot: unknown, why: string) => never): void {
  const bounded = new Set<string>();
  let varied = false;
  let closed: string | undefined;
  let lengths = 0;
  for (const [i, step] of found.entries()) {
    if (closed !== undefined && step.op !== "rest") wrong(closed, "takes all that is left, and slots follow it");
    switch (step.op) {
      case "length":
        lengths += 1;
        if (lengths > 1) wrong("length", "stands twice");
        if (varied) wrong("length", "stands behind a slot of varying size");
        break;
      case "end":
      case "rest":
        if (i !== found.length - 1) wrong(step.op, "is not the last slot");
        break;
      case "align":
        varied = true;
        break;
      case "zero":
        if (step.toEnd) closed = "zero";
        break;
      case "parts":
        varied = true;
        if (step.parts.greedy) closed = step.parts.name;
        break;
      case "lengthOf":
      case "countOf": {
        const later = found.slice(i + 1).find((s) => s.op === "field" && s.name === step.name);
        if (later?.op !== "field") throw wrong(`${step.op}:${step.name}`, "names no later slot");
        if (later.kind.size > 0) wrong(`${step.op}:${step.name}`, "names a field of fixed size");
        if (step.op === "countOf" && later.kind.element === undefined) wrong(`countOf:${step.name}`, "names a field that is no list");
        if (bounded.has(step.name)) wrong(`${step.op}:${step.name}`, "names a field whose end another slot says");
        bounded.add(step.name);
        break;
      }
      case "field":
        if (step.kind.size === 0) {
          varied = true;
          if (step.kind.greedy === true && !bounded.has(step.name)) closed = step.name;
        }
        break;
    }
  }
}

/** Finds the entry for a version in a table whose keys are ranges. Refuses ranges that overlap. */
export function byVersion<T>(owner: string, table: Readonly<Partial<Record<VersionRange, T>>>): Map<Version, T> {
  const found = new Map<Version, T>();
  for (const [range, value] of Object.entries(table) as [VersionRange, T][]) {
    for (const version of versionsIn(range)) {
      if (found.has(version)) throw new TypeError(`${owner}: two layouts for version ${version}`);
      found.set(version, value);
    }
  }
  return found;
}

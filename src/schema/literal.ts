import { nameOfTable, SouthboundError, suggestion } from "../errors/mod.js";
import { compile, constant, defaultMode, identifier } from "./compile.js";
import type { Field, Fields } from "./field.js";
import type { Kind } from "./kind.js";
import { FIXED_TAG, type Makes, makerOfAll } from "./maker.js";

/** Takes one value of a literal: answers the field's value, which is nearly always the same. Throws `ERR_USAGE` for undefined, `ERR_RANGE` for a value of another type. */
type Take = (given: unknown) => unknown;

/** A class, or a table of classes, each with a number of its own. */
interface Members {
  readonly is?: (value: unknown) => boolean;
  readonly entries?: readonly { readonly name: string; readonly tag: number }[];
  readonly name: string;
}

/** What objects of tables have: the number of their class, which stands under `madeOf` in those that a maker made of some fields. */
interface Tagged {
  readonly tag?: number;
  readonly madeOf?: number;
}

const SHOWN = 12;

/** What a value is, in words. */
function described(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `${JSON.stringify(value.slice(0, 64))}, which is text,`;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return `the function ${value.name || "without a name"}`;
  if (typeof value !== "object") return `${String(value)}${typeof value === "bigint" ? "n" : ""}`;
  const { name = "" } = (value as { constructor?: { name?: string } }).constructor ?? {};
  return name === "" || name === "Object" ? "a plain object" : `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}

const refused = (path: string, value: unknown, wanted: string): SouthboundError =>
  new SouthboundError("ERR_RANGE", `${path}: ${described(value)} is not ${wanted}`);

/** Text, and whatever else a kind reads from another type than its own. */
function converted(kind: Kind<unknown>, path: string, given: unknown): unknown {
  if (kind.literal === undefined) return undefined;
  try {
    return kind.literal(given);
  } catch (e) {
    if (!SouthboundError.is(e)) throw e;
    throw new SouthboundError("ERR_RANGE", `${path}: ${e.message}`, { cause: e });
  }
}

/** The names of the values of an enumeration, in words. */
function choices({ names }: Kind<unknown>): string {
  if (names === undefined) return "";
  const table = nameOfTable(names.table);
  const all = Object.keys(names.table);
  const some = all.slice(0, SHOWN).join(", ");
  return table === undefined
    ? `: one of ${some}`
    : `: use ${table}.${all[0]}${all.length > 1 ? `, ${all.slice(1, SHOWN).join(", ")}` : ""}`;
}

/** The wanted type of an element in words: the classes that a table has. */
function members({ entries, name }: Members): string {
  if (entries === undefined) return `a ${name}`;
  const some = entries.slice(0, SHOWN).map((e) => e.name);
  return `one of ${name}: ${some.join(", ")}${entries.length > SHOWN ? " …" : ""}`;
}

const TAGS = new WeakMap<Members, Set<number>>();

function tagsOf(type: Members): Set<number> {
  let tags = TAGS.get(type);
  if (tags === undefined) {
    tags = new Set(type.entries!.map((e) => e.tag));
    TAGS.set(type, tags);
  }
  return tags;
}

function isMember(type: Members, value: unknown): boolean {
  if (type.entries === undefined) return type.is!(value);
  if (typeof value !== "object" || value === null) return false;
  const { tag, madeOf } = value as Tagged;
  if (tag === undefined) return isUnknown(value);
  return tagsOf(type).has(tag === FIXED_TAG ? (madeOf ?? FIXED_TAG) : tag);
}

/** An element that no table knows has its key and its bytes. */
const isUnknown = (value: unknown): boolean => Array.isArray((value as { key?: unknown } | null)?.key);

function takeMember(type: Members, path: string, kind: Kind<unknown>): Take {
  return (given) => {
    if (isMember(type, given)) return given;
    const advice = typeof given === "object" && given !== null ? (kind.meant?.(given.constructor?.name ?? "") ?? "") : "";
    const made = type.entries === undefined && !Array.isArray(given) ? `: make it with ${type.name}.of({ … })` : "";
    throw refused(path, given, `${members(type)}${advice === "" ? made : `: write ${advice}`}`);
  };
}

const hasMembers = (kind: unknown): kind is Members =>
  typeof (kind as Members | undefined)?.is === "function" || Array.isArray((kind as Members | undefined)?.entries);

function takeList(kind: Kind<unknown>, path: string): Take {
  const { element } = kind;
  const one = hasMembers(element) ? element : undefined;
  return (given) => {
    if (!Array.isArray(given)) {
      const whole = converted(kind, path, given);
      if (whole !== undefined) return whole;
      const brackets = one === undefined || isMember(one, given) ? ": put brackets around it" : "";
      throw refused(path, given, `a list${brackets}`);
    }
    if (one !== undefined)
      for (let i = 0; i < given.length; i++) if (!isMember(one, given[i])) takeMember(one, `${path}[${i}]`, kind)(given[i]);
    return given;
  };
}

const WANTED: Readonly<Record<string, string>> = {
  number: "a number",
  bigint: "a bigint or a safe integer",
  string: "text",
  boolean: "true or false",
};

/** What takes the values of one type, whose example is the field's initial value. */
function takeType(kind: Kind<unknown>, path: string, initial: unknown): Take {
  const type = typeof initial;
  const more = kind.names?.of === "values" ? choices(kind) : "";
  return (given) => {
    if (typeof given === type) return given;
    const found = converted(kind, path, given);
    if (found !== undefined) return found;
    if (type === "bigint" && Number.isSafeInteger(given)) return BigInt(given as number);
    throw refused(path, given, `${WANTED[type]}${more}`);
  };
}

function takeBytes(path: string): Take {
  return (given) => {
    if (given instanceof Uint8Array) return given;
    throw refused(path, given, "bytes: give a Uint8Array");
  };
}

function takeObject(kind: Kind<unknown>, path: string, initial: object): Take {
  const Type = initial.constructor as { new (...args: never[]): object; readonly name: string; of?: unknown };
  if (Object.getPrototypeOf(initial) === Object.prototype) return (given) => given;
  const make = typeof Type.of === "function" ? `: make it with ${Type.name}.of` : "";
  return (given) => {
    if (given instanceof Type) return given;
    const found = converted(kind, path, given);
    if (found !== undefined) return found;
    const meant = kind.meant?.("");
    throw refused(path, given, `a ${Type.name}${meant === undefined ? make : `: write ${meant}`}`);
  };
}

function takeOf({ kind, init }: Field<unknown>, path: string): Take {
  const type: unknown = kind;
  if (hasMembers(type)) return takeMember(type, path, kind);
  if (Array.isArray(init) || kind.element !== undefined) return Array.isArray(init) ? takeList(kind, path) : (given) => given;
  if (init instanceof Uint8Array) return takeBytes(path);
  if (init === undefined || init === null) return (given) => given;
  return typeof init === "object" ? takeObject(kind, path, init) : takeType(kind, path, init);
}

/** What takes what stands beside the fields: numbers, and the name of a form. */
function takeBase(path: string, initial: unknown): Take {
  return (given) => {
    if (typeof given === typeof initial) return given;
    throw refused(path, given, WANTED[typeof initial] ?? "such a value");
  };
}

/**
 * Whether undefined may stand for a field's initial value: an empty list or text, no bits, a value that the table chose, or a zero that means "none" (`FieldNote.none`). Where zero is as good as any other
 * number, or a name chooses, undefined is nearly always a misspelt constant.
 */
function hasDefault({ kind, init, none }: Field<unknown>): boolean {
  if (kind.names?.of === "values") return false;
  return none === true || kind.size === 0 || kind.names?.of === "bits" || !(init === 0 || init === 0n);
}

/** What is known of a class for its literals. */
interface LiteralClass {
  readonly name: string;
  readonly fields: Fields;
  /** What a literal may give besides, with its initial value. */
  readonly base: Readonly<Record<string, unknown>>;
}

/**
 * What checks a literal: its names and the types of its values. It answers the literal, or a copy in which addresses as text and integers for fields of 64 bits are the fields' own values. Throws `ERR_USAGE` for
 * a name that the class does not have and for undefined where there is no natural default; `ERR_RANGE` for a value of another type. Whether a number fits is checked when it is encoded.
 */
function literalOf({ name, fields, base }: LiteralClass): (init: object) => object {
  const takes = new Map<string, Take>();
  const takeFor = (key: string): Take => {
    const path = `${name}.${key}`;
    const field = Object.hasOwn(fields, key) ? (fields[key] as Field<unknown>) : undefined;
    if (field === undefined && !Object.hasOwn(base, key)) throw unknownField(name, key, fields, base);
    const take = field === undefined ? takeBase(path, base[key]) : takeOf(field, path);
    const natural = field === undefined || hasDefault(field);
    const checked: Take = (given) => {
      if (given !== undefined) return take(given);
      if (natural) return undefined;
      throw new SouthboundError("ERR_USAGE", `${path} is undefined${choices(field.kind) || ": give a value"}`);
    };
    takes.set(key, checked);
    return checked;
  };
  return (init) => {
    if (typeof init !== "object" || init === null || Array.isArray(init))
      throw new SouthboundError(
        "ERR_USAGE",
        `${name}.of() takes one literal, such as ${name}.of({ … }), and not ${described(init)}`.replace(/,$/, ""),
      );
    let copy: Record<string, unknown> | undefined;
    for (const key in init) {
      const given = (init as Readonly<Record<string, unknown>>)[key];
      const value = (takes.get(key) ?? takeFor(key))(given);
      if (value !== given) {
        copy ??= { ...init };
        copy[key] = value;
      }
    }
    return copy ?? init;
  };
}

/** Source that is true for a value that has not the type of a field, or has to be looked at; `take` is a name of what looks at it. */
function oddSource(value: string, initial: unknown, take: string): string {
  const type = typeof initial;
  if (type in WANTED) return `typeof ${value}!=="${type}"`;
  return `${take}(${value})!==${value}`;
}

/**
 * A constructor of objects from literals, which are checked: {@link literalOf}. Compiled, since it is called with literals of all shapes: it reads the fields, whose types are compared in place, and counts them;
 * where the literal has another number of names, or a type is another one, it is looked at name by name.
 */
export function makerOfLiterals<T>(of: Makes<T>, fields: Fields, base: Readonly<Record<string, unknown>>): (init: object) => T {
  const { name, storage, settable } = of;
  const make = makerOfAll(of);
  const check = literalOf({ name, fields, base });
  const slow = (init: object): T => make(check(init));
  if (defaultMode() === "interpreted") return slow;
  const env: Record<string, unknown> = { G: of.instance(), slow };
  const body = settable.map((n, i) => {
    env[`t${i}`] = Object.hasOwn(fields, n) ? takeOf(fields[n] as Field<unknown>, `${name}.${n}`) : (v: unknown) => v;
    const initial = of.initial[n];
    return `if(v${i}===undefined)v${i}=${constant(initial, `zero$${identifier(n)}`, env)};else{n++;if(${oddSource(`v${i}`, initial, `t${i}`)})return slow(init)}`;
  });
  const given = settable.map((n, i) => `${identifier(n)}:v${i}`);
  const args = storage.map((n) =>
    settable.includes(n) ? `v${settable.indexOf(n)}` : constant(of.initial[n], `zero$${identifier(n)}`, env),
  );
  return compile(
    `return function(init){if(typeof init!=="object"||init===null)return slow(init);let n=0;let{${given}}=init;${body.join("")}for(const k in init)n--;return n===0?new G(${args}):slow(init)}`,
    env,
  );
}

/** The error of a name that a class does not have, with what may have been meant. */
export function unknownField(
  owner: string,
  key: string,
  fields: Fields,
  base: Readonly<Record<string, unknown>>,
  more = "",
): SouthboundError {
  for (const [name, { kind }] of Object.entries(fields)) {
    const meant = (kind as Kind<unknown>).meant?.(key);
    if (meant !== undefined)
      return new SouthboundError("ERR_USAGE", `${owner} has no field ${JSON.stringify(key)}${more}: did you mean ${name}: ${meant}?`);
  }
  const hint = suggestion(key, [...Object.keys(fields), ...Object.keys(base)]);
  return new SouthboundError("ERR_USAGE", `${owner} has no field ${JSON.stringify(key)}${more}${hint}`);
}

import { SouthboundError } from "../errors/mod.js";
import { compile, constant, defaultMode, identifier } from "./compile.js";
import type { Fields, Init } from "./field.js";
import { type Instance, makeInstance, ownWithin } from "./instance.js";
import { interpreted } from "./interpret.js";
import type { Codec, Json, Kind, Mode } from "./kind.js";
import { byVersion, type Layouts, type Step, steps } from "./layout.js";
import { defineLazy, type Held } from "./lazy.js";
import type { Element } from "./list.js";
import { type Makes, makerOf, makerOfAll } from "./maker.js";
import { exactSize, fieldsOf, type Head, lengthSlotAt, minimum, NO_HEAD, type Plan } from "./plan.js";
import { explained, specialised } from "./specialise.js";
import { VERSIONS, type Version, type VersionRange, versionList, versionName } from "./version.js";
import type { Frame } from "./walk.js";

/** A class made from a table: the objects, and how they lie on the wire. `B` is what a literal may give besides the fields. */
export interface StructClass<F extends Fields, T, B = unknown> extends Element<T> {
  /** An object with every field at its initial value. For hot code: make one, then assign. */
  new (): T;
  readonly prototype: T;
  /** An object from a literal. One function serves all callers, so it slows down threefold in a program with many shapes of literal; hot code uses {@link maker}. */
  of(this: void, init?: Init<F> & B): T;
  /** Makes a constructor like {@link of} for one call site, to be kept at module level: its property reads stay fast whatever others do. */
  maker(): (init: Init<F> & B) => T;
  /**
   * The same for literals that give these fields alone, as most places do; what else they give is left out. The others have their initial values and cannot be set, so that an object is small and is written in fewer steps:
   * `FlowMod.maker("match", "instructions")`.
   * @throws SouthboundError `ERR_USAGE` for a name that is none of a field; so does setting another field of what it has made
   */
  maker<N extends keyof (Init<F> & B) & string>(
    ...names: readonly [N, ...N[]]
  ): (init: Pick<Init<F> & B, N>) => Pick<T, N & keyof T> & Readonly<T>;
  readonly fields: F;
  /** The versions that have the struct. */
  readonly versions: readonly Version[];
  /** The versions whose layout has a field. */
  versionsOf(field: string): readonly Version[];
  /** Whether `value` is an object of this class. */
  is(value: unknown): value is T;

  /** For the codecs: names in the order in which an object stores them. */
  readonly storage: readonly string[];
  /** For the codecs: initial values. */
  readonly initial: Readonly<Record<string, unknown>>;
  /** For the codecs: the constructor that takes every stored value in order. */
  instance(): new (...values: unknown[]) => T;
  /** For the codecs: an object from the values that are there. */
  build(values: Readonly<Record<string, unknown>>): T;
  /**
   * The forms that the struct has in one and the same version: "" is the standard's; others are an extension's, such as `nxt`. An object says by `format` which it came in and
   * is to be sent in; where a version has no standard form, "" is sent in the extension's.
   */
  readonly variants: readonly string[];
  /** The codec for one version; without `variant` of every form. */
  codec(version: Version, mode: Mode, variant?: string): Codec<T>;
  /** For documentation and tests: the slots in one version. */
  steps(version: Version, variant?: string): readonly Step[] | undefined;
}

/** How a struct class differs from a plain struct. */
export interface ClassOptions {
  /** What stands before the slots; by version where it differs. */
  readonly head?: (version: Version, variant: string) => Head;
  /** Other forms of the same struct, by name; see `StructClass.variants`. */
  readonly variants?: Readonly<Record<string, Readonly<Partial<Record<VersionRange, readonly unknown[]>>>>>;
  /** The OpenFlow error that answers a bad length; `OFPBRC_BAD_LEN` unless given. */
  readonly reason?: string;
  /** Stored beside the fields, before them. */
  readonly base?: Readonly<Record<string, unknown>>;
  /** Put on the prototype: constants and methods. */
  readonly members?: object;
  /** Whether nobody here knows what an object holds: one that was received is sent in the `version` that it came in alone, since it may mean something else in another. */
  readonly opaque?: boolean;
}

/** What a class has that is made when any of it is first asked for: a program uses few of the classes that it imports. */
const LATE = [
  "of",
  "maker",
  "versions",
  "versionsOf",
  "is",
  "storage",
  "initial",
  "instance",
  "build",
  "codec",
  "steps",
  "frame",
  "exact",
  "toJSON",
  "fromJSON",
] as const;
type Late<F extends Fields, T> = Pick<StructClass<F, T>, (typeof LATE)[number]>;

const finish = Symbol("finish");
interface Unfinished {
  [finish](): void;
}

/** The prototype of class functions: it answers until the class has its own. */
const UNFINISHED: object = Object.create(
  Function.prototype,
  Object.fromEntries(
    LATE.map((key) => [
      key,
      {
        get(this: Unfinished & Record<typeof key, unknown>): unknown {
          this[finish]();
          return this[key];
        },
      },
    ]),
  ),
);

/**
 * Makes a class from a table. Nothing is compiled before the first object or codec is asked for.
 * @throws TypeError for a table that contradicts itself
 */
export function structClass<F extends Fields, T>(
  name: string,
  fields: F,
  layouts: Layouts<F>,
  options: ClassOptions = {},
): StructClass<F, T> {
  identifier(name);
  const names = Object.keys(fields).map(identifier);
  const taken = (n: string): boolean => RESERVED.has(n) || n in (options.members ?? {}) || Object.hasOwn(options.base ?? {}, n);
  for (const n of names)
    if (taken(n)) throw new TypeError(`${name}: ${n} is no name for a field, since objects have another property of that name`);
  const lazyNames = names.filter((n) => fields[n]!.lazy === true);
  const base = {
    ...(lazyNames.length > 0 ? { version: 0 } : {}),
    ...options.base,
    ...(options.variants === undefined ? {} : { format: "" }),
  };
  const marks: Record<string, unknown> = {};
  for (const n of lazyNames) {
    marks[`${n}At`] = -1;
    marks[`${n}End`] = -1;
  }
  for (const n of [...Object.keys(marks), ...(lazyNames.length > 0 ? ["version"] : [])])
    if (names.includes(n)) throw new TypeError(`${name}: ${n} is no name for a field beside lazy ones`);
  if (lazyNames.length > 0) Object.assign(marks, { chunk: undefined, epoch: 0 });
  const slots = new Map([["", byVersion<readonly unknown[]>(name, layouts)]]);
  for (const [variant, more] of Object.entries(options.variants ?? {})) slots.set(variant, byVersion<readonly unknown[]>(name, more));

  // The public constructor answers an object of the compiled one, so that both have one hidden class.
  let fresh: (() => T) | undefined;
  let makeFresh: (() => () => T) | undefined;
  function construct(): T {
    if (fresh === undefined) {
      if (makeFresh === undefined) finishType();
      fresh = makeFresh!();
    }
    return fresh();
  }
  const Type = Object.setPrototypeOf(construct, UNFINISHED) as StructClass<F, T>;
  const finishType = (): void => {
    const made = classOf<F, T>(Type, { name, fields, names, lazyNames, base, marks, slots, options });
    ({ makeFresh } = made);
    Object.defineProperties(Type, Object.getOwnPropertyDescriptors(made.late));
  };
  const members = options.members === undefined ? {} : Object.getOwnPropertyDescriptors(options.members);
  Object.defineProperties(Type.prototype as object, members);
  Object.defineProperties(Type, { name: { value: name }, [finish]: { value: finishType } });
  return Object.assign(Type, { fields, variants: [...slots.keys()], size: 0 });
}

/** A table that was looked through. */
interface Table<F> {
  readonly name: string;
  readonly fields: F;
  readonly names: readonly string[];
  readonly lazyNames: readonly string[];
  readonly base: Readonly<Record<string, unknown>>;
  /** What is stored behind the fields, for lazy ones. */
  readonly marks: Readonly<Record<string, unknown>>;
  /** The slots by form and version. */
  readonly slots: ReadonlyMap<string, ReadonlyMap<Version, readonly unknown[]>>;
  readonly options: ClassOptions;
}

/** The late part of a class, and what makes its constructor without arguments. */
function classOf<F extends Fields, T>(Type: StructClass<F, T>, table: Table<F>): { readonly late: Late<F, T>; makeFresh(): () => T } {
  const { name, fields, names, lazyNames, base, marks, slots, options } = table;
  const storage = [...Object.keys(base), ...names, ...Object.keys(marks)];
  let zero: Record<string, unknown> | undefined;
  /** Made late, since the initial value of a field may be an object whose class has to be compiled. */
  const initial = (): Record<string, unknown> => {
    if (zero === undefined) {
      zero = { ...base };
      for (const n of names) zero[n] = fields[n]!.init;
      Object.assign(zero, marks);
    }
    return zero;
  };
  const variants = [...slots.keys()];
  const parsed = new Map<string, readonly Step[]>();
  const stepsOf = (version: Version, variant = ""): readonly Step[] | undefined => {
    const key = `${version}${variant}`;
    let found = parsed.get(key);
    const layout = slots.get(variant)?.get(version);
    if (found === undefined && layout !== undefined) {
      found = steps(name, fields, layout);
      parsed.set(key, found);
    }
    return found;
  };
  /** The form that an object is sent in: its own; where the version has no form of that name, the first that it has. */
  const formOf = (version: Version, wanted: string): string | undefined =>
    slots.get(wanted)?.has(version) === true ? wanted : wanted === "" ? variants.find((v) => slots.get(v)!.has(version)) : undefined;
  let able: readonly Version[] | undefined;
  const versions = (): readonly Version[] => {
    able ??= VERSIONS.filter((v) => formOf(v, "") !== undefined);
    return able;
  };
  const reason = options.reason ?? "OFPBRC_BAD_LEN";
  const headOf = options.head ?? (() => NO_HEAD);
  const prototype = Type.prototype as object;
  const define = (key: string, value: unknown): void => {
    Object.defineProperty(prototype, key, { value, configurable: true, writable: true });
  };

  let made: (new (...values: unknown[]) => T) | undefined;
  const instance = (): (new (...values: unknown[]) => T) => {
    if (made === undefined) {
      const mode = defaultMode();
      if (lazyNames.length > 0)
        defineLazy(prototype, { owner: name, names: lazyNames, mode, init: (n) => fields[n]!.init, codecOf: lazyCodec });
      made = makeInstance(storage, initial(), prototype, lazyNames, mode) as new (...values: unknown[]) => T;
    }
    return made;
  };
  const initialSource = (n: string, env: Record<string, unknown>): string => constant(initial()[n], `zero$${identifier(n)}`, env);
  const makeFresh = (): (() => T) => {
    const G = instance();
    if (defaultMode() === "interpreted") return () => new G();
    const env: Record<string, unknown> = { G };
    const args = storage.map((n) => (lazyNames.includes(n) ? "undefined" : initialSource(n, env)));
    return compile(`return()=>new G(${args})`, env);
  };
  const build = (values: Readonly<Record<string, unknown>>): T => new (instance())(...storage.map((n) => stored(n, values[n])));
  const stored = (n: string, value: unknown): unknown => (lazyNames.includes(n) ? value : value === undefined ? initial()[n] : value);

  const codecs = new Map<string, Codec<T>>();
  const codec = (version: Version, mode: Mode, variant?: string): Codec<T> => {
    const key = `${mode}${version}${variant ?? "*"}`;
    let found = codecs.get(key);
    if (found === undefined) {
      found = variant === undefined && variants.length > 1 ? anyForm(version, mode) : makeCodec(version, mode, variant ?? "");
      if (options.opaque === true) found = inItsOwn(found, version);
      codecs.set(key, found);
    }
    return found;
  };
  const missing = (version: Version, form: string): SouthboundError =>
    new SouthboundError(
      "ERR_UNSUPPORTED",
      `OpenFlow ${versionName(version)} has no ${name}${form === "" ? "" : ` of format ${JSON.stringify(form)}`}: use OpenFlow ${versionList(
        form === "" ? versions() : VERSIONS.filter((v) => slots.get(form)?.has(v)),
      )}`,
    );
  /** Decodes the form of the standard, or the only one, and encodes the form that an object says. */
  const anyForm = (version: Version, mode: Mode): Codec<T> => {
    const first = formOf(version, "");
    if (first === undefined) throw missing(version, "");
    const standard = codec(version, mode, first);
    const forms = new Map<string, Codec<T>>([["", standard]]);
    const encode: Codec<T>["encode"] = (c, p, value) => {
      const wanted = (value as { format: string }).format;
      let found = forms.get(wanted);
      if (found === undefined) {
        const form = formOf(version, wanted);
        if (form === undefined) throw missing(version, wanted);
        found = codec(version, mode, form);
        forms.set(wanted, found);
      }
      return found.encode(c, p, value);
    };
    if (mode === "interpreted") return { ...standard, encode };
    const source = `return function(c,p,v){return v.format===""?standard(c,p,v):encode(c,p,v)}`;
    return { ...standard, encode: compile(source, { standard: standard.encode, encode }) };
  };
  const planOf = (version: Version, mode: Mode, variant: string): Plan => {
    const layout = stepsOf(version, variant);
    if (layout === undefined) throw missing(version, variant);
    return { name, fields, steps: layout, head: headOf(version, variant), version, variant, mode, reason, type: Type };
  };
  const makeCodec = (version: Version, mode: Mode, variant: string): Codec<T> => {
    const plan = planOf(version, mode, variant);
    if (mode === "interpreted") return interpreted(plan);
    const slow = (): Codec<T> => codec(version, "interpreted", variant);
    return mode === "bare" ? specialised<T>({ ...plan }, slow) : explained(codec(version, "bare", variant), slow);
  };
  /** Refuses to send what was received in another version. */
  const inItsOwn = (made: Codec<T>, version: Version): Codec<T> => ({
    ...made,
    encode(c, p, value) {
      const { version: from = 0 } = value as { readonly version?: number };
      if (from !== 0 && from !== version)
        throw new SouthboundError(
          "ERR_UNSUPPORTED",
          `this ${name} was received in OpenFlow ${versionName(from)} and may mean something else in ${versionName(version)}: send it in its own version, or make another one with ${name}.of()`,
        );
      return made.encode(c, p, value);
    },
  });
  const lazyCodec = (version: number, field: string, variant = ""): Codec<unknown> => {
    const step = stepsOf(version as Version, variant)?.find((s) => s.op === "field" && s.name === field);
    if (step?.op !== "field") throw new SouthboundError("ERR_UNSUPPORTED", `OpenFlow ${versionName(version)} has no ${name}.${field}`);
    return step.kind.codec(version as Version, defaultMode());
  };

  define("own", function (this: Record<string, unknown>) {
    if (lazyNames.length > 0) (this as unknown as Held).settle();
    for (const n of names) if (fields[n]!.kind.size === 0) ownWithin(this[n]);
    return this;
  });
  define("toJSON", function (this: Record<string, unknown>): Json {
    const json: { [key: string]: Json } = {};
    const tag = (this as { type?: unknown }).type;
    if (typeof tag === "string") json.type = tag;
    for (const n of Object.keys(base)) if (n !== "chunk" && n !== "epoch") json[n] = this[n] as Json;
    for (const n of names) json[n] = (fields[n]!.kind as Kind<unknown>).toJSON(this[n]);
    return json;
  });

  let shared: ((init: Init<F>) => T) | undefined;
  const makes: Makes<T> = {
    name,
    prototype,
    storage,
    settable: [...Object.keys(base), ...names],
    get initial() {
      return initial();
    },
    instance,
    build,
    planOf(version) {
      const form = formOf(version, "");
      return form === undefined ? undefined : planOf(version, "bare", form);
    },
    encoderOf: (version) => codec(version, "bare").encode,
  };
  const maker = (...given: readonly string[]): ((init: Init<F>) => T) => (given.length === 0 ? makerOfAll(makes) : makerOf(makes, given));

  const late: Late<F, T> = {
    get initial() {
      return initial();
    },
    get versions() {
      return versions();
    },
    of(init: Init<F> = {}): T {
      shared ??= maker();
      return shared(init);
    },
    maker: maker as StructClass<F, T>["maker"],
    versionsOf: (field: string) => VERSIONS.filter((v) => variants.some((f) => stepsOf(v, f)?.some((s) => fieldsOf(s).includes(field)))),
    frame(version: Version): Frame | undefined {
      const layout = stepsOf(version);
      if (layout === undefined) return undefined;
      const plan = { steps: layout, head: headOf(version, "") };
      const lengthAt = plan.head.lengthAt ?? lengthSlotAt(plan);
      return lengthAt === undefined
        ? undefined
        : { lengthAt, min: minimum(plan), align: plan.head.align, counted: plan.head.lengthAt === undefined || plan.head.counted, reason };
    },
    exact(version: Version): number {
      const layout = stepsOf(version);
      if (layout === undefined || Type.frame(version) !== undefined) return 0;
      return exactSize({ steps: layout, head: headOf(version, "") });
    },
    is: (value: unknown): value is T => value instanceof Type,
    storage,
    instance,
    build,
    steps: stepsOf,
    codec,
    toJSON: (value: T) => (value as Instance).toJSON(),
    fromJSON(json: Json): T {
      if (typeof json !== "object" || json === null || Array.isArray(json))
        throw new SouthboundError("ERR_USAGE", `${JSON.stringify(json)} is not the JSON form of a ${name}`);
      const values: Record<string, unknown> = {};
      for (const [key, value] of Object.entries(json)) {
        if (Object.hasOwn(fields, key)) values[key] = (fields[key]!.kind as Kind<unknown>).fromJSON(value);
        else if (Object.hasOwn(base, key)) values[key] = value;
        else if (key !== "type")
          throw new SouthboundError("ERR_USAGE", `${name} has no field ${JSON.stringify(key)}: it has ${names.join(", ")}`);
      }
      return build(values);
    },
  };
  return { late, makeFresh };
}

/** Names that every object uses for something else. */
const RESERVED = new Set([
  "toJSON",
  "own",
  "settle",
  "tag",
  "encoders",
  "encoderOf",
  "madeOf",
  "chunk",
  "epoch",
  "constructor",
  "__proto__",
  "length",
  "rest",
  "pad",
  "align",
]);

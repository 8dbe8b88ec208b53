import { SouthboundError } from "../errors/mod.js";
import { ClassCodecs, type Table } from "./class-codecs.js";
import { compile, constant, defaultMode, identifier } from "./compile.js";
import type { Fields, Init, Literal } from "./field.js";
import { type Instance, makeInstance, ownWithin } from "./instance.js";
import type { Json, Kind } from "./kind.js";
import { defineLazy, type Held } from "./lazy.js";
import { makerOfLiterals } from "./literal.js";
import { type Makes, makerOf, makerOfAll } from "./maker.js";
import { offsets } from "./offsets.js";
import { fieldsOf } from "./plan.js";
import { fieldsText, INSPECT } from "./shown.js";
import type { StructClass } from "./struct-class.js";
import { VERSIONS, type Version } from "./version.js";
import type { ElementFrame } from "./walk.js";

/** What a class has that is made when any of it is first asked for: a program uses few of the classes that it imports. */
export const LATE = [
  "of",
  "maker",
  "versions",
  "versionsOf",
  "formWith",
  "is",
  "storage",
  "initial",
  "instance",
  "build",
  "codec",
  "steps",
  "source",
  "frame",
  "exact",
  "toJSON",
  "fromJSON",
] as const;
type Late<F extends Fields, T> = Pick<StructClass<F, T>, (typeof LATE)[number]>;

/** The late part of a class, and what makes its constructor without arguments. */
export function classOf<F extends Fields, T>(
  Type: StructClass<F, T>,
  table: Table<F>,
): { readonly late: Late<F, T>; makeFresh(): () => T } {
  const { name, fields, names, lazyNames, base, marks } = table;
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
  const codecs = new ClassCodecs<T>(table as unknown as Table<Fields>, Type);
  const prototype = Type.prototype as object;
  const define = (key: string, value: unknown): void => {
    Object.defineProperty(prototype, key, { value, configurable: true, writable: true });
  };

  let made: (new (...values: unknown[]) => T) | undefined;
  const instance = (): (new (...values: unknown[]) => T) => {
    if (made === undefined) {
      const mode = defaultMode();
      if (lazyNames.length > 0)
        defineLazy(prototype, {
          owner: name,
          names: lazyNames,
          mode,
          init: (n) => fields[n]!.init,
          codecOf: (version, n, form) => codecs.ofField(version, n, form),
        });
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

  define("own", function (this: Record<string, unknown>) {
    if (lazyNames.length > 0) (this as unknown as Held).settle();
    for (const n of names) if (fields[n]!.kind.size === 0) ownWithin(this[n]);
    return this;
  });
  const text = function (this: Record<string, unknown>): string {
    return `${name} ${fieldsText(fields, this)}`;
  };
  define("toString", text);
  Object.defineProperty(prototype, INSPECT, { value: text, configurable: true, writable: true });
  define("toJSON", function (this: Record<string, unknown>): Json {
    const json: { [key: string]: Json } = {};
    const tag = (this as { type?: unknown }).type;
    if (typeof tag === "string") json.type = tag;
    for (const n of Object.keys(base)) if (n !== "chunk" && n !== "epoch") json[n] = this[n] as Json;
    for (const n of names) json[n] = (fields[n]!.kind as Kind<unknown>).toJSON(this[n]);
    return json;
  });

  let checked: ((init: object) => T) | undefined;
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
      const form = codecs.formOf(version, "");
      return form === undefined ? undefined : codecs.planOf(version, "bare", form);
    },
    encoderOf: (version) => codecs.codec(version, "bare").encode,
  };
  const maker = (...given: readonly string[]): ((init: Init<F>) => T) => (given.length === 0 ? makerOfAll(makes) : makerOf(makes, given));

  const late: Late<F, T> = {
    get initial() {
      return initial();
    },
    get versions() {
      return codecs.versions;
    },
    of(init: Literal<F> = {}): T {
      checked ??= makerOfLiterals(makes, fields, base);
      return checked(init);
    },
    maker: maker as StructClass<F, T>["maker"],
    versionsOf: (field: string) =>
      VERSIONS.filter((v) => codecs.forms.some((f) => codecs.stepsOf(v, f)?.some((s) => fieldsOf(s).includes(field)))),
    formWith: (version: Version, field: string) =>
      codecs.forms.find((form) => form !== "" && codecs.stepsOf(version, form)?.some((s) => fieldsOf(s).includes(field))),
    frame(version: Version): ElementFrame | undefined {
      const layout = codecs.stepsOf(version);
      if (layout === undefined) return undefined;
      const head = codecs.headOf(version, "");
      const at = offsets(layout, head.start);
      const lengthAt = head.lengthAt ?? at.lengthAt;
      return lengthAt === undefined
        ? undefined
        : { lengthAt, min: at.least, align: head.align, counted: head.lengthAt === undefined || head.counted, reason: codecs.reason };
    },
    exact(version: Version): number {
      const layout = codecs.stepsOf(version);
      if (layout === undefined || Type.frame(version) !== undefined) return 0;
      return offsets(layout, codecs.headOf(version, "").start).exact;
    },
    is: (value: unknown): value is T => value instanceof Type,
    storage,
    instance,
    build,
    steps: (version, form) => codecs.stepsOf(version, form),
    codec: (version, mode, form) => codecs.codec(version, mode, form),
    source: (version, form) => codecs.source(version, form),
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

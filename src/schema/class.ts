import { checkOptions, SouthboundError } from "../errors/mod.js";
import type { Table } from "./class-codecs.js";
import { classOf, LATE } from "./class-late.js";
import { identifier } from "./compile.js";
import type { Fields } from "./field.js";
import { INSPECT } from "./shown.js";
import { CLASS_OPTIONS, type ClassLayouts, type ClassOptions, type StructClass } from "./struct-class.js";

const finish = Symbol("finish");
interface Unfinished {
  [finish](): void;
}

/** The prototype of class functions: it answers until the class has its own. */
const UNFINISHED: object = Object.create(Function.prototype, {
  [INSPECT]: {
    value(this: { readonly name: string; readonly fields: Fields }): string {
      return `class ${this.name} { ${Object.keys(this.fields).join(", ")} }`;
    },
  },
  ...Object.fromEntries(
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
});

/**
 * Makes a class from a table. Nothing is looked at or compiled before anything of the class is asked for, since a program uses few of the classes that it imports; what it is asked for first
 * throws a TypeError for a table that contradicts itself, of which `test/ofp/tables.test.ts` asks every class.
 */
export function structClass<F extends Fields, T>(
  name: string,
  fields: F,
  layouts: ClassLayouts,
  options: ClassOptions = {},
): StructClass<F, T> {
  // The public constructor answers an object of the compiled one, so that both have one hidden class.
  let fresh: (() => T) | undefined;
  let makeFresh: (() => () => T) | undefined;
  function construct(init?: unknown): T {
    if (init !== undefined)
      throw new SouthboundError("ERR_USAGE", `new ${name}() takes no fields: write ${name}.of({ … }), or assign them to the new object`);
    if (fresh === undefined) {
      if (makeFresh === undefined) finishType();
      fresh = makeFresh!();
    }
    return fresh();
  }
  const Type = Object.setPrototypeOf(construct, UNFINISHED) as StructClass<F, T>;
  const finishType = (): void => {
    const made = classOf<F, T>(Type, tableOf(name, fields, layouts, options));
    ({ makeFresh } = made);
    Object.defineProperties(Type, Object.getOwnPropertyDescriptors(made.late));
  };
  if (options.members !== undefined) Object.defineProperties(Type.prototype as object, Object.getOwnPropertyDescriptors(options.members));
  Object.defineProperty(Type, "name", { value: name });
  Object.defineProperty(Type, finish, { value: finishType });
  return Object.assign(Type, { fields, forms: layouts.forms, size: 0 });
}

function tableOf<F extends Fields>(name: string, fields: F, layouts: ClassLayouts, options: ClassOptions): Table<F> {
  checkOptions(name, options, CLASS_OPTIONS);
  identifier(name);
  const names = Object.keys(fields).map(identifier);
  const taken = (n: string): boolean => RESERVED.has(n) || n in (options.members ?? {}) || Object.hasOwn(options.base ?? {}, n);
  for (const n of names)
    if (taken(n)) throw new TypeError(`${name}: ${n} is no name for a field, since objects have another property of that name`);
  const lazyNames = names.filter((n) => fields[n]!.lazy === true);
  const base = {
    ...(lazyNames.length > 0 ? { version: 0 } : {}),
    ...options.base,
    ...(layouts.forms.length > 1 ? { format: "" } : {}),
  };
  const marks: Record<string, unknown> = {};
  for (const n of lazyNames) {
    marks[`${n}At`] = -1;
    marks[`${n}End`] = -1;
  }
  for (const n of [...Object.keys(marks), ...(lazyNames.length > 0 ? ["version"] : [])])
    if (names.includes(n)) throw new TypeError(`${name}: ${n} is no name for a field beside lazy ones`);
  if (lazyNames.length > 0) Object.assign(marks, { chunk: undefined, epoch: 0 });
  const slots = new Map(layouts.forms.map((form) => [form, layouts.slots(form)]));
  return { name, fields, names, lazyNames, base, marks, slots, options };
}

/** Names that every object uses for something else. */
const RESERVED = new Set([
  "toJSON",
  "toString",
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

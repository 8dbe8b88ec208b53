import { SouthboundError } from "../errors/mod.js";
import { classOf, LATE } from "./class-late.js";
import { identifier } from "./compile.js";
import type { Fields } from "./field.js";
import { byVersion, type Layouts } from "./layout.js";
import { INSPECT } from "./shown.js";
import type { ClassOptions, StructClass } from "./struct-class.js";

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
    ...(options.forms === undefined ? {} : { format: "" }),
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
  for (const [form, more] of Object.entries(options.forms ?? {})) slots.set(form, byVersion<readonly unknown[]>(name, more));

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
    const made = classOf<F, T>(Type, { name, fields, names, lazyNames, base, marks, slots, options });
    ({ makeFresh } = made);
    Object.defineProperties(Type, Object.getOwnPropertyDescriptors(made.late));
  };
  const members = options.members === undefined ? {} : Object.getOwnPropertyDescriptors(options.members);
  Object.defineProperties(Type.prototype as object, members);
  Object.defineProperties(Type, { name: { value: name }, [finish]: { value: finishType } });
  return Object.assign(Type, { fields, forms: [...slots.keys()], size: 0 });
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

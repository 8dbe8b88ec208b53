import { SouthboundError, suggestion } from "../errors/mod.js";
import { compile, constant, defaultMode, identifier } from "./compile.js";
import type { Codec } from "./kind.js";
import type { Plan } from "./plan.js";
import { specialisedEncoder } from "./specialise.js";
import type { Version } from "./version.js";

/** The class that a constructor is made for, as far as it matters here. */
export interface Makes<T> {
  readonly name: string;
  readonly prototype: object;
  /** All stored names in order. */
  readonly storage: readonly string[];
  /** Those that a literal may give. */
  readonly settable: readonly string[];
  readonly initial: Readonly<Record<string, unknown>>;
  instance(): new (...values: unknown[]) => T;
  build(values: Readonly<Record<string, unknown>>): T;
  /** The form of a version that objects without a form of their own are sent in; undefined where the version has none. */
  planOf(version: Version): Plan | undefined;
  /** The encoder of whole objects. Throws where the version has none. */
  encoderOf(version: Version): Codec<T>["encode"];
}

/** Objects of this tag say themselves how they are written, see {@link fixedSource}; no class has it. */
export const FIXED_TAG = 0;

/** Whether an object was made by a maker of some fields: hot code, which asks for no checks. Where code generation is forbidden there are no such objects. */
export const isOfMaker = (value: object): boolean => (value as { readonly tag?: number }).tag === FIXED_TAG;

/** What such objects have. */
interface Fixed<T> {
  readonly tag: typeof FIXED_TAG;
  /** The tag of their class. */
  readonly madeOf: number;
  /** What writes them, by version, as far as it was compiled. */
  readonly encoders: Codec<T>["encode"][];
  /** Compiles it. */
  encoderOf(version: Version): Codec<T>["encode"];
}

/**
 * Source that writes such an object `v` at `p` and returns, if `mine`, by the tags of classes, says that it belongs where it is to be written. One place calls one function, so that the engine can
 * put it there.
 */
export const fixedSource = (version: Version): string =>
  `if(mine[v.madeOf]===1)return(v.encoders[${version}]??v.encoderOf(${version}))(c,p,v);`;

/** A constructor of objects from literals that may give every field. */
export function makerOfAll<T>(of: Makes<T>): (init: object) => T {
  if (defaultMode() === "interpreted") return (init) => of.build(init as Readonly<Record<string, unknown>>);
  const { storage, settable } = of;
  const env: Record<string, unknown> = { G: of.instance() };
  const initial = (n: string): string => constant(of.initial[n], `zero$${identifier(n)}`, env);
  const given = settable.map((n, i) => `${n}:v${i}=${initial(n)}`);
  const args = storage.map((n) => (settable.includes(n) ? `v${settable.indexOf(n)}` : initial(n)));
  return compile(`return({${given}})=>new G(${args})`, env);
}

/**
 * A constructor of objects that have just these fields; what else a literal gives is left out. The others are fixed at their initial values, which stand on the prototype, so that objects are small; their encoder writes what is fixed as
 * constants.
 * @throws SouthboundError `ERR_USAGE` for a name that is none of a field
 */
export function makerOf<T>(of: Makes<T>, names: readonly string[]): (init: object) => T {
  for (const n of names)
    if (!of.settable.includes(n))
      throw new SouthboundError("ERR_USAGE", `${of.name} has no field ${JSON.stringify(n)} to make it with${suggestion(n, of.settable)}`);
  if (names.includes("format")) return makerOfAll(of);
  if (defaultMode() === "interpreted")
    return (init) => of.build(Object.fromEntries(names.map((n) => [n, (init as Readonly<Record<string, unknown>>)[n]])));
  const properties: PropertyDescriptorMap = {};
  for (const n of of.storage) if (!names.includes(n)) properties[n] = fixed(of, n, names);
  const given = new Set(names);
  const encoders: Codec<T>["encode"][] = [];
  const methods: Fixed<T> = {
    tag: FIXED_TAG,
    madeOf: (of.prototype as { readonly tag?: number }).tag ?? FIXED_TAG,
    encoders,
    encoderOf(version) {
      encoders[version] ??= encoderFor(of, version, given);
      return encoders[version];
    },
  };
  const prototype = Object.create(of.prototype, { ...properties, ...Object.getOwnPropertyDescriptors(methods) }) as object;
  return placeMaker(names, prototype, of.initial);
}

/**
 * A constructor, for one place of use, of objects that have just these properties of their own, from literals that give them; all else stands on `prototype`. Compiled, so that each place has type feedback of its own and one hidden
 * class.
 * @param prototype - is given a plain property for each of the names, which hides an accessor of that name further up
 * @param initial - the values of those that a literal leaves out
 */
export function placeMaker<T>(
  names: readonly string[],
  prototype: object,
  initial: Readonly<Record<string, unknown>> = {},
): (init: object) => T {
  for (const n of names) Object.defineProperty(prototype, n, { value: undefined, writable: true });
  const env: Record<string, unknown> = { prototype };
  const params = names.map((n, i) => `${identifier(n)}:v${i}=${constant(initial[n], `zero$${n}`, env)}`);
  const args = names.map((_, i) => `v${i}`);
  return compile(
    `function M(${args}){${names.map((n, i) => `this.${n}=v${i};`).join("")}}M.prototype=prototype;return({${params}})=>new M(${args})`,
    env,
  );
}

function fixed<T>(of: Makes<T>, name: string, names: readonly string[]): PropertyDescriptor {
  const value = of.initial[name];
  return {
    get: () => value,
    set() {
      throw new SouthboundError(
        "ERR_USAGE",
        `${of.name}.${name} cannot be set on what maker(${names.map((n) => JSON.stringify(n)).join(", ")}) has made: name it there too`,
      );
    },
  };
}

function encoderFor<T>(of: Makes<T>, version: Version, given: ReadonlySet<string>): Codec<T>["encode"] {
  const plan = of.planOf(version);
  if (plan === undefined) return of.encoderOf(version);
  try {
    return specialisedEncoder(plan, given);
  } catch (e) {
    // an initial value that this version cannot say: whoever writes the whole object tells which
    if (SouthboundError.is(e)) return of.encoderOf(version);
    throw e;
  }
}

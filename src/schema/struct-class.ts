import type { OptionTable } from "../errors/mod.js";
import type { Fields, Init, Literal } from "./field.js";
import type { Codec, Mode } from "./kind.js";
import type { Step } from "./layout.js";
import type { Element } from "./list.js";
import type { Head } from "./plan.js";
import type { Version } from "./version.js";

/** A class made from a table: the objects, and how they lie on the wire. `B` is what a literal may give besides the fields. */
export interface StructClass<F extends Fields, T, B = unknown> extends Element<T> {
  /** An object with every field at its initial value. For hot code: make one, then assign. */
  new (): T;
  readonly prototype: T;
  /**
   * An object from a literal, whose names and types are checked; addresses may be text, and fields of 64 bits safe integers. One function serves all callers, so it slows down threefold in a program with many
   * shapes of literal; hot code uses {@link maker}.
   * @throws SouthboundError `ERR_USAGE` for a name that is none of a field, and for undefined where the field has no natural default; `ERR_RANGE` for a value of another type than the field's
   */
  of(this: void, init?: Literal<F> & B): T;
  /** Makes a constructor like {@link of} for one call site, to be kept at module level: its property reads stay fast whatever others do, and what it is given is not checked before it is encoded. */
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
  /** The name of a form of a version that has a field, see {@link forms}; undefined where there is none. */
  formWith(version: Version, field: string): string | undefined;
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
   * The forms that the struct has in one and the same version: "" is the standard's; others are an extension's, such as `nxt`. An object's `format` is the form that it came in and
   * is to be sent in; where a version has no standard form, "" is sent in the extension's.
   */
  readonly forms: readonly string[];
  /** The codec for one version; without `form` of every form. */
  codec(version: Version, mode: Mode, form?: string): Codec<T>;
  /** For documentation and tests: the slots in one version. */
  steps(version: Version, form?: string): readonly Step[] | undefined;
  /** The source of the specialised codec in one version, as it is compiled; see {@link sourceOf}. */
  source(version: Version, form?: string): Readonly<Record<"decode" | "encode", string>>;
}

/** What a class looks like in which form and version. It is asked for when the class is first used. */
export interface ClassLayouts {
  /** The names of the forms; see {@link StructClass.forms}. */
  readonly forms: readonly string[];
  /** The slots of one of them by version. Throws TypeError for a table that contradicts itself. */
  slots(form: string): ReadonlyMap<Version, readonly unknown[]>;
}

/** How a struct class differs from a plain struct. */
export interface ClassOptions {
  /** What stands before the slots; by version where it differs. */
  readonly head?: (version: Version, form: string) => Head;
  /** The OpenFlow error that answers a bad length; `OFPBRC_BAD_LEN` unless given. */
  readonly reason?: string;
  /**
   * For the mode `checked`: what is wrong with values that fit their slots and do not go together, by the name of an OpenFlow error. `values` has what the bytes have. It is asked
   * behind the last slot.
   */
  readonly check?: (values: Readonly<Record<string, unknown>>, version: Version) => string | undefined;
  /** Stored beside the fields, before them. */
  readonly base?: Readonly<Record<string, unknown>>;
  /** Put on the prototype: constants and methods. */
  readonly members?: object;
  /** Whether nobody here knows what an object holds: one that was received is sent in the `version` that it came in alone, since it may mean something else in another. */
  readonly opaque?: boolean;
}

/** What {@link ClassOptions} has, for its check. */
export const CLASS_OPTIONS: OptionTable<ClassOptions> = {
  head: "function",
  reason: "string",
  check: "function",
  base: "object",
  members: "object",
  opaque: "boolean",
};

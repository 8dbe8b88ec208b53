import type { Chunk } from "../bytes/mod.js";
import type { Version } from "./version.js";

/** What JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * How a codec is made: `specialised` compiles straight-line source from the table at first use; `interpreted` walks the table, needs no code
 * generation, names the field in every error, and is what the specialised form is tested against. `bare` is the specialised codec as the parts of another one
 * use it: an encoder that fails says so by any exception, and whoever encodes the whole asks the interpreter why. `checked` walks the table too, and its decoder refuses what the rows
 * forbid besides: a struct by its size first and then slot by slot in the order of the table, so that the error is that of the first fault.
 */
export type Mode = "specialised" | "bare" | "interpreted" | "checked";

/** Whether codecs of a mode walk the table. */
export const isWalking = (mode: Mode): mode is "interpreted" | "checked" => mode === "interpreted" || mode === "checked";

/** Reads and writes one kind of value in one version. Plain functions, none of which uses `this`. */
export interface Codec<T> {
  /**
   * Reads the value that lies in [p, end), all of it.
   * @throws DecodeError where the bytes are not such a value
   */
  decode(c: Chunk, p: number, end: number): T;
  /**
   * Writes the value at `p` and returns where it ends. The caller has made room; running out of it throws a RangeError.
   * @throws SouthboundError `ERR_RANGE`, `ERR_UNSUPPORTED`
   */
  encode(c: Chunk, p: number, value: T): number;
  /** Where a value that starts at `p` ends, from what it says of itself; `end` where it says nothing. Throws as {@link decode} does. */
  extent(c: Chunk, p: number, end: number): number;
  /** For fields that are decoded when asked for: checks [p, end) as far as {@link decode} would, without making the value. */
  check?(c: Chunk, p: number, end: number): void;
  /** For fields that are decoded when asked for: the value as a view into the chunk, not a copy. */
  borrow?(c: Chunk, p: number, end: number): T;
}

/** How a value lies on the wire and how it reads in JSON. */
export interface Kind<T> {
  /** A short name for documentation, such as `u16`. */
  readonly name: string;
  /** Bytes on the wire; 0 where that varies. */
  readonly size: number;
  /** The codec for one version. */
  codec(version: Version, mode: Mode): Codec<T>;
  /** Source for the specialised codec; only kinds of fixed size have it. */
  readonly inline?: Inline;
  /** For kinds of varying size: whether the value takes all bytes up to the end of what holds it, unless a length before it says otherwise. */
  readonly greedy?: boolean;
  /** For documentation, tests and counts: what a list holds, or what a nested kind stands for. */
  readonly element?: Kind<unknown>;
  /** For documentation and tests: the values that have names, of an enumeration, or the bits, of flags. */
  readonly names?: { readonly of: "values" | "bits"; readonly table: Readonly<Record<string, number>> };
  /** For kinds of varying size: whether a value is the same as none, so that a version without the field may leave it out. */
  isEmpty?(value: T): boolean;
  /** The value that a literal gives in another type than the field's, such as an address as text; undefined for one of a type that the kind does not read. Throws as {@link fromJSON} does. */
  literal?(given: unknown): T | undefined;
  /** For errors: how a literal writes in this field what it gave under `name`, which is no field, or as an object of the class `name`; undefined where it has nothing to do with it. */
  meant?(name: string): string | undefined;
  /** The value as JSON, without loss. */
  toJSON(value: T): Json;
  /** The value from JSON. Throws a SouthboundError `ERR_USAGE`. */
  fromJSON(json: Json): T;
}

/** A kind whose values a literal may give as text. */
export interface TextKind<T> extends Kind<T> {
  literal(given: unknown): T | undefined;
}

/**
 * Source text of reading and writing a fixed-size value; `at` and `value` are expressions. In scope are `c` and `dv`, and for writing a variable `x`, in which `bad`, which comes
 * first, may leave what `put` is to write.
 */
export interface Inline {
  get(at: string): string;
  put(at: string, value: string): string;
  /** An expression that is true for a value that does not fit. */
  bad(value: string): string;
  /** Functions that the source calls, by names that are unique in the program. */
  readonly env?: Readonly<Record<string, unknown>>;
}

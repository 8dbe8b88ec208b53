import { checkOptions, type OptionTable } from "../errors/mod.js";
import { IPV4, IPV6, MAC, opaqueKind, textKind, U8, U16, U24, U32, U64, U128 } from "./fixed-kinds.js";
import type { Json, Kind } from "./kind.js";

/** What a field's documentation says beside its comment. */
export interface FieldNote {
  /** What the number counts: seconds, bytes, packets, kb/s … */
  readonly unit?: string;
  /** One line for the reference page. */
  readonly doc?: string;
  /**
   * What a version does whose layout lacks the field. `refuse`, the default: encoding a value other than the field's initial one
   * throws `ERR_UNSUPPORTED`. `drop`: the version has no use for it, and it is left out.
   */
  readonly absent?: "refuse" | "drop";
  /** Whether an initial value of zero means "none", such as no time-out: then a literal may give undefined for it. */
  readonly none?: true;
}

/** The note of a field whose zero means "none"; see {@link FieldNote.none}. */
export const OPTIONAL: FieldNote = { none: true };

/** One logical field: its kind in the widest version, and its value where nobody gave one. `W` is what a literal may give: text too, for an address. */
export interface Field<T, W = T> extends FieldNote {
  readonly kind: Kind<T>;
  readonly init: T;
  /**
   * Decoded when it is first read, from the received bytes, which are borrowed until the handler returns; `own()` decodes it and makes it the
   * user's. The bytes are checked when the message is decoded.
   */
  readonly lazy?: boolean;
  /** For types alone. */
  readonly written?: W;
}

/** A field that counts, of which a peer that does not count it says all ones. OpenFlow 1.3 §7.3.5 */
export interface Counter<T> extends Field<T> {
  /** What it is where the peer does not count. */
  readonly untold: T;
}

/** The names of those fields that count. */
export type CounterNames<F> = { [K in keyof F]: F[K] extends { readonly untold: unknown } ? K : never }[keyof F];

/** The fields of a struct, by name. */
// biome-ignore lint/suspicious/noExplicitAny: the element type of a heterogeneous table; each field keeps its own
export type Fields = Readonly<Record<string, Field<any, any>>>;

/** The values of fields. */
export type Shape<F> = { -readonly [K in keyof F]: F[K] extends Field<infer T, infer _> ? T : never };

/** Some of the values of fields; the others take their initial value. */
export type Init<F> = { readonly [K in keyof F]?: (F[K] extends Field<infer T, infer _> ? T : never) | undefined };

/** The same as a literal of `of` may give them: addresses as text, and safe integers for fields of 64 bits and more. */
export type Literal<F> = { readonly [K in keyof F]?: Written<F[K]> | undefined };
type Written<T> = T extends Field<infer V, infer W> ? W | (bigint extends V ? number : never) : never;

const NOTE: OptionTable<FieldNote> = { unit: "string", doc: "string", absent: ["refuse", "drop"], none: "boolean" };

/** A field of any kind. */
export function field<T>(kind: Kind<T>, init: T, note?: FieldNote): Field<T> {
  if (note !== undefined) checkOptions("field", note, NOTE);
  return { kind, init, ...note };
}

/** An unsigned 8-bit field. */
export const u8 = (init = 0, note?: FieldNote): Field<number> => field(U8, init, note);
/** An unsigned 16-bit field. */
export const u16 = (init = 0, note?: FieldNote): Field<number> => field(U16, init, note);
/** An unsigned 24-bit field. */
export const u24 = (init = 0, note?: FieldNote): Field<number> => field(U24, init, note);
/** An unsigned 32-bit field. */
export const u32 = (init = 0, note?: FieldNote): Field<number> => field(U32, init, note);
/** An unsigned 64-bit field. */
export const u64 = (init = 0n, note?: FieldNote): Field<bigint> => field(U64, init, note);
/** A field that counts: all ones where the peer does not count, see {@link Counter}. */
const counter = <T>(f: Field<T>, untold: T): Counter<T> => ({ ...f, untold });
/** A counter of 32 bits. */
export const count32 = (init = 0, note?: FieldNote): Counter<number> => counter(u32(init, note), 0xffff_ffff);
/** A counter of 64 bits. */
export const count64 = (init = 0n, note?: FieldNote): Counter<bigint> => counter(u64(init, note), 0xffff_ffff_ffff_ffffn);
/** An unsigned 128-bit field. */
export const u128 = (init = 0n, note?: FieldNote): Field<bigint> => field(U128, init, note);
/** An Ethernet address. */
export const mac = (init = 0, note?: FieldNote): Field<number, number | string> => field(MAC, init, note);
/** An IPv4 address. */
export const ipv4 = (init = 0, note?: FieldNote): Field<number, number | string> => field(IPV4, init, note);
/** An IPv6 address. */
export const ipv6 = (init = 0n, note?: FieldNote): Field<bigint, bigint | string> => field(IPV6, init, note);
/** Text in a field of `size` bytes. */
export const text = (size: number, note?: FieldNote): Field<string> => field(textKind(size), "", note);
/** `size` bytes that nothing interprets, zero where nobody gave others. */
export const opaque = (size: number, note?: FieldNote): Field<Uint8Array> => field(opaqueKind(size), new Uint8Array(size), note);

/** The same field, decoded when asked for; see {@link Field.lazy}. */
export const lazy = <T, W>(f: Field<T, W>): Field<T, W> => ({ ...f, lazy: true });

/** Whether `value` is as good as no value: the field's initial one, or an empty one. */
export function isEmptyValue(f: Field<unknown>, value: unknown): boolean {
  return value === f.init || (f.kind.isEmpty?.(value) ?? false);
}

const nameOf = (table: Readonly<Record<string, number>>, value: number): string | undefined =>
  Object.keys(table).find((k) => table[k] === value);

/** A number of which some values have names. JSON shows the name; values without one stay numbers. */
export function enumeration(kind: Kind<number>, names: Readonly<Record<string, number>>, init: number, note?: FieldNote): Field<number> {
  return field(
    {
      ...kind,
      names: { of: "values", table: names },
      toJSON: (v) => nameOf(names, v) ?? v,
      fromJSON: (j: Json) => (typeof j === "string" && Object.hasOwn(names, j) ? names[j]! : kind.fromJSON(j)),
    },
    init,
    note,
  );
}

/** `a | b` of numbers of up to 53 bits. */
function or(a: number, b: number): number {
  const [high, more] = [Math.floor(a / 2 ** 32), Math.floor(b / 2 ** 32)];
  return ((high | more) >>> 0) * 2 ** 32 + ((a | b) >>> 0);
}

/** A number whose bits have names. JSON shows a list of names, and the bits without one as a number. */
export function flags(kind: Kind<number>, names: Readonly<Record<string, number>>, init = 0, note?: FieldNote): Field<number> {
  return field(
    {
      ...kind,
      names: { of: "bits", table: names },
      toJSON(v) {
        const list: Json[] = [];
        let rest = v >>> 0;
        for (const [name, bit] of Object.entries(names)) {
          if (bit !== 0 && (rest & bit) >>> 0 === bit) {
            list.push(name);
            rest = (rest & ~bit) >>> 0;
          }
        }
        // bits above the 32 that operators reach have no names
        rest += v - (v >>> 0);
        if (rest !== 0) list.push(rest);
        return list;
      },
      fromJSON(j) {
        if (!Array.isArray(j)) return kind.fromJSON(j);
        let v = 0;
        for (const x of j) v = or(v, typeof x === "string" && Object.hasOwn(names, x) ? names[x]! : kind.fromJSON(x));
        return v;
      },
    },
    init,
    note,
  );
}

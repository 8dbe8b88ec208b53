import type { EntryClass } from "./entry.js";
import { type Field, isEmptyValue } from "./field.js";
import type { Codec, Kind, Mode } from "./kind.js";
import { listKind } from "./list.js";
import { Parts, type PartsCodec, type PartValues } from "./parts.js";
import type { Union } from "./union.js";
import { UnknownElement } from "./unknown-element.js";
import type { Version } from "./version.js";

/** An entry of a property list whose fields are fields of the struct that holds the list. */
export interface Lifted {
  // biome-ignore lint/suspicious/noExplicitAny: a table of many classes
  readonly type: EntryClass<any, any, any>;
  /** Whether the property is sent although its fields say nothing. */
  readonly always?: (values: PartValues) => boolean;
  /** Whether the fields say something, so that the property is sent; unless given, where one of them has another value than its initial one. `values` has the fields of every property that is there. */
  readonly says?: (values: PartValues) => boolean;
}

const NO_BYTES = new Uint8Array(0);

/** The bits of a number. */
const MOST = 32;

/**
 * The slot of a property list in which some entries are *lifted*: their fields stand in the struct itself, so that a concept has the same fields whether a
 * version writes them in place or as properties. Of several properties of one kind the last one counts, as Open vSwitch reads them.
 *
 * In a list in its usual order the lifted properties come first, in the order given, each once and none that says nothing; of such a list the field `rest` holds the others alone, unknown ones
 * included. Of any other list `rest` holds every property as it was received, the lifted ones too, and the list is sent again as it is: a property of which the fields say something else by then follows it. A list
 * without any lifted property, some of which are always sent, has in `rest` an {@link UnknownElement} with the key of each of these and no bytes, so that they are not sent either.
 */
export function lift<N extends string>(table: Union<unknown>, rest: N, lifted: readonly Lifted[]): Parts<string> {
  if (lifted.length > MOST) throw new TypeError(`${table.name}: at most ${MOST} classes can be lifted`);
  const kind = listKind(table as Union<object>) as Kind<readonly object[]>;
  const fieldNames = lifted.map(({ type }) => Object.keys(type.fields));
  const places: (number | undefined)[] = [];
  lifted.forEach(({ type }, i) => {
    places[type.tag] = i;
  });
  const says = (i: number, values: PartValues): boolean => {
    const { type, says } = lifted[i]!;
    return says === undefined ? fieldNames[i]!.some((n) => !isEmptyValue(type.fields[n]!, values[n])) : says(values);
  };
  const makers: ((values: PartValues) => object)[] = [];
  /** What makes a property of a whole object's values, of which it takes its own. */
  const makeOf = (i: number): ((values: PartValues) => object) => {
    makers[i] ??= lifted[i]!.type.maker() as (values: PartValues) => object;
    return makers[i];
  };
  /** Whether the fields say the same as a property: what is silent is the same as other silence. */
  const same = (i: number, property: object, values: PartValues): boolean => {
    const given = property as PartValues;
    const { fields } = lifted[i]!.type;
    const equal = fieldNames[i]!.every((n) => given[n] === values[n] || textOf(fields[n]!, given[n]) === textOf(fields[n]!, values[n]));
    return equal || !(says(i, values) || says(i, overlaid(values, given, fieldNames[i]!)));
  };
  const make = (version: Version, mode: Mode): PartsCodec => {
    const list: Codec<readonly object[]> = kind.codec(version, mode);
    const keys = lifted.map(({ type }) => type.keyOf(version));
    const isAlways = (i: number, values: PartValues): boolean => keys[i] !== undefined && lifted[i]!.always?.(values) === true;
    const decode: PartsCodec["decode"] = (c, p, end) => {
      const elements = list.decode(c, p, end);
      const found: Record<string, unknown> = {};
      const others: object[] = [];
      let before = -1;
      let usual = true;
      /** A bit for each lifted class: whether it is there. */
      let there = 0;
      for (const element of elements) {
        const i = places[(element as { readonly tag?: number }).tag ?? 0];
        if (i === undefined) {
          others.push(element);
          continue;
        }
        if (i <= before || others.length > 0) usual = false;
        before = i;
        there |= 1 << i;
        for (const n of fieldNames[i]!) found[n] = (element as Record<string, unknown>)[n];
      }
      let sent = 0;
      for (let i = 0; i < lifted.length; i++) if (isAlways(i, found) || ((there & (1 << i)) !== 0 && says(i, found))) sent |= 1 << i;
      if (usual && there === sent) {
        if (others.length > 0) found[rest] = others;
      } else if (there !== 0) found[rest] = elements;
      else {
        const marks = keys.filter((_, i) => isAlways(i, found)).map((key) => new UnknownElement(key!, NO_BYTES));
        found[rest] = [...marks, ...others];
      }
      return found;
    };
    const encode: PartsCodec["encode"] = (c, p, values) => {
      const given = values[rest] as readonly object[];
      const last: (object | undefined)[] = [];
      let usual = true;
      for (const element of given) {
        const i = lifted.findIndex(({ type }) => type.is(element));
        if (i !== -1) last[i] = element;
        if (i !== -1 || isMark(element)) usual = false;
      }
      const own: object[] = [];
      for (let i = 0; i < lifted.length; i++) {
        const element = last[i];
        const wanted = element !== undefined ? !same(i, element, values) : (usual && isAlways(i, values)) || says(i, values);
        if (wanted) own.push(makeOf(i)(values));
      }
      return list.encode(c, p, usual ? [...own, ...given] : [...given.filter((element) => !isMark(element)), ...own]);
    };
    return { decode, encode, extent: (c, p, end) => list.extent(c, p, end) };
  };
  return new Parts(`${table.name}[]`, [rest, ...fieldNames.flat()], make, true);
}

/** Whether an element stands for a property that was not received. */
function isMark(element: object): boolean {
  return element instanceof UnknownElement && element.bytes.length === 0;
}

/** A value as text, for comparison. */
function textOf(field: Field<unknown>, value: unknown): string {
  return JSON.stringify(field.kind.toJSON(value));
}

/** The values of a struct with those of one property in place of its own. */
function overlaid(values: PartValues, property: PartValues, names: readonly string[]): PartValues {
  return Object.create(values, Object.fromEntries(names.map((n) => [n, { value: property[n] }]))) as PartValues;
}

import type { Chunk } from "../bytes/mod.js";
import { isEmptyValue } from "./field.js";
import type { Codec, Kind, Mode } from "./kind.js";
import { listKind } from "./list.js";
import type { EntryClass, Union } from "./union.js";
import type { Version } from "./version.js";

/** The values of some fields of a struct; those left out have their initial value. */
export type PartValues = Readonly<Record<string, unknown>>;

/** Reads and writes several fields of a struct at once. */
export interface PartsCodec {
  /** Reads [p, end). Throws DecodeError. */
  decode(c: Chunk, p: number, end: number): PartValues;
  /** Writes the fields that `values`, the whole object, has, and returns where they end. */
  encode(c: Chunk, p: number, values: PartValues): number;
  /** Where the bytes that start at `p` end, from what they say of themselves. */
  extent(c: Chunk, p: number, end: number): number;
}

/**
 * A slot whose bytes hold several fields of the struct in a way that slots one behind the other cannot say: a list of properties of which some are fields of
 * their own, or a list of statistics.
 */
export class Parts<N extends string = string> {
  /** For documentation. */
  readonly name: string;
  /** The fields. */
  readonly names: readonly N[];
  /** Whether the bytes reach to the end of what holds them. */
  readonly greedy: boolean;
  readonly codec: (version: Version, mode: Mode) => PartsCodec;
  /** For tests and documentation: the kind that a field has in these bytes, where it is another one than the field's own. */
  readonly kindOf: (name: string, version: Version) => Kind<unknown> | undefined;

  constructor(
    name: string,
    names: readonly N[],
    codec: (version: Version, mode: Mode) => PartsCodec,
    greedy = false,
    kindOf: Parts["kindOf"] = () => undefined,
  ) {
    this.name = name;
    this.names = names;
    this.codec = codec;
    this.greedy = greedy;
    this.kindOf = kindOf;
  }
}

/** An entry of a property list whose fields are fields of the struct that holds the list. */
export interface Lifted {
  // biome-ignore lint/suspicious/noExplicitAny: a table of many classes
  readonly type: EntryClass<any, any, any>;
  /** Whether the property is sent although all its fields have their initial value. */
  readonly always?: (values: PartValues) => boolean;
}

/**
 * The slot of a property list in which some entries are *lifted*: their fields stand in the struct itself, so that a concept has the same fields whether a
 * version writes them in place or as properties. All other properties, unknown ones included, are in the field `rest`. Lifted ones are sent first, in the order given.
 *
 * A lifted property is left out while its fields have their initial values. One that was received with these values all the same is in `rest`, so that it is sent
 * again.
 */
export function lift<N extends string>(table: Union<unknown>, rest: N, lifted: readonly Lifted[]): Parts<string> {
  const kind = listKind(table as Union<object>) as Kind<readonly object[]>;
  const names = [rest, ...lifted.flatMap(({ type }) => Object.keys(type.fields))];
  const speaks = ({ type }: Lifted, values: PartValues): boolean =>
    Object.keys(type.fields).some((n) => !isEmptyValue(type.fields[n]!, values[n]));
  const make = (version: Version, mode: Mode): PartsCodec => {
    const list: Codec<readonly object[]> = kind.codec(version, mode);
    return {
      decode(c, p, end) {
        const found: Record<string, unknown> = {};
        const others: object[] = [];
        const seen = new Set<Lifted>();
        for (const element of list.decode(c, p, end)) {
          const entry = lifted.find(({ type }) => type.is(element));
          const first = entry !== undefined && !seen.has(entry);
          if (first) seen.add(entry);
          if (first && (entry.always !== undefined || speaks(entry, element as PartValues))) {
            for (const n of Object.keys(entry.type.fields)) found[n] = (element as Record<string, unknown>)[n];
          } else others.push(element);
        }
        if (others.length > 0) found[rest] = others;
        return found;
      },
      encode(c, p, values) {
        const others = [...(values[rest] as readonly object[])];
        const own: object[] = [];
        for (const l of lifted) {
          if (l.type.keyOf(version) === undefined) continue;
          const made = l.type.of(values);
          const next = others.find((o) => l.type.is(o));
          if (l.always?.(values) === true || speaks(l, values)) own.push(made);
          else if (next !== undefined && l.always === undefined && !speaks(l, next as PartValues))
            own.push(...others.splice(others.indexOf(next), 1));
          // a second property of one kind stays behind the lifted one, or it would be lifted in its place
          else if (next !== undefined) own.push(made);
        }
        return list.encode(c, p, [...own, ...others] as readonly object[]);
      },
      extent: (c, p, end) => list.extent(c, p, end),
    };
  };
  return new Parts(`${table.name}[]`, names, make, true);
}

import { checkOptions } from "../errors/mod.js";
import { structClass } from "./class.js";
import type { Fields, Shape } from "./field.js";
import type { Instance } from "./instance.js";
import { byVersion, type Slot } from "./layout.js";
import { FIXED_TAG } from "./maker.js";
import type { Head, HeadField } from "./plan.js";
import { CLASS_OPTIONS, type ClassOptions, type StructClass } from "./struct-class.js";
import type { Version, VersionRange } from "./version.js";
import type { ElementFrame } from "./walk.js";

/** Where one part of a key stands in an element. */
export interface KeyPart {
  readonly at: number;
  readonly size: 1 | 2 | 4;
  /** For a check: the bytes that an element with such a part has at least. */
  readonly room?: number;
  /** For a check: numbers that are known even if no entry has them. */
  readonly known?: readonly number[];
  /** The OpenFlow error that answers an element whose number here is not in the table; that of the whole union unless given. */
  readonly reason?: string;
}

/** What all elements of a union begin with: their length, and the numbers that identify them. */
export interface UnionHeader {
  readonly frame: ElementFrame;
  /** Given where a check asks what an element is before it asks how long: the bytes that it has at least. Otherwise its length comes first. */
  readonly keyFirst?: number;
  /** Constants besides the key and the length, such as the version byte of a message. */
  readonly constants?: (version: Version, key: readonly number[]) => Head["constants"];
  /** Where the slots begin at the least; behind the frame's minimum and the key where not given. */
  readonly body?: (version: Version, key: readonly number[]) => number;
  /** Where an element has the version as a byte: one that is not known is refused in any other version, since it is sent as its bytes. */
  readonly versionAt?: number;
  /** Fields that every element has before its slots. */
  readonly fields?: Head["fields"];
  /**
   * Where the next part of a key stands, after the parts in `prefix`: an action's type, and behind the type of experimenters the experimenter,
   * and behind that the experimenter's own type. Undefined where no more is known.
   */
  part(version: Version, prefix: readonly number[]): KeyPart | undefined;
}

/** One entry in some versions: the numbers that identify it, and its slots behind them. */
export interface EntryLayout<F> {
  readonly key: readonly number[];
  readonly slots: readonly Slot<F>[];
  /** Whether a check takes such an element for one that is not in the table, since those by whose rules it goes do not know it. */
  readonly unchecked?: boolean;
  /** For a check: the bytes of the whole element, where the slots alone leave that open. */
  readonly takes?: { readonly exactly?: number; readonly least?: number };
}

/** The layouts of an entry. */
export type EntryLayouts<F> = Readonly<Partial<Record<VersionRange, EntryLayout<F>>>>;

/** An entry of a union: a class, with its key in each version. */
export interface EntryClass<F extends Fields, T, B = unknown> extends StructClass<F, T, B> {
  /** The name by which JSON and `switch` identify it. */
  readonly entryName: string;
  /** The key in a version, of the standard's form or another one; undefined where the version does not have the entry in that form. */
  keyOf(version: Version, form?: string): readonly number[] | undefined;
  /** The layout that the table has for a version and form, with whatever columns it has besides; undefined as for {@link keyOf}. */
  layoutOf(version: Version, form?: string): EntryLayout<F> | undefined;
  /** For the codecs: a number that no other class has. */
  readonly tag: number;
}

const { head: _head, reason: _reason, ...SHARED } = CLASS_OPTIONS;
const ENTRY_OPTIONS = { ...SHARED, headFields: "list", forms: "object" } as const;

let tags = FIXED_TAG;

/** Makes a class whose objects are elements with a header. `base`, `members` and `opaque` as in {@link structClass}; `headFields` stand in the header of these elements alone. */
export function entryClass<F extends Fields, T, B = unknown>(
  name: string,
  entryName: string,
  header: UnionHeader,
  fields: F,
  layouts: EntryLayouts<F>,
  options: {
    readonly base?: Readonly<Record<string, unknown>>;
    readonly members?: object;
    readonly opaque?: boolean;
    readonly headFields?: readonly HeadField[];
    readonly forms?: Readonly<Record<string, EntryLayouts<F>>>;
    readonly check?: ClassOptions["check"];
  } = {},
): EntryClass<F, T, B> {
  checkOptions(name, options, ENTRY_OPTIONS);
  const forms = ["", ...Object.keys(options.forms ?? {})];
  const found = new Map<string, Map<Version, EntryLayout<F>>>();
  const layoutsOf = (form: string): Map<Version, EntryLayout<F>> | undefined => {
    let of = found.get(form);
    const given = form === "" ? layouts : options.forms?.[form];
    if (of === undefined && given !== undefined) {
      of = byVersion<EntryLayout<F>>(name, given);
      found.set(form, of);
    }
    return of;
  };
  const head = (version: Version, form: string): Head => {
    const { key, takes } = layoutsOf(form)!.get(version)!;
    const constants = [...(header.constants?.(version, key) ?? [])];
    let start = Math.max(header.frame.min, header.body?.(version, key) ?? 0);
    key.forEach((value, i) => {
      const part = header.part(version, key.slice(0, i));
      if (part === undefined) throw new TypeError(`${name}: its key has more parts than the header`);
      constants.push([part.at, part.size, value]);
      start = Math.max(start, part.at + part.size);
    });
    return {
      constants,
      fields: [...(header.fields ?? []), ...(options.headFields ?? [])],
      start,
      lengthAt: header.frame.lengthAt,
      align: header.frame.align,
      counted: header.frame.counted,
      takes,
    };
  };
  tags += 1;
  const tag = tags;
  const slots = (form: string): Map<Version, readonly Slot<F>[]> => new Map([...layoutsOf(form)!].map(([v, layout]) => [v, layout.slots]));
  const made = structClass<F, T>(
    name,
    fields,
    { forms, slots },
    {
      head,
      ...(options.opaque === undefined ? {} : { opaque: options.opaque }),
      ...(options.check === undefined ? {} : { check: options.check }),
      reason: header.frame.reason,
      ...(options.base === undefined ? {} : { base: options.base }),
      ...(options.members === undefined ? {} : { members: options.members }),
    },
  );
  if (Object.hasOwn(fields, "type")) throw new TypeError(`${name}: type is no name for a field, since it tells what an element is`);
  Object.defineProperty(made.prototype, "type", { value: entryName, enumerable: true });
  Object.defineProperty(made.prototype, "tag", { value: tag });
  return Object.assign(made, {
    entryName,
    tag,
    keyOf: (version: Version, form = "") => layoutsOf(form)?.get(version)?.key,
    layoutOf: (version: Version, form = "") => layoutsOf(form)?.get(version),
  }) as EntryClass<F, T, B>;
}

/** The values of an entry's objects. */
export type EntryShape<N extends string, F> = Shape<F> & Instance & { readonly type: N };

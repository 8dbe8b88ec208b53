import { Chunk } from "../bytes/mod.js";
import { checkOptions, type OptionTable } from "../errors/mod.js";
import { type Action, ApplyActions, EXPERIMENTER, INSTRUCTIONS, Match, MESSAGES, type Message, PortNo } from "../ofp/mod.js";
import {
  type EntryClass,
  type Fields,
  type Kind,
  type Mode,
  type Parts,
  type StructClass,
  type Union,
  UnknownElement,
  type Version,
} from "../schema/mod.js";
import { ARBITRARY_ACTION_PARTS, settleAction } from "./arbitrary-action.js";
import {
  arbitraryEntry,
  arbitraryMatch,
  arbitraryMatch10,
  arbitraryMatch11,
  arbitraryNxEntry,
  arbitraryNxMatch,
} from "./arbitrary-match.js";
import { bytesFrom, chance, pick, type RandomSource } from "./arbitrary-source.js";
import { ARBITRARY_STATS } from "./arbitrary-stats.js";

/** How wild what is made may be. */
export interface ArbitraryOptions {
  /**
   * False, which is the default: whatever the tables can say, unknown elements and numbers without a meaning included. True: values that have a name where
   * some do, known elements only, matches whose prerequisites hold.
   */
  readonly sensible?: boolean;
  /** Elements of a list at most; 4 if not given. A list within a list has at most half as many. */
  readonly maxElements?: number;
  /** Bytes of free data at most; 40 if not given. */
  readonly maxBytes?: number;
}

/** What {@link ArbitraryOptions} has, for its check. */
export const ARBITRARY_OPTIONS: OptionTable<ArbitraryOptions> = { sensible: "boolean", maxElements: "number", maxBytes: "number" };

// biome-ignore lint/suspicious/noExplicitAny: any class made from a table
type AnyClass = StructClass<any, any>;
// biome-ignore lint/suspicious/noExplicitAny: any entry of any union
type AnyEntry = EntryClass<any, any, any>;
type AnyUnion = Union<unknown>;

const isClass = (kind: Kind<unknown>): kind is AnyClass => typeof kind === "function" && "steps" in kind;
const isUnion = (kind: Kind<unknown>): kind is AnyUnion => "entries" in kind;

const MODE: Mode = "interpreted";

/** Kinds that no table describes further, by their names. */
const SPECIAL: Readonly<Record<string, (source: RandomSource, version: Version, options: ArbitraryOptions, kind: Kind<never>) => unknown>> =
  {
    match: arbitraryMatch,
    oxm: arbitraryEntry,
    nxm: arbitraryNxEntry,
    ...ARBITRARY_ACTION_PARTS,
    ...ARBITRARY_STATS,
    match10: arbitraryMatch10,
    match11: (source, _version, _options, kind) => arbitraryMatch11(source, kind as Kind<unknown>),
    nxMatch: arbitraryNxMatch,
    oxmList: arbitraryMatch,
    inPort10: (source) => Match.of({ inPort: source.integer(0, 0xfeff) }),
    ports11(source) {
      const [inPort, inPhyPort] = [source.integer(0, 0xffffffff), source.integer(0, 0xffffffff)];
      return Match.of(inPort === inPhyPort ? { inPort } : { inPort, inPhyPort });
    },
    nestedMessage(source, version, options) {
      const m = arbitraryMessage(source, version, {
        sensible: options.sensible ?? false,
        maxElements: 2,
        maxBytes: options.maxBytes ?? 40,
      });
      (m as { version: number }).version = version;
      return m;
    },
    actions10(source, version, options) {
      const entry = INSTRUCTIONS.entries.find((e) => e.entryName === "apply-actions")!;
      const { kind } = (entry.fields as Fields).actions!;
      const actions = arbitraryValue(source, kind, version, options) as readonly Action[];
      return actions.length === 0 ? [] : [ApplyActions.of({ actions })];
    },
  };

/**
 * A random value of a kind that `version` can express, and that decodes from what it encodes to. Throws TypeError for a kind that
 * it does not know how to fill.
 * @param named - the field's own kind, where a layout has another one, for the names of values
 */
export function arbitraryValue(
  source: RandomSource,
  kind: Kind<unknown>,
  version: Version,
  options: ArbitraryOptions = {},
  named: Kind<unknown> = kind,
): unknown {
  checkOptions("arbitraryValue", options, ARBITRARY_OPTIONS);
  const special = SPECIAL[kind.name];
  if (special !== undefined) return special(source, version, options, kind as Kind<never>);
  if (isUnion(kind)) return arbitraryElement(source, kind, version, options);
  if (isClass(kind)) return arbitraryObject(source, kind, version, options);
  if (kind.size > 0) return fixedValue(source, kind, version, options, named);
  if (kind.name === "bytes") return bytesFrom(source, source.integer(0, options.maxBytes ?? 40));
  const { element } = kind;
  if (element === undefined) throw new TypeError(`no random values are known of ${kind.name}`);
  if (kind.greedy !== true) {
    const value = arbitraryValue(source, element, version, options);
    // a struct that is only a step on the way to objects of another class
    return "build" in element && "toJSON" in kind ? kind.fromJSON(element.toJSON(value)) : value;
  }
  const most = options.maxElements ?? 4;
  const within = { ...options, maxElements: most >> 1 };
  return Array.from({ length: source.integer(0, most) }, () => arbitraryValue(source, element, version, within));
}

/** Whether a version can say a value. */
function has(kind: Kind<unknown>, version: Version, value: unknown): boolean {
  const codec = kind.codec(version, MODE);
  const chunk = new Chunk(kind.size);
  try {
    codec.encode(chunk, 0, value);
  } catch {
    return false;
  }
  return codec.decode(chunk, 0, kind.size) === value;
}

/** Any bytes, decoded: so the value is one that the version has. */
function fixedValue(source: RandomSource, kind: Kind<unknown>, version: Version, options: ArbitraryOptions, named: Kind<unknown>): unknown {
  if (options.sensible === true) {
    if (named.names !== undefined) {
      const values = Object.values(named.names.table);
      const value =
        named.names.of === "values" ? pick(source, values) : values.reduce((sum, bit) => (chance(source, 25) ? (sum | bit) >>> 0 : sum), 0);
      if (has(kind, version, value)) return value;
    }
    if (kind.name === "port" || kind.name === "port16")
      return chance(source, 80) ? source.integer(1, 0xfe00) : pick(source, [PortNo.Local, PortNo.Controller, PortNo.InPort, PortNo.All]);
    if (kind.name.startsWith("text")) return pick(source, ["", "eth0", "br-int", "a".repeat(Math.min(15, kind.size - 1))]);
  }
  const codec = kind.codec(version, MODE);
  const style = source.integer(0, 5);
  const bytes = style === 0 ? new Uint8Array(kind.size) : style === 1 ? new Uint8Array(kind.size).fill(255) : bytesFrom(source, kind.size);
  if (style === 2) bytes.fill(0, 0, kind.size - 1);
  return codec.decode(new Chunk(bytes), 0, kind.size);
}

/** The values of several fields as they come back: what one of them says may be said by another in the bytes. */
function settled<T>(
  parts: Parts,
  type: StructClass<Fields, T>,
  values: Record<string, unknown>,
  version: Version,
): Record<string, unknown> {
  const codec = parts.codec(version, MODE);
  const chunk = new Chunk(66_000);
  const end = codec.encode(chunk, 0, type.build(values) as Record<string, unknown>);
  const found = codec.decode(chunk, 0, end);
  return Object.fromEntries(parts.names.map((n) => [n, found[n]]));
}

/** Leaves to the ids of experimenters alone what only they have. */
function settleId(name: string, values: Record<string, unknown>): void {
  if (!/^(Instruction|Action)Id$/.test(name)) return;
  values.data = new Uint8Array(0);
  if (values.id !== EXPERIMENTER) values.experimenter = 0;
  else if (values.experimenter === 0) values.experimenter = 1;
}

/** A random object of a class, with every field that the version has. Throws where the version does not have the class. */
export function arbitraryObject<T>(
  source: RandomSource,
  type: StructClass<Fields, T>,
  version: Version,
  options: ArbitraryOptions = {},
): T {
  checkOptions("arbitraryObject", options, ARBITRARY_OPTIONS);
  const forms = type.forms.filter((form) => type.steps(version, form) !== undefined);
  if (forms.length === 0) throw new TypeError(`version ${version} has no ${type.name}`);
  const form = pick(source, forms);
  const steps = type.steps(version, form)!;
  const values: Record<string, unknown> = {};
  for (const step of steps)
    if (step.op === "field") values[step.name] = arbitraryValue(source, step.kind, version, options, type.fields[step.name]!.kind);
  for (const step of steps) {
    if (step.op !== "parts") continue;
    for (const n of step.parts.names) {
      const { kind } = type.fields[n]!;
      values[n] = arbitraryValue(source, step.parts.kindOf(n, version) ?? kind, version, options, kind);
    }
    settleAction(type.name, values);
    if (step.parts.names.includes("namesTable")) values.namesTable = true;
    Object.assign(values, settled(step.parts, type, values, version));
  }
  if (options.sensible === true) settleId(type.name, values);
  if (type.storage.includes("format") && !Object.hasOwn(type.fields, "format")) values.format = form;
  if (type.storage.includes("xid")) values.xid = source.integer(0, 0xffffffff);
  if (type.storage.includes("flags") && !Object.hasOwn(type.fields, "flags")) values.flags = source.integer(0, 1);
  return type.build(values);
}

/** A random element of a union in a version. */
function arbitraryElement(source: RandomSource, table: AnyUnion, version: Version, options: ArbitraryOptions): unknown {
  const known = table.entries.filter((e) => e.versions.includes(version));
  if (known.length > 0 && (options.sensible === true || !chance(source, 10)))
    return arbitraryObject(source, pick<AnyEntry>(source, known), version, options);
  return (
    unknownElement(source, table, version) ??
    (known.length > 0 ? arbitraryObject(source, pick<AnyEntry>(source, known), version, options) : undefined)
  );
}

/** An element that no entry describes; undefined where the numbers drawn happened to be those of one. */
function unknownElement(source: RandomSource, table: AnyUnion, version: Version): UnknownElement | undefined {
  const { lengthAt, min, align, counted } = table.frame(version)!;
  let length = min + source.integer(0, 24);
  if (counted) length += (align - (length % align)) % align;
  const bytes = bytesFrom(source, length);
  if ((table as unknown) === MESSAGES) bytes[0] = version;
  bytes[lengthAt] = length >> 8;
  bytes[lengthAt + 1] = length & 255;
  try {
    const element = table.codec(version, MODE).decode(new Chunk(bytes), 0, length);
    return element instanceof UnknownElement ? element : undefined;
  } catch {
    return undefined;
  }
}

/** The classes of messages that a version has. */
export function messageClasses(version: Version): readonly AnyEntry[] {
  return (MESSAGES.entries as readonly AnyEntry[]).filter((e) => e.versions.includes(version));
}

const MESSAGE_OPTIONS: OptionTable<ArbitraryOptions & { readonly type?: string }> = { ...ARBITRARY_OPTIONS, type: "string" };

/**
 * A random message of a version, from the tables.
 * @param type - the `type` of the message; any if not given
 */
export function arbitraryMessage(
  source: RandomSource,
  version: Version,
  options: ArbitraryOptions & { readonly type?: string } = {},
): Message {
  checkOptions("arbitraryMessage", options, MESSAGE_OPTIONS);
  const { type, ...rest } = options;
  const classes = messageClasses(version).filter((e) => type === undefined || e.entryName === type);
  if (classes.length === 0) throw new TypeError(`version ${version} has no message ${type}`);
  return arbitraryObject(source, pick(source, classes), version, rest) as Message;
}

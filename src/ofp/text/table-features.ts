import type { Union, UnknownElement } from "../../schema/mod.js";
import type { TABLE_PROPERTIES, TableFeatures } from "../multipart/table.js";
import { fieldNameAt, fieldPlace, fieldSizeAt } from "./field-names.js";
import { cutBytes } from "./words.js";

/** What a table does with the packets that its flows match, or with those that none does. */
export interface InstructionFeatures {
  /** The tables that a packet can go on to. */
  next: ReadonlySet<number>;
  /** Bit n of {@link INSTRUCTION_WORDS}. */
  instructions: number;
  write: ActionFeatures;
  apply: ActionFeatures;
}

/** Actions and the fields that can be set. */
export interface ActionFeatures {
  /** Bit n of {@link ACTION_WORDS}. */
  actions: number;
  setFields: ReadonlySet<number>;
}

/** The features of a table, understood. Fields are places in the order of names. */
export interface Features {
  readonly tableId: number;
  readonly name: string;
  readonly metadataMatch: bigint;
  readonly metadataWrite: bigint;
  readonly maxEntries: number;
  /** Whether flows can be evicted, and vacancy be told; undefined in versions that do not say. */
  readonly eviction: boolean | undefined;
  readonly vacancy: boolean | undefined;
  readonly nonmiss: InstructionFeatures;
  readonly miss: InstructionFeatures;
  readonly match: ReadonlySet<number>;
  readonly mask: ReadonlySet<number>;
  readonly wildcard: ReadonlySet<number>;
}

/** The instructions in the order in which they are listed, with their numbers. */
export const INSTRUCTION_WORDS: readonly (readonly [type: number, word: string])[] = [
  [6, "meter"],
  [4, "apply_actions"],
  [5, "clear_actions"],
  [3, "write_actions"],
  [2, "write_metadata"],
  [1, "goto_table"],
];

/** The actions in the order in which they are listed, with their numbers since OpenFlow 1.2. */
export const ACTION_WORDS: readonly (readonly [type: number, word: string])[] = [
  [0, "output"],
  [22, "group"],
  [25, "set_field"],
  [18, "strip_vlan"],
  [17, "push_vlan"],
  [23, "mod_nw_ttl"],
  [24, "dec_ttl"],
  [15, "set_mpls_ttl"],
  [16, "dec_mpls_ttl"],
  [19, "push_mpls"],
  [20, "pop_mpls"],
  [21, "set_queue"],
];

const NONE: ReadonlySet<number> = new Set();
const NO_ACTIONS: ActionFeatures = { actions: 0, setFields: NONE };

/** A table of which nothing is known but its number. */
export const noFeatures = (tableId: number, name = ""): Features => {
  const none: InstructionFeatures = { next: NONE, instructions: 0, write: NO_ACTIONS, apply: NO_ACTIONS };
  const fields = { match: NONE, mask: NONE, wildcard: NONE };
  return {
    tableId,
    name,
    metadataMatch: 0n,
    metadataWrite: 0n,
    maxEntries: 0,
    eviction: undefined,
    vacancy: undefined,
    nonmiss: none,
    miss: none,
    ...fields,
  };
};

/** Bytes that are no list of ids. */
class Fault extends Error {}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The types in a list of headers of actions or instructions, which have 4 bytes, or more for experimenters. */
function typesIn(ids: Uint8Array): number[] {
  const dv = view(ids);
  const types: number[] = [];
  for (let p = 0; p < ids.length; ) {
    if (ids.length - p < 4) throw new Fault("OFPBPC_BAD_LEN");
    const length = dv.getUint16(p + 2);
    if (length < 4 || length > ids.length - p) throw new Fault("OFPBPC_BAD_LEN");
    types.push(dv.getUint16(p));
    p += length;
  }
  return types;
}

function bitsOf(types: readonly number[], words: readonly (readonly [type: number, word: string])[]): number {
  let bits = 0;
  for (const type of types) {
    const i = words.findIndex(([t]) => t === type);
    if (i >= 0) bits |= 1 << i;
  }
  return bits;
}

const EXPERIMENTER_CLASS = 0xffff;

/** The fields in a list of OXM headers: those without a mask, and those with one. Fields without a name are passed over. */
function fieldsIn(ids: Uint8Array): [exact: Set<number>, masked: Set<number>] {
  const dv = view(ids);
  const exact = new Set<number>();
  const masked = new Set<number>();
  for (let p = 0; p < ids.length; ) {
    if (ids.length - p < 4) throw new Fault("OFPBMC_BAD_LEN");
    const header = dv.getUint32(p);
    const experimenter = header >>> 16 === EXPERIMENTER_CLASS;
    if (experimenter && (ids.length - p < 8 || (header & 0xff) < 4)) throw new Fault("OFPBMC_BAD_LEN");
    const place = fieldPlace(experimenter ? dv.getUint32(p + 4) : header >>> 16, (header >>> 9) & 127);
    const length = (header & 0xff) - (experimenter ? 4 : 0);
    const hasMask = (header & 256) !== 0;
    const size = place === undefined ? 0 : fieldSizeAt(place);
    if (place !== undefined && (size === 0 || length === (hasMask ? 2 * size : size))) (hasMask ? masked : exact).add(place);
    p += experimenter ? 8 : 4;
  }
  return [exact, masked];
}

/** A list of fields in which none may have a mask. */
function plainFields(ids: Uint8Array): Set<number> {
  const [exact, masked] = fieldsIn(ids);
  if (masked.size > 0) throw new Fault("OFPBMC_BAD_MASK");
  return exact;
}

function tablesIn(ids: Uint8Array): Set<number> {
  if (ids.includes(0xff)) throw new Fault("OFPBPC_BAD_VALUE");
  return new Set(ids);
}

type Property = typeof TABLE_PROPERTIES extends Union<infer T> ? T | UnknownElement : never;

/** What each property that a table must have is called. OpenFlow 1.3 §7.3.5.5.2 */
const REQUIRED: readonly string[] = [
  "instructions",
  "next-tables",
  "write-actions",
  "apply-actions",
  "match",
  "wildcards",
  "write-setfield",
  "apply-setfield",
];

const EVICTION = 1;
const VACANCY = 2;
const ANY_TABLE = 0xff;

/** Understands the features of a table as they stand on the wire, or answers the name of the error by which Open vSwitch refuses them. */
export function understand(t: TableFeatures, version: number): Features | string {
  if (t.tableId === ANY_TABLE) return "OFPTFFC_BAD_TABLE";
  try {
    return read(t, version);
  } catch (e) {
    if (e instanceof Fault) return e.message;
    throw e;
  }
}

/** What a property says: the tables to go on to, bits of instructions or actions, or fields. */
interface Said {
  readonly tables?: ReadonlySet<number>;
  readonly bits?: number;
  readonly fields?: ReadonlySet<number>;
  readonly masked?: ReadonlySet<number>;
}

const NOTHING: Said = {};
const actionsSaid = (ids: Uint8Array): Said => ({ bits: bitsOf(typesIn(ids), ACTION_WORDS) });
const fieldsSaid = (ids: Uint8Array): Said => ({ fields: plainFields(ids) });

/** How to read the properties; those of misses are read as the others. */
const READERS: Readonly<Record<string, (ids: Uint8Array) => Said>> = {
  instructions: (ids) => ({ bits: bitsOf(typesIn(ids), INSTRUCTION_WORDS) }),
  "next-tables": (ids) => ({ tables: tablesIn(ids) }),
  "write-actions": actionsSaid,
  "apply-actions": actionsSaid,
  match(ids) {
    const [fields, masked] = fieldsIn(ids);
    return { fields, masked };
  },
  wildcards: fieldsSaid,
  "write-setfield": fieldsSaid,
  "apply-setfield": fieldsSaid,
};

function read(t: TableFeatures, version: number): Features {
  const found = new Map<string, Said>();
  for (const property of t.properties as readonly Property[]) {
    if (property.type === "unknown") continue;
    if (found.has(property.type)) throw new Fault("OFPTFFC_BAD_FEATURES");
    found.set(property.type, READERS[property.type.replace(/-miss$/, "")]!(property.ids));
  }
  const get = (name: string): Said => found.get(name) ?? NOTHING;
  const side = (suffix: string): InstructionFeatures => {
    const said = (name: string): Said => found.get(name + suffix) ?? get(name);
    const doing = (verb: string): ActionFeatures => ({
      actions: said(`${verb}-actions`).bits ?? 0,
      setFields: said(`${verb}-setfield`).fields ?? NONE,
    });
    return {
      instructions: said("instructions").bits ?? 0,
      next: said("next-tables").tables ?? NONE,
      write: doing("write"),
      apply: doing("apply"),
    };
  };
  const nonmiss = side("");
  const miss = side("-miss");
  const { fields: exact = NONE, masked: mask = NONE } = get("match");
  const wild = get("wildcards").fields ?? NONE;
  if ((version < 6 || t.properties.length > 0) && !REQUIRED.every((name) => found.has(name))) throw new Fault("OFPTFFC_BAD_FEATURES");
  const match = new Set([...exact, ...mask]);
  const wildcard = new Set([...wild, ...mask].filter((f) => match.has(f)));
  return {
    tableId: t.tableId,
    name: cutBytes(t.name, 31),
    metadataMatch: t.metadataMatch,
    metadataWrite: t.metadataWrite,
    maxEntries: t.maxEntries,
    eviction: version >= 5 ? (t.config & EVICTION) !== 0 : undefined,
    vacancy: version >= 5 ? (t.config & VACANCY) !== 0 : undefined,
    nonmiss,
    miss,
    match,
    mask,
    wildcard,
  };
}

/** The names of fields in their order. */
export const namesOf = (fields: ReadonlySet<number>): string[] => [...fields].sort((a, b) => a - b).map(fieldNameAt);

import type { Version } from "../../../schema/mod.js";
import type { InstructionId, OxmId } from "../../id-list.js";
import { formOfNumber, listedPlace } from "../../oxm/fields.js";
import { EXPERIMENTER_CLASS } from "../../oxm/header.js";
import type { TableFeatures } from "../../table/table-features.js";
import { TABLE_PROPERTIES, type TableProperty } from "../../table/table-property.js";
import { actionSet } from "../action/action-names.js";
import { ANY_TABLE } from "../flow/flow-words.js";
import { cutBytes } from "../words.js";

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
  /** As `actionSet` makes it. */
  actions: number;
  setFields: ReadonlySet<string>;
}

/** The features of a table, understood. Fields are their names in Open vSwitch. */
export interface Features {
  readonly tableId: number;
  readonly name: string;
  readonly metadataMatch: bigint;
  readonly metadataWrite: bigint;
  readonly maxEntries: number;
  /** What is done with packets that no flow matches, in words; undefined in versions that do not say. */
  readonly miss11: string | undefined;
  /** Whether flows can be evicted, and vacancy be reported; undefined in versions that do not say. */
  readonly eviction: boolean | undefined;
  readonly vacancy: boolean | undefined;
  readonly nonmiss: InstructionFeatures;
  readonly miss: InstructionFeatures;
  readonly match: ReadonlySet<string>;
  readonly mask: ReadonlySet<string>;
  readonly wildcard: ReadonlySet<string>;
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

const NONE: ReadonlySet<never> = new Set();
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
    miss11: undefined,
    eviction: undefined,
    vacancy: undefined,
    nonmiss: none,
    miss: none,
    ...fields,
  };
};

/** A list that Open vSwitch refuses. */
class Fault extends Error {}

function bitsOf(ids: readonly InstructionId[]): number {
  let bits = 0;
  for (const { id } of ids) {
    const i = INSTRUCTION_WORDS.findIndex(([t]) => t === id);
    if (i >= 0) bits |= 1 << i;
  }
  return bits;
}

/** The fields in a list of OXM headers: those without a mask, and those with one. Fields without a name are passed over. */
function fieldsIn(ids: readonly OxmId[]): [exact: Set<string>, masked: Set<string>] {
  const exact = new Set<string>();
  const masked = new Set<string>();
  for (const id of ids) {
    const long = typeof id === "bigint";
    const header = long ? Number(id >> 32n) : id;
    if (header >>> 16 === EXPERIMENTER_CLASS && (header & 0xff) < 4) throw new Fault("OFPBMC_BAD_LEN");
    const form = formOfNumber(header >>> 16, long ? Number(id & 0xffffffffn) : 0, (header >>> 9) & 127);
    const length = (header & 0xff) - (long ? 4 : 0);
    const hasMask = (header & 256) !== 0;
    if (form === undefined || form.listed < 0) continue;
    const { size } = form;
    if (size === 0 || length === (hasMask ? 2 * size : size)) (hasMask ? masked : exact).add(form.name);
  }
  return [exact, masked];
}

/** A list of fields in which none may have a mask. */
function plainFields(ids: readonly OxmId[]): Set<string> {
  const [exact, masked] = fieldsIn(ids);
  if (masked.size > 0) throw new Fault("OFPBMC_BAD_MASK");
  return exact;
}

function tablesIn(ids: readonly number[]): Set<number> {
  if (ids.includes(0xff)) throw new Fault("OFPBPC_BAD_VALUE");
  return new Set(ids);
}

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

const EVICTION = 4;
const VACANCY = 8;

/** Understands the features of a table as they stand on the wire, or answers the name of the error by which Open vSwitch refuses them. */
export function understand(t: TableFeatures, version: Version): Features | string {
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
  readonly fields?: ReadonlySet<string>;
  readonly masked?: ReadonlySet<string>;
}

const NOTHING: Said = {};

/** What a property says; those of misses are read as the others. Undefined for one that Open vSwitch passes over. */
function saidBy(property: TableProperty, version: Version): Said | undefined {
  switch (property.type) {
    case "instructions":
    case "instructions-miss":
      return { bits: bitsOf(property.ids) };
    case "next-tables":
    case "next-tables-miss":
      return { tables: tablesIn(property.ids) };
    case "write-actions":
    case "write-actions-miss":
    case "apply-actions":
    case "apply-actions-miss": {
      const types = new Set(property.ids.map(({ id }) => id));
      return { bits: actionSet((type) => types.has(type), version) };
    }
    case "match": {
      const [fields, masked] = fieldsIn(property.ids);
      return { fields, masked };
    }
    case "wildcards":
    case "write-setfield":
    case "write-setfield-miss":
    case "apply-setfield":
    case "apply-setfield-miss":
      return { fields: plainFields(property.ids) };
    default:
      return undefined;
  }
}

function read(t: TableFeatures, version: Version): Features {
  const found = new Map<string, Said>();
  const seen = new Set<number>();
  for (const property of t.properties) {
    const [type] = property.type === "unknown" ? property.key : TABLE_PROPERTIES.entries.find((e) => e.is(property))!.keyOf(version)!;
    if (type! < 32 && seen.has(type!)) throw new Fault("OFPTFFC_BAD_FEATURES");
    seen.add(type!);
    const said = saidBy(property, version);
    if (said !== undefined) found.set(property.type, said);
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
    miss11: undefined,
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
export const namesOf = (fields: ReadonlySet<string>): string[] => [...fields].sort((a, b) => listedPlace(a) - listedPlace(b));

import type { Version } from "../../schema/mod.js";
import type { TableStats } from "../multipart/table.js";
import { actionSet, inBitmap } from "./action-names.js";
import { fieldPlace } from "./field-names.js";
import { type Features, INSTRUCTION_WORDS, noFeatures } from "./table-features.js";
import { missText } from "./table-mod.js";
import { cutBytes } from "./words.js";

/** The fields that OpenFlow 1.0 says of a table to be wildcards, by the bits of its wildcards; each address has six. */
const WILDCARDS10: readonly (readonly [bits: number, oxm: number])[] = [
  [1, 0],
  [1 << 1, 6],
  [1 << 2, 4],
  [1 << 3, 3],
  [1 << 4, 5],
  [1 << 5, 10],
  [1 << 6, 13],
  [1 << 7, 14],
  [63 << 8, 11],
  [63 << 14, 12],
  [1 << 20, 7],
];
/** The type of service of OpenFlow 1.0 and the port of NXM are fields of their own. */
const TOS10 = [1 << 21, 5] as const;
const NXM_CLASS = 0;
const OXM_CLASS = 0x8000;

function wildcards10(wildcards: number): Set<number> {
  const fields = new Set<number>();
  for (const [bits, id] of WILDCARDS10) {
    if ((wildcards & bits) !== 0) fields.add(fieldPlace(id === 0 ? NXM_CLASS : OXM_CLASS, id)!);
  }
  if ((wildcards & TOS10[0]) !== 0) fields.add(fieldPlace(NXM_CLASS, TOS10[1])!);
  return fields;
}

/** The fields of OpenFlow 1.1's own bits, by OXM numbers; in each pair the bit and the field. */
const FIELDS11: readonly (readonly [bit: number, oxm: number])[] = [
  [0, 0],
  [1, 6],
  [2, 7],
  [3, 5],
  [5, 10],
  [6, 13],
  [7, 14],
  [8, 34],
  [9, 35],
  [11, 4],
  [12, 3],
  [13, 11],
  [14, 12],
  [15, 2],
];

/** A standard's match field; the port is that of 16 bits, as Open vSwitch has it before OpenFlow 1.1's lists of fields. */
const placeOf = (id: number, narrow: boolean): number | undefined => fieldPlace(id === 0 && narrow ? NXM_CLASS : OXM_CLASS, id);

const TOS11 = 1 << 4;

function fields11(bits: number): Set<number> {
  const fields = new Set(FIELDS11.filter(([bit]) => ((bits >>> bit) & 1) !== 0).map(([, id]) => placeOf(id, true)!));
  if ((bits & TOS11) !== 0) fields.add(fieldPlace(NXM_CLASS, TOS10[1])!);
  return fields;
}

const FIELDS12 = 36;

/** The fields that OpenFlow 1.2 has, by the bits of their numbers. */
function fields12(bits: bigint): Set<number> {
  const fields = new Set<number>();
  for (let id = 0; id < FIELDS12; id++) {
    const place = ((bits >> BigInt(id)) & 1n) === 0n ? undefined : placeOf(id, false);
    if (place !== undefined) fields.add(place);
  }
  return fields;
}

const union = (a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> => new Set([...a, ...b]);

const instructionBits = (bits: number): number =>
  INSTRUCTION_WORDS.reduce((sum, [type, word], i) => (word !== "meter" && ((bits >>> type) & 1) !== 0 ? sum | (1 << i) : sum), 0);

/** What the counters of a table tell of its features before OpenFlow 1.3. */
export function featuresOfStats(t: TableStats, version: Version): Features {
  const none = noFeatures(t.tableId, version < 4 ? cutBytes(t.name, 31) : "");
  if (version > 3) return none;
  const { maxEntries } = t;
  if (version === 1) {
    const fields = wildcards10(t.wildcards);
    return { ...none, maxEntries, match: fields, wildcard: fields };
  }
  const old = version === 2;
  const write = { actions: actionSet(inBitmap(t.writeActions), version), setFields: old ? new Set<number>() : fields12(t.writeSetfields) };
  // of OpenFlow 1.1 Open vSwitch reads the same actions for both
  const apply = old ? write : { actions: actionSet(inBitmap(t.applyActions), version), setFields: fields12(t.applySetfields) };
  const nonmiss = { ...none.nonmiss, instructions: instructionBits(t.instructions), write, apply };
  const wildcard = old ? fields11(t.wildcards) : fields12(t.wildcardFields);
  const match = union(old ? fields11(t.match) : fields12(t.matchFields), wildcard);
  const metadata = old ? {} : { metadataMatch: t.metadataMatch, metadataWrite: t.metadataWrite };
  return { ...none, ...metadata, maxEntries, miss11: missText(t.config), nonmiss, miss: nonmiss, match, wildcard };
}

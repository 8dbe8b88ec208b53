import {
  type Element,
  type EntryClass,
  type EntryShape,
  type Field,
  list,
  type Member,
  type UnionHeader,
  type UnknownElement,
  union,
  type VersionRange,
} from "../../schema/mod.js";
import { ActionId, InstructionId, OXM_ID, TABLE_ID } from "../id-list.js";
import { EXPERIMENTER } from "../ids.js";
import { OXM_ENTRY } from "../oxm/entry.js";
import { property } from "../property.js";

/** The types of experimenters' properties: of flows, and of misses. */
const EXPERIMENTERS: readonly number[] = [0xfffe, EXPERIMENTER];

/** What every property of a table's features begins with; the length leaves out the padding to 8 bytes. OpenFlow 1.3 §7.3.5.5.2 */
const HEADER: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 8, counted: false, reason: "OFPTFFC_BAD_LEN" },
  part(_version, [type, experimenter, subtype]) {
    if (type === undefined) return { at: 0, size: 2 };
    if (!EXPERIMENTERS.includes(type) || subtype !== undefined) return undefined;
    return experimenter === undefined ? { at: 4, size: 4 } : { at: 8, size: 4 };
  },
};

/** A match field with a value, as an element of lists. */
const OXM_VALUE = { ...OXM_ENTRY, frame: () => undefined, exact: () => 0 };

/** A property that is a list and nothing else. */
const listed = <const N extends string, T>(
  name: string,
  type: N,
  code: number,
  element: Element<T>,
  since: VersionRange = "1.3+",
): EntryClass<{ readonly ids: Field<readonly T[]> }, EntryShape<N, { readonly ids: Field<readonly T[]> }>> =>
  property(name, type, { ids: list(element) }, { [since]: { key: [code], slots: ["ids"] } }, HEADER);

/** The properties of a table's features, by name and type. Those named `-miss` are of the flow that packets meet that no other matches. OpenFlow 1.3 §7.3.5.5.2, 1.5 §7.3.5.18 (ofp_table_feature_prop_type) */
const PROPERTIES = [
  listed("TableInstructions", "instructions", 0, InstructionId),
  listed("TableInstructionsMiss", "instructions-miss", 1, InstructionId),
  listed("TableNextTables", "next-tables", 2, TABLE_ID),
  listed("TableNextTablesMiss", "next-tables-miss", 3, TABLE_ID),
  listed("TableWriteActions", "write-actions", 4, ActionId),
  listed("TableWriteActionsMiss", "write-actions-miss", 5, ActionId),
  listed("TableApplyActions", "apply-actions", 6, ActionId),
  listed("TableApplyActionsMiss", "apply-actions-miss", 7, ActionId),
  listed("TableMatch", "match", 8, OXM_ID),
  listed("TableWildcards", "wildcards", 10, OXM_ID),
  listed("TableWriteSetfield", "write-setfield", 12, OXM_ID),
  listed("TableWriteSetfieldMiss", "write-setfield-miss", 13, OXM_ID),
  listed("TableApplySetfield", "apply-setfield", 14, OXM_ID),
  listed("TableApplySetfieldMiss", "apply-setfield-miss", 15, OXM_ID),
  listed("TableSyncFrom", "table-sync-from", 16, TABLE_ID, "1.4+"),
  listed("TableWriteCopyfield", "write-copyfield", 18, OXM_ID, "1.5"),
  listed("TableWriteCopyfieldMiss", "write-copyfield-miss", 19, OXM_ID, "1.5"),
  listed("TableApplyCopyfield", "apply-copyfield", 20, OXM_ID, "1.5"),
  listed("TableApplyCopyfieldMiss", "apply-copyfield-miss", 21, OXM_ID, "1.5"),
  listed("TablePacketTypes", "packet-types", 22, OXM_VALUE, "1.5"),
] as const;

/** Every property of a table's features. */
export const TABLE_PROPERTIES = union("table feature property", HEADER, "OFPTFFC_BAD_TYPE", PROPERTIES);

/** One property of a table's features that has a class. */
export type KnownTableProperty = Member<typeof TABLE_PROPERTIES>;

/** One property of a table's features. */
export type TableProperty = KnownTableProperty | UnknownElement;

/** Makes a property of a table's features from its name and its list. */
export function tableProperty<N extends KnownTableProperty["type"]>(
  type: N,
  ids: Extract<KnownTableProperty, { readonly type: N }>["ids"],
): Extract<KnownTableProperty, { readonly type: N }> {
  const made = PROPERTIES.find((p) => p.entryName === type) as unknown as {
    of(init: { readonly ids: unknown }): Extract<KnownTableProperty, { readonly type: N }>;
  };
  return made.of({ ids });
}

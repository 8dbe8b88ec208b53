import {
  ACTIONS,
  type Action,
  ActionId,
  INSTRUCTIONS,
  InstructionId,
  oxmId,
  TableFeatures,
  type TableProperty,
  tableProperty,
} from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import { hasAction } from "../actions/compile-action.js";
import { FIELD_EDITS } from "../actions/edit-field.js";
import { MATCHABLE } from "../packet/places.js";
import type { FlowTable } from "../tables/flow-table.js";

/** The numbers of those entries of a table of actions or instructions that are supported. */
function numbers(entries: typeof ACTIONS.entries, supported: (name: string) => boolean, version: Version): number[] {
  const list: number[] = [];
  for (const entry of entries) {
    const key = entry.keyOf(version);
    if (key?.length === 1 && supported(entry.entryName)) list.push(key[0]!);
  }
  return list;
}

/** The standard's actions that this switch has, as bits. */
export const actionBits = (version: Version): number =>
  numbers(ACTIONS.entries, (name) => hasAction(name as Action["type"]), version).reduce(
    (bits, id) => (id < 32 ? bits | (1 << id) : bits),
    0,
  ) >>> 0;

/** What one table of this switch can do. OpenFlow 1.3 §7.3.5.5 */
export function tableFeatures(table: FlowTable, tableId: number, tables: number, version: Version): TableFeatures {
  const last = tableId === tables - 1;
  const matchable = MATCHABLE.filter((f) => f.versions.includes(version));
  const settable = matchable.filter((f) => FIELD_EDITS.has(f.name));
  const instructions = numbers(INSTRUCTIONS.entries, (name) => !(last && name === "goto-table"), version).map((id) =>
    InstructionId.of({ id }),
  );
  const actions = numbers(ACTIONS.entries, (name) => hasAction(name as Action["type"]), version).map((id) => ActionId.of({ id }));
  const set = settable.map((f) => oxmId(f));
  const next = Array.from({ length: tables - 1 - tableId }, (_, i) => tableId + 1 + i);
  const properties: TableProperty[] = [
    tableProperty("instructions", instructions),
    tableProperty("next-tables", next),
    tableProperty("write-actions", actions),
    tableProperty("apply-actions", actions),
    tableProperty(
      "match",
      matchable.map((f) => oxmId(f, f.maskable !== "no")),
    ),
    tableProperty(
      "wildcards",
      matchable.map((f) => oxmId(f)),
    ),
    tableProperty("write-setfield", set),
    tableProperty("apply-setfield", set),
  ];
  return TableFeatures.of({ tableId, name: tableName(tableId), maxEntries: table.maxFlows, properties });
}

/** The name of a table. */
export function tableName(tableId: number): string {
  return tableId === 0 ? "classifier" : `table${tableId}`;
}

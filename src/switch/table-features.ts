import { ACTIONS, INSTRUCTIONS, OXM_FIELDS, TableFeatures, type TableProperty, tableProperty } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import { FIELD_EDITS } from "./edit-field.js";
import type { FlowTable } from "./flow-table.js";

const SUPPORTED_ACTIONS = new Set(["output", "set-field", "push-vlan", "pop-vlan", "set-nw-ttl", "dec-nw-ttl"]);

/** 16-bit words as the bytes of a list of ids. */
function words(list: readonly number[]): Uint8Array {
  const made = new Uint8Array(2 * list.length);
  const view = new DataView(made.buffer);
  list.forEach((word, i) => {
    view.setUint16(2 * i, word);
  });
  return made;
}

/** The headers, 4 bytes each, of those entries of a table of actions or instructions that are supported. */
function headers(entries: typeof ACTIONS.entries, supported: (name: string) => boolean, version: Version): Uint8Array {
  const list: number[] = [];
  for (const entry of entries) {
    const key = entry.keyOf(version);
    if (key?.length === 1 && supported(entry.entryName)) list.push(key[0]!, 4);
  }
  return words(list);
}

const fieldIds = (fields: readonly number[]): Uint8Array => words(fields.flatMap((header) => [header >>> 16, header & 0xffff]));

/** What one table of this switch can do. OpenFlow 1.3 §7.3.5.5 */
export function tableFeatures(table: FlowTable, tableId: number, tables: number, version: Version): TableFeatures {
  const last = tableId === tables - 1;
  const matchable = OXM_FIELDS.filter((f) => f.versions.includes(version) && f.name !== "inPhyPort");
  const settable = matchable.filter((f) => FIELD_EDITS.has(f.name));
  const instructions = headers(INSTRUCTIONS.entries, (name) => name !== "meter" && !(last && name === "goto-table"), version);
  const actions = headers(ACTIONS.entries, (name) => SUPPORTED_ACTIONS.has(name), version);
  const set = fieldIds(settable.map((f) => f.header));
  const next = Uint8Array.from({ length: tables - 1 - tableId }, (_, i) => tableId + 1 + i);
  const properties: TableProperty[] = [
    tableProperty("instructions", instructions),
    tableProperty("next-tables", next),
    tableProperty("write-actions", actions),
    tableProperty("apply-actions", actions),
    tableProperty("match", fieldIds(matchable.map((f) => (f.maskable === "no" ? f.header : f.maskedHeader)))),
    tableProperty("wildcards", fieldIds(matchable.map((f) => f.header))),
    tableProperty("write-setfield", set),
    tableProperty("apply-setfield", set),
  ];
  return TableFeatures.of({ tableId, name: tableName(tableId), maxEntries: table.maxFlows, properties });
}

/** The name of a table. */
export function tableName(tableId: number): string {
  return tableId === 0 ? "classifier" : `table${tableId}`;
}

import { ALL_TABLES, EvictionFlags, TableConfig, TableDesc, type TableMod, TableReason, TableStatus } from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import type { FlowTable } from "../tables/flow-table.js";
import { Refusal } from "../work/refusal.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";

const MISS = TableConfig.MissContinue | TableConfig.MissDrop;
/** The configuration that each version has. OpenFlow 1.3 deprecates all of it. */
const CONFIG: Readonly<Record<Version, number>> = {
  1: 0,
  2: MISS,
  3: MISS,
  4: MISS,
  5: TableConfig.Eviction | TableConfig.VacancyEvents,
  6: TableConfig.Eviction | TableConfig.VacancyEvents,
};

/** Carries out a table-mod. OpenFlow 1.1 §5.3.3, 1.4 §7.3.3 */
export function handleTableMod({ forwarder }: Core, { version }: Connection, m: TableMod): void {
  const { tables } = forwarder;
  if (m.tableId !== ALL_TABLES && m.tableId >= tables.length) throw new Refusal("OFPTMFC_BAD_TABLE", `there is no table ${m.tableId}`);
  if ((m.config & ~CONFIG[version]) !== 0 || (m.config & MISS) === MISS)
    throw new Refusal("OFPTMFC_BAD_CONFIG", `table configuration 0x${m.config.toString(16)}`);
  for (const table of m.tableId === ALL_TABLES ? tables : [tables[m.tableId]!]) {
    if (version < 5) table.miss = m.config & MISS;
    else {
      table.evicts = (m.config & TableConfig.Eviction) !== 0;
      table.vacancyEvents = (m.config & TableConfig.VacancyEvents) !== 0 ? { down: m.vacancyDown, up: m.vacancyUp } : undefined;
    }
  }
}

/** How a table is configured, in OpenFlow's form. OpenFlow 1.4 §7.3.5.17 */
export function tableDesc(table: FlowTable, tableId: number): TableDesc {
  const events = table.vacancyEvents;
  return TableDesc.of({
    tableId,
    config: (table.evicts ? TableConfig.Eviction : 0) | (events !== undefined ? TableConfig.VacancyEvents : 0),
    evictionFlags: table.evicts ? EvictionFlags.Importance | EvictionFlags.Lifetime : 0,
    ...(events !== undefined && { vacancyDown: events.down, vacancyUp: events.up, vacancy: table.vacancy }),
  });
}

/** The message that the free space of a table has crossed a threshold. */
export const tableStatus = (table: FlowTable, tableId: number, isUp: boolean): TableStatus =>
  TableStatus.of({ reason: isUp ? TableReason.VacancyUp : TableReason.VacancyDown, table: tableDesc(table, tableId) });

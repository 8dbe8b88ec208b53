import { named } from "../../errors/mod.js";
import {
  type Element,
  enumeration,
  flags,
  lift,
  limited,
  list,
  type Member,
  one,
  struct,
  U8,
  U32,
  type UnknownElement,
  u8,
  union,
} from "../../schema/mod.js";
import { ExperimenterProperty } from "../experimenter-property.js";
import { message } from "../message.js";
import { ANY_PROPERTY, PROPERTY_HEADER, property } from "../property.js";

/**
 * How a table is configured. The two lowest bits are of OpenFlow 1.1 and 1.2, which say by them what is done with a packet that no flow matches: to the controller
 * where none is set. §7.3.3 (ofp_table_config); the others since 1.4
 */
export const TableConfig = named("TableConfig", { MissContinue: 1, MissDrop: 2, Eviction: 4, VacancyEvents: 8 });

/** By what flows are evicted. OpenFlow 1.4 §7.3.3 (ofp_table_mod_prop_eviction_flag) */
export const EvictionFlags = named("EvictionFlags", { Other: 1, Importance: 2, Lifetime: 4 });

const EVICTION = {
  /** By what flows are evicted when the table is full. OpenFlow 1.4 */
  evictionFlags: flags(U32, EvictionFlags),
} as const;

const VACANCY = {
  /** Below this much free space the controller is notified. OpenFlow 1.4 */
  vacancyDown: u8(0, { unit: "percent" }),
  /** Above this much free space the controller is notified. OpenFlow 1.4 */
  vacancyUp: u8(0, { unit: "percent" }),
  /** How much is free now; 0 in a table-mod. OpenFlow 1.4 */
  vacancy: u8(0, { unit: "percent" }),
} as const;

/** By what a table evicts flows, as a property. OpenFlow 1.4 §7.3.3 (OFPTMPT_EVICTION) */
export const TableEviction = property("TableEviction", "eviction", EVICTION, { "1.4+": { key: [2], slots: ["evictionFlags"] } });
/** See the class. */
export type TableEviction = InstanceType<typeof TableEviction>;

/** When a table notifies the controller of its free space, as a property. OpenFlow 1.4 §7.3.3 (OFPTMPT_VACANCY) */
export const TableVacancy = property("TableVacancy", "vacancy", VACANCY, {
  "1.4+": { key: [3], slots: ["vacancyDown", "vacancyUp", "vacancy", "pad:1"] },
});
/** See the class. */
export type TableVacancy = InstanceType<typeof TableVacancy>;

/** Every property of a table's configuration. */
export const TABLE_MOD_PROPERTIES = union(
  "table-mod property",
  PROPERTY_HEADER,
  "OFPBPC_BAD_TYPE",
  [TableEviction, TableVacancy, ExperimenterProperty],
  ANY_PROPERTY,
);

/** The properties that a table-mod may have. */
const SET_PROPERTIES = union(
  "table-mod property",
  PROPERTY_HEADER,
  "OFPBPC_BAD_TYPE",
  [TableEviction, TableVacancy, ExperimenterProperty],
  {
    check(element) {
      if (TableEviction.is(element)) return undefined;
      if (!TableVacancy.is(element)) return "OFPBRC_BAD_TYPE";
      const { vacancyDown, vacancyUp, vacancy } = element;
      return vacancyDown > vacancyUp || vacancyUp > 100 || vacancy !== 0 ? "OFPBPC_BAD_VALUE" : undefined;
    },
  },
);

/** One property of a table's configuration that is no field of it. */
export type TableModProperty = Member<typeof TABLE_MOD_PROPERTIES> | UnknownElement;

const lifted = (properties: typeof TABLE_MOD_PROPERTIES) =>
  lift(properties, "properties", [{ type: TableEviction }, { type: TableVacancy }]);
const properties = () => list(TABLE_MOD_PROPERTIES as Element<TableModProperty>);

/** Configures tables. OpenFlow 1.3 §7.3.3, 1.4 §7.3.3 (ofp_table_mod) */
export const TableMod = message(
  "TableMod",
  "table-mod",
  {
    /** `ALL_TABLES` for all. */
    tableId: u8(),
    config: flags(U32, TableConfig),
    ...EVICTION,
    ...VACANCY,
    /** OpenFlow 1.4 */
    properties: properties(),
  },
  {
    "1.1-1.3": { key: [17], slots: ["tableId", "pad:3", "config"] },
    "1.4+": { key: [17], slots: ["tableId", "pad:3", "config", lifted(SET_PROPERTIES)] },
  },
);
/** See the class. */
export type TableMod = InstanceType<typeof TableMod>;

/** How one table is configured. OpenFlow 1.4 §7.3.5.17 (ofp_table_desc) */
export const TableDesc = struct(
  "TableDesc",
  { tableId: u8(), config: flags(U32, TableConfig), ...EVICTION, ...VACANCY, properties: properties() },
  { "1.4+": ["length", "tableId", "pad:1", "config", lifted(TABLE_MOD_PROPERTIES)] },
);
/** See the class. */
export type TableDesc = InstanceType<typeof TableDesc>;

/** Why the controller is notified of a table. OpenFlow 1.4 §7.4.5 (ofp_table_reason) */
export const TableReason = named("TableReason", { VacancyDown: 3, VacancyUp: 4 });

/** Says that the free space of a table crossed one of its thresholds. OpenFlow 1.4 §7.4.5 (ofp_table_status) */
export const TableStatus = message(
  "TableStatus",
  "table-status",
  { reason: enumeration(U8, TableReason, TableReason.VacancyDown), table: one(TableDesc) },
  {
    "1.4+": {
      key: [31],
      slots: [
        { reason: limited(U8, (v) => v === TableReason.VacancyDown || v === TableReason.VacancyUp, "OFPBPC_BAD_VALUE") },
        "pad:7",
        "table",
        "rest",
      ],
    },
  },
);
/** See the class. */
export type TableStatus = InstanceType<typeof TableStatus>;

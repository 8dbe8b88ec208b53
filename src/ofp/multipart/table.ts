import {
  bytes,
  type Element,
  type EntryClass,
  type EntryLayouts,
  type EntryShape,
  entryClass,
  type Fields,
  list,
  struct,
  text,
  type UnionHeader,
  type UnknownElement,
  u8,
  u32,
  u64,
  union,
} from "../../schema/mod.js";
import { multipart } from "../message.js";

/** Asks for the counters of the tables. OpenFlow 1.3 §7.3.5.4 */
export const TableStatsRequest = multipart(
  "request",
  "TableStatsRequest",
  "table-stats-request",
  {},
  { "1.0": { key: [3], slots: [] }, "1.1+": { key: [3], slots: [] } },
);
/** See the class. */
export type TableStatsRequest = InstanceType<typeof TableStatsRequest>;

/** The counters of one table. OpenFlow 1.0 §5.3.5, 1.3 §7.3.5.4 (ofp_table_stats) */
export const TableStats = struct(
  "TableStats",
  {
    tableId: u8(),
    /** OpenFlow 1.0 to 1.2. */
    name: text(32, { absent: "drop" }),
    /** The wildcards that the table supports. OpenFlow 1.0 */
    wildcards: u32(0, { absent: "drop" }),
    /** How many flows fit. OpenFlow 1.0 to 1.2 */
    maxEntries: u32(0, { unit: "flows", absent: "drop" }),
    activeCount: u32(0, { unit: "flows" }),
    lookupCount: u64(0n, { unit: "packets" }),
    matchedCount: u64(0n, { unit: "packets" }),
  },
  {
    "1.0": ["tableId", "pad:3", "name", "wildcards", "maxEntries", "activeCount", "lookupCount", "matchedCount"],
    "1.3+": ["tableId", "pad:3", "activeCount", "lookupCount", "matchedCount"],
  },
);
/** See the class. */
export type TableStats = InstanceType<typeof TableStats>;

/** The counters of the tables. OpenFlow 1.3 §7.3.5.4 */
export const TableStatsReply = multipart(
  "reply",
  "TableStatsReply",
  "table-stats-reply",
  { tables: list(TableStats) },
  { "1.0": { key: [3], slots: ["tables"] }, "1.3+": { key: [3], slots: ["tables"] } },
);
/** See the class. */
export type TableStatsReply = InstanceType<typeof TableStatsReply>;

/** What every property of a table's features begins with; the length leaves out the padding to 8 bytes. OpenFlow 1.3 §7.3.5.5.2 */
const PROPERTY_HEADER: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 8, counted: false, reason: "OFPTFFC_BAD_LEN" },
  part: (_version, [type]) => (type === undefined ? { at: 0, size: 2 } : undefined),
};

const property = <const N extends string, const F extends Fields>(
  name: string,
  type: N,
  fields: F,
  layouts: EntryLayouts<F>,
): EntryClass<F, EntryShape<N, F>> => entryClass<F, EntryShape<N, F>>(name, type, PROPERTY_HEADER, fields, layouts);

const IDS = () => ({
  /** The list of ids as it stands on the wire: instruction and action headers of 4 bytes, OXM headers of 4, or table numbers of 1. */
  ids: bytes(),
});

const plainProperty = <const N extends string>(name: string, type: N, code: number) =>
  property(name, type, IDS(), { "1.3+": { key: [code], slots: ["ids"] } });

/** The properties of a table's features, by name and type. OpenFlow 1.3 §7.3.5.5.2 (ofp_table_feature_prop_type) */
const PROPERTIES = [
  plainProperty("TableInstructions", "instructions", 0),
  plainProperty("TableInstructionsMiss", "instructions-miss", 1),
  plainProperty("TableNextTables", "next-tables", 2),
  plainProperty("TableNextTablesMiss", "next-tables-miss", 3),
  plainProperty("TableWriteActions", "write-actions", 4),
  plainProperty("TableWriteActionsMiss", "write-actions-miss", 5),
  plainProperty("TableApplyActions", "apply-actions", 6),
  plainProperty("TableApplyActionsMiss", "apply-actions-miss", 7),
  plainProperty("TableMatch", "match", 8),
  plainProperty("TableWildcards", "wildcards", 10),
  plainProperty("TableWriteSetfield", "write-setfield", 12),
  plainProperty("TableWriteSetfieldMiss", "write-setfield-miss", 13),
  plainProperty("TableApplySetfield", "apply-setfield", 14),
  plainProperty("TableApplySetfieldMiss", "apply-setfield-miss", 15),
] as const;

/** Every property of a table's features. */
export const TABLE_PROPERTIES = union("table feature property", PROPERTY_HEADER, "OFPTFFC_BAD_TYPE", PROPERTIES);

/** One property of a table's features. */
export type TableProperty = InstanceType<(typeof PROPERTIES)[number]> | UnknownElement;

/** Makes a property of a table's features from its name and the ids as they stand on the wire. */
export function tableProperty(type: Exclude<TableProperty["type"], "unknown">, ids: Uint8Array): TableProperty {
  return PROPERTIES.find((p) => p.entryName === type)!.of({ ids }) as TableProperty;
}

/** What one table can do. OpenFlow 1.3 §7.3.5.5.1 (ofp_table_features) */
export const TableFeatures = struct(
  "TableFeatures",
  {
    tableId: u8(),
    name: text(32),
    /** The bits of metadata that the table can match on. */
    metadataMatch: u64(0xffffffffffffffffn),
    /** The bits of metadata that the table can write. */
    metadataWrite: u64(0xffffffffffffffffn),
    /** How it is configured; no bits stand in 1.3. */
    config: u32(),
    /** How many flows fit. */
    maxEntries: u32(0, { unit: "flows" }),
    properties: list(TABLE_PROPERTIES as Element<TableProperty>),
  },
  { "1.3": ["length", "tableId", "pad:5", "name", "metadataMatch", "metadataWrite", "config", "maxEntries", "properties"] },
);
/** See the class. */
export type TableFeatures = InstanceType<typeof TableFeatures>;

/** Asks what the tables can do, or, with a body, sets it. OpenFlow 1.3 §7.3.5.5 */
export const TableFeaturesRequest = multipart(
  "request",
  "TableFeaturesRequest",
  "table-features-request",
  { tables: list(TableFeatures) },
  { "1.3": { key: [12], slots: ["tables"] } },
);
/** See the class. */
export type TableFeaturesRequest = InstanceType<typeof TableFeaturesRequest>;

/** What the tables can do. OpenFlow 1.3 §7.3.5.5 */
export const TableFeaturesReply = multipart(
  "reply",
  "TableFeaturesReply",
  "table-features-reply",
  { tables: list(TableFeatures) },
  { "1.3": { key: [12], slots: ["tables"] } },
);
/** See the class. */
export type TableFeaturesReply = InstanceType<typeof TableFeaturesReply>;

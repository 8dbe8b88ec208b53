import { named } from "../../errors/mod.js";
import { type Element, enumeration, flags, list, struct, text, U8, U32, u8, u32, u64 } from "../../schema/mod.js";
import { multipart } from "../message.js";
import { TableConfig } from "./table-mod.js";
import { TABLE_PROPERTIES, type TableProperty } from "./table-property.js";

/** What a request for table features does. OpenFlow 1.5 §7.3.5.18.1 (ofp_table_features_command); before, a request with a body replaces */
export const TableFeaturesCommand = named("TableFeaturesCommand", { Replace: 0, Modify: 1, Enable: 2, Disable: 3 });

/** Where in the pipeline a table may stand. OpenFlow 1.5 §7.3.5.18.1 (ofp_table_feature_flag) */
export const TableFeatureFlags = named("TableFeatureFlags", { IngressTable: 1, EgressTable: 2, FirstEgress: 16 });

/** What one table can do. OpenFlow 1.3 §7.3.5.5.1, 1.5 §7.3.5.18.1 (ofp_table_features) */
export const TableFeatures = struct(
  "TableFeatures",
  {
    tableId: u8(),
    /** What the request does with the table. OpenFlow 1.5 */
    command: enumeration(U8, TableFeaturesCommand, 0),
    /** OpenFlow 1.5 */
    features: flags(U32, TableFeatureFlags),
    name: text(32),
    /** The bits of metadata that the table can match on. */
    metadataMatch: u64(0xffffffffffffffffn),
    /** The bits of metadata that the table can write. */
    metadataWrite: u64(0xffffffffffffffffn),
    /** How it is configured; since OpenFlow 1.5, how it can be. */
    config: flags(U32, TableConfig),
    /** How many flows fit. */
    maxEntries: u32(0, { unit: "flows" }),
    properties: list(TABLE_PROPERTIES as Element<TableProperty>),
  },
  {
    "1.3-1.4": ["length", "tableId", "pad:5", "name", "metadataMatch", "metadataWrite", "config", "maxEntries", "properties"],
    "1.5": ["length", "tableId", "command", "features", "name", "metadataMatch", "metadataWrite", "config", "maxEntries", "properties"],
  },
);
/** See the class. */
export type TableFeatures = InstanceType<typeof TableFeatures>;

/** Asks what the tables can do, or, with a body, sets it. OpenFlow 1.3 §7.3.5.5 */
export const TableFeaturesRequest = multipart(
  "request",
  "TableFeaturesRequest",
  "table-features-request",
  { tables: list(TableFeatures) },
  { "1.3+": { key: [12], slots: ["tables"] } },
);
/** See the class. */
export type TableFeaturesRequest = InstanceType<typeof TableFeaturesRequest>;

/** What the tables can do. OpenFlow 1.3 §7.3.5.5 */
export const TableFeaturesReply = multipart(
  "reply",
  "TableFeaturesReply",
  "table-features-reply",
  { tables: list(TableFeatures) },
  { "1.3+": { key: [12], slots: ["tables"], ovs: { min: 64 } } },
);
/** See the class. */
export type TableFeaturesReply = InstanceType<typeof TableFeaturesReply>;

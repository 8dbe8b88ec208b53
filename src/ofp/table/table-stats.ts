import { count32, count64, flags, list, struct, text, U32, u8, u32, u64 } from "../../schema/mod.js";
import { multipart } from "../message.js";
import { TableConfig } from "./table-mod.js";

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

const word = () => u32(0, { absent: "drop" });
const long = () => u64(0n, { absent: "drop" });

/** The counters of one table, and before OpenFlow 1.3 what it can do. OpenFlow 1.0 §5.3.5, 1.1 §A.3.6.3, 1.2 §A.3.5.4, 1.3 §7.3.5.4 (ofp_table_stats) */
export const TableStats = struct(
  "TableStats",
  {
    tableId: u8(),
    /** OpenFlow 1.0 to 1.2. */
    name: text(32, { absent: "drop" }),
    /** The wildcards that the table supports, by the bits of the version's own match structure. OpenFlow 1.0 and 1.1 */
    wildcards: word(),
    /** The fields that the table can match on, by bits as `wildcards`. OpenFlow 1.1 */
    match: word(),
    /** The fields that the table can leave out, bit n for the OXM number n. OpenFlow 1.2 */
    wildcardFields: long(),
    /** The fields that the table can match on, by bits as `wildcardFields`. OpenFlow 1.2 */
    matchFields: long(),
    /** The fields that actions in the action set can set, by bits as `wildcardFields`. OpenFlow 1.2 */
    writeSetfields: long(),
    /** The fields that applied actions can set, by bits as `wildcardFields`. OpenFlow 1.2 */
    applySetfields: long(),
    /** Bit n for instruction type n. OpenFlow 1.1 and 1.2 */
    instructions: word(),
    /** Bit n for action type n in the action set. OpenFlow 1.1 and 1.2 */
    writeActions: word(),
    /** Bit n for action type n where they are applied. OpenFlow 1.1 and 1.2 */
    applyActions: word(),
    /** The bits of metadata that the table can match on. OpenFlow 1.2 */
    metadataMatch: long(),
    /** The bits of metadata that the table can write. OpenFlow 1.2 */
    metadataWrite: long(),
    /** OpenFlow 1.1 and 1.2 */
    config: flags(U32, TableConfig, 0, { absent: "drop" }),
    /** How many flows fit. OpenFlow 1.0 to 1.2 */
    maxEntries: u32(0, { unit: "flows", absent: "drop" }),
    activeCount: count32(0, { unit: "flows" }),
    lookupCount: count64(0n, { unit: "packets" }),
    matchedCount: count64(0n, { unit: "packets" }),
  },
  {
    "1.0": ["tableId", "pad:3", "name", "wildcards", "maxEntries", "activeCount", "lookupCount", "matchedCount"],
    "1.1": [
      "tableId",
      "pad:7",
      "name",
      "wildcards",
      "match",
      "instructions",
      "writeActions",
      "applyActions",
      "config",
      "maxEntries",
      "activeCount",
      "lookupCount",
      "matchedCount",
    ],
    "1.2": [
      "tableId",
      "pad:7",
      "name",
      "matchFields",
      "wildcardFields",
      "writeActions",
      "applyActions",
      "writeSetfields",
      "applySetfields",
      "metadataMatch",
      "metadataWrite",
      "instructions",
      "config",
      "maxEntries",
      "activeCount",
      "lookupCount",
      "matchedCount",
    ],
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
  { "1.0": { key: [3], slots: ["tables"] }, "1.1+": { key: [3], slots: ["tables"] } },
);
/** See the class. */
export type TableStatsReply = InstanceType<typeof TableStatsReply>;

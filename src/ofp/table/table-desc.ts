import { list } from "../../schema/mod.js";
import { multipart } from "../message.js";
import { TableDesc } from "./table-mod.js";

/** Asks how the tables are configured. OpenFlow 1.4 §7.3.5.17 */
export const TableDescRequest = multipart("request", "TableDescRequest", "table-desc-request", {}, { "1.4+": { key: [14], slots: [] } });
/** See the class. */
export type TableDescRequest = InstanceType<typeof TableDescRequest>;

/** How the tables are configured. OpenFlow 1.4 §7.3.5.17 */
export const TableDescReply = multipart(
  "reply",
  "TableDescReply",
  "table-desc-reply",
  { tables: list(TableDesc) },
  { "1.4+": { key: [14], slots: ["tables"], ovs: { min: 8 } } },
);
/** See the class. */
export type TableDescReply = InstanceType<typeof TableDescReply>;

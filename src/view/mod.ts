/**
 * Flows for people: chosen by an expression, grouped by table, priority and shape, with the ways from table to table, as text or as a page.
 * Floor 3: imports `ofp`, `ofp/syntax`, `schema`, `errors`.
 * @packageDocumentation
 */
export { FlowFilter, filterNames, parseFilter } from "./filter.js";
export { escapeHtml, htmlPage } from "./html.js";
export { type Jump, jumpsOf } from "./jumps.js";
export { type FlowGroup, type FlowTableView, groupFlows } from "./logic.js";
export { plainText } from "./plain-text.js";
export { type ReadOptions, readRecords } from "./read.js";
export { type FlowRecord, type RecordOptions, recordOfMod, recordOfRemoved, recordOfStats, recordOfText } from "./record.js";
export { logicText, treeText, type ViewOptions } from "./text.js";

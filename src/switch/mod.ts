/**
 * The embedded switch: flow tables, the pipeline, ports and links within the process, hosts, and the OpenFlow agent.
 * Floor 4: imports `vconn`, `ofp`, `packet`, `stream`, `schema`, `bytes`, `clock`, `errors`; never `controller`.
 * @packageDocumentation
 */
export { ArpCache, type ArpCacheOptions } from "./arp-cache.js";
export { compileFlow, refuseMatch } from "./compile-flow.js";
export type { CompilePlace } from "./compile-place.js";
export type { Connection, ConnectionKind } from "./connection.js";
export type { SwitchDescription } from "./core.js";
export { Flow, type FlowInit } from "./flow.js";
export { type FlowChange, type FlowCriteria, FlowTable, type FlowTableOptions } from "./flow-table.js";
export { packKey } from "./flow-words.js";
export { Host, type HostOptions, type PingOptions, type PingReply } from "./host.js";
export { type Link, type LinkOptions, link } from "./link.js";
export { WORDS } from "./places.js";
export { type PortCounters, type PortInit, SwitchPort, SwitchPort as Port } from "./port.js";
export type { Program } from "./program.js";
export { Refusal } from "./refusal.js";
export { Switch, type SwitchOptions } from "./switch.js";

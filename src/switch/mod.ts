/**
 * The embedded switch: flow tables, the pipeline, ports and links within the process, hosts, and the OpenFlow agent.
 * Floor 4: imports `vconn`, `ofp`, `packet`, `stream`, `schema`, `bytes`, `clock`, `errors`; never `controller`.
 * @packageDocumentation
 */

export { compileFlow, refuseMatch } from "./actions/compile-flow.js";
export type { CompilePlace } from "./actions/compile-place.js";
export type { Program } from "./actions/program.js";
export type { Connection, ConnectionKind } from "./agent/connection.js";
export type { SwitchDescription } from "./agent/core.js";
export { packKey } from "./packet/flow-words.js";
export { WORDS } from "./packet/places.js";
export { ArpCache, type ArpCacheOptions } from "./ports/arp-cache.js";
export { Host, type HostOptions, type PingOptions, type PingReply } from "./ports/host.js";
export { type Link, type LinkOptions, link } from "./ports/link.js";
export { type PortCounters, type PortInit, SwitchPort, SwitchPort as Port } from "./ports/port.js";
export { Switch, type SwitchOptions } from "./switch.js";
export { Flow, type FlowInit } from "./tables/flow.js";
export { type FlowChange, type FlowCriteria, FlowTable, type FlowTableOptions } from "./tables/flow-table.js";
export { Refusal } from "./work/refusal.js";

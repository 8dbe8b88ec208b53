import { FlowRemoved, FlowStats } from "../../ofp/mod.js";
import { instructionsIn } from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import type { Flow } from "../tables/flow.js";
import { translateMatch } from "./translate.js";

const duration = (flow: Flow, now: number): { durationSec: number; durationNsec: number } => {
  const lived = Math.max(0, now - flow.created);
  return { durationSec: Math.floor(lived / 1000), durationNsec: Math.floor((lived % 1000) * 1e6) };
};

/** Whole seconds since then. */
const ageOf = (since: number, now: number): number => Math.floor(Math.max(0, now - since) / 1000);

/** A flow in the form of statistics. @param now - the clock's milliseconds @param nxm - whether the list can say all fields, which that of OpenFlow 1.0 cannot */
export function flowStats(flow: Flow, tableId: number, version: Version, now: number, nxm = false): FlowStats {
  return FlowStats.of({
    tableId,
    ...duration(flow, now),
    priority: flow.priority,
    idleTimeout: flow.idleTimeout,
    hardTimeout: flow.hardTimeout,
    flags: flow.flags,
    importance: flow.importance,
    idleAge: ageOf(flow.lastUsed, now),
    hardAge: ageOf(flow.changed, now),
    cookie: flow.cookie,
    packetCount: flow.packetCount,
    byteCount: flow.byteCount,
    match: nxm ? flow.match : translateMatch(flow.match, version),
    instructions: instructionsIn(flow.instructions, flow.version, version, flow.match),
  });
}

/** The message that reports that a flow went. @param reason - of `FlowRemovedReason` @param nxm - in Nicira's form */
export function flowRemoved(flow: Flow, tableId: number, reason: number, version: Version, now: number, nxm = false): FlowRemoved {
  return FlowRemoved.of({
    cookie: flow.cookie,
    priority: flow.priority,
    reason,
    tableId,
    ...duration(flow, now),
    idleTimeout: flow.idleTimeout,
    hardTimeout: flow.hardTimeout,
    packetCount: flow.packetCount,
    byteCount: flow.byteCount,
    match: nxm ? flow.match : translateMatch(flow.match, version),
    ...(nxm && { format: "nxt" as const }),
  });
}

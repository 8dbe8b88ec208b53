import { named } from "../../errors/mod.js";
import { count32, count64, enumeration, list, struct, U8, u8, u16 } from "../../schema/mod.js";
import { DEFAULT_PRIORITY } from "../ids.js";
import { multipart } from "../message.js";
import { match } from "../oxm/codec.js";
import { FLOW_REQUEST, flowRequest } from "./flow-stats.js";
import { idleFields, otherStats, oxsStats } from "./oxs.js";

/** Asks for the counters of flows alone, without their instructions. OpenFlow 1.5 §7.3.5.4 (OFPMP_FLOW_STATS) */
export const FlowCountersRequest = multipart("request", "FlowCountersRequest", "flow-counters-request", flowRequest(), {
  "1.5": { key: [17], slots: FLOW_REQUEST, ovs: false },
});
/** See the class. */
export type FlowCountersRequest = InstanceType<typeof FlowCountersRequest>;

/** Why counters are reported: since they were asked for, or by the instruction that triggers it. OpenFlow 1.5 §7.3.5.4 (ofp_flow_stats_reason) */
export const FlowCountersReason = named("FlowCountersReason", { StatsRequest: 0, StatTrigger: 1 });

const STATS = ["durationSec", "durationNsec", "idleAge", "idleAgeNsec", "packetCount", "byteCount", "flowCount"] as const;

/** The counters of one flow. OpenFlow 1.5 §7.3.5.4 (ofp_flow_stats) */
export const FlowCounters = struct(
  "FlowCounters",
  {
    tableId: u8(),
    reason: enumeration(U8, FlowCountersReason, 0),
    priority: u16(DEFAULT_PRIORITY),
    match: match(),
    /** How long the flow lives; all ones where that is not reported, as the counters. */
    durationSec: count32(0xffffffff, { unit: "seconds" }),
    /** The part of its life beyond full seconds. */
    durationNsec: count32(0xffffffff, { unit: "nanoseconds" }),
    ...idleFields(),
    packetCount: count64(0xffffffffffffffffn, { unit: "packets" }),
    byteCount: count64(0xffffffffffffffffn, { unit: "bytes" }),
    flowCount: count32(0xffffffff, { unit: "flows" }),
    otherStats: otherStats(),
  },
  { "1.5": ["length", "pad:2", "tableId", "reason", "priority", "match", oxsStats(STATS)] },
);
/** See the class. */
export type FlowCounters = InstanceType<typeof FlowCounters>;

/** The counters of flows. A switch also sends them unasked, with transaction id 0, when a flow's trigger fires. OpenFlow 1.5 §7.3.5.4 */
export const FlowCountersReply = multipart(
  "reply",
  "FlowCountersReply",
  "flow-counters-reply",
  { flows: list(FlowCounters) },
  { "1.5": { key: [17], slots: ["flows"], ovs: false } },
);
/** See the class. */
export type FlowCountersReply = InstanceType<typeof FlowCountersReply>;

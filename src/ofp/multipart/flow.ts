import { type EntryLayouts, flags, list, struct, U16, u8, u16, u32, u64 } from "../../schema/mod.js";
import { ALL_TABLES, FlowModFlags, GroupNo } from "../flow-mod.js";
import { INSTRUCTIONS10, instructions } from "../instruction/table.js";
import { multipart } from "../message.js";
import { match } from "../oxm/codec.js";
import { MATCH10 } from "../oxm/match10.js";
import { PORT16, PortNo, port } from "../port-no.js";

const request = () => ({
  /** {@link ALL_TABLES} for all. */
  tableId: u8(ALL_TABLES),
  /** Only flows that output there; `PortNo.Any` for all. */
  outPort: port(PortNo.Any),
  /** Only flows that use the group; `GroupNo.Any` for all. */
  outGroup: u32(GroupNo.Any),
  /** Only flows whose cookie equals this in the bits of `cookieMask`. */
  cookie: u64(),
  cookieMask: u64(),
  /** Only flows that match the same or less. */
  match: match(),
});
const requestLayouts = (type: number): EntryLayouts<ReturnType<typeof request>> => ({
  "1.0": { key: [type], slots: [{ match: MATCH10 }, "tableId", "pad:1", { outPort: PORT16 }] },
  "1.2+": { key: [type], slots: ["tableId", "pad:3", "outPort", "outGroup", "pad:4", "cookie", "cookieMask", "match"] },
});

/** Asks for flows. OpenFlow 1.3 §7.3.5.2 (ofp_flow_stats_request) */
export const FlowStatsRequest = multipart("request", "FlowStatsRequest", "flow-stats-request", request(), requestLayouts(1));
/** See the class. */
export type FlowStatsRequest = InstanceType<typeof FlowStatsRequest>;

/** One flow and its counters. OpenFlow 1.3 §7.3.5.2 (ofp_flow_stats) */
export const FlowStats = struct(
  "FlowStats",
  {
    tableId: u8(),
    /** How long the flow lives. */
    durationSec: u32(0, { unit: "seconds" }),
    /** The part of its life beyond full seconds. */
    durationNsec: u32(0, { unit: "nanoseconds" }),
    priority: u16(0x8000),
    idleTimeout: u16(0, { unit: "seconds" }),
    hardTimeout: u16(0, { unit: "seconds" }),
    flags: flags(U16, FlowModFlags, 0, { absent: "drop" }),
    /** OpenFlow 1.4 */
    importance: u16(0, { absent: "drop" }),
    cookie: u64(),
    /** All ones where the switch does not count. */
    packetCount: u64(0n, { unit: "packets" }),
    byteCount: u64(0n, { unit: "bytes" }),
    match: match(),
    instructions: instructions(),
  },
  {
    "1.0": [
      "length",
      "tableId",
      "pad:1",
      { match: MATCH10 },
      "durationSec",
      "durationNsec",
      "priority",
      "idleTimeout",
      "hardTimeout",
      "pad:6",
      "cookie",
      "packetCount",
      "byteCount",
      { instructions: INSTRUCTIONS10 },
    ],
    "1.2": [
      "length",
      "tableId",
      "pad:1",
      "durationSec",
      "durationNsec",
      "priority",
      "idleTimeout",
      "hardTimeout",
      "pad:6",
      "cookie",
      "packetCount",
      "byteCount",
      "match",
      "instructions",
    ],
    "1.3": [
      "length",
      "tableId",
      "pad:1",
      "durationSec",
      "durationNsec",
      "priority",
      "idleTimeout",
      "hardTimeout",
      "flags",
      "pad:4",
      "cookie",
      "packetCount",
      "byteCount",
      "match",
      "instructions",
    ],
    "1.4": [
      "length",
      "tableId",
      "pad:1",
      "durationSec",
      "durationNsec",
      "priority",
      "idleTimeout",
      "hardTimeout",
      "flags",
      "importance",
      "pad:2",
      "cookie",
      "packetCount",
      "byteCount",
      "match",
      "instructions",
    ],
  },
);
/** See the class. */
export type FlowStats = InstanceType<typeof FlowStats>;

/** Flows. OpenFlow 1.3 §7.3.5.2 */
export const FlowStatsReply = multipart(
  "reply",
  "FlowStatsReply",
  "flow-stats-reply",
  { flows: list(FlowStats) },
  { "1.0": { key: [1], slots: ["flows"] }, "1.2-1.4": { key: [1], slots: ["flows"] } },
);
/** See the class. */
export type FlowStatsReply = InstanceType<typeof FlowStatsReply>;

/** Asks for the sums over flows. OpenFlow 1.3 §7.3.5.3 */
export const AggregateStatsRequest = multipart("request", "AggregateStatsRequest", "aggregate-stats-request", request(), requestLayouts(2));
/** See the class. */
export type AggregateStatsRequest = InstanceType<typeof AggregateStatsRequest>;

/** Sums over flows. OpenFlow 1.3 §7.3.5.3 (ofp_aggregate_stats_reply) */
export const AggregateStatsReply = multipart(
  "reply",
  "AggregateStatsReply",
  "aggregate-stats-reply",
  { packetCount: u64(0n, { unit: "packets" }), byteCount: u64(0n, { unit: "bytes" }), flowCount: u32(0, { unit: "flows" }) },
  {
    "1.0": { key: [2], slots: ["packetCount", "byteCount", "flowCount", "pad:4"] },
    "1.1-1.4": { key: [2], slots: ["packetCount", "byteCount", "flowCount", "pad:4"] },
  },
);
/** See the class. */
export type AggregateStatsReply = InstanceType<typeof AggregateStatsReply>;

import { count32, count64, type Element, fixedKind, list, listKind, OPTIONAL, struct, U32, u8, u16, u32, u64 } from "../../schema/mod.js";
import { GroupNo } from "../group/group-no.js";
import { DEFAULT_PRIORITY } from "../ids.js";
import { INSTRUCTIONS10, instructions } from "../instruction/table.js";
import { type Forms, type MessageLayouts, multipart, NXST } from "../message.js";
import { match, NX_MATCH } from "../oxm/codec.js";
import { MATCH10 } from "../oxm/match10.js";
import { MATCH11 } from "../oxm/match11.js";
import { PORT16, PortNo, port } from "../port/port-no.js";
import { flowFlags, flowModFlags } from "./flow-flags.js";
import { ALL_TABLES } from "./flow-mod.js";
import { splitCookie, through, withCookie } from "./nx-cookie.js";
import { idleFields, NO_AGE, otherStats, oxsStats } from "./oxs.js";

/** The fields of a request for flows, new ones for each class. */
export const flowRequest = () => ({
  /** {@link ALL_TABLES} for all. */
  tableId: u8(ALL_TABLES),
  /** Only flows that output there; `PortNo.Any` for all. */
  outPort: port(PortNo.Any),
  /** Only flows that use the group; `GroupNo.Any` for all. */
  outGroup: u32(GroupNo.Any),
  /** Only flows whose cookie equals this in the bits of `cookieMask`. */
  cookie: u64(0n, OPTIONAL),
  cookieMask: u64(0n, OPTIONAL),
  /** Only flows that match the same or less. */
  match: match(),
});

/** The slots of a request for flows since OpenFlow 1.2. Open vSwitch does not look at what follows, and answers nevertheless. */
export const FLOW_REQUEST = ["tableId", "pad:3", "outPort", "outGroup", "pad:4", "cookie", "cookieMask", "match", "rest"] as const;

const requestLayouts = (type: number): MessageLayouts<ReturnType<typeof flowRequest>> => ({
  "1.0": { key: [type], slots: [{ match: MATCH10 }, "tableId", "pad:1", { outPort: PORT16 }] },
  "1.1": { key: [type], slots: ["tableId", "pad:3", "outPort", "outGroup", "pad:4", "cookie", "cookieMask", { match: MATCH11 }, "rest"] },
  "1.2+": { key: [type], slots: FLOW_REQUEST },
});

/** A request as Nicira has it, with the cookie in the match. nicira-ext.h (nx_flow_stats_request) */
const NxRequest = struct(
  "NxFlowStatsRequest",
  { outPort: port(), tableId: u8(), match: match() },
  { "1.0": [{ outPort: PORT16 }, "lengthOf:match", "tableId", "pad:3", { match: NX_MATCH }, "align:8"] },
);

const NX_REQUEST = through(
  "nx_flow_stats_request",
  ["outPort", "tableId", "match", "cookie", "cookieMask"],
  NxRequest,
  ({ outPort, tableId, match }) => ({ outPort, tableId, ...splitCookie(match) }),
  (values) => {
    const v = values as unknown as InstanceType<typeof FlowStatsRequest>;
    return { outPort: v.outPort, tableId: v.tableId, match: withCookie(v.match, v.cookie, v.cookieMask) };
  },
);

const nxRequest = (type: number): Forms<ReturnType<typeof flowRequest>> => ({
  nxt: { "1.0": { key: NXST(type), slots: ["pad:4", NX_REQUEST], ovs: { min: 12 } } },
});

/** Asks for flows. OpenFlow 1.3 §7.3.5.2 (ofp_flow_stats_request); format `nxt` is Nicira's NXST_FLOW */
export const FlowStatsRequest = multipart(
  "request",
  "FlowStatsRequest",
  "flow-stats-request",
  flowRequest(),
  requestLayouts(1),
  undefined,
  nxRequest(0),
);
/** See the class. */
export type FlowStatsRequest = InstanceType<typeof FlowStatsRequest>;

/** An age in 16 bits plus one; 0 is none. nicira-ext.h (nx_flow_stats) */
const AGE16 = fixedKind(
  "age16",
  2,
  (c, p) => (c.dv.getUint16(p) === 0 ? NO_AGE : c.dv.getUint16(p) - 1),
  (c, p, v) => c.dv.setUint16(p, v === NO_AGE ? 0 : v + 1),
  (v) => v === NO_AGE || (v >>> 0 === v && v < 0xffff),
  (v) => v,
  (j) => U32.fromJSON(j),
);

const FLOW = () => ({
  tableId: u8(),
  /** How long the flow lives. */
  durationSec: count32(0, { unit: "seconds" }),
  /** The part of its life beyond full seconds. */
  durationNsec: count32(0, { unit: "nanoseconds" }),
  priority: u16(DEFAULT_PRIORITY),
  idleTimeout: u16(0, { ...OPTIONAL, unit: "seconds" }),
  hardTimeout: u16(0, { ...OPTIONAL, unit: "seconds" }),
  flags: flowModFlags({ absent: "drop" }),
  /** OpenFlow 1.4 */
  importance: u16(0, { ...OPTIONAL, absent: "drop" }),
  cookie: u64(0n, OPTIONAL),
  /** All ones where the switch does not count. */
  packetCount: count64(0n, { unit: "packets" }),
  byteCount: count64(0n, { unit: "bytes" }),
  match: match(),
  instructions: instructions(),
  ...idleFields(),
  /** So long the flow was not changed, {@link NO_AGE} where that is not reported. Of the format `nxt` with NXT_FLOW_AGE */
  hardAge: count32(NO_AGE, { unit: "seconds", absent: "drop" }),
  /** OpenFlow 1.5 */
  otherStats: otherStats(),
});

const HEAD = ["length", "tableId", "pad:1", "durationSec", "durationNsec", "priority", "idleTimeout", "hardTimeout"] as const;
const COUNTS = ["cookie", "packetCount", "byteCount"] as const;

/** One flow and its counters. OpenFlow 1.3 §7.3.5.2 (ofp_flow_stats), 1.5 §7.3.5.2 (ofp_flow_desc) */
export const FlowStats = struct("FlowStats", FLOW(), {
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
    ...COUNTS,
    { instructions: INSTRUCTIONS10 },
  ],
  "1.1": [...HEAD, "pad:6", ...COUNTS, { match: MATCH11 }, "instructions"],
  "1.2": [...HEAD, "pad:6", ...COUNTS, "match", "instructions"],
  "1.3": [...HEAD, { flags: flowFlags(4) }, "pad:4", ...COUNTS, "match", "instructions"],
  "1.4": [...HEAD, { flags: flowFlags(5) }, "importance", "pad:2", ...COUNTS, "match", "instructions"],
  "1.5": [
    "length",
    "pad:2",
    "tableId",
    "pad:1",
    "priority",
    "idleTimeout",
    "hardTimeout",
    { flags: flowFlags(6) },
    "importance",
    "cookie",
    "match",
    oxsStats(["durationSec", "durationNsec", "idleAge", "idleAgeNsec", "packetCount", "byteCount"]),
    "instructions",
  ],
});
/** See the class. */
export type FlowStats = InstanceType<typeof FlowStats>;

/** A flow as Nicira has it. nicira-ext.h (nx_flow_stats) */
const NxFlowStats = struct("NxFlowStats", FLOW(), {
  "1.0": [
    ...HEAD,
    "lengthOf:match",
    { idleAge: AGE16 },
    { hardAge: AGE16 },
    ...COUNTS,
    { match: NX_MATCH },
    "align:8",
    { instructions: INSTRUCTIONS10 },
  ],
});

/** The same as an element of lists: objects are those of {@link FlowStats}. */
export const NX_FLOW_STATS: Element<FlowStats> = {
  name: "NxFlowStats",
  size: 0,
  element: NxFlowStats,
  frame: (version) => NxFlowStats.frame(version),
  exact: (version) => NxFlowStats.exact(version),
  codec(version, mode) {
    const inner = NxFlowStats.codec(version, mode);
    const of = FlowStats.maker();
    return { extent: inner.extent, encode: inner.encode, decode: (c, p, end) => of(inner.decode(c, p, end)) };
  },
  toJSON: (flow) => FlowStats.toJSON(flow),
  fromJSON: (json) => FlowStats.fromJSON(json),
};

/** Open vSwitch takes any number of bytes. */
const ANY_LENGTH = { multiple: 1 };

/** Flows. OpenFlow 1.3 §7.3.5.2; format `nxt` is Nicira's NXST_FLOW */
export const FlowStatsReply = multipart(
  "reply",
  "FlowStatsReply",
  "flow-stats-reply",
  { flows: list(FlowStats) },
  { "1.0": { key: [1], slots: ["flows"], ovs: ANY_LENGTH }, "1.1+": { key: [1], slots: ["flows"], ovs: ANY_LENGTH } },
  undefined,
  { nxt: { "1.0": { key: NXST(0), slots: ["pad:4", { flows: listKind(NX_FLOW_STATS) }], ovs: ANY_LENGTH } } },
);
/** See the class. */
export type FlowStatsReply = InstanceType<typeof FlowStatsReply>;

/** Asks for the sums over flows. OpenFlow 1.3 §7.3.5.3; format `nxt` is Nicira's NXST_AGGREGATE */
export const AggregateStatsRequest = multipart(
  "request",
  "AggregateStatsRequest",
  "aggregate-stats-request",
  flowRequest(),
  requestLayouts(2),
  undefined,
  nxRequest(1),
);
/** See the class. */
export type AggregateStatsRequest = InstanceType<typeof AggregateStatsRequest>;

const SUMS = ["packetCount", "byteCount", "flowCount", "pad:4"] as const;

/** Sums over flows; in OpenFlow 1.5 all ones where one is not reported. OpenFlow 1.3 §7.3.5.3 (ofp_aggregate_stats_reply); format `nxt` is Nicira's NXST_AGGREGATE */
export const AggregateStatsReply = multipart(
  "reply",
  "AggregateStatsReply",
  "aggregate-stats-reply",
  {
    packetCount: count64(0n, { unit: "packets" }),
    byteCount: count64(0n, { unit: "bytes" }),
    flowCount: count32(0, { unit: "flows" }),
    /** OpenFlow 1.5 */
    otherStats: otherStats(),
  },
  {
    "1.0": { key: [2], slots: SUMS },
    "1.1-1.4": { key: [2], slots: SUMS },
    "1.5": { key: [2], slots: [oxsStats(["packetCount", "byteCount", "flowCount"]), "rest"], ovs: ANY_LENGTH },
  },
  undefined,
  { nxt: { "1.0": { key: NXST(1), slots: ["pad:4", ...SUMS] } } },
);
/** See the class. */
export type AggregateStatsReply = InstanceType<typeof AggregateStatsReply>;

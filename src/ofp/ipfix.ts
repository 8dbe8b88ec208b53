import { count64, list, struct, u32 } from "../schema/mod.js";
import { multipart, NXST } from "./message.js";

const BRIDGE = NXST(3);
const FLOW = NXST(4);

const stats = () => ({
  /** All flows that were ever sent to the collectors. */
  totalFlows: count64(0n, { unit: "flows" }),
  currentFlows: count64(0n, { unit: "flows" }),
  /** All packets that were sampled. */
  packets: count64(0n, { unit: "packets" }),
  ipv4Packets: count64(0n, { unit: "packets" }),
  ipv6Packets: count64(0n, { unit: "packets" }),
  errorPackets: count64(0n, { unit: "packets" }),
  ipv4ErrorPackets: count64(0n, { unit: "packets" }),
  ipv6ErrorPackets: count64(0n, { unit: "packets" }),
  txPackets: count64(0n, { unit: "packets" }),
  txErrors: count64(0n, { unit: "packets" }),
  /** Which collectors; 0 for those of a bridge. */
  collectorSetId: u32(),
});
const SLOTS = [
  "totalFlows",
  "currentFlows",
  "packets",
  "ipv4Packets",
  "ipv6Packets",
  "errorPackets",
  "ipv4ErrorPackets",
  "ipv6ErrorPackets",
  "txPackets",
  "txErrors",
  "collectorSetId",
  "pad:4",
] as const;

/** What one set of collectors was sent; all ones where a counter is not kept. Open vSwitch nicira-ext.h (nx_ipfix_stats_reply) */
export const IpfixStats = struct("IpfixStats", stats(), { "1.0+": SLOTS });
/** See the class. */
export type IpfixStats = InstanceType<typeof IpfixStats>;

/** Asks what the bridge's IPFIX exporter sent. Open vSwitch nicira-ext.h (NXST_IPFIX_BRIDGE) */
export const IpfixBridgeRequest = multipart(
  "request",
  "IpfixBridgeRequest",
  "ipfix-bridge-request",
  {},
  { "1.0": { key: BRIDGE, slots: ["pad:4"] }, "1.1+": { key: BRIDGE, slots: [] } },
);
/** See the class. */
export type IpfixBridgeRequest = InstanceType<typeof IpfixBridgeRequest>;

/** What the bridge's IPFIX exporter sent. Open vSwitch nicira-ext.h (NXST_IPFIX_BRIDGE) */
export const IpfixBridgeReply = multipart("reply", "IpfixBridgeReply", "ipfix-bridge-reply", stats(), {
  "1.0": { key: BRIDGE, slots: ["pad:4", ...SLOTS] },
  "1.1+": { key: BRIDGE, slots: SLOTS },
});
/** See the class. */
export type IpfixBridgeReply = InstanceType<typeof IpfixBridgeReply>;

/** Asks what the IPFIX exporters of flows sent. Open vSwitch nicira-ext.h (NXST_IPFIX_FLOW) */
export const IpfixFlowRequest = multipart(
  "request",
  "IpfixFlowRequest",
  "ipfix-flow-request",
  {},
  { "1.0": { key: FLOW, slots: ["pad:4"] }, "1.1+": { key: FLOW, slots: [] } },
);
/** See the class. */
export type IpfixFlowRequest = InstanceType<typeof IpfixFlowRequest>;

/** What the IPFIX exporters of flows sent. Open vSwitch nicira-ext.h (NXST_IPFIX_FLOW) */
export const IpfixFlowReply = multipart(
  "reply",
  "IpfixFlowReply",
  "ipfix-flow-reply",
  { stats: list(IpfixStats) },
  { "1.0": { key: FLOW, slots: ["pad:4", "stats"] }, "1.1+": { key: FLOW, slots: ["stats"] } },
);
/** See the class. */
export type IpfixFlowReply = InstanceType<typeof IpfixFlowReply>;

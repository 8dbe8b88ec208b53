import { count32, count64, lift, list, struct } from "../../schema/mod.js";
import { multipart } from "../message.js";
import { LIMITED_PORT, PORT16, PortNo, port } from "./port-no.js";
import { ETHERNET_COUNTERS, ETHERNET_SLOTS, EthernetPortStats, PORT_STATS_PROPERTIES, portStatsProperties } from "./port-stats-property.js";

/** Asks for the counters of a port, or with `PortNo.Any` of all. OpenFlow 1.3 §7.3.5.6 */
export const PortStatsRequest = multipart(
  "request",
  "PortStatsRequest",
  "port-stats-request",
  { portNo: port(PortNo.Any) },
  { "1.0": { key: [4], slots: [{ portNo: PORT16 }, "pad:6"] }, "1.1+": { key: [4], slots: [{ portNo: LIMITED_PORT }, "pad:4"] } },
);
/** See the class. */
export type PortStatsRequest = InstanceType<typeof PortStatsRequest>;

const packets = { unit: "packets" } as const;
const bytes = { unit: "bytes" } as const;

/** What every layout counts, in this order. §7.3.5.6 (ofp_port_stats) */
const COUNTERS = ["rxPackets", "txPackets", "rxBytes", "txBytes", "rxDropped", "txDropped", "rxErrors", "txErrors"] as const;

/** The counters of a port; `NO_COUNT` where it does not count, which those of Ethernet say unless given. OpenFlow 1.3 §7.3.5.6 (ofp_port_stats) */
export const PortStats = struct(
  "PortStats",
  {
    portNo: port(0),
    rxPackets: count64(0n, packets),
    txPackets: count64(0n, packets),
    rxBytes: count64(0n, bytes),
    txBytes: count64(0n, bytes),
    rxDropped: count64(0n, packets),
    txDropped: count64(0n, packets),
    rxErrors: count64(0n, packets),
    txErrors: count64(0n, packets),
    ...ETHERNET_COUNTERS,
    /** How long the port exists. OpenFlow 1.3 */
    durationSec: count32(0, { unit: "seconds", absent: "drop" }),
    /** The part of its life beyond full seconds. */
    durationNsec: count32(0, { unit: "nanoseconds", absent: "drop" }),
    /** What else the port counts. OpenFlow 1.4 */
    properties: portStatsProperties(),
  },
  {
    "1.0": [{ portNo: PORT16 }, "pad:6", ...COUNTERS, ...ETHERNET_SLOTS],
    "1.1-1.2": [{ portNo: LIMITED_PORT }, "pad:4", ...COUNTERS, ...ETHERNET_SLOTS],
    "1.3": [{ portNo: LIMITED_PORT }, "pad:4", ...COUNTERS, ...ETHERNET_SLOTS, "durationSec", "durationNsec"],
    "1.4+": [
      "length",
      "pad:2",
      { portNo: LIMITED_PORT },
      "durationSec",
      "durationNsec",
      ...COUNTERS,
      lift(PORT_STATS_PROPERTIES, "properties", [{ type: EthernetPortStats }]),
    ],
  },
);
/** See the class. */
export type PortStats = InstanceType<typeof PortStats>;

/** The counters of ports. OpenFlow 1.3 §7.3.5.6 */
export const PortStatsReply = multipart(
  "reply",
  "PortStatsReply",
  "port-stats-reply",
  { ports: list(PortStats) },
  { "1.0": { key: [4], slots: ["ports"] }, "1.1+": { key: [4], slots: ["ports"] } },
);
/** See the class. */
export type PortStatsReply = InstanceType<typeof PortStatsReply>;

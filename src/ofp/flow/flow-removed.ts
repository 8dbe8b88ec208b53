import { named } from "../../errors/mod.js";
import { enumeration, mapped, U8, u8, u16, u32, u64 } from "../../schema/mod.js";
import { message, NXT } from "../message.js";
import { match, NX_MATCH } from "../oxm/codec.js";
import { MATCH10 } from "../oxm/match10.js";
import { MATCH11 } from "../oxm/match11.js";
import { idleFields, otherStats, oxsStats } from "./oxs.js";

/** Why a flow went. OpenFlow 1.3 §7.4.2 (ofp_flow_removed_reason) */
export const FlowRemovedReason = named("FlowRemovedReason", {
  IdleTimeout: 0,
  HardTimeout: 1,
  Delete: 2,
  GroupDelete: 3,
  MeterDelete: 4,
  Eviction: 5,
});

/** The number of a table plus one; 0 is none, as {@link ALL_TABLES}. nicira-ext.h (nx_flow_removed) */
const TABLE_PLUS_ONE = mapped(
  "table number plus one",
  U8,
  (wire) => (wire - 1) & 0xff,
  (table) => (table >= 0 && table <= 0xff ? (table + 1) & 0xff : undefined),
);

/** What the layouts of OpenFlow 1.1 to 1.4 begin with. §7.4.2 (ofp_flow_removed) */
const HEAD = [
  "cookie",
  "priority",
  "reason",
  "tableId",
  "durationSec",
  "durationNsec",
  "idleTimeout",
  "hardTimeout",
  "packetCount",
  "byteCount",
] as const;

/** Says that a flow that was added with `SendFlowRem` is gone. OpenFlow 1.3 §7.4.2, 1.5 §7.4.2; format `nxt` is Nicira's NXT_FLOW_REMOVED */
export const FlowRemoved = message(
  "FlowRemoved",
  "flow-removed",
  {
    cookie: u64(),
    priority: u16(),
    reason: enumeration(U8, FlowRemovedReason, 0),
    /** {@link ALL_TABLES} where it is not reported. */
    tableId: u8(0, { absent: "drop" }),
    /** How long the flow lived. */
    durationSec: u32(0, { unit: "seconds" }),
    /** The part of its life beyond full seconds. */
    durationNsec: u32(0, { unit: "nanoseconds" }),
    idleTimeout: u16(0, { unit: "seconds" }),
    hardTimeout: u16(0, { unit: "seconds", absent: "drop" }),
    /** All ones where the switch does not count. */
    packetCount: u64(0n, { unit: "packets" }),
    byteCount: u64(0n, { unit: "bytes" }),
    match: match(),
    ...idleFields(),
    /** OpenFlow 1.5 */
    otherStats: otherStats(),
  },
  {
    "1.0": {
      key: [11],
      slots: [
        { match: MATCH10 },
        "cookie",
        "priority",
        "reason",
        "pad:1",
        "durationSec",
        "durationNsec",
        "idleTimeout",
        "pad:2",
        "packetCount",
        "byteCount",
      ],
    },
    "1.1": {
      key: [11],
      slots: [...HEAD, { match: MATCH11 }, "rest"],
    },
    "1.2-1.4": {
      key: [11],
      slots: [...HEAD, "match", "rest"],
    },
    "1.5": {
      key: [11],
      slots: [
        "tableId",
        "reason",
        "priority",
        "idleTimeout",
        "hardTimeout",
        "cookie",
        "match",
        oxsStats(["durationSec", "durationNsec", "idleAge", "idleAgeNsec", "packetCount", "byteCount"]),
        "rest",
      ],
    },
  },
  {},
  {
    nxt: {
      "1.0+": {
        key: NXT(14),
        slots: [
          "cookie",
          "priority",
          "reason",
          { tableId: TABLE_PLUS_ONE },
          "durationSec",
          "durationNsec",
          "idleTimeout",
          "lengthOf:match",
          "packetCount",
          "byteCount",
          { match: NX_MATCH },
          "align:8",
        ],
      },
    },
  },
);
/** See the class. */
export type FlowRemoved = InstanceType<typeof FlowRemoved>;

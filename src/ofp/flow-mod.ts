import { enumeration, flags, U8, U16, u8, u16, u32, u64 } from "../schema/mod.js";
import { INSTRUCTIONS10, instructions } from "./instruction/table.js";
import { message } from "./message.js";
import { match } from "./oxm/codec.js";
import { MATCH10 } from "./oxm/match10.js";
import { NO_BUFFER } from "./packet-in.js";
import { PORT16, PortNo, port } from "./port-no.js";

/** What a flow-mod does. OpenFlow 1.3 §7.3.4.1 (ofp_flow_mod_command) */
export const FlowModCommand = { Add: 0, Modify: 1, ModifyStrict: 2, Delete: 3, DeleteStrict: 4 } as const;

/** How a flow-mod does it. OpenFlow 1.3 §7.3.4.1 (ofp_flow_mod_flags); the last two since 1.3 */
export const FlowModFlags = { SendFlowRem: 1, CheckOverlap: 2, ResetCounts: 4, NoPktCounts: 8, NoBytCounts: 16 } as const;

/** All groups, or any. OpenFlow 1.3 §7.3.4.3 (ofp_group) */
export const GroupNo = { Max: 0xffffff00, All: 0xfffffffc, Any: 0xffffffff } as const;

/** All tables, in a deletion. OpenFlow 1.3 §7.3.4.1 (OFPTT_ALL) */
export const ALL_TABLES = 0xff;

/** Adds, changes or deletes flows. OpenFlow 1.3 §7.3.4.1 */
export const FlowMod = message(
  "FlowMod",
  "flow-mod",
  {
    /** Says nothing to the switch; comes back with the flow. */
    cookie: u64(),
    /** Changes and deletions touch only flows whose cookie equals `cookie` in these bits. */
    cookieMask: u64(),
    /** OpenFlow 1.0 has one table. {@link ALL_TABLES} in a deletion. */
    tableId: u8(),
    /** 16 bits in OpenFlow 1.0, 8 since 1.1. */
    command: enumeration(U16, FlowModCommand, 0),
    /** Without a hit for so long, the flow goes; 0 is never. */
    idleTimeout: u16(0, { unit: "seconds" }),
    /** So long after it was added, the flow goes; 0 is never. */
    hardTimeout: u16(0, { unit: "seconds" }),
    /** The matching flow of the highest priority wins. */
    priority: u16(0x8000),
    /** A buffered packet that the new flow is applied to at once; {@link NO_BUFFER} for none. */
    bufferId: u32(NO_BUFFER),
    /** Deletions touch only flows that output there; `PortNo.Any` for all. */
    outPort: port(PortNo.Any),
    /** Deletions touch only flows that use the group; `GroupNo.Any` for all. */
    outGroup: u32(GroupNo.Any),
    flags: flags(U16, FlowModFlags),
    /** Which flow goes first when the table is full: the least important. OpenFlow 1.4 */
    importance: u16(),
    match: match(),
    instructions: instructions(),
  },
  {
    "1.0": {
      key: [14],
      slots: [
        { match: MATCH10 },
        "cookie",
        "command",
        "idleTimeout",
        "hardTimeout",
        "priority",
        "bufferId",
        { outPort: PORT16 },
        "flags",
        { instructions: INSTRUCTIONS10 },
      ],
    },
    "1.2-1.3": {
      key: [14],
      slots: [
        "cookie",
        "cookieMask",
        "tableId",
        "command:u8",
        "idleTimeout",
        "hardTimeout",
        "priority",
        "bufferId",
        "outPort",
        "outGroup",
        "flags",
        "pad:2",
        "match",
        "instructions",
      ],
    },
    "1.4+": {
      key: [14],
      slots: [
        "cookie",
        "cookieMask",
        "tableId",
        "command:u8",
        "idleTimeout",
        "hardTimeout",
        "priority",
        "bufferId",
        "outPort",
        "outGroup",
        "flags",
        "importance",
        "match",
        "instructions",
      ],
    },
  },
);
/** See the class. */
export type FlowMod = InstanceType<typeof FlowMod>;

/** Why a flow went. OpenFlow 1.3 §7.4.2 (ofp_flow_removed_reason) */
export const FlowRemovedReason = { IdleTimeout: 0, HardTimeout: 1, Delete: 2, GroupDelete: 3, MeterDelete: 4, Eviction: 5 } as const;

/** Says that a flow that was added with `SendFlowRem` is gone. OpenFlow 1.3 §7.4.2 */
export const FlowRemoved = message(
  "FlowRemoved",
  "flow-removed",
  {
    cookie: u64(),
    priority: u16(),
    reason: enumeration(U8, FlowRemovedReason, 0),
    tableId: u8(0, { absent: "drop" }),
    /** How long the flow lived. */
    durationSec: u32(0, { unit: "seconds" }),
    /** The part of its life beyond full seconds. */
    durationNsec: u32(0, { unit: "nanoseconds" }),
    idleTimeout: u16(0, { unit: "seconds" }),
    hardTimeout: u16(0, { unit: "seconds", absent: "drop" }),
    packetCount: u64(0n, { unit: "packets" }),
    byteCount: u64(0n, { unit: "bytes" }),
    match: match(),
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
    "1.2-1.4": {
      key: [11],
      slots: [
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
        "match",
      ],
    },
  },
);
/** See the class. */
export type FlowRemoved = InstanceType<typeof FlowRemoved>;

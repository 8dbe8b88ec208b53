import { named } from "../../errors/mod.js";
import { flags, U32, u32, u64 } from "../../schema/mod.js";
import { idleFields, NOT_TOLD, otherStats, oxsStats } from "../flow/oxs.js";
import { instruction } from "./header.js";

/** How often a threshold counts: each time that it is passed again, and only the first time. OpenFlow 1.5 §7.2.5 (ofp_stat_trigger_flags) */
export const StatTriggerFlags = named("StatTriggerFlags", { Periodic: 1, OnlyFirst: 2 });

const THRESHOLDS = ["durationSec", "durationNsec", "idleAge", "idleAgeNsec", "packetCount", "byteCount", "flowCount"] as const;

/** Has the switch report the flow's counters once one of them passes its threshold; those that are all ones have none. OpenFlow 1.5 §7.2.5 (OFPIT_STAT_TRIGGER) */
export const StatTrigger = instruction(
  "StatTrigger",
  "stat-trigger",
  {
    flags: flags(U32, StatTriggerFlags),
    /** How long the flow has been there. */
    durationSec: u32(NOT_TOLD, { unit: "seconds" }),
    /** The part of it beyond full seconds. */
    durationNsec: u32(NOT_TOLD, { unit: "nanoseconds" }),
    ...idleFields(),
    packetCount: u64(0xffffffffffffffffn, { unit: "packets" }),
    byteCount: u64(0xffffffffffffffffn, { unit: "bytes" }),
    flowCount: u32(NOT_TOLD, { unit: "flows" }),
    /** Thresholds of statistics that have no field here, as they stand on the wire. */
    otherStats: otherStats(),
  },
  { "1.5": { key: [7], slots: ["flags", oxsStats(THRESHOLDS)] } },
);
/** See the class. */
export type StatTrigger = InstanceType<typeof StatTrigger>;

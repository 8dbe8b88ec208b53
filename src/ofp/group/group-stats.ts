import { named } from "../../errors/mod.js";
import { count32, count64, enumeration, flags, list, struct, U8, U32, u32 } from "../../schema/mod.js";
import { multipart, NXST } from "../message.js";
import { Bucket } from "./bucket.js";
import { GroupType } from "./group.js";
import { GroupNo } from "./group-no.js";
import { GROUP_PROPERTY } from "./group-property.js";

/** The type of a multipart body of Nicira's, before its own number. */

/** Asks for the counters of a group, or with `GroupNo.All` of all. OpenFlow 1.3 §7.3.5.8; in 1.0 Nicira's NXST_GROUP */
export const GroupStatsRequest = multipart(
  "request",
  "GroupStatsRequest",
  "group-stats-request",
  { groupId: u32(GroupNo.All) },
  { "1.0": { key: NXST(7), slots: ["pad:4", "groupId", "pad:4"] }, "1.1+": { key: [6], slots: ["groupId", "pad:4"] } },
);
/** See the class. */
export type GroupStatsRequest = InstanceType<typeof GroupStatsRequest>;

/** The counters of one bucket; all ones where the switch does not count. OpenFlow 1.3 §7.3.5.8 (ofp_bucket_counter) */
export const BucketStats = struct(
  "BucketStats",
  { packetCount: count64(0n, { unit: "packets" }), byteCount: count64(0n, { unit: "bytes" }) },
  { "1.0+": ["packetCount", "byteCount"] },
);
/** See the class. */
export type BucketStats = InstanceType<typeof BucketStats>;

const WITH_DURATION = [
  "length",
  "pad:2",
  "groupId",
  "refCount",
  "pad:4",
  "packetCount",
  "byteCount",
  "durationSec",
  "durationNsec",
  "buckets",
] as const;

/** The counters of one group. OpenFlow 1.3 §7.3.5.8 (ofp_group_stats) */
export const GroupStats = struct(
  "GroupStats",
  {
    groupId: u32(),
    /** How many flows and groups use it. */
    refCount: count32(),
    packetCount: count64(0n, { unit: "packets" }),
    byteCount: count64(0n, { unit: "bytes" }),
    /** How long the group lives. OpenFlow 1.3 */
    durationSec: count32(0, { unit: "seconds", absent: "drop" }),
    /** The part of its life beyond full seconds. */
    durationNsec: count32(0, { unit: "nanoseconds", absent: "drop" }),
    /** One for each bucket, in their order. */
    buckets: list(BucketStats),
  },
  {
    "1.0": WITH_DURATION,
    "1.1-1.2": ["length", "pad:2", "groupId", "refCount", "pad:4", "packetCount", "byteCount", "buckets"],
    "1.3+": WITH_DURATION,
  },
);
/** See the class. */
export type GroupStats = InstanceType<typeof GroupStats>;

/** The counters of groups. OpenFlow 1.3 §7.3.5.8 */
export const GroupStatsReply = multipart(
  "reply",
  "GroupStatsReply",
  "group-stats-reply",
  { groups: list(GroupStats) },
  { "1.0": { key: NXST(7), slots: ["pad:4", "groups"] }, "1.1+": { key: [6], slots: ["groups"] } },
);
/** See the class. */
export type GroupStatsReply = InstanceType<typeof GroupStatsReply>;

/** Asks for the buckets of groups: of all, or since OpenFlow 1.5 of one. OpenFlow 1.3 §7.3.5.9, 1.5 §7.3.5.9; in 1.0 Nicira's NXST_GROUP_DESC */
export const GroupDescRequest = multipart(
  "request",
  "GroupDescRequest",
  "group-desc-request",
  {
    /** OpenFlow 1.1 to 1.4 know `GroupNo.All` alone. */
    groupId: u32(GroupNo.All),
  },
  {
    "1.0": { key: NXST(8), slots: ["pad:4", "groupId", "pad:4"] },
    "1.1-1.4": { key: [7], slots: [] },
    "1.5": { key: [7], slots: ["groupId", "pad:4"] },
  },
);
/** See the class. */
export type GroupDescRequest = InstanceType<typeof GroupDescRequest>;

const DESC15 = ["length", "groupType", "pad:1", "groupId", "lengthOf:buckets", "pad:6", "buckets", "properties"] as const;

/** One group and its buckets. OpenFlow 1.3 §7.3.5.9 (ofp_group_desc) */
export const GroupDesc = struct(
  "GroupDesc",
  {
    groupType: enumeration(U8, GroupType, 0),
    groupId: u32(),
    buckets: list(Bucket),
    /** OpenFlow 1.5 */
    properties: list(GROUP_PROPERTY),
  },
  { "1.0": DESC15, "1.1-1.4": ["length", "groupType", "pad:1", "groupId", "buckets"], "1.5": DESC15 },
);
/** See the class. */
export type GroupDesc = InstanceType<typeof GroupDesc>;

/** Groups and their buckets. OpenFlow 1.3 §7.3.5.9 */
export const GroupDescReply = multipart(
  "reply",
  "GroupDescReply",
  "group-desc-reply",
  { groups: list(GroupDesc) },
  { "1.0": { key: NXST(8), slots: ["pad:4", "groups"] }, "1.1+": { key: [7], slots: ["groups"] } },
);
/** See the class. */
export type GroupDescReply = InstanceType<typeof GroupDescReply>;

/** What groups a switch can do. OpenFlow 1.3 §7.3.5.10 (ofp_group_capabilities) */
export const GroupCapabilities = named("GroupCapabilities", { SelectWeight: 1, SelectLiveness: 2, Chaining: 4, ChainingChecks: 8 });

/** The bits of types of groups in {@link GroupFeaturesReply}. */
export const GroupTypes = named("GroupTypes", { All: 1, Select: 2, Indirect: 4, FastFailover: 8 });

/** Asks what groups the switch can do. OpenFlow 1.3 §7.3.5.10; before 1.2 Nicira's NXST_GROUP_FEATURES */
export const GroupFeaturesRequest = multipart(
  "request",
  "GroupFeaturesRequest",
  "group-features-request",
  {},
  {
    "1.0": { key: NXST(9), slots: ["pad:4"] },
    "1.1": { key: NXST(9), slots: [] },
    "1.2+": { key: [8], slots: [] },
  },
);
/** See the class. */
export type GroupFeaturesRequest = InstanceType<typeof GroupFeaturesRequest>;

const FEATURES = [
  "types",
  "capabilities",
  "maxAll",
  "maxSelect",
  "maxIndirect",
  "maxFastFailover",
  "actionsAll",
  "actionsSelect",
  "actionsIndirect",
  "actionsFastFailover",
] as const;

/** What groups the switch can do: how many of each type, and bit n of its actions for action type n. OpenFlow 1.3 §7.3.5.10 (ofp_group_features) */
export const GroupFeaturesReply = multipart(
  "reply",
  "GroupFeaturesReply",
  "group-features-reply",
  {
    types: flags(U32, GroupTypes),
    capabilities: flags(U32, GroupCapabilities),
    maxAll: u32(0, { unit: "groups" }),
    maxSelect: u32(0, { unit: "groups" }),
    maxIndirect: u32(0, { unit: "groups" }),
    maxFastFailover: u32(0, { unit: "groups" }),
    actionsAll: u32(),
    actionsSelect: u32(),
    actionsIndirect: u32(),
    actionsFastFailover: u32(),
  },
  {
    "1.0": { key: NXST(9), slots: ["pad:4", ...FEATURES] },
    "1.1": { key: NXST(9), slots: FEATURES },
    "1.2+": { key: [8], slots: FEATURES },
  },
);
/** See the class. */
export type GroupFeaturesReply = InstanceType<typeof GroupFeaturesReply>;

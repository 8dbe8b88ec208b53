import { named } from "../../errors/mod.js";
import { enumeration, list, U8, U16, u32 } from "../../schema/mod.js";
import { message, NXT } from "../message.js";
import { Bucket, BucketNo } from "./bucket.js";
import { GROUP_PROPERTY } from "./group-property.js";

/** What a group-mod does. OpenFlow 1.3 §7.3.4.2, 1.5 §7.3.4.3 (ofp_group_mod_command); the last two of the standard since 1.5, `AddOrModify` is of Open vSwitch */
export const GroupModCommand = named("GroupModCommand", {
  Add: 0,
  Modify: 1,
  Delete: 2,
  InsertBucket: 3,
  RemoveBucket: 5,
  AddOrModify: 0x8000,
});

/** Which buckets of a group are executed: all, one by a share, the one that there is, or the first live one. OpenFlow 1.3 §7.3.4.2 (ofp_group_type) */
export const GroupType = named("GroupType", { All: 0, Select: 1, Indirect: 2, FastFailover: 3 });

/** Adds, changes or deletes groups. OpenFlow 1.3 §7.3.4.2, 1.5 §7.3.4.3; in 1.0 Nicira's NXT_GROUP_MOD */
export const GroupMod = message(
  "GroupMod",
  "group-mod",
  {
    command: enumeration(U16, GroupModCommand, 0),
    groupType: enumeration(U8, GroupType, 0),
    groupId: u32(),
    /** Where buckets are inserted, or which are removed: a number or one of {@link BucketNo}. OpenFlow 1.5 */
    commandBucketId: u32(BucketNo.All),
    buckets: list(Bucket),
    /** OpenFlow 1.5 */
    properties: list(GROUP_PROPERTY),
  },
  {
    "1.0": {
      key: NXT(31),
      slots: ["command", "groupType", "pad:1", "groupId", "lengthOf:buckets", "pad:2", "commandBucketId", "buckets", "properties"],
    },
    "1.1-1.4": { key: [15], slots: ["command", "groupType", "pad:1", "groupId", "buckets"] },
    "1.5": {
      key: [15],
      slots: ["command", "groupType", "pad:1", "groupId", "lengthOf:buckets", "pad:2", "commandBucketId", "buckets", "properties"],
    },
  },
);
/** See the class. */
export type GroupMod = InstanceType<typeof GroupMod>;

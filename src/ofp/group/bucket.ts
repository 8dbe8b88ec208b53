import { named } from "../../errors/mod.js";
import { type Element, lift, list, type Member, struct, type UnknownElement, u16, u32, union } from "../../schema/mod.js";
import { actions } from "../action/table.js";
import { ExperimenterProperty } from "../experimenter-property.js";
import { PortNo, port } from "../port/port-no.js";
import { PROPERTY_HEADER, property } from "../property.js";
import { GroupNo } from "./group-no.js";

/** Numbers of buckets with a meaning of their own. OpenFlow 1.5 §7.3.4.3 (ofp_group_bucket) */
export const BucketNo = named("BucketNo", {
  /** The highest number of a real bucket. */
  Max: 0xffffff00,
  /** The first bucket of the group, in a command. */
  First: 0xfffffffd,
  /** The last bucket of the group, in a command. */
  Last: 0xfffffffe,
  /** All buckets of the group, in a command. */
  All: 0xffffffff,
});

const LIFTED = () => ({
  /** How large its share of the packets is, in a group of type select. A received property with the weight 0 is in `properties`. */
  weight: u16(),
  /** The bucket counts as live while this port is, in a fast-failover group; `PortNo.Any` for none. */
  watchPort: port(PortNo.Any),
  /** The bucket counts as live while this group is, in a fast-failover group; `GroupNo.Any` for none. */
  watchGroup: u32(GroupNo.Any),
});

const { weight, watchPort, watchGroup } = LIFTED();

/** A bucket's weight, as a property. OpenFlow 1.5 §7.3.4.3 (OFPGBPT_WEIGHT) */
export const BucketWeight = property(
  "BucketWeight",
  "weight",
  { weight },
  { "1.0": { key: [0], slots: ["weight", "pad:2"] }, "1.5": { key: [0], slots: ["weight", "pad:2"] } },
);
/** See the class. */
export type BucketWeight = InstanceType<typeof BucketWeight>;

/** The port that a bucket watches, as a property. OpenFlow 1.5 §7.3.4.3 (OFPGBPT_WATCH_PORT) */
export const WatchPort = property(
  "WatchPort",
  "watch-port",
  { watchPort },
  { "1.0": { key: [1], slots: ["watchPort"] }, "1.5": { key: [1], slots: ["watchPort"] } },
);
/** See the class. */
export type WatchPort = InstanceType<typeof WatchPort>;

/** The group that a bucket watches, as a property. OpenFlow 1.5 §7.3.4.3 (OFPGBPT_WATCH_GROUP) */
export const WatchGroup = property(
  "WatchGroup",
  "watch-group",
  { watchGroup },
  { "1.0": { key: [2], slots: ["watchGroup"] }, "1.5": { key: [2], slots: ["watchGroup"] } },
);

/** See the class. */
export type WatchGroup = InstanceType<typeof WatchGroup>;

/** Every property of a bucket. OpenFlow 1.5 §7.3.4.3 (ofp_group_bucket_prop_type); Nicira's group messages of 1.0 have the same */
export const BUCKET_PROPERTIES = union("bucket property", PROPERTY_HEADER, "OFPBPC_BAD_TYPE", [
  BucketWeight,
  WatchPort,
  WatchGroup,
  ExperimenterProperty,
]);

/** One property of a bucket that is no field of it. */
export type BucketProperty = Member<typeof BUCKET_PROPERTIES> | UnknownElement;

const WITH_PROPERTIES = [
  "length",
  "lengthOf:actions",
  "bucketId",
  "actions",
  lift(BUCKET_PROPERTIES, "properties", [{ type: BucketWeight }, { type: WatchPort }, { type: WatchGroup }]),
] as const;

/** One set of actions of a group. OpenFlow 1.3 §7.3.4.3, 1.5 §7.3.4.3 (ofp_bucket) */
export const Bucket = struct(
  "Bucket",
  {
    /** Distinguishes it from the other buckets of the group. OpenFlow 1.5, and Nicira's group messages of 1.0 */
    bucketId: u32(0, { absent: "drop" }),
    ...LIFTED(),
    actions: actions(),
    properties: list(BUCKET_PROPERTIES as Element<BucketProperty>),
  },
  {
    "1.0": WITH_PROPERTIES,
    "1.1-1.4": ["length", "weight", "watchPort", "watchGroup", "pad:4", "actions"],
    "1.5": WITH_PROPERTIES,
  },
  "OFPGMFC_BAD_BUCKET",
);
/** See the class. */
export type Bucket = InstanceType<typeof Bucket>;

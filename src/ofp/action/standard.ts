import { u8, u16, u32 } from "../../schema/mod.js";
import { oxmEntry } from "../oxm/entry.js";
import { PORT16, port } from "../port/port-no.js";
import { action, actionForms, nicira } from "./header.js";
import { LAST_NXM, LAST_OXM } from "./last-oxm.js";
import { u16List } from "./number-list.js";

/** Sends the packet out of a port. OpenFlow 1.3 §5.12, §7.2.5 (OFPAT_OUTPUT) */
export const Output = action(
  "Output",
  "output",
  {
    /** The port, or one of {@link PortNo}. */
    port: port(0),
    /** To the controller: at most this many bytes; 0xffff is the whole packet, unbuffered. */
    maxLen: u16(0xffff, { unit: "bytes" }),
  },
  {
    "1.0": { key: [0], slots: [{ port: PORT16 }, "maxLen"] },
    "1.1+": { key: [0], slots: ["port", "maxLen", "pad:6"] },
  },
);
/** See the class. */
export type Output = InstanceType<typeof Output>;

/** Hands the packet to a group. OpenFlow 1.3 §5.12, §7.2.5 (OFPAT_GROUP); in 1.0 Nicira's action 40 */
export const Group = action(
  "Group",
  "group",
  { groupId: u32() },
  { "1.0": { key: nicira(40), slots: ["pad:2", "groupId"] }, "1.1+": { key: [22], slots: ["groupId"] } },
);
/** See the class. */
export type Group = InstanceType<typeof Group>;

/** Sets the queue that the packet will use at its port. OpenFlow 1.3 §7.2.5 (OFPAT_SET_QUEUE); in 1.0 Nicira's action 4 */
export const SetQueue = action(
  "SetQueue",
  "set-queue",
  { queueId: u32() },
  { "1.0": { key: nicira(4), slots: ["pad:2", "queueId"] }, "1.1+": { key: [21], slots: ["queueId"] } },
);
/** See the class. */
export type SetQueue = InstanceType<typeof SetQueue>;

/** Sends the packet out of a port through one of its queues. OpenFlow 1.0 §5.2.4 (OFPAT_ENQUEUE) */
export const Enqueue = action(
  "Enqueue",
  "enqueue",
  { port: port(0), queueId: u32() },
  { "1.0": { key: [11], slots: [{ port: PORT16 }, "pad:6", "queueId"] } },
);
/** See the class. */
export type Enqueue = InstanceType<typeof Enqueue>;

/** Puts the packet through a meter. OpenFlow 1.5 §7.2.6.11 (OFPAT_METER); before that an instruction */
export const MeterAction = action("MeterAction", "meter", { meterId: u32() }, { "1.5": { key: [29], slots: ["meterId"] } });
/** See the class. */
export type MeterAction = InstanceType<typeof MeterAction>;

/**
 * Sets one field of the packet. OpenFlow 1.3 §7.2.5 (OFPAT_SET_FIELD). The form `reg-load2` is Nicira's action 33, which takes a mask and which OpenFlow 1.0 and 1.1 have
 * in place of the standard's.
 */
export const SetField = actionForms(
  "SetField",
  "set-field",
  {
    /** The field and its value, made by `oxmOf`; in the standard's form a mask needs OpenFlow 1.5. */
    field: oxmEntry(),
  },
  { "1.2+": { key: [25], slots: [{ field: LAST_OXM }] } },
  { "reg-load2": { "1.0-1.4": { key: nicira(33), slots: [{ field: LAST_NXM }] } } },
);
/** See the class. */
export type SetField = InstanceType<typeof SetField>;

/** Puts a VLAN tag in front. OpenFlow 1.3 §7.2.5 (OFPAT_PUSH_VLAN) */
export const PushVlan = action(
  "PushVlan",
  "push-vlan",
  {
    /** The tag's own EtherType: 0x8100 or 0x88a8. */
    ethertype: u16(0x8100),
  },
  { "1.1+": { key: [17], slots: ["ethertype", "pad:2"] } },
);
/** See the class. */
export type PushVlan = InstanceType<typeof PushVlan>;

/** Takes the outer VLAN tag off; before OpenFlow 1.1 the only one. OpenFlow 1.0 §5.2.4 (OFPAT_STRIP_VLAN), 1.3 §7.2.5 (OFPAT_POP_VLAN) */
export const PopVlan = action(
  "PopVlan",
  "pop-vlan",
  {},
  { "1.0": { key: [3], slots: ["pad:4"] }, "1.1+": { key: [18], slots: ["pad:4"] } },
);
/** See the class. */
export type PopVlan = InstanceType<typeof PopVlan>;

/** Puts an MPLS header in front. OpenFlow 1.3 §7.2.5 (OFPAT_PUSH_MPLS); in 1.0 Nicira's action 23 */
export const PushMpls = action(
  "PushMpls",
  "push-mpls",
  { ethertype: u16(0x8847) },
  { "1.0": { key: nicira(23), slots: ["ethertype", "pad:4"] }, "1.1+": { key: [19], slots: ["ethertype", "pad:2"] } },
);
/** See the class. */
export type PushMpls = InstanceType<typeof PushMpls>;

/** Takes the outer MPLS header off; what is under it has the given EtherType. OpenFlow 1.3 §7.2.5 (OFPAT_POP_MPLS); in 1.0 Nicira's action 24 */
export const PopMpls = action(
  "PopMpls",
  "pop-mpls",
  { ethertype: u16(0x0800) },
  { "1.0": { key: nicira(24), slots: ["ethertype", "pad:4"] }, "1.1+": { key: [20], slots: ["ethertype", "pad:2"] } },
);
/** See the class. */
export type PopMpls = InstanceType<typeof PopMpls>;

/** Puts a provider backbone bridge's service tag in front. OpenFlow 1.3 §7.2.5 (OFPAT_PUSH_PBB) */
export const PushPbb = action(
  "PushPbb",
  "push-pbb",
  { ethertype: u16(0x88e7) },
  { "1.3+": { unchecked: true, key: [26], slots: ["ethertype", "pad:2"] } },
);
/** See the class. */
export type PushPbb = InstanceType<typeof PushPbb>;

/** Takes the outer service tag of a provider backbone bridge off. OpenFlow 1.3 §7.2.5 (OFPAT_POP_PBB) */
export const PopPbb = action("PopPbb", "pop-pbb", {}, { "1.3+": { unchecked: true, key: [27], slots: ["pad:4"] } });
/** See the class. */
export type PopPbb = InstanceType<typeof PopPbb>;

/** Sets the time to live of the outer MPLS header. OpenFlow 1.3 §7.2.5 (OFPAT_SET_MPLS_TTL); in 1.0 Nicira's action 25 */
export const SetMplsTtl = action(
  "SetMplsTtl",
  "set-mpls-ttl",
  { ttl: u8() },
  { "1.0": { key: nicira(25), slots: ["ttl", "pad:5"] }, "1.1+": { key: [15], slots: ["ttl", "pad:3"] } },
);
/** See the class. */
export type SetMplsTtl = InstanceType<typeof SetMplsTtl>;

/** Takes one from the time to live of the outer MPLS header. OpenFlow 1.3 §7.2.5 (OFPAT_DEC_MPLS_TTL); in 1.0 Nicira's action 26 */
export const DecMplsTtl = action(
  "DecMplsTtl",
  "dec-mpls-ttl",
  {},
  { "1.0": { key: nicira(26), slots: ["pad:6"] }, "1.1+": { key: [16], slots: ["pad:4"] } },
);
/** See the class. */
export type DecMplsTtl = InstanceType<typeof DecMplsTtl>;

/** Sets the time to live of the IP header. OpenFlow 1.3 §7.2.5 (OFPAT_SET_NW_TTL) */
export const SetNwTtl = action("SetNwTtl", "set-nw-ttl", { ttl: u8() }, { "1.1+": { key: [23], slots: ["ttl", "pad:3"] } });
/** See the class. */
export type SetNwTtl = InstanceType<typeof SetNwTtl>;

/**
 * Takes one from the time to live of the IP header. OpenFlow 1.3 §7.2.5 (OFPAT_DEC_NW_TTL); in 1.0 Nicira's action 18. The form `ids`, Nicira's action 21, names the controllers that get
 * packets whose time is over.
 */
export const DecNwTtl = actionForms(
  "DecNwTtl",
  "dec-nw-ttl",
  {
    /** In the form `ids`: controllers by their ids. */
    controllers: u16List(),
  },
  { "1.0": { key: nicira(18), slots: ["pad:6"] }, "1.1+": { key: [24], slots: ["pad:4"] } },
  {
    ids: {
      "1.0+": { key: nicira(21), slots: ["countOf:controllers", "zero:4:NXBRC_MUST_BE_ZERO", "controllers", "rest"] },
    },
  },
);
/** See the class. */
export type DecNwTtl = InstanceType<typeof DecNwTtl>;

/** Copies the time to live from the next header to the outer one. OpenFlow 1.3 §7.2.5 (OFPAT_COPY_TTL_OUT) */
export const CopyTtlOut = action("CopyTtlOut", "copy-ttl-out", {}, { "1.1+": { unchecked: true, key: [11], slots: ["pad:4"] } });
/** See the class. */
export type CopyTtlOut = InstanceType<typeof CopyTtlOut>;

/** Copies the time to live from the outer header to the next one. OpenFlow 1.3 §7.2.5 (OFPAT_COPY_TTL_IN) */
export const CopyTtlIn = action("CopyTtlIn", "copy-ttl-in", {}, { "1.1+": { unchecked: true, key: [12], slots: ["pad:4"] } });
/** See the class. */
export type CopyTtlIn = InstanceType<typeof CopyTtlIn>;

import { ipv4, mac, u8, u16, u32 } from "../../schema/mod.js";
import { OXM_ENTRY, oxmEntry } from "../oxm/entry.js";
import { PORT16, port } from "../port-no.js";
import { action } from "./header.js";

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

/** Hands the packet to a group. OpenFlow 1.3 §5.12, §7.2.5 (OFPAT_GROUP) */
export const Group = action("Group", "group", { groupId: u32() }, { "1.1+": { key: [22], slots: ["groupId"] } });
/** See the class. */
export type Group = InstanceType<typeof Group>;

/** Sets the queue that the packet will use at its port. OpenFlow 1.3 §7.2.5 (OFPAT_SET_QUEUE) */
export const SetQueue = action("SetQueue", "set-queue", { queueId: u32() }, { "1.1+": { key: [21], slots: ["queueId"] } });
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

/** Sets one field of the packet. OpenFlow 1.3 §7.2.5 (OFPAT_SET_FIELD) */
export const SetField = action(
  "SetField",
  "set-field",
  {
    /** The field and its value, made by {@link setField}; a mask needs OpenFlow 1.5. */
    field: oxmEntry(),
  },
  { "1.2+": { key: [25], slots: [{ field: OXM_ENTRY }, "align:8"] } },
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

/** Puts an MPLS header in front. OpenFlow 1.3 §7.2.5 (OFPAT_PUSH_MPLS) */
export const PushMpls = action(
  "PushMpls",
  "push-mpls",
  { ethertype: u16(0x8847) },
  { "1.1+": { key: [19], slots: ["ethertype", "pad:2"] } },
);
/** See the class. */
export type PushMpls = InstanceType<typeof PushMpls>;

/** Takes the outer MPLS header off; what is under it has the given EtherType. OpenFlow 1.3 §7.2.5 (OFPAT_POP_MPLS) */
export const PopMpls = action("PopMpls", "pop-mpls", { ethertype: u16(0x0800) }, { "1.1+": { key: [20], slots: ["ethertype", "pad:2"] } });
/** See the class. */
export type PopMpls = InstanceType<typeof PopMpls>;

/** Sets the time to live of the outer MPLS header. OpenFlow 1.3 §7.2.5 (OFPAT_SET_MPLS_TTL) */
export const SetMplsTtl = action("SetMplsTtl", "set-mpls-ttl", { ttl: u8() }, { "1.1+": { key: [15], slots: ["ttl", "pad:3"] } });
/** See the class. */
export type SetMplsTtl = InstanceType<typeof SetMplsTtl>;

/** Takes one from the time to live of the outer MPLS header. OpenFlow 1.3 §7.2.5 (OFPAT_DEC_MPLS_TTL) */
export const DecMplsTtl = action("DecMplsTtl", "dec-mpls-ttl", {}, { "1.1+": { key: [16], slots: ["pad:4"] } });
/** See the class. */
export type DecMplsTtl = InstanceType<typeof DecMplsTtl>;

/** Sets the time to live of the IP header. OpenFlow 1.3 §7.2.5 (OFPAT_SET_NW_TTL) */
export const SetNwTtl = action("SetNwTtl", "set-nw-ttl", { ttl: u8() }, { "1.1+": { key: [23], slots: ["ttl", "pad:3"] } });
/** See the class. */
export type SetNwTtl = InstanceType<typeof SetNwTtl>;

/** Takes one from the time to live of the IP header. OpenFlow 1.3 §7.2.5 (OFPAT_DEC_NW_TTL) */
export const DecNwTtl = action("DecNwTtl", "dec-nw-ttl", {}, { "1.1+": { key: [24], slots: ["pad:4"] } });
/** See the class. */
export type DecNwTtl = InstanceType<typeof DecNwTtl>;

/** Copies the time to live from the next header to the outer one. OpenFlow 1.3 §7.2.5 (OFPAT_COPY_TTL_OUT) */
export const CopyTtlOut = action("CopyTtlOut", "copy-ttl-out", {}, { "1.1+": { key: [11], slots: ["pad:4"] } });
/** See the class. */
export type CopyTtlOut = InstanceType<typeof CopyTtlOut>;

/** Copies the time to live from the outer header to the next one. OpenFlow 1.3 §7.2.5 (OFPAT_COPY_TTL_IN) */
export const CopyTtlIn = action("CopyTtlIn", "copy-ttl-in", {}, { "1.1+": { key: [12], slots: ["pad:4"] } });
/** See the class. */
export type CopyTtlIn = InstanceType<typeof CopyTtlIn>;

/** Sets the VLAN id, and adds a tag where there is none. OpenFlow 1.0 §5.2.4 (OFPAT_SET_VLAN_VID) */
export const SetVlanVid = action(
  "SetVlanVid",
  "set-vlan-vid",
  { vlanVid: u16() },
  { "1.0": { key: [1], slots: ["vlanVid", "pad:2"] }, "1.1": { key: [1], slots: ["vlanVid", "pad:2"] } },
);
/** See the class. */
export type SetVlanVid = InstanceType<typeof SetVlanVid>;

/** Sets the VLAN priority, and adds a tag where there is none. OpenFlow 1.0 §5.2.4 (OFPAT_SET_VLAN_PCP) */
export const SetVlanPcp = action("SetVlanPcp", "set-vlan-pcp", { vlanPcp: u8() }, { "1.0-1.1": { key: [2], slots: ["vlanPcp", "pad:3"] } });
/** See the class. */
export type SetVlanPcp = InstanceType<typeof SetVlanPcp>;

/** Sets the Ethernet source address. OpenFlow 1.0 §5.2.4 (OFPAT_SET_DL_SRC) */
export const SetEthSrc = action(
  "SetEthSrc",
  "set-eth-src",
  { address: mac() },
  { "1.0": { key: [4], slots: ["address", "pad:6"] }, "1.1": { key: [3], slots: ["address", "pad:6"] } },
);
/** See the class. */
export type SetEthSrc = InstanceType<typeof SetEthSrc>;

/** Sets the Ethernet destination address. OpenFlow 1.0 §5.2.4 (OFPAT_SET_DL_DST) */
export const SetEthDst = action(
  "SetEthDst",
  "set-eth-dst",
  { address: mac() },
  { "1.0": { key: [5], slots: ["address", "pad:6"] }, "1.1": { key: [4], slots: ["address", "pad:6"] } },
);
/** See the class. */
export type SetEthDst = InstanceType<typeof SetEthDst>;

/** Sets the IPv4 source address. OpenFlow 1.0 §5.2.4 (OFPAT_SET_NW_SRC) */
export const SetIpv4Src = action(
  "SetIpv4Src",
  "set-ipv4-src",
  { address: ipv4() },
  { "1.0": { key: [6], slots: ["address"] }, "1.1": { key: [5], slots: ["address"] } },
);
/** See the class. */
export type SetIpv4Src = InstanceType<typeof SetIpv4Src>;

/** Sets the IPv4 destination address. OpenFlow 1.0 §5.2.4 (OFPAT_SET_NW_DST) */
export const SetIpv4Dst = action(
  "SetIpv4Dst",
  "set-ipv4-dst",
  { address: ipv4() },
  { "1.0": { key: [7], slots: ["address"] }, "1.1": { key: [6], slots: ["address"] } },
);
/** See the class. */
export type SetIpv4Dst = InstanceType<typeof SetIpv4Dst>;

/** Sets the type of service of IPv4, all but its two lowest bits. OpenFlow 1.0 §5.2.4 (OFPAT_SET_NW_TOS) */
export const SetNwTos = action(
  "SetNwTos",
  "set-nw-tos",
  { tos: u8() },
  { "1.0": { key: [8], slots: ["tos", "pad:3"] }, "1.1": { key: [7], slots: ["tos", "pad:3"] } },
);
/** See the class. */
export type SetNwTos = InstanceType<typeof SetNwTos>;

/** Sets the source port of TCP, UDP or SCTP. OpenFlow 1.0 §5.2.4 (OFPAT_SET_TP_SRC) */
export const SetTpSrc = action(
  "SetTpSrc",
  "set-tp-src",
  { port: u16() },
  { "1.0": { key: [9], slots: ["port", "pad:2"] }, "1.1": { key: [9], slots: ["port", "pad:2"] } },
);
/** See the class. */
export type SetTpSrc = InstanceType<typeof SetTpSrc>;

/** Sets the destination port of TCP, UDP or SCTP. OpenFlow 1.0 §5.2.4 (OFPAT_SET_TP_DST) */
export const SetTpDst = action(
  "SetTpDst",
  "set-tp-dst",
  { port: u16() },
  { "1.0": { key: [10], slots: ["port", "pad:2"] }, "1.1": { key: [10], slots: ["port", "pad:2"] } },
);
/** See the class. */
export type SetTpDst = InstanceType<typeof SetTpDst>;

import { ipv4, mac, u8, u16, u32 } from "../../schema/mod.js";
import { action, nicira } from "./header.js";

/*
 * The actions that set a field each. OpenFlow 1.2 puts set-field in their place; Open vSwitch still takes them in later versions.
 */

/** Sets the VLAN id, and in OpenFlow 1.0 adds a tag where there is none. OpenFlow 1.0 §5.2.4, 1.1 §4.9 (OFPAT_SET_VLAN_VID) */
export const SetVlanVid = action("SetVlanVid", "set-vlan-vid", { vlanVid: u16() }, { "1.0+": { key: [1], slots: ["vlanVid", "pad:2"] } });
/** See the class. */
export type SetVlanVid = InstanceType<typeof SetVlanVid>;

/** Sets the VLAN priority, and in OpenFlow 1.0 adds a tag where there is none. OpenFlow 1.0 §5.2.4, 1.1 §4.9 (OFPAT_SET_VLAN_PCP) */
export const SetVlanPcp = action("SetVlanPcp", "set-vlan-pcp", { vlanPcp: u8() }, { "1.0+": { key: [2], slots: ["vlanPcp", "pad:3"] } });
/** See the class. */
export type SetVlanPcp = InstanceType<typeof SetVlanPcp>;

/** Sets the Ethernet source address. OpenFlow 1.0 §5.2.4 (OFPAT_SET_DL_SRC) */
export const SetEthSrc = action(
  "SetEthSrc",
  "set-eth-src",
  { address: mac() },
  { "1.0": { key: [4], slots: ["address", "pad:6"] }, "1.1+": { key: [3], slots: ["address", "pad:6"] } },
);
/** See the class. */
export type SetEthSrc = InstanceType<typeof SetEthSrc>;

/** Sets the Ethernet destination address. OpenFlow 1.0 §5.2.4 (OFPAT_SET_DL_DST) */
export const SetEthDst = action(
  "SetEthDst",
  "set-eth-dst",
  { address: mac() },
  { "1.0": { key: [5], slots: ["address", "pad:6"] }, "1.1+": { key: [4], slots: ["address", "pad:6"] } },
);
/** See the class. */
export type SetEthDst = InstanceType<typeof SetEthDst>;

/** Sets the IPv4 source address. OpenFlow 1.0 §5.2.4 (OFPAT_SET_NW_SRC) */
export const SetIpv4Src = action(
  "SetIpv4Src",
  "set-ipv4-src",
  { address: ipv4() },
  { "1.0": { key: [6], slots: ["address"] }, "1.1+": { key: [5], slots: ["address"] } },
);
/** See the class. */
export type SetIpv4Src = InstanceType<typeof SetIpv4Src>;

/** Sets the IPv4 destination address. OpenFlow 1.0 §5.2.4 (OFPAT_SET_NW_DST) */
export const SetIpv4Dst = action(
  "SetIpv4Dst",
  "set-ipv4-dst",
  { address: ipv4() },
  { "1.0": { key: [7], slots: ["address"] }, "1.1+": { key: [6], slots: ["address"] } },
);
/** See the class. */
export type SetIpv4Dst = InstanceType<typeof SetIpv4Dst>;

/** Sets the type of service of IP, all but its two lowest bits. OpenFlow 1.0 §5.2.4 (OFPAT_SET_NW_TOS) */
export const SetNwTos = action(
  "SetNwTos",
  "set-nw-tos",
  { tos: u8() },
  { "1.0": { key: [8], slots: ["tos", "pad:3"] }, "1.1+": { key: [7], slots: ["tos", "pad:3"] } },
);
/** See the class. */
export type SetNwTos = InstanceType<typeof SetNwTos>;

/** Sets the two lowest bits of the type of service, explicit congestion notification. OpenFlow 1.1 §4.9 (OFPAT_SET_NW_ECN) */
export const SetNwEcn = action("SetNwEcn", "set-nw-ecn", { ecn: u8() }, { "1.1+": { key: [8], slots: ["ecn", "pad:3"] } });
/** See the class. */
export type SetNwEcn = InstanceType<typeof SetNwEcn>;

/** Sets the source port of TCP, UDP or SCTP. OpenFlow 1.0 §5.2.4 (OFPAT_SET_TP_SRC) */
export const SetTpSrc = action("SetTpSrc", "set-tp-src", { port: u16() }, { "1.0+": { key: [9], slots: ["port", "pad:2"] } });
/** See the class. */
export type SetTpSrc = InstanceType<typeof SetTpSrc>;

/** Sets the destination port of TCP, UDP or SCTP. OpenFlow 1.0 §5.2.4 (OFPAT_SET_TP_DST) */
export const SetTpDst = action("SetTpDst", "set-tp-dst", { port: u16() }, { "1.0+": { key: [10], slots: ["port", "pad:2"] } });
/** See the class. */
export type SetTpDst = InstanceType<typeof SetTpDst>;

/** Sets the label of the outer MPLS header. OpenFlow 1.1 §4.9 (OFPAT_SET_MPLS_LABEL); in 1.0 Nicira's action 30 */
export const SetMplsLabel = action(
  "SetMplsLabel",
  "set-mpls-label",
  { label: u32() },
  { "1.0": { key: nicira(30), slots: ["pad:2", "label"] }, "1.1+": { key: [13], slots: ["label"] } },
);
/** See the class. */
export type SetMplsLabel = InstanceType<typeof SetMplsLabel>;

/** Sets the traffic class of the outer MPLS header. OpenFlow 1.1 §4.9 (OFPAT_SET_MPLS_TC); in 1.0 Nicira's action 31 */
export const SetMplsTc = action(
  "SetMplsTc",
  "set-mpls-tc",
  { tc: u8() },
  { "1.0": { key: nicira(31), slots: ["tc", "pad:5"] }, "1.1+": { key: [14], slots: ["tc", "pad:3"] } },
);
/** See the class. */
export type SetMplsTc = InstanceType<typeof SetMplsTc>;

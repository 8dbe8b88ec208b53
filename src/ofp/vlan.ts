/** What stands in the place of the VLAN where a packet without a tag is matched on, in OpenFlow 1.0 and 1.1. OpenFlow 1.0 §5.2.3 (OFP_VLAN_NONE) */
export const VLAN_NONE = 0xffff;

/** The bit of `vlanVid` that is set where there is a tag, and of a tag in Open vSwitch's flow. OpenFlow 1.3 §7.2.3.7 (OFPVID_PRESENT) */
export const VLAN_PRESENT = 0x1000;

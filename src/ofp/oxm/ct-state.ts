/** The bit of `ctState` of packets that no connection can be found for. ovs-fields(7) (ct_state, inv) */
export const CT_INVALID = 0x10;
/** The bit of `ctState` of packets that went through the tracker. ovs-fields(7) (ct_state, trk) */
export const CT_TRACKED = 0x20;
/** The bits of `ctState` that only packets have whose connection was found: new, est, rel, rpl, snat and dnat. */
export const CT_TELLING = 0x01 | 0x02 | 0x04 | 0x08 | 0x40 | 0x80;

/** The OXM class of experimenters' fields: the experimenter follows the header. OpenFlow 1.3 §7.2.3.2 (OFPXMC_EXPERIMENTER) */
export const EXPERIMENTER_CLASS = 0xffff;

/** The bit of an OXM header that is set where a mask follows the value. OpenFlow 1.3 §7.2.3.2 (oxm_hasmask) */
export const MASKED = 0x100;

/** Experimenters whose messages the tables have. Open vSwitch openflow-common.h */
export const ExperimenterId = { Nicira: 0x2320, Onf: 0x4f4e4600 } as const;

/** The type of an experimenter's messages. OpenFlow 1.3 §7.1 (OFPT_EXPERIMENTER) */
export const EXPERIMENTER_MESSAGE = 4;

/**
 * The type of what is an experimenter's everywhere else: statistics, actions, instructions, bands, properties, errors. OpenFlow 1.3 §7.2.4 (OFPIT_EXPERIMENTER), §7.2.5
 * (OFPAT_EXPERIMENTER), §7.3.5 (OFPMP_EXPERIMENTER)
 */
export const EXPERIMENTER = 0xffff;

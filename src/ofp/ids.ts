/** Experimenters whose messages the tables have. Open vSwitch openflow-common.h */
export const ExperimenterId = { Nicira: 0x2320, Onf: 0x4f4e4600 } as const;

/** The same as a list: the experimenters that have types of their own behind their number. */
export const EXPERIMENTER_IDS: readonly number[] = Object.values(ExperimenterId);

/** The types of messages that no version changes. OpenFlow 1.3 §7.1 (ofp_type) */
export const MessageType = { Hello: 0, Error: 1, EchoRequest: 2, EchoReply: 3 } as const;

/** The type of an experimenter's messages. OpenFlow 1.3 §7.1 (OFPT_EXPERIMENTER) */
export const EXPERIMENTER_MESSAGE = 4;

/**
 * The type of what is an experimenter's everywhere else: statistics, actions, instructions, bands, properties, errors. OpenFlow 1.3 §7.2.4 (OFPIT_EXPERIMENTER), §7.2.5
 * (OFPAT_EXPERIMENTER), §7.3.5 (OFPMP_EXPERIMENTER)
 */
export const EXPERIMENTER = 0xffff;

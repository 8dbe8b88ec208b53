/** Experimenters whose messages the tables have. Open vSwitch openflow-common.h */
export const ExperimenterId = { Nicira: 0x2320, Onf: 0x4f4e4600 } as const;

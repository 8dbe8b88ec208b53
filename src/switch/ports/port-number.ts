/** The highest number that a port of this switch can have: the highest that OpenFlow 1.0 can say, and Open vSwitch's limit too. */
export const LAST_PORT = 0xfeff;

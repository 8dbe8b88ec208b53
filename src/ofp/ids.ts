import { named } from "../errors/mod.js";

/** Experimenters whose messages the tables have. Open vSwitch openflow-common.h */
export const ExperimenterId = named("ExperimenterId", { Nicira: 0x2320, Onf: 0x4f4e4600 });

/** The same as a list: the experimenters that have types of their own behind their number. */
export const EXPERIMENTER_IDS: readonly number[] = Object.values(ExperimenterId);

/** Bytes of the header of every message: version, type, length, transaction id. OpenFlow 1.3 §7.1 */
export const HEADER_SIZE = 8;

/** Bytes of an experimenter's message before its body: the header, the experimenter and its type. OpenFlow 1.3 §7.5.4 */
export const EXPERIMENTER_HEADER_SIZE = 16;

/** Offset of the flags of a multipart message. OpenFlow 1.0 §5.3.5, 1.3 §7.3.5 */
export const MULTIPART_FLAGS_AT = 10;

/** The types of messages that have one number in all versions, as it stands at offset 1 of the header. OpenFlow 1.3 §7.1 (ofp_type) */
export const MessageType = {
  Hello: 0,
  Error: 1,
  EchoRequest: 2,
  EchoReply: 3,
  FeaturesRequest: 5,
  FeaturesReply: 6,
  SetConfig: 9,
  PacketIn: 10,
  PortStatus: 12,
  FlowMod: 14,
} as const;

/** The type of multipart replies since OpenFlow 1.1. OpenFlow 1.3 §7.1 (OFPT_MULTIPART_REPLY) */
export const MULTIPART_REPLY = 19;

/** The priority of a flow that none was given for. Open vSwitch openflow-common.h (OFP_DEFAULT_PRIORITY) */
export const DEFAULT_PRIORITY = 0x8000;

/** The protocols whose data announce further connections, by their ports: values of `alg` of the ct action. Open vSwitch ofp-actions.h (IPPORT_FTP, IPPORT_TFTP) */
export const CtAlg = named("CtAlg", { Ftp: 21, Tftp: 69 });

/** The bits of OpenFlow 1.0's wildcards. OpenFlow 1.0 §5.2.3 (OFPFW_ALL) */
export const ALL_WILDCARDS10 = 0x3fffff;

/** The type of an experimenter's messages. OpenFlow 1.3 §7.1 (OFPT_EXPERIMENTER) */
export const EXPERIMENTER_MESSAGE = 4;

/**
 * The type of what is an experimenter's everywhere else: statistics, actions, instructions, bands, properties, errors. OpenFlow 1.3 §7.2.4 (OFPIT_EXPERIMENTER), §7.2.5
 * (OFPAT_EXPERIMENTER), §7.3.5 (OFPMP_EXPERIMENTER)
 */
export const EXPERIMENTER = 0xffff;

import { named } from "../errors/mod.js";
import { bytes, flags, limited, U16, u16, u32 } from "../schema/mod.js";
import { EXPERIMENTER, EXPERIMENTER_MESSAGE } from "./ids.js";
import { type MessageLayouts, message, multipart } from "./message.js";

/** Asks the peer to send the same bytes back. OpenFlow 1.3 §7.5.2 */
export const EchoRequest = message("EchoRequest", "echo-request", { data: bytes() }, { "1.0+": { key: [2], slots: ["data"] } });
/** See the class. */
export type EchoRequest = InstanceType<typeof EchoRequest>;

/** The bytes of the echo request, sent back. OpenFlow 1.3 §7.5.3 */
export const EchoReply = message("EchoReply", "echo-reply", { data: bytes() }, { "1.0+": { key: [3], slots: ["data"] } });
/** See the class. */
export type EchoReply = InstanceType<typeof EchoReply>;

/** A message of an experimenter (in OpenFlow 1.0: vendor) that no table knows. OpenFlow 1.3 §7.5.4 */
export const Experimenter = message(
  "Experimenter",
  "experimenter",
  {
    /** The definer of the message: an IEEE OUI, or an id of the ONF. */
    experimenter: u32(),
    /** The experimenter's own type of message; OpenFlow 1.0 has none in common, and it is the start of `data` there. */
    expType: u32(),
    data: bytes(),
  },
  {
    "1.0": { key: [EXPERIMENTER_MESSAGE], slots: ["experimenter", "data"], ovs: false },
    "1.1+": { key: [EXPERIMENTER_MESSAGE], slots: ["experimenter", "expType", "data"], ovs: false },
  },
);
/** See the class. */
export type Experimenter = InstanceType<typeof Experimenter>;

const experimenterStats = () => ({
  /** The definer of the statistics. */
  experimenter: u32(),
  /** The experimenter's own type; OpenFlow 1.0 has none in common, and it is the start of `data` there. */
  expType: u32(),
  data: bytes(),
});
const experimenterStatsLayouts: MessageLayouts<ReturnType<typeof experimenterStats>> = {
  "1.0": { key: [EXPERIMENTER], slots: ["experimenter", "data"], ovs: false },
  "1.1+": { key: [EXPERIMENTER], slots: ["experimenter", "expType", "data"], ovs: false },
};

/** Asks for statistics of an experimenter that no table knows. OpenFlow 1.3 §7.3.5.15 */
export const ExperimenterStatsRequest = multipart(
  "request",
  "ExperimenterStatsRequest",
  "experimenter-stats-request",
  experimenterStats(),
  experimenterStatsLayouts,
);
/** See the class. */
export type ExperimenterStatsRequest = InstanceType<typeof ExperimenterStatsRequest>;

/** Statistics of an experimenter that no table knows. OpenFlow 1.3 §7.3.5.15 */
export const ExperimenterStatsReply = multipart(
  "reply",
  "ExperimenterStatsReply",
  "experimenter-stats-reply",
  experimenterStats(),
  experimenterStatsLayouts,
);
/** See the class. */
export type ExperimenterStatsReply = InstanceType<typeof ExperimenterStatsReply>;

/** Asks the switch for its identity and abilities. OpenFlow 1.3 §7.3.1 */
export const FeaturesRequest = message("FeaturesRequest", "features-request", {}, { "1.0+": { key: [5], slots: [] } });
/** See the class. */
export type FeaturesRequest = InstanceType<typeof FeaturesRequest>;

/** Asks for a {@link BarrierReply} once everything before it is done. OpenFlow 1.3 §7.3.8 */
export const BarrierRequest = message(
  "BarrierRequest",
  "barrier-request",
  {},
  { "1.0": { key: [18], slots: [] }, "1.1+": { key: [20], slots: [] } },
);
/** See the class. */
export type BarrierRequest = InstanceType<typeof BarrierRequest>;

/** Says that everything before the request is done. OpenFlow 1.3 §7.3.8 */
export const BarrierReply = message(
  "BarrierReply",
  "barrier-reply",
  {},
  { "1.0": { key: [19], slots: [] }, "1.1+": { key: [21], slots: [] } },
);
/** See the class. */
export type BarrierReply = InstanceType<typeof BarrierReply>;

/** What the switch does with IP fragments, and a bit that OpenFlow 1.0 to 1.2 have. OpenFlow 1.3 §7.3.2 (ofp_config_flags) */
export const ConfigFlags = named("ConfigFlags", { FragDrop: 1, FragReasm: 2, InvalidTtlToController: 4 });

const config = () => ({
  flags: flags(U16, ConfigFlags),
  /** How much of a packet is sent in a packet-in for want of a flow; the rest is buffered. 0xffff is all of it. */
  missSendLen: u16(128, { unit: "bytes" }),
});
/** The flags as a slot in which a check takes those that a version has. */
const CONFIG_FLAGS = limited(
  U16,
  (flags, version) => flags < ConfigFlags.InvalidTtlToController * (version < 4 ? 2 : 1),
  "OFPSCFC_BAD_FLAGS",
);

/** Asks for the switch's configuration. OpenFlow 1.3 §7.3.2 */
export const GetConfigRequest = message("GetConfigRequest", "get-config-request", {}, { "1.0+": { key: [7], slots: [] } });
/** See the class. */
export type GetConfigRequest = InstanceType<typeof GetConfigRequest>;

/** The switch's configuration. OpenFlow 1.3 §7.3.2 (ofp_switch_config) */
export const GetConfigReply = message("GetConfigReply", "get-config-reply", config(), {
  "1.0+": { key: [8], slots: ["flags", "missSendLen"] },
});
/** See the class. */
export type GetConfigReply = InstanceType<typeof GetConfigReply>;

/** Sets the switch's configuration. OpenFlow 1.3 §7.3.2 (ofp_switch_config) */
export const SetConfig = message("SetConfig", "set-config", config(), {
  "1.0+": { key: [9], slots: [{ flags: CONFIG_FLAGS }, "missSendLen"] },
});
/** See the class. */
export type SetConfig = InstanceType<typeof SetConfig>;

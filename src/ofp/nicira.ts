import { named } from "../errors/mod.js";
import { enumeration, limited, U8, U32, u16 } from "../schema/mod.js";
import { message, NXT } from "./message.js";

/** The messages in which flows are reported. Open vSwitch nicira-ext.h (nx_flow_format) */
export const FlowFormat = named("FlowFormat", { OpenFlow10: 0, Nxm: 2 });

/** Chooses the messages in which the switch reports flows. OpenFlow 1.0; Open vSwitch nicira-ext.h (NXT_SET_FLOW_FORMAT) */
export const SetFlowFormat = message(
  "SetFlowFormat",
  "set-flow-format",
  { flowFormat: enumeration(U32, FlowFormat, FlowFormat.OpenFlow10) },
  { "1.0": { key: NXT(12), slots: ["flowFormat"] } },
);
/** See the class. */
export type SetFlowFormat = InstanceType<typeof SetFlowFormat>;

/** Lets a flow-mod of OpenFlow 1.0 name a table in the upper byte of its command, or stops it. Open vSwitch nicira-ext.h (NXT_FLOW_MOD_TABLE_ID) */
export const FlowModTableId = message(
  "FlowModTableId",
  "flow-mod-table-id",
  {
    /** 1 to let it, 0 to stop it. */
    enable: enumeration(U8, { No: 0, Yes: 1 }, 0),
  },
  { "1.0+": { key: NXT(15), slots: ["enable", "pad:7"] } },
);
/** See the class. */
export type FlowModTableId = InstanceType<typeof FlowModTableId>;

/** The messages in which packets are sent to the controller. Open vSwitch nicira-ext.h (NXT_SET_PACKET_IN_FORMAT) */
export const PacketInFormat = named("PacketInFormat", { Standard: 0, Nxt: 1, Nxt2: 2 });

/** Chooses the message in which the switch sends packets. Open vSwitch nicira-ext.h (NXT_SET_PACKET_IN_FORMAT) */
export const SetPacketInFormat = message(
  "SetPacketInFormat",
  "set-packet-in-format",
  { packetInFormat: enumeration(U32, PacketInFormat, PacketInFormat.Standard) },
  { "1.0+": { key: NXT(16), slots: [{ packetInFormat: limited(U32, (v) => v <= PacketInFormat.Nxt2, "OFPBRC_EPERM") }] } },
);
/** See the class. */
export type SetPacketInFormat = InstanceType<typeof SetPacketInFormat>;

/** Makes all flows of the switch a second older; Open vSwitch uses it in its tests. nicira-ext.h (NXT_FLOW_AGE) */
export const FlowAge = message("FlowAge", "flow-age", {}, { "1.0+": { key: NXT(18), slots: [] } });
/** See the class. */
export type FlowAge = InstanceType<typeof FlowAge>;

/** Sets the number of this connection, to which flows may send packets by `controller(id=…)`. Open vSwitch nicira-ext.h (NXT_SET_CONTROLLER_ID) */
export const SetControllerId = message(
  "SetControllerId",
  "set-controller-id",
  { controllerId: u16() },
  { "1.0+": { key: NXT(20), slots: ["pad:6", "controllerId"] } },
);
/** See the class. */
export type SetControllerId = InstanceType<typeof SetControllerId>;

/** Forgets the tracked connections of a zone. Open vSwitch nicira-ext.h (NXT_CT_FLUSH_ZONE) */
export const CtFlushZone = message(
  "CtFlushZone",
  "ct-flush-zone",
  { zoneId: u16() },
  { "1.0+": { key: NXT(29), slots: ["pad:6", "zoneId"] } },
);
/** See the class. */
export type CtFlushZone = InstanceType<typeof CtFlushZone>;

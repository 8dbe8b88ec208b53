import { named } from "../errors/mod.js";
import { bytes, type Element, enumeration, list, one, struct, U8, U32, type UnknownElement, u16, union } from "../schema/mod.js";
import { ExperimenterProperty } from "./experimenter-property.js";
import { message, multipart } from "./message.js";
import { PROPERTY_HEADER, property } from "./property.js";
import { ControllerRole, NO_CONTROLLER_ID } from "./role.js";

/** Where the controller is. OpenFlow 1.5 §7.4.8 (ofp_controller_status_prop_uri) */
export const ControllerUri = property(
  "ControllerUri",
  "uri",
  {
    /** The characters of the address, such as `tls:192.0.2.1:6653`. */
    uri: bytes(),
  },
  { "1.0+": { key: [0], slots: ["uri"] } },
);
/** See the class. */
export type ControllerUri = InstanceType<typeof ControllerUri>;

/** The properties of a controller's status. OpenFlow 1.5 §7.4.8 (ofp_controller_status_prop_type) */
export const CONTROLLER_PROPERTIES = union("controller status property", PROPERTY_HEADER, "OFPBPC_BAD_TYPE", [
  ControllerUri,
  ExperimenterProperty,
]);

/** Why a controller's status is reported. OpenFlow 1.5 §7.4.8 (ofp_controller_status_reason) */
export const ControllerStatusReason = named("ControllerStatusReason", {
  Request: 0,
  ChannelStatus: 1,
  Role: 2,
  ControllerAdded: 3,
  ControllerRemoved: 4,
  ShortId: 5,
  Experimenter: 6,
});

/** Whether the connection to a controller is there. OpenFlow 1.5 §7.4.8 (ofp_control_channel_status) */
export const ChannelStatus = named("ChannelStatus", { Up: 0, Down: 1 });

/** What the switch knows of one controller. OpenFlow 1.5 §7.4.8 (ofp_controller_status) */
export const ControllerInfo = struct(
  "ControllerInfo",
  {
    /** The number that the controller gave itself. */
    shortId: u16(NO_CONTROLLER_ID),
    role: enumeration(U32, ControllerRole, ControllerRole.Equal),
    reason: enumeration(U8, ControllerStatusReason, 0),
    channelStatus: enumeration(U8, ChannelStatus, 0),
    properties: list(CONTROLLER_PROPERTIES as Element<ControllerUri | ExperimenterProperty | UnknownElement>),
  },
  { "1.5": ["length", "shortId", "role", "reason", "channelStatus", "pad:6", "properties"] },
);
/** See the class. */
export type ControllerInfo = InstanceType<typeof ControllerInfo>;

/** Says that the status of a controller changed. OpenFlow 1.5 §7.4.8 (ofp_controller_status_header) */
export const ControllerStatus = message(
  "ControllerStatus",
  "controller-status",
  { controller: one(ControllerInfo) },
  { "1.5": { key: [35], slots: ["controller"], ovs: false } },
);
/** See the class. */
export type ControllerStatus = InstanceType<typeof ControllerStatus>;

/** Asks which controllers the switch has. OpenFlow 1.5 §7.3.5.19 */
export const ControllerStatusRequest = multipart(
  "request",
  "ControllerStatusRequest",
  "controller-status-request",
  {},
  { "1.5": { key: [18], slots: [], ovs: false } },
);
/** See the class. */
export type ControllerStatusRequest = InstanceType<typeof ControllerStatusRequest>;

/** Which controllers the switch has. OpenFlow 1.5 §7.3.5.19 */
export const ControllerStatusReply = multipart(
  "reply",
  "ControllerStatusReply",
  "controller-status-reply",
  { controllers: list(ControllerInfo) },
  { "1.5": { key: [18], slots: ["controllers"], ovs: false } },
);
/** See the class. */
export type ControllerStatusReply = InstanceType<typeof ControllerStatusReply>;

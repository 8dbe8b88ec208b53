import { named } from "../errors/mod.js";
import {
  type Element,
  type EntryLayouts,
  enumeration,
  fixedKind,
  type Kind,
  limited,
  list,
  listKind,
  U8,
  U32,
  type UnknownElement,
  u16,
  u64,
  union,
  unlookedAt,
} from "../schema/mod.js";
import { ExperimenterProperty } from "./experimenter-property.js";
import { message, NXT, ONFT } from "./message.js";
import { PROPERTY_HEADER } from "./property.js";

/** What a controller is to a switch: all that are `Equal` may do everything, of the others only the `Primary`. OpenFlow 1.3 §7.3.9 (ofp_controller_role) */
export const ControllerRole = named("ControllerRole", { NoChange: 0, Equal: 1, Primary: 2, Secondary: 3 });

/** Nicira's roles are one less each. Open vSwitch nicira-ext.h (NX_ROLE_*) */
const NICIRA_ROLE: Kind<number> = fixedKind(
  "niciraRole",
  4,
  (c, p) => (c.dv.getUint32(p) + 1) >>> 0,
  (c, p, v) => c.dv.setUint32(p, (v - 1) >>> 0),
  (v) => v >>> 0 === v,
  (v) => v,
  (j) => U32.fromJSON(j),
);

/** No short id. OpenFlow 1.5 §7.3.8 (OFPCID_UNDEFINED) */
export const NO_CONTROLLER_ID = 0;

const BAD_ROLE = "OFPRRFC_BAD_ROLE";

/** A role as a slot in which a check takes what has a name. */
const ROLE: Kind<number> = limited(U32, (v) => v <= ControllerRole.Secondary, BAD_ROLE);

const role = () => ({
  /** `NoChange` in a request asks for the role; Nicira's form does not have it. */
  role: enumeration(U32, ControllerRole, ControllerRole.NoChange),
  /** A number that the controllers give out in turn, so that a late request of an old primary is known as such. In a reply all ones where there is none. Nicira's form has none. */
  generationId: u64(),
  /** A number that the controllers agree on for this one; {@link NO_CONTROLLER_ID} for none. OpenFlow 1.5 */
  shortId: u16(NO_CONTROLLER_ID),
});
const layouts = (type: number): EntryLayouts<ReturnType<typeof role>> => ({
  "1.2-1.4": { key: [type], slots: [{ role: ROLE }, "pad:4", "generationId"] },
  "1.5": { key: [type], slots: [{ role: ROLE }, "shortId", "pad:2", "generationId"] },
});
const nxt = (type: number): { readonly nxt: EntryLayouts<ReturnType<typeof role>> } => ({
  nxt: {
    "1.0+": {
      key: NXT(type),
      slots: [{ role: limited(NICIRA_ROLE, (v) => v !== ControllerRole.NoChange && v <= ControllerRole.Secondary, BAD_ROLE) }],
    },
  },
});

/** Asks for a role, or which one the controller has. In OpenFlow 1.0 and 1.1 Nicira's. OpenFlow 1.3 §7.3.9, 1.5 §7.3.8 (ofp_role_request) */
export const RoleRequest = message("RoleRequest", "role-request", role(), layouts(24), undefined, nxt(10));
/** See the class. */
export type RoleRequest = InstanceType<typeof RoleRequest>;

/** The role that the controller has now. OpenFlow 1.3 §7.3.9, 1.5 §7.3.8 */
export const RoleReply = message("RoleReply", "role-reply", role(), layouts(25), undefined, nxt(11));
/** See the class. */
export type RoleReply = InstanceType<typeof RoleReply>;

/** Why a role changed. OpenFlow 1.4 §7.4.4 (ofp_controller_role_reason) */
export const RoleReason = named("RoleReason", { PrimaryRequest: 0, Config: 1, Experimenter: 2 });

/** The properties of a role's status. OpenFlow 1.4 §7.4.4 (ofp_role_prop_type) */
export const ROLE_PROPERTIES = union("role property", PROPERTY_HEADER, "OFPBPC_BAD_TYPE", [ExperimenterProperty]);

const PROPERTIES = ROLE_PROPERTIES as Element<ExperimenterProperty | UnknownElement>;

/** Open vSwitch does not look at the properties. */
const STATUS = [{ role: ROLE }, "reason", "pad:3", "generationId", { properties: unlookedAt(listKind(PROPERTIES), []) }] as const;

/** Says that the switch changed the controller's role. In OpenFlow 1.3 the ONF's extension 191. OpenFlow 1.4 §7.4.4 (ofp_role_status) */
export const RoleStatus = message(
  "RoleStatus",
  "role-status",
  {
    role: enumeration(U32, ControllerRole, ControllerRole.NoChange),
    reason: enumeration(U8, RoleReason, 0),
    /** All ones where there is none. */
    generationId: u64(),
    properties: list(PROPERTIES),
  },
  {
    "1.3": { key: ONFT(1911), slots: STATUS },
    "1.4+": { key: [30], slots: STATUS },
  },
);
/** See the class. */
export type RoleStatus = InstanceType<typeof RoleStatus>;

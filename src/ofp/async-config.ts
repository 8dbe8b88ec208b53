import {
  type Element,
  type EntryLayouts,
  type Field,
  field,
  fixedKind,
  flags,
  type Kind,
  lift,
  list,
  U32,
  type UnknownElement,
  union,
} from "../schema/mod.js";
import { ExperimenterProperty } from "./experimenter-property.js";
import { message, NXT } from "./message.js";
import { property, propertyHeader } from "./property.js";

const MASK: Kind<number | undefined> = fixedKind<number | undefined>(
  "mask",
  4,
  (c, p) => c.dv.getUint32(p),
  (c, p, v) => c.dv.setUint32(p, v ?? 0),
  (v) => v === undefined || v >>> 0 === v,
  (v) => v ?? null,
  (j) => (j === null ? undefined : U32.fromJSON(j)),
);

/** A set of reasons; undefined where nothing is said, which is none in OpenFlow 1.3 and no change later. */
function reasons(names: Readonly<Record<string, number>>): Field<number | undefined> {
  const bits = Object.fromEntries(Object.entries(names).map(([name, reason]) => [name, (1 << reason) >>> 0]));
  const named = flags(U32, bits).kind;
  const kind: Kind<number | undefined> = {
    ...MASK,
    names: { of: "bits", table: bits },
    toJSON: (v) => (v === undefined ? null : named.toJSON(v)),
    fromJSON: (j) => (j === null ? undefined : named.fromJSON(j)),
  };
  return field(kind, undefined);
}

/** The reasons of a packet-in in a mask of {@link SetAsync}. OpenFlow 1.4 §7.4.1 (ofp_packet_in_reason) */
const PACKET_IN = { NoMatch: 0, Action: 1, InvalidTtl: 2, ActionSet: 3, Group: 4, PacketOut: 5 } as const;
const PORT_STATUS = { Add: 0, Delete: 1, Modify: 2 } as const;
const FLOW_REMOVED = { IdleTimeout: 0, HardTimeout: 1, Delete: 2, GroupDelete: 3, MeterDelete: 4, Eviction: 5 } as const;
const ROLE_STATUS = { PrimaryRequest: 0, Config: 1, Experimenter: 2 } as const;
const TABLE_STATUS = { VacancyDown: 3, VacancyUp: 4 } as const;
const REQUEST_FORWARD = { GroupMod: 0, MeterMod: 1 } as const;
const FLOW_COUNTERS = { StatsRequest: 0, StatTrigger: 1 } as const;
const CONTROLLER_STATUS = {
  Request: 0,
  ChannelStatus: 1,
  Role: 2,
  ControllerAdded: 3,
  ControllerRemoved: 4,
  ShortId: 5,
  Experimenter: 6,
} as const;

const masks = () => ({
  /** For which reasons packets are sent to this controller while it is primary or equal. */
  packetIn: reasons(PACKET_IN),
  /** And while it is secondary. */
  packetInSecondary: reasons(PACKET_IN),
  portStatus: reasons(PORT_STATUS),
  portStatusSecondary: reasons(PORT_STATUS),
  flowRemoved: reasons(FLOW_REMOVED),
  flowRemovedSecondary: reasons(FLOW_REMOVED),
  /** OpenFlow 1.4, and Nicira's second form before it; so are the following ones. */
  roleStatus: reasons(ROLE_STATUS),
  roleStatusSecondary: reasons(ROLE_STATUS),
  tableStatus: reasons(TABLE_STATUS),
  tableStatusSecondary: reasons(TABLE_STATUS),
  requestForward: reasons(REQUEST_FORWARD),
  requestForwardSecondary: reasons(REQUEST_FORWARD),
  /** Counters of flows. OpenFlow 1.5; so are the following ones. */
  flowCounters: reasons(FLOW_COUNTERS),
  flowCountersSecondary: reasons(FLOW_COUNTERS),
  controllerStatus: reasons(CONTROLLER_STATUS),
  controllerStatusSecondary: reasons(CONTROLLER_STATUS),
});

type MaskName = keyof ReturnType<typeof masks>;
const ALL = masks();

/** The names of properties and the numbers of their types; the primary's is one more. OpenFlow 1.4 §7.3.10, 1.5 §7.3.10 (ofp_async_config_prop_type) */
const TYPES = [
  ["AsyncPacketInSecondary", "packet-in-secondary", "packetInSecondary", 0],
  ["AsyncPacketIn", "packet-in", "packetIn", 1],
  ["AsyncPortStatusSecondary", "port-status-secondary", "portStatusSecondary", 2],
  ["AsyncPortStatus", "port-status", "portStatus", 3],
  ["AsyncFlowRemovedSecondary", "flow-removed-secondary", "flowRemovedSecondary", 4],
  ["AsyncFlowRemoved", "flow-removed", "flowRemoved", 5],
  ["AsyncRoleStatusSecondary", "role-status-secondary", "roleStatusSecondary", 6],
  ["AsyncRoleStatus", "role-status", "roleStatus", 7],
  ["AsyncTableStatusSecondary", "table-status-secondary", "tableStatusSecondary", 8],
  ["AsyncTableStatus", "table-status", "tableStatus", 9],
  ["AsyncRequestForwardSecondary", "request-forward-secondary", "requestForwardSecondary", 10],
  ["AsyncRequestForward", "request-forward", "requestForward", 11],
  ["AsyncFlowCountersSecondary", "flow-counters-secondary", "flowCountersSecondary", 12],
  ["AsyncFlowCounters", "flow-counters", "flowCounters", 13],
  ["AsyncControllerStatusSecondary", "controller-status-secondary", "controllerStatusSecondary", 14],
  ["AsyncControllerStatus", "controller-status", "controllerStatus", 15],
] as const satisfies readonly (readonly [string, string, MaskName, number])[];

const HEADER = propertyHeader("OFPBPC_BAD_LEN");

/** The first type of OpenFlow 1.5. */
const FIRST15 = 12;

const SETS = TYPES.map(([name, type, mask, code]) =>
  property(name, type, { [mask]: ALL[mask] }, { [code < FIRST15 ? "1.0+" : "1.5"]: { key: [code], slots: [mask] } }, HEADER),
);

/** The properties that select which messages a controller wants. OpenFlow 1.4 §7.3.10 (ofp_async_config_prop_type) */
export const ASYNC_PROPERTIES = union("async config property", HEADER, "OFPACFC_UNSUPPORTED", [...SETS, ExperimenterProperty]);

const config = () => ({
  ...ALL,
  /** Properties of experimenters and unknown ones; all of them where the fields cannot say what was received, as when one stands twice. */
  properties: list(ASYNC_PROPERTIES as unknown as Element<ExperimenterProperty | UnknownElement>),
});
type Config = ReturnType<typeof config>;

const LEGACY = ["packetIn", "packetInSecondary", "portStatus", "portStatusSecondary", "flowRemoved", "flowRemovedSecondary"] as const;
const lifted = (sets: typeof SETS) =>
  lift(
    ASYNC_PROPERTIES,
    "properties",
    sets.map((type) => ({ type })),
  );
const LIFTED = lifted(SETS.slice(0, FIRST15));

const layouts = (type: number): EntryLayouts<Config> => ({
  "1.3": { key: [type], slots: LEGACY },
  "1.4": { key: [type], slots: [LIFTED] },
  "1.5": { key: [type], slots: [lifted(SETS)] },
});

/** Asks which messages the switch sends to this controller. OpenFlow 1.3 §7.3.10 */
export const GetAsyncRequest = message("GetAsyncRequest", "get-async-request", {}, { "1.3+": { key: [26], slots: [] } });
/** See the class. */
export type GetAsyncRequest = InstanceType<typeof GetAsyncRequest>;

/** Which messages the switch sends to this controller. OpenFlow 1.3 §7.3.10, 1.4 §7.3.10 (ofp_async_config) */
export const GetAsyncReply = message("GetAsyncReply", "get-async-reply", config(), layouts(27));
/** See the class. */
export type GetAsyncReply = InstanceType<typeof GetAsyncReply>;

/**
 * Says which messages this controller wants. Nicira's first form, the only one in OpenFlow 1.0 to 1.2, is as that of 1.3, and its second as that of 1.4. OpenFlow 1.3 §7.3.10,
 * 1.4 §7.3.10 (ofp_async_config); Open vSwitch nicira-ext.h (NXT_SET_ASYNC_CONFIG, NXT_SET_ASYNC_CONFIG2)
 */
export const SetAsync = message("SetAsync", "set-async", config(), layouts(28), undefined, {
  nxt: { "1.0+": { key: NXT(19), slots: LEGACY, ovs: { name: "SET_ASYNC_CONFIG" } } },
  nxt2: { "1.0-1.3": { key: NXT(27), slots: [LIFTED], ovs: { name: "SET_ASYNC_CONFIG2" } } },
});
/** See the class. */
export type SetAsync = InstanceType<typeof SetAsync>;

import { named } from "../../errors/mod.js";
import { enumeration, flags, type Kind, lift, limited, list, mac, one, struct, text, U8, U32 } from "../../schema/mod.js";
import { message } from "../message.js";
import { movedFlags, versionBits } from "../version-bits.js";
import { FEATURES10 } from "./port-features.js";
import { LIMITED_PORT, PORT16, port } from "./port-no.js";
import { ETHERNET_FIELDS, EthernetPort, PORT_PROPERTIES, PORT_PROPERTY } from "./port-property.js";

/** What an administrator set. OpenFlow 1.3 §7.2.1 (ofp_port_config); `NoStp` and `NoFlood` are of 1.0 */
export const PortConfig = named("PortConfig", { PortDown: 1, NoStp: 2, NoRecv: 4, NoRecvStp: 8, NoFlood: 16, NoFwd: 32, NoPacketIn: 64 });

/** What the port is. OpenFlow 1.3 §7.2.1 (ofp_port_state). OpenFlow 1.0 has `LinkDown` and the state of the spanning tree in its place */
export const PortState = named("PortState", {
  LinkDown: 1,
  Blocked: 2,
  Live: 4,
  StpLearn: 0x10000,
  StpForward: 0x20000,
  StpBlock: 0x30000,
});

/** The states of OpenFlow 1.0: bit 0, and two bits of spanning tree, which lie elsewhere than the later states. §5.2.1 (ofp_port_state) */
const STATE10: Kind<number> = versionBits(
  "the state of a port in OpenFlow 1.0",
  PortState,
  U32,
  [
    [0x100, PortState.StpLearn],
    [0x200, PortState.StpForward],
  ],
  PortState.Blocked | PortState.Live,
);

/** One port. OpenFlow 1.3 §7.2.1 (ofp_port) */
export const Port = struct(
  "Port",
  {
    portNo: port(0),
    /** The Ethernet address of the port. */
    hwAddr: mac(),
    /** Up to 15 bytes. */
    name: text(16),
    config: flags(U32, PortConfig),
    /** What the port is. OpenFlow 1.0 cannot say `Live` or `Blocked`: there a port that is not down is live. */
    state: movedFlags(PortState),
    ...ETHERNET_FIELDS,
    /** What else there is to say of it: an optical port, pipeline fields, an experimenter's. OpenFlow 1.4 */
    properties: list(PORT_PROPERTY),
  },
  {
    "1.0": [
      { portNo: PORT16 },
      "hwAddr",
      "name",
      "config",
      { state: STATE10 },
      { curr: FEATURES10 },
      { advertised: FEATURES10 },
      { supported: FEATURES10 },
      { peer: FEATURES10 },
    ],
    "1.1-1.3": [
      { portNo: LIMITED_PORT },
      "pad:4",
      "hwAddr",
      "pad:2",
      "name",
      "config",
      "state",
      "curr",
      "advertised",
      "supported",
      "peer",
      "currSpeed",
      "maxSpeed",
    ],
    "1.4+": [
      { portNo: LIMITED_PORT },
      "length",
      "pad:2",
      "hwAddr",
      "pad:2",
      "name",
      "config",
      "state",
      lift(PORT_PROPERTIES, "properties", [{ type: EthernetPort }]),
    ],
  },
);
/** See the class. */
export type Port = InstanceType<typeof Port>;

/** What happened to a port. OpenFlow 1.3 §7.4.3 (ofp_port_reason) */
export const PortReason = named("PortReason", { Add: 0, Delete: 1, Modify: 2 });

/** The reason as a slot in which a check takes what has a name. */
const REASON = { reason: limited(U8, (v) => v <= PortReason.Modify, "NXBRC_BAD_REASON") } as const;

/** Says that a port was added, removed or changed. OpenFlow 1.3 §7.4.3 */
export const PortStatus = message(
  "PortStatus",
  "port-status",
  {
    reason: enumeration(U8, PortReason, 0),
    port: one(Port),
  },
  {
    "1.0-1.3": { key: [12], slots: [REASON, "pad:7", "port"] },
    "1.4+": { key: [12], slots: [REASON, "pad:7", "port", "rest"], ovs: { min: 48 } },
  },
);
/** See the class. */
export type PortStatus = InstanceType<typeof PortStatus>;

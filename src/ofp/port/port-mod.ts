import {
  type Element,
  fixedKind,
  flags,
  type Kind,
  lift,
  list,
  type Member,
  mac,
  U32,
  type UnknownElement,
  u32,
  union,
} from "../../schema/mod.js";
import { ExperimenterProperty } from "../experimenter-property.js";
import { message } from "../message.js";
import { ANY_PROPERTY, PROPERTY_HEADER, property } from "../property.js";
import { movedFlags } from "../version-bits.js";
import { PortConfig } from "./port.js";
import { FEATURES10, PortFeatures } from "./port-features.js";
import { LIMITED_PORT, PORT16, PortNo, port } from "./port-no.js";
import { OpticalFeatures } from "./port-property.js";

const ADVERTISE = {
  /** What the port is to advertise; 0 leaves it as it is. */
  advertise: movedFlags(PortFeatures),
} as const;

/** What a port is to advertise, as a property. OpenFlow 1.4 §7.3.4.4 (OFPPMPT_ETHERNET) */
export const EthernetPortMod = property("EthernetPortMod", "ethernet", ADVERTISE, { "1.4+": { key: [0], slots: ["advertise"] } });
/** See the class. */
export type EthernetPortMod = InstanceType<typeof EthernetPortMod>;

/** A signed number of 32 bits. */
const INT32: Kind<number> = fixedKind(
  "i32",
  4,
  (c, p) => c.dv.getInt32(p),
  (c, p, v) => c.dv.setInt32(p, v),
  (v) => (v | 0) === v,
  (v) => v,
  (j) => (typeof j === "number" ? j : U32.fromJSON(j)),
);

/** How an optical port is to send. OpenFlow 1.4 §7.3.4.4 (OFPPMPT_OPTICAL) */
export const OpticalPortMod = property(
  "OpticalPortMod",
  "optical",
  {
    configure: flags(U32, OpticalFeatures),
    /** The frequency in MHz or the wave length in nm * 100 of the centre. */
    freqLmda: u32(),
    /** The offset from it. */
    flOffset: { kind: INT32, init: 0 },
    /** The size of the grid for this port. */
    gridSpan: u32(),
    txPwr: u32(0, { unit: "0.1 dBm" }),
  },
  { "1.4+": { unchecked: true, key: [1], slots: ["configure", "freqLmda", "flOffset", "gridSpan", "txPwr"] } },
);
/** See the class. */
export type OpticalPortMod = InstanceType<typeof OpticalPortMod>;

/** Every property of a port-mod. */
export const PORT_MOD_PROPERTIES = union(
  "port-mod property",
  PROPERTY_HEADER,
  "OFPBPC_BAD_TYPE",
  [EthernetPortMod, OpticalPortMod, ExperimenterProperty],
  ANY_PROPERTY,
);

/** One property of a port-mod that is no field of it. */
export type PortModProperty = Member<typeof PORT_MOD_PROPERTIES> | UnknownElement;

/** Changes how a port behaves. OpenFlow 1.3 §7.3.4.3, 1.4 §7.3.4.4 (ofp_port_mod) */
export const PortMod = message(
  "PortMod",
  "port-mod",
  {
    portNo: port(PortNo.Any),
    /** The Ethernet address of the port: a second look at whether it is the one that is meant. */
    hwAddr: mac(),
    config: flags(U32, PortConfig),
    /** The bits of `config` that are to be changed. */
    mask: flags(U32, PortConfig),
    ...ADVERTISE,
    /** OpenFlow 1.4 */
    properties: list(PORT_MOD_PROPERTIES as Element<PortModProperty>),
  },
  {
    "1.0": { key: [15], slots: [{ portNo: PORT16 }, "hwAddr", "config", "mask", { advertise: FEATURES10 }, "pad:4"] },
    "1.1-1.3": { key: [16], slots: [{ portNo: LIMITED_PORT }, "pad:4", "hwAddr", "pad:2", "config", "mask", "advertise", "pad:4"] },
    "1.4+": {
      key: [16],
      slots: [
        { portNo: LIMITED_PORT },
        "pad:4",
        "hwAddr",
        "pad:2",
        "config",
        "mask",
        lift(PORT_MOD_PROPERTIES, "properties", [{ type: EthernetPortMod }]),
      ],
    },
  },
);
/** See the class. */
export type PortMod = InstanceType<typeof PortMod>;

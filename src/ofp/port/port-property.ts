import { named } from "../../errors/mod.js";
import { type Element, flags, list, type Member, U32, type UnknownElement, u16, u32, union } from "../../schema/mod.js";
import { ExperimenterProperty } from "../experimenter-property.js";
import { OXM_ID, PORT_LIST_ELEMENT } from "../id-list.js";
import { ANY_PROPERTY, PROPERTY_HEADER, property } from "../property.js";
import { movedFlags } from "../version-bits.js";
import { PortFeatures } from "./port-features.js";

/** What the Ethernet of a port is and can be. In place before OpenFlow 1.4, and a property since. OpenFlow 1.0 cannot say 40 Gb/s and more, and `Other`. */
export const ETHERNET_FIELDS = {
  /** What the link is now. */
  curr: movedFlags(PortFeatures),
  /** What the port advertises. */
  advertised: movedFlags(PortFeatures),
  /** What the port can do. */
  supported: movedFlags(PortFeatures),
  /** What the other side advertises. */
  peer: movedFlags(PortFeatures),
  /** What the link carries now. OpenFlow 1.1 */
  currSpeed: u32(0, { unit: "kb/s", absent: "drop" }),
  /** What the link could carry. OpenFlow 1.1 */
  maxSpeed: u32(0, { unit: "kb/s", absent: "drop" }),
} as const;

/** The Ethernet of a port, as a property. OpenFlow 1.4 §7.2.1 (OFPPDPT_ETHERNET) */
export const EthernetPort = property("EthernetPort", "ethernet", ETHERNET_FIELDS, {
  "1.4+": { key: [0], slots: ["pad:4", "curr", "advertised", "supported", "peer", "currSpeed", "maxSpeed"] },
});
/** See the class. */
export type EthernetPort = InstanceType<typeof EthernetPort>;

/** What an optical port can do. OpenFlow 1.4 §7.2.1 (ofp_optical_port_features) */
export const OpticalFeatures = named("OpticalFeatures", { RxTune: 1, TxTune: 2, TxPower: 4, UseFreq: 8 });

/** An optical port. Frequencies are in MHz or wave lengths in nm * 100, as `OpticalFeatures.UseFreq` says. OpenFlow 1.4 §7.2.1 (OFPPDPT_OPTICAL) */
export const OpticalPort = property(
  "OpticalPort",
  "optical",
  {
    supported: flags(U32, OpticalFeatures),
    /** The lowest frequency or wave length that it can send. */
    txMinFreqLmda: u32(),
    txMaxFreqLmda: u32(),
    /** The spacing of channels. */
    txGridFreqLmda: u32(),
    /** The lowest frequency or wave length that it can receive. */
    rxMinFreqLmda: u32(),
    rxMaxFreqLmda: u32(),
    rxGridFreqLmda: u32(),
    /** The least power that it can send with. */
    txPwrMin: u16(0, { unit: "0.1 dBm" }),
    txPwrMax: u16(0, { unit: "0.1 dBm" }),
  },
  {
    "1.4+": {
      unchecked: true,
      key: [1],
      slots: [
        "pad:4",
        "supported",
        "txMinFreqLmda",
        "txMaxFreqLmda",
        "txGridFreqLmda",
        "rxMinFreqLmda",
        "rxMaxFreqLmda",
        "rxGridFreqLmda",
        "txPwrMin",
        "txPwrMax",
      ],
    },
  },
);
/** See the class. */
export type OpticalPort = InstanceType<typeof OpticalPort>;

const pipeline = () => ({
  /** The fields of packets' metadata that pass. */
  fields: list(OXM_ID),
});

/** Which pipeline fields a logical port takes from a packet's metadata when it enters. OpenFlow 1.5 §7.2.1 (OFPPDPT_PIPELINE_INPUT) */
export const PipelineInput = property("PipelineInput", "pipeline-input", pipeline(), {
  "1.5": { unchecked: true, key: [2], slots: ["fields"] },
});
/** See the class. */
export type PipelineInput = InstanceType<typeof PipelineInput>;

/** Which pipeline fields a logical port keeps when a packet leaves. OpenFlow 1.5 §7.2.1 (OFPPDPT_PIPELINE_OUTPUT) */
export const PipelineOutput = property("PipelineOutput", "pipeline-output", pipeline(), {
  "1.5": { unchecked: true, key: [3], slots: ["fields"] },
});
/** See the class. */
export type PipelineOutput = InstanceType<typeof PipelineOutput>;

/** Ports by which packets come back that leave by this one. OpenFlow 1.5 §7.2.1 (OFPPDPT_RECIRCULATE) */
export const Recirculate = property(
  "Recirculate",
  "recirculate",
  { ports: list(PORT_LIST_ELEMENT) },
  { "1.5": { unchecked: true, key: [4], slots: ["ports"] } },
);
/** See the class. */
export type Recirculate = InstanceType<typeof Recirculate>;

/** Every property of a port. OpenFlow 1.4 §7.2.1, 1.5 §7.2.1 (ofp_port_desc_prop_type) */
export const PORT_PROPERTIES = union(
  "port property",
  PROPERTY_HEADER,
  "OFPBPC_BAD_TYPE",
  [EthernetPort, OpticalPort, PipelineInput, PipelineOutput, Recirculate, ExperimenterProperty],
  ANY_PROPERTY,
);

/** One property of a port that is no field of it. */
export type PortProperty = Member<typeof PORT_PROPERTIES> | UnknownElement;

/** The same as an element of lists. */
export const PORT_PROPERTY = PORT_PROPERTIES as Element<PortProperty>;

import { message, NXT, ONFT } from "./message.js";
import { nestedMessage } from "./nested-message.js";

const OVS = { name: "REQUESTFORWARD", min: 8 };

/**
 * Tells a controller of a change that another one made, by its message. In OpenFlow 1.0 to 1.2 Nicira's, in 1.3 the ONF's extension 187. OpenFlow 1.4 §7.4.6
 * (ofp_requestforward_header)
 */
export const RequestForward = message(
  "RequestForward",
  "request-forward",
  {
    /** The group-mod or meter-mod. */
    message: nestedMessage(),
  },
  {
    "1.0-1.2": { key: NXT(132), slots: ["message", "rest"], ovs: OVS },
    "1.3": { key: ONFT(2350), slots: ["message", "rest"], ovs: OVS },
    "1.4+": { key: [32], slots: ["message", "rest"], ovs: OVS },
  },
);
/** See the class. */
export type RequestForward = InstanceType<typeof RequestForward>;

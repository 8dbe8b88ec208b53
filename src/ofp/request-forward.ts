import type { Kind } from "../schema/mod.js";
import { message, NXT, ONFT } from "./message.js";
import { type NestedMessage, nestedMessage } from "./nested-message.js";

const OVS = { name: "REQUESTFORWARD", min: 8 };

/** Makes the class of messages that forward a request, of the kind that holds all messages. */
export const requestForward = (kind: Kind<NestedMessage>) =>
  message(
    "RequestForward",
    "request-forward",
    {
      /** The group-mod or meter-mod. */
      message: nestedMessage(kind),
    },
    {
      "1.0-1.2": { key: NXT(132), slots: ["message", "rest"], ovs: OVS },
      "1.3": { key: ONFT(2350), slots: ["message", "rest"], ovs: OVS },
      "1.4+": { key: [32], slots: ["message", "rest"], ovs: OVS },
    },
  );

import { list, text } from "../schema/mod.js";
import { multipart } from "./message.js";
import { Port } from "./port/port.js";
import { LIMITED_PORT, PortNo, port } from "./port/port-no.js";

/** Asks who made the switch. OpenFlow 1.3 §7.3.5.1 */
export const DescRequest = multipart(
  "request",
  "DescRequest",
  "desc-request",
  {},
  { "1.0": { key: [0], slots: [] }, "1.1+": { key: [0], slots: [] } },
);
/** See the class. */
export type DescRequest = InstanceType<typeof DescRequest>;

const DESC = ["mfrDesc", "hwDesc", "swDesc", "serialNum", "dpDesc"] as const;

/** The maker of the switch. OpenFlow 1.3 §7.3.5.1 (ofp_desc) */
export const DescReply = multipart(
  "reply",
  "DescReply",
  "desc-reply",
  {
    /** The maker. */
    mfrDesc: text(256),
    /** The hardware. */
    hwDesc: text(256),
    /** The software. */
    swDesc: text(256),
    serialNum: text(32),
    /** What people call this datapath. */
    dpDesc: text(256),
  },
  { "1.0": { key: [0], slots: DESC }, "1.1+": { key: [0], slots: DESC } },
);
/** See the class. */
export type DescReply = InstanceType<typeof DescReply>;

/** Asks for the ports. OpenFlow 1.3 §7.3.5.7; Open vSwitch answers it in 1.0 as well */
export const PortDescRequest = multipart(
  "request",
  "PortDescRequest",
  "port-desc-request",
  {
    /** OpenFlow 1.5: one port, or `PortNo.Any` for all. */
    portNo: port(PortNo.Any),
  },
  {
    "1.0": { key: [13], slots: [] },
    "1.1-1.4": { key: [13], slots: [] },
    "1.5": { key: [13], slots: [{ portNo: LIMITED_PORT }, "pad:4"] },
  },
);
/** See the class. */
export type PortDescRequest = InstanceType<typeof PortDescRequest>;

/** The ports. OpenFlow 1.3 §7.3.5.7 */
export const PortDescReply = multipart(
  "reply",
  "PortDescReply",
  "port-desc-reply",
  { ports: list(Port) },
  { "1.0": { key: [13], slots: ["ports"] }, "1.1+": { key: [13], slots: ["ports"] } },
);
/** See the class. */
export type PortDescReply = InstanceType<typeof PortDescReply>;

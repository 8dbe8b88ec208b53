import { bytes, u32 } from "../../schema/mod.js";
import { actions } from "../action/table.js";
import { message } from "../message.js";
import { match } from "../oxm/codec.js";
import { PORT16, PortNo, port } from "../port/port-no.js";
import { NO_BUFFER } from "./packet-in-reason.js";

/**
 * Sends a packet out, or hands it to the flow tables (an output to {@link PortNo}.Table). OpenFlow 1.3 §7.3.7; 1.5 §7.3.6 has a match in place of the port
 */
export const PacketOut = message(
  "PacketOut",
  "packet-out",
  {
    /** The buffered packet to send; {@link NO_BUFFER} for the packet in `data`. */
    bufferId: u32(NO_BUFFER),
    /** The port that the packet counts as having come in by; `PortNo.Any` (`PortNo.Controller` since 1.1) for none. */
    inPort: port(PortNo.Controller, { absent: "drop" }),
    /** OpenFlow 1.5: the port and other metadata of the packet. */
    match: match(),
    /** What is done with the packet; nothing drops it. */
    actions: actions(),
    /** The packet, where none is buffered. */
    data: bytes(),
  },
  {
    "1.0": { key: [13], slots: ["bufferId", { inPort: PORT16 }, "lengthOf:actions", "actions", "data"] },
    "1.1-1.4": { key: [13], slots: ["bufferId", "inPort", "lengthOf:actions", "pad:6", "actions", "data"] },
    "1.5": { key: [13], slots: ["bufferId", "lengthOf:actions", "pad:2", "match", "actions", "data"] },
  },
);
/** See the class. */
export type PacketOut = InstanceType<typeof PacketOut>;

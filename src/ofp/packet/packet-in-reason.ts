import { named } from "../../errors/mod.js";

/** No packet is buffered. OpenFlow 1.3 §7.3.7 (OFP_NO_BUFFER) */
export const NO_BUFFER = 0xffffffff;

/** Why a packet was sent to the controller. OpenFlow 1.3 §7.4.1, 1.4 §7.4.1 (ofp_packet_in_reason) */
export const PacketInReason = named("PacketInReason", { NoMatch: 0, Action: 1, InvalidTtl: 2, ActionSet: 3, Group: 4, PacketOut: 5 });

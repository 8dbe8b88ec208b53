import type { Packet } from "../packet/packet.js";
import type { ActionRows } from "./compile-place.js";
import { decrementTtl, FIELD_EDITS, setTtl } from "./edit-field.js";
import { copyTtlIn, copyTtlOut, decrementMplsTtl, popMpls, pushMpls } from "./edit-mpls.js";
import { popVlan, pushVlan, setTci } from "./edit-vlan.js";
import type { Step } from "./program.js";

/** Always goes on. */
const step =
  (run: (packet: Packet) => void): Step =>
  ({ packet }) => {
    run(packet);
    return true;
  };

const setMplsTtl = FIELD_EDITS.get("mplsTtl") as (packet: Packet, value: number) => void;

/** Actions on the headers of a packet. */
export const HEADER_ROWS: ActionRows = {
  "push-vlan": ({ ethertype }) => step((packet) => pushVlan(packet, ethertype)),
  "pop-vlan": () => step(popVlan),
  "set-vlan-vid": ({ vlanVid }) => step((packet) => setTci(packet, vlanVid, 0xfff, true)),
  "set-vlan-pcp": ({ vlanPcp }) => step((packet) => setTci(packet, vlanPcp << 13, 0xe000, true)),
  "push-mpls": ({ ethertype }) => step((packet) => pushMpls(packet, ethertype)),
  "pop-mpls": ({ ethertype }) => step((packet) => popMpls(packet, ethertype)),
  "set-mpls-ttl": ({ ttl }) => step((packet) => setMplsTtl(packet, ttl)),
  "dec-mpls-ttl": () => (x) => decrementMplsTtl(x.packet) || x.invalidTtl(),
  "set-nw-ttl": ({ ttl }) => step((packet) => setTtl(packet, ttl)),
  "dec-nw-ttl": () => (x) => decrementTtl(x.packet) || x.invalidTtl(),
  "copy-ttl-out": () => step(copyTtlOut),
  "copy-ttl-in": () => step(copyTtlIn),
};

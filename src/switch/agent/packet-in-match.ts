import { Match, MatchEntry } from "../../ofp/mod.js";
import type { Packet } from "../packet/packet.js";
import { MATCHABLE, type Place, placeOf } from "../packet/places.js";

/** The fields that a packet-in has besides the port, where they are not 0: those of which others are parts, and what stands for the flow alone, are left out. Open vSwitch lib/flow.c (flow_get_metadata) */
const BESIDE: readonly Place[] = MATCHABLE.map((f) => placeOf(f)!).filter(
  ({ beside, field: { name } }) => beside && !/^(xx?reg\d|conjId|actsetOutput|recircId)/.test(name),
);

/** What goes along with a packet, as the match of a packet-in. OpenFlow 1.3 §7.4.1 */
export function besideOf(packet: Packet): Match {
  const entries: MatchEntry[] = [];
  for (const place of BESIDE) {
    const value = packet.get(place);
    if (place.field.name === "inPort" || (value !== 0 && value !== 0n)) entries.push(new MatchEntry(place.field, 0, value, undefined));
  }
  return new Match(entries);
}

import { PacketInReason } from "../../packet/packet-in-reason.js";

/** Reasons in words. */
export const REASON_WORDS: Readonly<Record<number, string>> = {
  [PacketInReason.NoMatch]: "no_match",
  [PacketInReason.Action]: "action",
  [PacketInReason.InvalidTtl]: "invalid_ttl",
  [PacketInReason.ActionSet]: "action_set",
  [PacketInReason.Group]: "group",
  [PacketInReason.PacketOut]: "packet_out",
  // reasons that Open vSwitch has for itself, which it does not tell
  6: "",
  7: "",
};

/** Why a packet comes to the controller, in a word; a number where there is none. */
export const reasonText = (reason: number): string => REASON_WORDS[reason] ?? String(reason);

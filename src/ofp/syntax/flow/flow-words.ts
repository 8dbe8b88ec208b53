import { FlowModFlags } from "../../flow/flow-flags.js";
import { FlowModCommand } from "../../flow/flow-mod.js";
import { FlowRemovedReason } from "../../flow/flow-removed.js";

export { ALL_TABLES as ANY_TABLE } from "../../flow/flow-mod.js";

/** What a flow-mod does, in words. */
export const COMMAND_WORDS: Readonly<Record<number, string>> = {
  [FlowModCommand.Add]: "ADD",
  [FlowModCommand.Modify]: "MOD",
  [FlowModCommand.ModifyStrict]: "MOD_STRICT",
  [FlowModCommand.Delete]: "DEL",
  [FlowModCommand.DeleteStrict]: "DEL_STRICT",
};

/** Why a flow went, in words. */
export const REASON_WORDS: Readonly<Record<number, string>> = {
  [FlowRemovedReason.IdleTimeout]: "idle",
  [FlowRemovedReason.HardTimeout]: "hard",
  [FlowRemovedReason.Delete]: "delete",
  [FlowRemovedReason.GroupDelete]: "group_delete",
  [FlowRemovedReason.MeterDelete]: "meter_delete",
  [FlowRemovedReason.Eviction]: "eviction",
};

/** The flags of a flow with the first version that has them. */
const FLAG_WORDS: readonly (readonly [flag: number, word: string, since: number])[] = [
  [FlowModFlags.SendFlowRem, "send_flow_rem", 1],
  [FlowModFlags.CheckOverlap, "check_overlap", 1],
  [FlowModFlags.ResetCounts, "reset_counts", 3],
  [FlowModFlags.NoPktCounts, "no_packet_counts", 4],
  [FlowModFlags.NoBytCounts, "no_byte_counts", 4],
];

/** The flags of a flow in words, each with a space behind it. */
export function flagWords(flags: number): string {
  let text = "";
  for (const [flag, word] of FLAG_WORDS) if ((flags & flag) !== 0) text += `${word} `;
  return text;
}

/** Why Open vSwitch refuses flags: a version does not have them. */
export function refuseFlags(flags: number, version: number): string | undefined {
  let rest = flags;
  for (const [flag, , since] of FLAG_WORDS) if (version >= since) rest &= ~flag;
  if (version === 1) rest &= ~FlowModFlags.Emergency;
  return rest === 0 ? undefined : "OFPFMFC_BAD_FLAGS";
}

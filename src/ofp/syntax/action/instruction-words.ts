import { toHex } from "../../../bytes/mod.js";
import { NO_AGE, NOT_TOLD } from "../../flow/oxs.js";
import { StatTriggerFlags } from "../../instruction/stat-trigger.js";
import { ClearActions, GotoTable, Meter, WriteActions, WriteMetadata } from "../../instruction/table.js";
import { SINCE_13 } from "../parse/protocols.js";
import type { AnyInstruction } from "../types.js";
import { duration } from "../words.js";
import { Rank } from "./act.js";
import { metadata } from "./metadata-words.js";
import { bare, colon, type InstructionOf, nested, printed, type Words } from "./shapes.js";
import { table, uint32 } from "./value-kinds.js";

const NO_COUNT = 0xffffffffffffffffn;

/** The thresholds of a trigger; Open vSwitch does not have it. */
function statTriggerText(i: InstructionOf<"stat-trigger">): string {
  const parts = [
    (i.flags & StatTriggerFlags.Periodic) !== 0 ? "periodic" : "",
    (i.flags & StatTriggerFlags.OnlyFirst) !== 0 ? "only_first" : "",
    i.durationSec === NOT_TOLD ? "" : `duration=${duration(i.durationSec, i.durationNsec)}`,
    i.idleAge === NO_AGE ? "" : `idle_age=${duration(i.idleAge, i.idleAgeNsec)}`,
    i.packetCount === NO_COUNT ? "" : `n_packets=${i.packetCount}`,
    i.byteCount === NO_COUNT ? "" : `n_bytes=${i.byteCount}`,
    i.flowCount === NOT_TOLD ? "" : `n_flows=${i.flowCount}`,
  ];
  return `stat_trigger(${parts.filter((part) => part !== "").join(",")})`;
}

/** The text of each instruction, in the order in which instructions are executed and printed. */
export const INSTRUCTION_WORDS: { readonly [N in AnyInstruction["type"]]: Words<InstructionOf<N>> } = {
  meter: colon(Meter, "meter", "meterId", uint32("METER"), { rank: Rank.meter, protocols: SINCE_13, size: 16 }),
  // the instruction that has no word: its actions stand for it
  "apply-actions": { forms: ["ACTIONS"], read: {}, print: (i, o, list) => list(i.actions, o) },
  "clear-actions": bare(ClearActions, "clear_actions", { rank: Rank.clear }),
  "write-actions": nested(WriteActions, "write_actions", Rank.write),
  "write-metadata": metadata(WriteMetadata),
  "goto-table": colon(
    GotoTable,
    "goto_table",
    "tableId",
    table((text) => `unknown table "${text}"`),
    { rank: Rank.goto },
  ),
  "stat-trigger": printed({ print: statTriggerText }),
  unknown: printed({ print: (i) => `unknown(${toHex(i.bytes)})` }),
};

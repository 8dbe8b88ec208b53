import type { Instruction, Match } from "../ofp/mod.js";
import { EXPERIMENTER } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import { compileActionSet, compileActions } from "./compile-action.js";
import { Known } from "./known.js";
import { isMatchable } from "./matchable.js";
import type { Compiled, Program } from "./program.js";
import { Refusal } from "./refusal.js";

/** The table that a flow is for, and how many there are. */
export interface TablePlace {
  readonly version: Version;
  readonly tableId: number;
  readonly tables: number;
}

/**
 * Refuses a match that this switch cannot carry out.
 * @throws Refusal with the OFPBMC_ error
 */
export function checkMatch(match: Match): void {
  const other = match.entries.find(({ field }) => field !== undefined && !isMatchable(field));
  if (other !== undefined) throw new Refusal("OFPBMC_BAD_FIELD", `this switch has no match field ${other.field!.name}`);
  const fault = match.fault();
  if (fault !== undefined) throw new Refusal(fault, `the match ${JSON.stringify(match)}`);
  if (match.vlanPcp !== undefined && ((match.vlanVid ?? 0) & 0x1000) === 0)
    throw new Refusal("OFPBMC_BAD_PREREQ", "a match on vlanPcp needs one on vlanVid with the bit 0x1000");
}

/**
 * Makes the instructions of a flow ready to be executed. OpenFlow 1.3 §5.9, §7.2.4
 * @throws Refusal with the OFPBIC_ or OFPBAC_ error of what cannot be executed
 */
export function compileFlow(match: Match, instructions: readonly Instruction[], place: TablePlace): Program {
  const known = Known.fromMatch(match);
  const actionPlace = { version: place.version, packetOut: false };
  const seen = new Set<string>();
  let apply: readonly Compiled[] = [];
  let write: readonly Compiled[] = [];
  let clear = false;
  let metadata: Program["metadata"];
  let goto = -1;
  for (const instruction of instructions) {
    const { type } = instruction;
    if (type === "unknown") {
      const experimenter = instruction.key[0] === EXPERIMENTER;
      throw new Refusal(
        experimenter ? "OFPBIC_BAD_EXPERIMENTER" : "OFPBIC_UNKNOWN_INST",
        `no instruction has the number ${instruction.key.join(" ")}`,
      );
    }
    if (seen.has(type)) throw new Refusal(place.version >= 5 ? "OFPBIC_DUP_INST" : "OFPBIC_UNSUP_INST", `${type} twice`);
    seen.add(type);
    switch (type) {
      case "apply-actions":
        apply = compileActions(instruction.actions, known, actionPlace);
        break;
      case "write-actions":
        write = compileActionSet(instruction.actions, known, actionPlace);
        break;
      case "clear-actions":
        clear = true;
        break;
      case "write-metadata":
        metadata = { value: instruction.metadata, mask: instruction.mask };
        break;
      case "goto-table":
        if (instruction.tableId <= place.tableId || instruction.tableId >= place.tables)
          throw new Refusal("OFPBIC_BAD_TABLE_ID", `goto table ${instruction.tableId} from table ${place.tableId} of ${place.tables}`);
        goto = instruction.tableId;
        break;
      default:
        throw new Refusal("OFPBIC_UNSUP_INST", `this switch has no instruction ${type}`);
    }
  }
  const outputs = new Set<number>();
  for (const { output } of [...apply, ...write]) if (output !== undefined) outputs.add(output);
  return { apply: apply.map((c) => c.step), write, clear, metadata, goto, outputs };
}

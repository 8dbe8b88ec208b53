import { checkInstructions, checkInstructionsFor, checkMatch, inSetOrder } from "../ofp/check/mod.js";
import type { Instruction, Match } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import { compileActions } from "./compile-action.js";
import type { Compiled, Program } from "./program.js";
import { Refusal } from "./refusal.js";
import { RULES } from "./rules.js";

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
export function refuseMatch(match: Match): void {
  const fault = checkMatch(match, RULES);
  if (fault !== undefined) throw Refusal.of(fault);
}

/**
 * Makes the instructions of a flow ready to be executed. OpenFlow 1.3 §5.9, §7.2.4
 * @throws Refusal with the OFPBIC_ or OFPBAC_ error of what cannot be executed
 */
export function compileFlow(match: Match, instructions: readonly Instruction[], place: TablePlace): Program {
  const { version } = place;
  const fault = checkInstructions(instructions, version, RULES) ?? checkInstructionsFor(match, instructions, place.tableId, version, RULES);
  if (fault !== undefined) throw Refusal.of(fault, version);
  const actionPlace = { version, packetOut: false };
  let apply: readonly Compiled[] = [];
  let write: readonly Compiled[] = [];
  let clear = false;
  let metadata: Program["metadata"];
  let goto = -1;
  for (const instruction of instructions) {
    const { type } = instruction;
    switch (type) {
      case "apply-actions":
        apply = compileActions(instruction.actions, actionPlace);
        break;
      case "write-actions":
        write = compileActions(inSetOrder(instruction.actions), actionPlace);
        break;
      case "clear-actions":
        clear = true;
        break;
      case "write-metadata":
        metadata = { value: instruction.metadata, mask: instruction.mask };
        break;
      case "goto-table":
        if (instruction.tableId >= place.tables)
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

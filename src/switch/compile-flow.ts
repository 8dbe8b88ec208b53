import { checkInstructions, checkInstructionsFor, checkMatch, inSetOrder } from "../ofp/check/mod.js";
import type { Action, Instruction, Match } from "../ofp/mod.js";
import { compileActions } from "./compile-action.js";
import { refuseMeter } from "./compile-output.js";
import type { CompilePlace } from "./compile-place.js";
import { type Clause, type Compiled, type Program, usesOf } from "./program.js";
import { Refusal } from "./refusal.js";
import { RULES } from "./rules.js";

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
export function compileFlow(match: Match, instructions: readonly Instruction[], place: CompilePlace): Program {
  const { version } = place;
  const fault =
    checkInstructions(instructions, version, RULES) ?? checkInstructionsFor(match, instructions, place.tableId ?? 0, version, RULES);
  if (fault !== undefined) throw Refusal.of(fault, version);
  let applied: readonly Action[] = [];
  let written: readonly Action[] = [];
  let apply: readonly Compiled[] = [];
  let write: readonly Compiled[] = [];
  let clear = false;
  let meter = 0;
  let metadata: Program["metadata"];
  let goto = -1;
  for (const instruction of instructions) {
    const { type } = instruction;
    switch (type) {
      case "apply-actions":
        applied = instruction.actions;
        apply = compileActions(applied, place);
        break;
      case "write-actions":
        written = instruction.actions;
        write = compileActions(inSetOrder(written), place);
        break;
      case "clear-actions":
        clear = true;
        break;
      case "write-metadata":
        metadata = { value: instruction.metadata, mask: instruction.mask };
        break;
      case "meter":
        refuseMeter(instruction.meterId, place);
        meter = instruction.meterId;
        break;
      case "goto-table":
        if (instruction.tableId >= place.tables)
          throw new Refusal("OFPBIC_BAD_TABLE_ID", `goto table ${instruction.tableId} from table ${place.tableId ?? 0} of ${place.tables}`);
        goto = instruction.tableId;
        break;
      default:
        throw new Refusal("OFPBIC_UNSUP_INST", `this switch has no instruction ${type}`);
    }
  }
  const clauses = applied.flatMap((a): Clause[] => (a.type === "conjunction" ? [{ id: a.id, clause: a.clause, clauses: a.nClauses }] : []));
  const uses = usesOf([...applied, ...written], meter);
  return { meter, apply: apply.map((c) => c.step), clear, write, metadata, goto, clauses, uses };
}

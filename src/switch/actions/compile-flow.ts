import { checkInstructions, checkInstructionsFor, checkMatch, inSetOrder, noFacts, type PacketFacts } from "../../ofp/check/mod.js";
import type { Action, Instruction, Match } from "../../ofp/mod.js";
import { Refusal } from "../work/refusal.js";
import { compileActions, compileSteps } from "./compile-action.js";
import { refuseMeter } from "./compile-output.js";
import type { CompilePlace } from "./compile-place.js";
import { type Clause, type Compiled, type Program, type Step, usesOf } from "./program.js";
import { RULES } from "./rules.js";

const NOTHING: readonly never[] = [];

const clausesOf = (actions: readonly Action[]): Clause[] =>
  actions.flatMap((a) => (a.type === "conjunction" ? [{ id: a.id, clause: a.clause, clauses: a.nClauses }] : []));

/**
 * Refuses a match that this switch cannot carry out.
 * @returns what is certain of the packets that it lets through
 * @throws Refusal with the OFPBMC_ error
 */
export function refuseMatch(match: Match): PacketFacts {
  const facts = noFacts();
  const fault = checkMatch(match, RULES, { facts });
  if (fault !== undefined) throw Refusal.of(fault);
  return facts;
}

/**
 * Makes the instructions of a flow ready to be executed. OpenFlow 1.3 §5.9, §7.2.4
 * @param packets - its match, or what {@link refuseMatch} found certain of the packets that the match lets through, which is used up
 * @throws Refusal with the OFPBIC_ or OFPBAC_ error of what cannot be executed
 */
export function compileFlow(packets: Match | PacketFacts, instructions: readonly Instruction[], place: CompilePlace): Program {
  const { version } = place;
  const fault =
    checkInstructions(instructions, version, RULES) ?? checkInstructionsFor(packets, instructions, place.tableId ?? 0, version, RULES);
  if (fault !== undefined) throw Refusal.of(fault, version);
  let applied: readonly Action[] = NOTHING;
  let written: readonly Action[] = NOTHING;
  let apply: readonly Step[] = NOTHING;
  let write: readonly Compiled[] = NOTHING;
  let clear = false;
  let meter = 0;
  let metadata: Program["metadata"];
  let goto = -1;
  for (const instruction of instructions) {
    const { type } = instruction;
    switch (type) {
      case "apply-actions":
        applied = instruction.actions;
        apply = compileSteps(applied, place);
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
  // most flows have none
  const clauses = applied.some((a) => a.type === "conjunction") ? clausesOf(applied) : NOTHING;
  const uses = usesOf(written.length === 0 ? applied : [...applied, ...written], meter);
  return { meter, apply, clear, write, metadata, goto, clauses, uses };
}

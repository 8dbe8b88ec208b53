import { setRank } from "../../ofp/check/mod.js";
import { ACTIONS, type Action, EXPERIMENTER, fieldAction } from "../../ofp/mod.js";
import { Refusal } from "../work/refusal.js";
import { FIELD_ROWS } from "./compile-field.js";
import { HEADER_ROWS } from "./compile-header.js";
import { LEARN_ROWS } from "./compile-learn.js";
import { OUTPUT_ROWS } from "./compile-output.js";
import type { ActionRows, Compile, CompilePlace } from "./compile-place.js";
import { FIELD_EDITS } from "./edit-field.js";
import type { Compiled, Step } from "./program.js";

/** More actions than these do not fit into one message of any version. */
const MAX_ACTIONS = 2000;

const ROWS: ActionRows = { ...OUTPUT_ROWS, ...HEADER_ROWS, ...FIELD_ROWS, ...LEARN_ROWS };

/** The types of actions that this switch has. */
export const hasAction = (type: Action["type"]): boolean => type in ROWS || fieldAction(type) !== undefined;

/** The refusal of an action that this switch does not have, of the standard's or of an experimenter's. */
function absent(action: Action, { version }: CompilePlace): Refusal {
  const entry = ACTIONS.entries.find((e) => e.is(action));
  const format = "format" in action ? action.format : "";
  const key = entry?.keyOf(version, format) ?? entry?.keyOf(version);
  const reason = key?.[0] === EXPERIMENTER ? "OFPBAC_BAD_VENDOR" : "OFPBAC_BAD_TYPE";
  return new Refusal(reason, `this switch has no action ${action.type}${format === "" ? "" : ` of format ${format}`}`);
}

function compileOne(action: Action, place: CompilePlace): Step {
  const row = ROWS[action.type] as Compile<Action["type"]> | undefined;
  if (row !== undefined) return row(action, place, (actions) => compileSteps(actions, place));
  const setsField = fieldAction(action.type);
  const edits = setsField?.fields.map(({ name }) => FIELD_EDITS.get(name));
  if (setsField === undefined || edits === undefined || edits.includes(undefined)) throw absent(action, place);
  const value = setsField.valueOf(action) as never;
  // of several fields a packet has one at most
  return (x) => {
    for (let i = 0; i < edits.length; i++) edits[i]!(x.packet, value);
    return true;
  };
}

const slotOf = (action: Action): string => (action.type === "set-field" ? `set-${action.field.field?.name}` : action.type);

/**
 * Makes actions, which were checked, ready to be executed, in their order.
 * @throws Refusal with the OFPBAC_ error of the first action that this switch does not have
 */
export function compileSteps(actions: readonly Action[], place: CompilePlace): Step[] {
  if (actions.length > MAX_ACTIONS) throw new Refusal("OFPBAC_TOO_MANY", `${actions.length} actions, of which ${MAX_ACTIONS} may be`);
  return actions.map((action) => compileOne(action, place));
}

/** The same for an action set: each with its place there. */
export function compileActions(actions: readonly Action[], place: CompilePlace): Compiled[] {
  const steps = compileSteps(actions, place);
  return actions.map((action, i) => ({
    step: steps[i]!,
    slot: slotOf(action),
    order: orderOf(action),
    port: action.type === "output" ? action.port : undefined,
  }));
}

/** The place in an action set; a group comes before an output, which it makes useless. */
const orderOf = (action: Action): number => (setRank(action.type) ?? 0) * 2 + (action.type === "output" ? 1 : 0);

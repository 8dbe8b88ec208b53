import type { Action, Instruction } from "../ofp/mod.js";

/** A way on from a flow to a table. */
export interface Jump {
  /** The table that it leads to. */
  readonly tableId: number;
  /** By what: `learn` adds flows there and sends no packet. */
  readonly by: "goto_table" | "resubmit" | "ct" | "learn";
}

/** Lists lie at most so many levels deep in a flow that is read. */
const JUMP_LEVELS = 100;
/** The table of a resubmit that is the one that the flow is in, and of a ct that sends no packet back. */
const NONE = 255;

function ofActions(actions: readonly Action[], own: number, found: Jump[], depth: number): void {
  if (depth > JUMP_LEVELS) return;
  for (const action of actions) {
    switch (action.type) {
      case "resubmit":
        found.push({ tableId: action.tableId === NONE ? own : action.tableId, by: "resubmit" });
        break;
      case "ct":
        if (action.recircTable !== NONE) found.push({ tableId: action.recircTable, by: "ct" });
        ofActions(action.actions, own, found, depth + 1);
        break;
      case "learn":
        found.push({ tableId: action.tableId, by: "learn" });
        break;
      case "clone":
        ofActions(action.actions, own, found, depth + 1);
        break;
      default:
    }
  }
}

/** The tables that a flow leads to, in the order of its actions, each way once. @param own - the table that the flow is in */
export function jumpsOf(instructions: readonly Instruction[], own: number): Jump[] {
  const found: Jump[] = [];
  for (const instruction of instructions) {
    if (instruction.type === "goto-table") found.push({ tableId: instruction.tableId, by: "goto_table" });
    else if (instruction.type === "apply-actions" || instruction.type === "write-actions") ofActions(instruction.actions, own, found, 0);
  }
  const seen = new Set<string>();
  return found.filter(({ tableId, by }) => {
    const key = `${by} ${tableId}`;
    const first = !seen.has(key);
    seen.add(key);
    return first;
  });
}

import type { Version } from "../../schema/mod.js";
import type { Action } from "../action/table.js";
import { EXPERIMENTER } from "../ids.js";
import type { Instruction } from "../instruction/table.js";
import { OXM, type OxmField } from "../oxm/fields.js";
import { checkAction, checkCtActions } from "./action.js";
import { Fault } from "./fault.js";
import { isOldMeter, withOldMeters } from "./open-vswitch.js";
import type { Rules } from "./rules.js";

/** The instructions in the order in which they must stand. */
const RANK = { meter: 0, "apply-actions": 1, "clear-actions": 2, "write-actions": 3, "write-metadata": 4, "goto-table": 5 } as const;

type Ranked = keyof typeof RANK;

/** Where actions stand: what they may belong to, and the action that holds them. */
export interface ActionPlace {
  /** The instructions that they may stand for. */
  readonly allowed: ReadonlySet<Ranked>;
  readonly within?: "ct" | undefined;
}

/** Actions of a packet-out or of a bucket. */
const ALONE: ActionPlace = { allowed: new Set<Ranked>(["apply-actions", "meter"]) };
/** Actions that an action holds. */
const NESTED: ActionPlace = { allowed: new Set<Ranked>(["apply-actions"]) };
const IN_CT: ActionPlace = { ...NESTED, within: "ct" };
/** All that a flow has. */
const IN_FLOW: ActionPlace = { allowed: new Set(Object.keys(RANK) as Ranked[]) };

/** The place of the actions that an action holds. */
export const placeWithin = (type: "ct" | "clone"): ActionPlace => (type === "ct" ? IN_CT : NESTED);

/** Why one of some actions, or of those within them, is refused, whatever stands beside it. */
export function checkEach(actions: readonly Action[], version: Version, rules: Rules): Fault | undefined {
  for (const a of actions) {
    const fault = checkDeeply(a, version, rules);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Why an action is refused, or what is within it. */
export function checkDeeply(a: Action, version: Version, rules: Rules): Fault | undefined {
  const fault = checkAction(a, version, rules);
  if (fault !== undefined || (a.type !== "ct" && a.type !== "clone")) return fault;
  const inner = checkActions(a.actions, version, rules, placeWithin(a.type));
  return inner ?? (a.type === "ct" ? checkCtActions(a) : undefined);
}

/** Why a list of actions is refused, whatever packets they are for; undefined for a good one. */
export function checkActions(actions: readonly Action[], version: Version, rules: Rules, place: ActionPlace = ALONE): Fault | undefined {
  return (
    checkEach(actions, version, rules) ??
    checkOrder(
      actions.map((a) => placed(a)),
      place,
    )
  );
}

/** An action or instruction among others: the instruction that it belongs to, and itself where it is an action. */
interface Placed {
  readonly rank: Ranked;
  readonly action: Action | undefined;
}

const placed = (action: Action): Placed => ({ rank: action.type === "write-metadata" ? "write-metadata" : "apply-actions", action });

const CT_FIELDS: readonly OxmField[] = [OXM.ctMark, OXM.ctLabel] as readonly OxmField[] as OxmField[];

/** The field that an action writes. */
function written(a: Action): OxmField | undefined {
  if (a.type === "set-field") return a.field.field;
  return a.type === "reg-load" || a.type === "copy-field" ? a.dst.field : undefined;
}

function checkWithin(a: Action, within: ActionPlace["within"]): Fault | undefined {
  const field = written(a);
  const ofConnection = field !== undefined && CT_FIELDS.includes(field);
  if (ofConnection && within !== "ct") return new Fault("OFPBAC_BAD_SET_ARGUMENT", field, [], a.type);
  if (a.type === "nat") return within === "ct" ? undefined : new Fault("OFPBAC_BAD_SET_ARGUMENT", undefined, [], a.type);
  return within === "ct" && !ofConnection ? new Fault("OFPBAC_BAD_ARGUMENT", undefined, [], a.type) : undefined;
}

const APPLY = RANK["apply-actions"];

/** What cannot stand behind or beside each other. */
function checkOrder(list: readonly Placed[], place: ActionPlace): Fault | undefined {
  let last: number = RANK.meter;
  for (const [i, { rank, action }] of list.entries()) {
    if (action?.type === "conjunction") {
      const alone = list.every((x) => x.action?.type === "conjunction" || x.action?.type === "note");
      return alone ? undefined : new Fault("NXBAC_BAD_CONJUNCTION", undefined, [], "conjunction");
    }
    const fault = action === undefined ? undefined : checkWithin(action, place.within);
    if (fault !== undefined) return fault;
    const next = RANK[rank];
    if (i > 0 && (last === APPLY ? next < last : next <= last))
      return new Fault("OFPBAC_UNSUPPORTED_ORDER", undefined, [], action?.type ?? rank);
    if (!place.allowed.has(rank)) return new Fault("OFPBIC_UNSUP_INST", undefined, [], action?.type ?? rank);
    last = next;
  }
  return undefined;
}

/** The actions that have a place in an action set. */
const IN_SET: ReadonlySet<Action["type"]> = new Set<Action["type"]>([
  ...(["pop-vlan", "pop-mpls", "decap", "encap", "push-mpls", "push-vlan", "dec-nw-ttl", "dec-mpls-ttl", "dec-nsh-ttl"] as const),
  ...(["ct", "ct-clear", "resubmit", "output", "group", "set-field", "reg-load", "copy-field", "set-eth-dst", "set-eth-src"] as const),
  ...(["set-nw-tos", "set-nw-ecn", "set-nw-ttl", "set-ipv4-dst", "set-ipv4-src", "set-tp-dst", "set-tp-src", "set-mpls-label"] as const),
  ...(["set-mpls-tc", "set-mpls-ttl", "set-queue", "set-tunnel", "set-vlan-pcp", "set-vlan-vid"] as const),
]);

/** Why actions that are good by themselves are refused as an action set. OpenFlow 1.3 §5.10 */
export function checkSet(actions: readonly Action[]): Fault | undefined {
  const other = actions.find((a) => !IN_SET.has(a.type));
  return other === undefined ? undefined : new Fault("OFPBAC_BAD_TYPE", undefined, [], other.type);
}

/** Why instructions that are good by themselves are refused together. @param apply - the actions of apply-actions */
export function checkTogether(types: ReadonlySet<string>, apply: readonly Action[]): Fault | undefined {
  const list: Placed[] = [];
  const add = (rank: Ranked): void => {
    if (types.has(rank)) list.push({ rank, action: undefined });
  };
  add("meter");
  list.push(...apply.map(placed));
  for (const rank of ["clear-actions", "write-actions", "write-metadata", "goto-table"] as const) add(rank);
  return checkOrder(list, IN_FLOW);
}

/** The instructions by their types, or why there cannot be these: one is unknown, or there twice. OpenFlow 1.3 §5.9, §7.4.4.3 */
export function instructionsByType(
  instructions: readonly Instruction[],
  version: Version,
  rules: Rules,
): ReadonlyMap<string, Instruction> | Fault {
  const seen = new Map<string, Instruction>();
  for (const i of rules.oldMeters ? withOldMeters(instructions, version) : instructions) {
    if (i.type === "unknown") {
      if (i.key[0] === EXPERIMENTER) return new Fault("OFPBIC_BAD_EXPERIMENTER");
      return new Fault(rules.oldMeters && isOldMeter(i.key[0], version) ? "OFPBIC_BAD_LEN" : "OFPBIC_UNKNOWN_INST");
    }
    if (!Object.hasOwn(RANK, i.type)) return new Fault("OFPBIC_UNKNOWN_INST", undefined, [], i.type);
    if (seen.has(i.type)) return new Fault("OFPBIC_DUP_INST", undefined, [], i.type);
    seen.set(i.type, i);
  }
  return seen;
}

/** Why instructions are refused, whatever packets they are for. */
export function checkInstructions(instructions: readonly Instruction[], version: Version, rules: Rules): Fault | undefined {
  const seen = instructionsByType(instructions, version, rules);
  if (seen instanceof Fault) return seen;
  const actionsOf = (type: "apply-actions" | "write-actions"): readonly Action[] => {
    const i = seen.get(type);
    return i !== undefined && "actions" in i ? i.actions : [];
  };
  const apply = actionsOf("apply-actions");
  const write = actionsOf("write-actions");
  return (
    checkEach(apply, version, rules) ??
    checkEach(write, version, rules) ??
    checkSet(write) ??
    checkTogether(version === 1 ? new Set() : new Set(seen.keys()), apply)
  );
}

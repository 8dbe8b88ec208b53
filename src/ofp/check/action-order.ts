import type { Version } from "../../schema/mod.js";
import type { Action } from "../action/table.js";
import { EXPERIMENTER } from "../ids.js";
import type { Instruction } from "../instruction/table.js";
import { OXM, type OxmField } from "../oxm/fields.js";
import { type ActionOf, checkAction, checkCtActions } from "./action.js";
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
function checkEach(actions: readonly Action[], version: Version, rules: Rules): Fault | undefined {
  for (let i = 0; i < actions.length; i++) {
    const fault = checkDeeply(actions[i]!, version, rules);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Why an action is refused, or what is within it. */
function checkDeeply(a: Action, version: Version, rules: Rules): Fault | undefined {
  const fault = checkAction(a, version, rules);
  if (fault !== undefined || (a.type !== "ct" && a.type !== "clone")) return fault;
  return checkEach(a.actions, version, rules) ?? checkNest(a);
}

/** Why an action that is good by itself cannot hold the actions that it holds, which are good by themselves. */
export function checkNest(a: ActionOf<"ct" | "clone">): Fault | undefined {
  return checkBeside(a.actions, placeWithin(a.type)) ?? (a.type === "ct" ? checkCtActions(a) : undefined);
}

/** Why actions that are good by themselves cannot stand behind each other. */
export const checkBeside = (actions: readonly Action[], place: ActionPlace = ALONE): Fault | undefined =>
  checkOrder(actions, place, NO_INSTRUCTIONS);

/** Why a list of actions is refused, whatever packets they are for; undefined for a good one. */
export function checkActions(actions: readonly Action[], version: Version, rules: Rules, place: ActionPlace = ALONE): Fault | undefined {
  return checkEach(actions, version, rules) ?? checkBeside(actions, place);
}

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

/** Instructions by the bits of their ranks. */
type Instructions = number;

const bitOf = (type: string): Instructions => (Object.hasOwn(RANK, type) ? 1 << RANK[type as Ranked] : 0);

const NO_INSTRUCTIONS: Instructions = 0;
const A_METER = bitOf("meter");
/** The instructions that follow those of apply-actions, in their order. */
const FOLLOWING = ["clear-actions", "write-actions", "write-metadata", "goto-table"] as const;
/** Their bits. */
const BEHIND = FOLLOWING.reduce((bits, name) => bits | bitOf(name), 0);

const misplaced = (last: number, next: number): boolean => (last === APPLY ? next < last : next <= last);

/** Why actions cannot stand behind or beside each other, or beside instructions. */
function checkOrder(actions: readonly Action[], place: ActionPlace, beside: Instructions): Fault | undefined {
  // before all else there is nothing that could be misplaced
  let last = (beside & A_METER) !== 0 ? RANK.meter : -1;
  for (let i = 0; i < actions.length; i++) {
    const a = actions[i]!;
    if (a.type === "conjunction") {
      const alone = actions.every((x) => x.type === "conjunction" || x.type === "note");
      if (alone && (beside & (A_METER | BEHIND)) === 0) return undefined;
      return new Fault("NXBAC_BAD_CONJUNCTION", undefined, [], a.type);
    }
    const fault = checkWithin(a, place.within);
    if (fault !== undefined) return fault;
    const rank = a.type === "write-metadata" ? "write-metadata" : "apply-actions";
    if (misplaced(last, RANK[rank])) return new Fault("OFPBAC_UNSUPPORTED_ORDER", undefined, [], a.type);
    if (!place.allowed.has(rank)) return new Fault("OFPBIC_UNSUP_INST", undefined, [], a.type);
    last = RANK[rank];
  }
  if ((beside & BEHIND) === 0) return undefined;
  for (const name of FOLLOWING) {
    if ((beside & bitOf(name)) === 0) continue;
    if (misplaced(last, RANK[name])) return new Fault("OFPBAC_UNSUPPORTED_ORDER", undefined, [], name);
    last = RANK[name];
  }
  return undefined;
}

/** The actions that have a place in an action set, in the order in which their kinds are executed. OpenFlow 1.3 §5.10 */
const IN_SET: readonly (readonly Action["type"][])[] = [
  ["copy-ttl-in"],
  ["pop-vlan", "pop-mpls", "pop-pbb", "decap"],
  ["encap"],
  ["push-mpls"],
  ["push-pbb"],
  ["push-vlan"],
  ["copy-ttl-out"],
  ["dec-nw-ttl", "dec-mpls-ttl", "dec-nsh-ttl"],
  [
    ...(["set-field", "reg-load", "copy-field", "set-eth-dst", "set-eth-src", "set-nw-tos", "set-nw-ecn", "set-nw-ttl"] as const),
    ...(["set-ipv4-dst", "set-ipv4-src", "set-tp-dst", "set-tp-src", "set-mpls-label", "set-mpls-tc", "set-mpls-ttl"] as const),
    ...(["set-tunnel", "set-vlan-pcp", "set-vlan-vid", "ct-clear"] as const),
  ],
  ["set-queue"],
  ["ct", "resubmit", "group", "output"],
];
const SET_RANKS = new Map(IN_SET.flatMap((types, rank) => types.map((type) => [type, rank] as const)));

/** The place in the order in which the actions of a set are executed, the lowest first; undefined for an action that a set cannot have. OpenFlow 1.3 §5.10 */
export const setRank = (type: Action["type"]): number | undefined => SET_RANKS.get(type);

/** Actions in the order in which they are executed in an action set. */
export const inSetOrder = (actions: readonly Action[]): readonly Action[] =>
  [...actions].sort((a, b) => (setRank(a.type) ?? 0) - (setRank(b.type) ?? 0));

/** Why actions that are good by themselves are refused as an action set. */
export function checkSet(actions: readonly Action[]): Fault | undefined {
  if (actions.length === 0) return undefined;
  const other = actions.find((a) => setRank(a.type) === undefined);
  return other === undefined ? undefined : new Fault("OFPBAC_BAD_TYPE", undefined, [], other.type);
}

/** Why instructions that are good by themselves are refused together. @param apply - the actions of apply-actions */
export function checkTogether(types: Iterable<string>, apply: readonly Action[]): Fault | undefined {
  let beside: Instructions = 0;
  for (const type of types) beside |= bitOf(type);
  return checkOrder(apply, IN_FLOW, beside);
}

/** The first instruction of a type. */
export const findInstruction = <N extends Instruction["type"]>(
  instructions: readonly Instruction[],
  type: N,
): Extract<Instruction, { type: N }> | undefined => {
  for (let i = 0; i < instructions.length; i++)
    if (instructions[i]!.type === type) return instructions[i] as Extract<Instruction, { type: N }>;
  return undefined;
};

/** Why there cannot be these instructions: one is unknown, or there twice. OpenFlow 1.3 §5.9, §7.4.4.3 */
function checkTypes(instructions: readonly Instruction[], version: Version, rules: Rules): Fault | undefined {
  for (const i of instructions) {
    if (i.type === "unknown") {
      if (i.key[0] === EXPERIMENTER) return new Fault("OFPBIC_BAD_EXPERIMENTER");
      return new Fault(rules.oldMeters && isOldMeter(i.key[0], version) ? "OFPBIC_BAD_LEN" : "OFPBIC_UNKNOWN_INST");
    }
    if (!Object.hasOwn(RANK, i.type)) return new Fault("OFPBIC_UNKNOWN_INST", undefined, [], i.type);
    // of the few types that there are, some is soon there twice
    if (findInstruction(instructions, i.type) !== i) return new Fault("OFPBIC_DUP_INST", undefined, [], i.type);
  }
  return undefined;
}

const NO_ACTIONS: readonly Action[] = [];

/** Why instructions are refused, whatever packets they are for. */
export function checkInstructions(given: readonly Instruction[], version: Version, rules: Rules): Fault | undefined {
  const instructions = rules.oldMeters ? withOldMeters(given, version) : given;
  const fault = checkTypes(instructions, version, rules);
  if (fault !== undefined) return fault;
  let apply = NO_ACTIONS;
  let write = NO_ACTIONS;
  let beside: Instructions = 0;
  for (let i = 0; i < instructions.length; i++) {
    const instruction = instructions[i]!;
    if (instruction.type === "apply-actions") apply = instruction.actions;
    else if (instruction.type === "write-actions") write = instruction.actions;
    beside |= bitOf(instruction.type);
  }
  return (
    checkEach(apply, version, rules) ??
    checkEach(write, version, rules) ??
    checkSet(write) ??
    checkOrder(apply, IN_FLOW, version === 1 ? NO_INSTRUCTIONS : beside)
  );
}

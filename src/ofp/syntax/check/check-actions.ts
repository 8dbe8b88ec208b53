import type { Version } from "../../../schema/mod.js";
import { EXPERIMENTER } from "../../ids.js";
import { OXM, type OxmField } from "../../oxm/fields.js";
import { isOldMeter, withOldMeters } from "../meter/old-meter.js";
import type { AnyAction, AnyInstruction } from "../types.js";
import { refuseAction, refuseCtActions } from "./check-action.js";

/** The instructions in the order in which they must be told. */
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

/** Why Open vSwitch refuses each of some actions, and those within them, whatever stands beside them. */
export function refuseEach(actions: readonly AnyAction[], version: Version): string | undefined {
  for (const a of actions) {
    const fault = refuseDeeply(a, version);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Why Open vSwitch refuses an action, or what is within it. */
export function refuseDeeply(a: AnyAction, version: Version): string | undefined {
  const fault = refuseAction(a, version);
  if (fault !== undefined || (a.type !== "ct" && a.type !== "clone")) return fault;
  const inner = refuseActions(a.actions, version, placeWithin(a.type));
  return inner ?? (a.type === "ct" ? refuseCtActions(a) : undefined);
}

/** Why Open vSwitch refuses a list of actions, by the name of the error, whatever packets they are for; undefined for a good one. */
export function refuseActions(actions: readonly AnyAction[], version: Version, place: ActionPlace = ALONE): string | undefined {
  return (
    refuseEach(actions, version) ??
    refuseOrder(
      actions.map((a) => told(a)),
      place,
    )
  );
}

/** An action as Open vSwitch sees it among others: the instruction that it belongs to, and itself where it is one. */
interface Told {
  readonly rank: Ranked;
  readonly action: AnyAction | undefined;
}

const told = (action: AnyAction): Told => ({ rank: action.type === "write-metadata" ? "write-metadata" : "apply-actions", action });

const CT_FIELDS: readonly OxmField[] = [OXM.ctMark, OXM.ctLabel] as readonly OxmField[] as OxmField[];

/** The field that an action writes. */
function written(a: AnyAction): OxmField | undefined {
  if (a.type === "set-field") return a.field.field;
  return a.type === "reg-load" || a.type === "copy-field" ? a.dst.field : undefined;
}

function refuseWithin(a: AnyAction, within: ActionPlace["within"]): string | undefined {
  const field = written(a);
  const ofConnection = field !== undefined && CT_FIELDS.includes(field);
  if (ofConnection && within !== "ct") return "OFPBAC_BAD_SET_ARGUMENT";
  if (a.type === "nat") return within === "ct" ? undefined : "OFPBAC_BAD_SET_ARGUMENT";
  return within === "ct" && !ofConnection ? "OFPBAC_BAD_ARGUMENT" : undefined;
}

const APPLY = RANK["apply-actions"];

/** What cannot stand behind or beside each other. */
function refuseOrder(list: readonly Told[], place: ActionPlace): string | undefined {
  let last: number = RANK.meter;
  for (const [i, { rank, action }] of list.entries()) {
    if (action?.type === "conjunction") {
      const alone = list.every((x) => x.action?.type === "conjunction" || x.action?.type === "note");
      return alone ? undefined : "NXBAC_BAD_CONJUNCTION";
    }
    const fault = action === undefined ? undefined : refuseWithin(action, place.within);
    if (fault !== undefined) return fault;
    const next = RANK[rank];
    if (i > 0 && (last === APPLY ? next < last : next <= last)) return "OFPBAC_UNSUPPORTED_ORDER";
    if (!place.allowed.has(rank)) return "OFPBIC_UNSUP_INST";
    last = next;
  }
  return undefined;
}

/** The actions that have a place in an action set. */
const IN_SET: ReadonlySet<AnyAction["type"]> = new Set<AnyAction["type"]>([
  ...(["pop-vlan", "pop-mpls", "decap", "encap", "push-mpls", "push-vlan", "dec-nw-ttl", "dec-mpls-ttl", "dec-nsh-ttl"] as const),
  ...(["ct", "ct-clear", "resubmit", "output", "group", "set-field", "reg-load", "copy-field", "set-eth-dst", "set-eth-src"] as const),
  ...(["set-nw-tos", "set-nw-ecn", "set-nw-ttl", "set-ipv4-dst", "set-ipv4-src", "set-tp-dst", "set-tp-src", "set-mpls-label"] as const),
  ...(["set-mpls-tc", "set-mpls-ttl", "set-queue", "set-tunnel", "set-vlan-pcp", "set-vlan-vid"] as const),
]);

/** Why Open vSwitch refuses actions of an action set that are good by themselves. */
export const refuseSet = (actions: readonly AnyAction[]): string | undefined =>
  actions.every((a) => IN_SET.has(a.type)) ? undefined : "OFPBAC_BAD_TYPE";

/** Why Open vSwitch refuses what instructions that are good by themselves make together. `apply` and `write` are the actions of the two that have some. */
export function refuseTogether(types: ReadonlySet<string>, apply: readonly AnyAction[]): string | undefined {
  const list: Told[] = [];
  const add = (rank: Ranked): void => {
    if (types.has(rank)) list.push({ rank, action: undefined });
  };
  add("meter");
  list.push(...apply.map(told));
  for (const rank of ["clear-actions", "write-actions", "write-metadata", "goto-table"] as const) add(rank);
  return refuseOrder(list, IN_FLOW);
}

/** Why Open vSwitch refuses instructions, whatever packets they are for. */
export function refuseInstructions(instructions: readonly AnyInstruction[], version: Version): string | undefined {
  const seen = new Map<string, AnyInstruction>();
  for (const i of withOldMeters(instructions, version)) {
    if (i.type === "unknown") {
      if (i.key[0] === EXPERIMENTER) return "OFPBIC_BAD_EXPERIMENTER";
      return isOldMeter(i.key[0], version) ? "OFPBIC_BAD_LEN" : "OFPBIC_UNKNOWN_INST";
    }
    if (!Object.hasOwn(RANK, i.type)) return "OFPBIC_UNKNOWN_INST";
    if (seen.has(i.type)) return "OFPBIC_DUP_INST";
    seen.set(i.type, i);
  }
  const actionsOf = (type: "apply-actions" | "write-actions"): readonly AnyAction[] => {
    const i = seen.get(type);
    return i !== undefined && "actions" in i ? i.actions : [];
  };
  const apply = actionsOf("apply-actions");
  const write = actionsOf("write-actions");
  return (
    refuseEach(apply, version) ??
    refuseEach(write, version) ??
    refuseSet(write) ??
    refuseTogether(version === 1 ? new Set() : new Set(seen.keys()), apply)
  );
}

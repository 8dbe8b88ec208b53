import { checkOptions, type OptionTable } from "../errors/mod.js";
import { canonicalActions, type FlowEntry } from "./flow-entry.js";

/** What a flow is known by: its table, priority and match. */
const keyOf = ({ tableId, priority, matchText }: FlowEntry): string => `${tableId} ${priority} ${matchText}`;

/** Whether two flows do the same. The flags are left out, which not all switches report. */
function isSame(a: FlowEntry, b: FlowEntry, canonical: boolean): boolean {
  if (a.cookie !== b.cookie || a.idleTimeout !== b.idleTimeout || a.hardTimeout !== b.hardTimeout || a.importance !== b.importance)
    return false;
  return a.actions === b.actions || (canonical && canonicalActions(a) === canonicalActions(b));
}

/** A flow that two tables do not have in the same way; undefined on the side that does not have it. */
export interface FlowDifference {
  readonly a: FlowEntry | undefined;
  readonly b: FlowEntry | undefined;
}

/** How flows are compared. */
export interface DiffOptions {
  /** Whether pairs that are the same are in it, too; false unless given. */
  readonly all?: boolean | undefined;
  /** Whether actions are compared by what they do, so that a set-field and a `mod_dl_dst` of the same address are equal; false unless given: by their letter, as `ovs-ofctl` does. */
  readonly canonical?: boolean | undefined;
}

const DIFF_OPTIONS: OptionTable<DiffOptions> = { all: "boolean", canonical: "boolean" };

/** In what two tables of flows differ: first the flows of `a`, in their order, then those that only `b` has. Of two flows with the same table, priority and match the later counts. */
export function diffFlows(a: Iterable<FlowEntry>, b: Iterable<FlowEntry>, options: DiffOptions = {}): FlowDifference[] {
  checkOptions("diffFlows", options, DIFF_OPTIONS);
  const { all = false, canonical = false } = options;
  const ours = new Map<string, FlowEntry>();
  for (const flow of a) ours.set(keyOf(flow), flow);
  const theirs = new Map<string, FlowEntry>();
  for (const flow of b) theirs.set(keyOf(flow), flow);
  const found: FlowDifference[] = [];
  for (const [key, flow] of ours) {
    const other = theirs.get(key);
    if (other === undefined || all || !isSame(flow, other, canonical)) found.push({ a: flow, b: other });
  }
  for (const [key, flow] of theirs) if (!ours.has(key)) found.push({ a: undefined, b: flow });
  return found;
}

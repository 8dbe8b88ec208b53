import { OXM, type OxmField, type OxmForm } from "../../oxm/fields.js";
import type { Outer } from "../parse/reading.js";
import { RANK_NAMES, Rank } from "./act.js";

/** What the rules for lists of actions look at in an action or instruction. */
export interface Verifiable {
  /** What Open vSwitch calls it in errors. */
  readonly name: string;
  /** One of `Rank`. */
  readonly rank: number;
  /** The form of the field that it sets or copies to. */
  readonly form: OxmForm | undefined;
}

/** The instructions that a list may have: those of a flow, or only what is applied. */
export type Allowed = "instructions" | "actions" | "nested";

const CT_FIELDS: ReadonlySet<OxmField | undefined> = new Set<OxmField | undefined>([OXM.ctMark as OxmField, OXM.ctLabel as OxmField]);

/** Why an act cannot stand where it does: those that write what is known of a connection, and nat, in `ct` only, which takes no others. */
function nestingFault(a: Verifiable, outer: Outer): string | undefined {
  const field = a.form?.field;
  const ofConnection = CT_FIELDS.has(field);
  if (ofConnection && outer !== "ct") return "cannot set CT fields outside of ct action";
  if (a.name === "nat") return outer === "ct" ? undefined : 'Cannot have NAT action outside of "ct" action';
  if (outer === "ct") {
    if (field === undefined) return `ct action doesn't support nested action ${a.name}`;
    if (!ofConnection) return `ct action doesn't support nested modification of ${a.form!.name}`;
  }
  return outer !== "" && a.rank === Rank.meter ? `${outer} action doesn't support nested action meter` : undefined;
}

const isAllowed = (rank: number, allowed: Allowed): boolean =>
  allowed === "instructions" || rank === Rank.apply || (rank === Rank.meter && allowed === "actions");

/**
 * Why actions and instructions that are good by themselves cannot stand beside, behind or within what they do, in the words of Open vSwitch (ofpacts_verify), and which one it is; undefined where
 * all is good.
 */
export function verifyFault(acts: readonly Verifiable[], outer: Outer, allowed: Allowed): readonly [text: string, at: number] | undefined {
  let last: number = Rank.meter;
  for (let i = 0; i < acts.length; i++) {
    const a = acts[i]!;
    if (a.name === "conjunction") {
      const other = acts.findIndex((x) => x.name !== "conjunction" && x.name !== "note");
      if (other < 0) return undefined;
      const words = `"conjunction" actions may be used along with "note" but not any other kind of action`;
      return [`${words} (such as the "${acts[other]!.name}" action used here)`, other];
    }
    const nesting = nestingFault(a, outer);
    if (nesting !== undefined) return [nesting, i];
    const next = a.rank;
    if (i > 0 && (last === Rank.apply ? next < last : next <= last)) {
      const [one, other] = [RANK_NAMES[next], RANK_NAMES[last]];
      if (next === last) return [`duplicate ${other} instruction not allowed, for OpenFlow 1.1+ compatibility`, i];
      return [`invalid instruction ordering: ${one} must appear before ${other}, for OpenFlow 1.1+ compatibility`, i];
    }
    if (!isAllowed(next, allowed)) return [`${RANK_NAMES[next]} instruction not allowed here`, i];
    last = next;
  }
  return undefined;
}

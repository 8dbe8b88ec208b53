import { OXM, type OxmField } from "../../oxm/fields.js";
import { readPort } from "../parse/name.js";
import type { SyntaxOptions } from "../parse/options.js";
import { Pairs } from "../parse/pairs.js";
import { ANY_PROTOCOL, Protocol } from "../parse/protocols.js";
import type { ActionReading, ListReading, Outer, ReadAction } from "../parse/reading.js";
import { inWhole, refuse, refuseName } from "../parse/syntax-fault.js";
import { type Act, act, RANK_NAMES, Rank } from "./act.js";
import { ACTION_WORDS } from "./action-words.js";
import { INSTRUCTION_WORDS } from "./instruction-words.js";
import { outputTo } from "./output-words.js";

/** Lists within lists, the outermost one counted. Open vSwitch ofp-actions.c (MAX_OFPACT_PARSE_DEPTH) */
const DEEPEST = 100;
/** The bytes that Open vSwitch has for a list at most. */
const LARGEST = 0xffff;

const DROP: ReadAction = () => refuse("");

/** What reads the text behind each word. */
const READERS: ReadonlyMap<string, ReadAction> = new Map<string, ReadAction>([
  ...[...Object.values(ACTION_WORDS), ...Object.values(INSTRUCTION_WORDS)].flatMap(({ read }) => Object.entries(read)),
  ["drop", DROP],
  ["apply_actions", () => refuse("apply_actions is the default instruction")],
  ["unroll_xlate", () => refuse("UNROLL is an internal action that shouldn't be used via OpenFlow")],
]);

const CT_FIELDS: ReadonlySet<OxmField | undefined> = new Set<OxmField | undefined>([OXM.ctMark as OxmField, OXM.ctLabel as OxmField]);

/** Why an act cannot stand where it does: those that write what is known of a connection, and nat, in `ct` only, which takes no others. */
function refuseNesting(a: Act, outer: Outer): void {
  const field = a.writes;
  const ofConnection = CT_FIELDS.has(field);
  if (ofConnection && outer !== "ct") refuse("cannot set CT fields outside of ct action", a.at);
  if (a.name === "nat") {
    if (outer !== "ct") refuse('Cannot have NAT action outside of "ct" action', a.at);
    return;
  }
  if (outer === "") return;
  if (outer === "ct") {
    if (field === undefined) refuse(`ct action doesn't support nested action ${a.name}`, a.at);
    if (!ofConnection) refuse(`ct action doesn't support nested modification of ${a.form!.name}`, a.at);
  }
  if (a.rank === Rank.meter) refuse(`${outer} action doesn't support nested action meter`, a.at);
}

/** What cannot stand beside, behind or within what, as Open vSwitch's ofpacts_verify has it. */
function verify(acts: readonly Act[], outer: Outer, instructions: boolean): void {
  let last: number = Rank.meter;
  for (let i = 0; i < acts.length; i++) {
    const a = acts[i]!;
    if (a.name === "conjunction") {
      const other = acts.find((x) => x.name !== "conjunction" && x.name !== "note");
      if (other !== undefined)
        refuse(
          `"conjunction" actions may be used along with "note" but not any other kind of action (such as the "${other.name}" action used here)`,
          other.at,
        );
      return;
    }
    refuseNesting(a, outer);
    const next = a.rank;
    if (i > 0 && (last === Rank.apply ? next < last : next <= last)) {
      if (next === last) refuse(`duplicate ${RANK_NAMES[last]} instruction not allowed, for OpenFlow 1.1+ compatibility`, a.at);
      refuse(
        `invalid instruction ordering: ${RANK_NAMES[next]} must appear before ${RANK_NAMES[last]}, for OpenFlow 1.1+ compatibility`,
        a.at,
      );
    }
    if (!instructions && next !== Rank.apply && next !== Rank.meter) refuse(`${RANK_NAMES[next]} instruction not allowed here`, a.at);
    last = next;
  }
}

class ListReader implements ListReading {
  readonly ports: SyntaxOptions["ports"];
  readonly tables: SyntaxOptions["tables"];
  protocols: number = ANY_PROTOCOL;
  /** The lists that the one at hand lies in, itself counted. */
  depth = 0;

  constructor(o: SyntaxOptions) {
    this.ports = o.ports;
    this.tables = o.tables;
  }

  list(text: string, outer: Outer): readonly Act[] {
    return readList(this, text, outer, false);
  }
}

/** Reads a list of actions, or of instructions too where they are allowed. */
function readList(r: ListReader, text: string, outer: Outer, instructions: boolean): readonly Act[] {
  if (r.depth >= DEEPEST) refuse("Action nested too deeply");
  r.depth++;
  const acts: Act[] = [];
  let size = 0;
  let dropAt = -1;
  const pairs = new Pairs(text);
  try {
    while (pairs.next()) {
      const { key, value } = pairs;
      const read = READERS.get(key) ?? READERS.get(key.toLowerCase());
      if (read === DROP) {
        if (dropAt < 0) dropAt = pairs.at;
        continue;
      }
      const a =
        read === undefined
          ? act("output", outputTo(readPort(key, r) ?? refuseName(`unknown action ${key}`, key, READERS.keys()), 0), 16)
          : read(value, r);
      // a meter beside actions is one of OpenFlow 1.5
      if (a.rank === Rank.meter && !instructions) r.protocols &= Protocol.OpenFlow15;
      a.at = pairs.at;
      acts.push(a);
      size += a.size;
      if (size > LARGEST) refuse("input too big");
    }
  } catch (e) {
    throw inWhole(e, pairs.at, pairs.valueAt);
  }
  if (dropAt >= 0 && acts.length > 0) refuse('"drop" must not be accompanied by any other action or instruction', dropAt);
  verify(acts, outer, instructions);
  r.depth--;
  return acts;
}

/**
 * Reads a list of actions, or of instructions too, as Open vSwitch's ofpacts_parse does. The protocols that can have them are left in `reading`.
 * Throws {@link SyntaxFault}.
 */
export function readActs(text: string, reading: ActionReading, instructions: boolean): readonly Act[] {
  const reader = new ListReader(reading);
  const acts = readList(reader, text, "", instructions);
  reading.protocols = reader.protocols;
  return acts;
}

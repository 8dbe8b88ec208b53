import { readPort } from "../parse/name.js";
import type { SyntaxOptions } from "../parse/options.js";
import { Pairs } from "../parse/pairs.js";
import { ANY_PROTOCOL, Protocol } from "../parse/protocols.js";
import type { ActionReading, ListReading, Outer, ReadAction } from "../parse/reading.js";
import { inWhole, refuse, refuseName } from "../parse/syntax-fault.js";
import { type Act, act, Rank } from "./act.js";
import { ACTION_WORDS } from "./action-words.js";
import { INSTRUCTION_WORDS } from "./instruction-words.js";
import { outputTo } from "./output-words.js";
import { verifyFault } from "./verify.js";

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

class ListReader implements ListReading {
  readonly ports: SyntaxOptions["ports"];
  readonly tables: SyntaxOptions["tables"];
  readonly log: SyntaxOptions["log"];
  protocols: number = ANY_PROTOCOL;
  /** The lists that the one at hand lies in, itself counted. */
  depth = 0;

  constructor(o: SyntaxOptions) {
    this.ports = o.ports;
    this.tables = o.tables;
    this.log = o.log;
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
  const bad = verifyFault(acts, outer, instructions ? "instructions" : "actions");
  if (bad !== undefined) refuse(bad[0], acts[bad[1]]!.at);
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

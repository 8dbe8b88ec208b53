import { parseIpv6 } from "../../../bytes/mod.js";
import { Nat, NatFlags, NatRange } from "../../action/nat.js";
import { Output } from "../../action/standard.js";
import type { Subfield } from "../../action/subfield.js";
import { Clone, Ct, CtFlags } from "../../action/table.js";
import { WriteActions } from "../../instruction/table.js";
import { OXM, type OxmField } from "../../oxm/fields.js";
import { readU16 } from "../parse/c-number.js";
import { readPort, readTable } from "../parse/name.js";
import { Pairs } from "../parse/pairs.js";
import { readPart } from "../parse/part.js";
import { ANY_PROTOCOL, Protocol } from "../parse/protocols.js";
import type { ActionReading } from "../parse/reading.js";
import { refuse, SyntaxFault } from "../parse/syntax-fault.js";
import { Act, NO_ACTS, RANK_NAMES, Rank } from "./act.js";
import { ACTION_WORDS } from "./action-words.js";
import { NO_TABLE } from "./actions-nested.js";
import { readLearn } from "./parse-learn.js";

/** What holds a list of actions. */
type Outer = "" | "ct" | "clone" | "write_actions";

/** Lists within lists, the outermost one counted. Open vSwitch ofp-actions.c (MAX_OFPACT_PARSE_DEPTH) */
const DEEPEST = 100;
/** The bytes that Open vSwitch has for a list at most. */
const LARGEST = 0xffff;

const CT_FIELDS: ReadonlySet<OxmField | undefined> = new Set<OxmField | undefined>([OXM.ctMark as OxmField, OXM.ctLabel as OxmField]);

/** Why an act cannot stand where it does: those that write what is known of a connection, and nat, in `ct` only, which takes no others. */
function refuseNesting(a: Act, outer: Outer): void {
  const field = a.writes;
  const ofConnection = CT_FIELDS.has(field);
  if (ofConnection && outer !== "ct") refuse("cannot set CT fields outside of ct action");
  if (a.name === "nat") {
    if (outer !== "ct") refuse('Cannot have NAT action outside of "ct" action');
    return;
  }
  if (outer === "") return;
  if (outer === "ct") {
    if (field === undefined) refuse(`ct action doesn't support nested action ${a.name}`);
    if (!ofConnection) refuse(`ct action doesn't support nested modification of ${a.form!.name}`);
  }
  if (a.rank === Rank.meter) refuse(`${outer} action doesn't support nested action meter`);
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
        );
      return;
    }
    refuseNesting(a, outer);
    const next = a.rank;
    if (i > 0 && (last === Rank.apply ? next < last : next <= last)) {
      if (next === last) refuse(`duplicate ${RANK_NAMES[last]} instruction not allowed, for OpenFlow 1.1+ compatibility`);
      refuse(`invalid instruction ordering: ${RANK_NAMES[next]} must appear before ${RANK_NAMES[last]}, for OpenFlow 1.1+ compatibility`);
    }
    if (!instructions && next !== Rank.apply && next !== Rank.meter) refuse(`${RANK_NAMES[next]} instruction not allowed here`);
    last = next;
  }
}

const sizeOf = (acts: readonly Act[]): number => acts.reduce((sum, a) => sum + a.size, 0);

class ListReader {
  readonly #reading: ActionReading;
  #depth = 0;

  constructor(reading: ActionReading) {
    this.#reading = reading;
  }

  /** Reads a list of actions, or of instructions too where they are allowed. */
  read(text: string, outer: Outer, instructions: boolean): readonly Act[] {
    if (this.#depth >= DEEPEST) refuse("Action nested too deeply");
    this.#depth++;
    const acts: Act[] = [];
    const r = this.#reading;
    let size = 0;
    let drops = false;
    for (const pairs = new Pairs(text); pairs.next(); ) {
      const { key, value } = pairs;
      const read = ACTION_WORDS.get(key) ?? ACTION_WORDS.get(key.toLowerCase());
      let a: Act | undefined;
      if (read !== undefined) {
        a = read(value, r);
        // a meter beside actions is one of OpenFlow 1.5
        if (a.rank === Rank.meter && !instructions) r.protocols &= Protocol.OpenFlow15;
      } else a = this.#nested(key.toLowerCase(), value);
      if (a === undefined) {
        if (key.toLowerCase() === "drop") drops = true;
        else if (key.toLowerCase() === "apply_actions") refuse("apply_actions is the default instruction");
        else {
          const port = readPort(key, r);
          if (port === undefined) refuse(`unknown action ${key}`);
          a = new Act("output", Rank.apply, Output.of({ port: port!, maxLen: 0 }), 16, undefined, NO_ACTS, false);
        }
      }
      if (a === undefined) continue;
      acts.push(a);
      size += a.size;
      if (size > LARGEST) refuse("input too big");
    }
    if (drops && acts.length > 0) refuse('"drop" must not be accompanied by any other action or instruction');
    verify(acts, outer, instructions);
    this.#depth--;
    return acts;
  }

  #nested(word: string, text: string): Act | undefined {
    switch (word) {
      case "clone":
        return this.#clone(text);
      case "write_actions": {
        const inner = this.read(text, "write_actions", false);
        return new Act(word, Rank.write, WriteActions.of({}), 8 + sizeOf(inner), undefined, inner, false);
      }
      case "ct":
        return this.#ct(text);
      case "nat":
        return readNat(text);
      case "learn":
        return readLearn(text, this.#reading);
      default:
        return undefined;
    }
  }

  /** What a copy is for begins anew, so that whatever stood before it counts no longer for the protocols: Open vSwitch has it so. */
  #clone(text: string): Act {
    this.#reading.protocols = ANY_PROTOCOL;
    const inner = this.read(text, "clone", false);
    const size = 8 + sizeOf(inner);
    if (size > LARGEST) refuse("input too big");
    return new Act("clone", Rank.apply, Clone.of({}), size, undefined, inner, false);
  }

  #ct(text: string): Act {
    const r = this.#reading;
    let flags = 0;
    let recircTable = NO_TABLE;
    let alg = 0;
    let number = 0;
    let part: Subfield | undefined;
    const inner: Act[] = [];
    for (const pairs = new Pairs(text); pairs.next(); ) {
      const { key, value } = pairs;
      if (key === "commit") flags |= CtFlags.Commit;
      else if (key === "force") flags |= CtFlags.Force;
      else if (key === "table") {
        recircTable = readTable(value, r) ?? refuse(`unknown table ${value}`);
        if (recircTable === NO_TABLE) refuse("invalid table 0xff");
      } else if (key === "zone") {
        try {
          number = readU16(value, "zone");
        } catch (e) {
          if (!(e instanceof SyntaxFault)) throw e;
          part = readPart(value).part;
        }
      } else if (key === "alg") alg = ALGS.get(value) ?? refuse(`invalid conntrack helper "${value}"`);
      else if (key === "nat") inner.push(readNat(value));
      else if (key === "exec") {
        const before = r.protocols;
        r.protocols = ANY_PROTOCOL;
        inner.push(...this.read(value, "ct", false));
        r.protocols &= before;
      } else refuse(`invalid argument to "ct" action: \`${key}'`);
    }
    if ((flags & CtFlags.Force) !== 0 && (flags & CtFlags.Commit) === 0) refuse('"force" flag requires "commit" flag.');
    const size = CT + sizeOf(inner);
    if (size > LARGEST) refuse("input too big");
    return new Act("ct", Rank.apply, Ct.of({ flags, zone: part ?? number, recircTable, alg }), size, undefined, inner, false);
  }
}

const CT = 48;
const ALGS: ReadonlyMap<string, number> = new Map([
  ["ftp", 21],
  ["tftp", 69],
]);
const NAT = 48;

const IPV4 = /([+-]?\d+)\.([+-]?\d+)\.([+-]?\d+)\.([+-]?\d+)/y;
const IPV6 = /\[([0-9a-f:.]+)\]|([0-9a-f:.]+)/iy;
const PORT = /\s*([+-]?\d+)/y;

/** An address of a range at `at`. */
function addressAt(text: string, at: number): readonly [value: number | bigint, end: number] | undefined {
  IPV4.lastIndex = at;
  const quad = IPV4.exec(text);
  if (quad !== null) {
    const [a, b, c, d] = quad.slice(1).map((v) => Number(v) & 255);
    return [((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0, IPV4.lastIndex];
  }
  IPV6.lastIndex = at;
  const long = IPV6.exec(text);
  if (long === null) return undefined;
  try {
    return [parseIpv6((long[1] ?? long[2])!), IPV6.lastIndex];
  } catch {
    return undefined;
  }
}

/** What a translation chooses from; `undefined` where the text is no address, which is a fault unless it is empty. */
function readRange(text: string): NatRange | undefined {
  const invalid = (): never => refuse(`invalid nat range "${text}"`);
  let at = 0;
  let range: NatRange | undefined;
  const first = addressAt(text, 0);
  if (first !== undefined) {
    const [min] = first;
    let max: number | bigint | undefined;
    let ports: [min: number, max: number] = [0, 0];
    at = first[1];
    if (text[at] === "-") {
      const second = addressAt(text, at + 1);
      if (second === undefined || typeof second[0] !== typeof min || second[0] < min) return invalid();
      [max, at] = second;
    }
    if (text[at] === ":") {
      const port = portAt(text, at + 1) ?? invalid();
      ports = [port[0], 0];
      at = port[1];
      if (text[at] === "-") {
        const last = portAt(text, at + 1) ?? invalid();
        if (last[0] < ports[0]) invalid();
        ports[1] = last[0];
        at = last[1];
      }
    }
    const none = max === 0 || max === 0n;
    range = new NatRange(min, none ? undefined : max, ...ports);
  }
  if (at < text.length) refuse(`garbage (${text.slice(at)}) after nat range "${text}" (pos: ${at})`);
  return range;
}

function portAt(text: string, at: number): readonly [port: number, end: number] | undefined {
  PORT.lastIndex = at;
  const found = PORT.exec(text);
  return found === null ? undefined : [Number(BigInt.asUintN(16, BigInt(found[1]!.replace("+", "").slice(0, 40)))), PORT.lastIndex];
}

const both = (flags: number, bits: number): boolean => (flags & bits) === bits;

/** Reads what stands in the parentheses of a nat action. */
function readNat(text: string): Act {
  let flags = 0;
  let range: NatRange | undefined;
  for (const pairs = new Pairs(text); pairs.next(); ) {
    const { key, value } = pairs;
    if (key === "src" || key === "dst") {
      flags |= key === "src" ? NatFlags.Src : NatFlags.Dst;
      range = readRange(value);
    } else if (key === "persistent") flags |= NatFlags.Persistent;
    else if (key === "hash") flags |= NatFlags.ProtoHash;
    else if (key === "random") flags |= NatFlags.ProtoRandom;
    else refuse(`invalid key "${key}" in "nat" argument`);
  }
  if (both(flags, NatFlags.Src | NatFlags.Dst)) refuse('May only specify one of "src" or "dst".');
  if ((flags & (NatFlags.Src | NatFlags.Dst)) === 0 && flags !== 0) refuse('Flags allowed only with "src" or "dst".');
  if (both(flags, NatFlags.ProtoHash | NatFlags.ProtoRandom)) refuse('Both "hash" and "random" are not allowed.');
  return new Act("nat", Rank.apply, Nat.of({ flags, range }), NAT, undefined, NO_ACTS, false);
}

/**
 * Reads a list of actions, or of instructions too, as Open vSwitch's ofpacts_parse does. The protocols that can have them are left in `reading`.
 * Throws {@link SyntaxFault}.
 */
export function readActs(text: string, reading: ActionReading, instructions: boolean): readonly Act[] {
  reading.protocols = ANY_PROTOCOL;
  return new ListReader(reading).read(text, "", instructions);
}

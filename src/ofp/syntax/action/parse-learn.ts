import { Learn, LearnFlags } from "../../action/learn.js";
import { LearnSpec } from "../../action/learn-spec.js";
import type { Subfield } from "../../action/subfield.js";
import { ALL_TABLES } from "../../flow/flow-mod.js";
import type { OxmForm, OxmValue } from "../../oxm/fields.js";
import { numberOfBytes } from "../../oxm/option.js";
import { readFieldValue } from "../match/field-value.js";
import { placeOf, refuseLong, shownValue, sizeOf } from "../match/form.js";
import { readLoose, readLooseU64 } from "../parse/c-number.js";
import { integerEnd, integerValue, readInteger } from "../parse/integer.js";
import { readTable } from "../parse/name.js";
import { Pairs } from "../parse/pairs.js";
import { type PartRead, readMove, readPart, triedPart } from "../parse/part.js";
import { type ActionReading, round8 } from "../parse/reading.js";
import { refuse, SyntaxFault } from "../parse/syntax-fault.js";
import { Act, NO_ACTS, Rank } from "./act.js";
import { bitsIn } from "./subfield.js";

/** The bytes that Open vSwitch has for a part besides those of a number. */
const SPEC = 64;
const HEAD = 64;

/** The number that a value of a field is on the wire. */
function wireOf(value: OxmValue, form: OxmForm): bigint {
  if (value instanceof Uint8Array) return numberOfBytes(value);
  const { narrow } = form;
  return BigInt(narrow !== undefined && form.field.words.format === "port" ? (narrow.write(value as number) ?? value) : value);
}

/** A whole value of a field, which takes no mask but one of all bits. */
function wholeValue(text: string, form: OxmForm, r: ActionReading): bigint {
  const { value, mask } = readFieldValue(placeOf(form), text, r);
  if (mask !== undefined) refuse(`${text}: wildcards not allowed here`);
  return wireOf(value, form);
}

function partValue(text: string, part: Subfield, form: OxmForm, all: string): bigint {
  if (readInteger(text, 0, sizeOf(form)) !== "" || integerEnd() !== text.length) refuse(`${all}: cannot parse integer value`);
  const value = BigInt(integerValue());
  return value >> BigInt(part.bits) === 0n ? value : refuse(`${all}: value ${shownValue(form, value)} does not fit into ${part.bits} bits`);
}

/** A match on a field of the packet or on a number. */
function matchSpec(dst: PartRead, name: string, value: string, all: string, r: ActionReading): LearnSpec {
  refuseLong(dst.form, name, all);
  const { part, form } = dst;
  if (value === "") return LearnSpec.match(part);
  const src = triedPart(value);
  if (typeof src !== "string") {
    if (src.part.bits !== part.bits) refuse(`${all}: bit widths of ${name} (${src.part.bits}) and ${value} (${part.bits}) differ`);
    return LearnSpec.match(part, src.part);
  }
  try {
    const isWhole = part.offset === 0 && part.bits === bitsIn(form);
    return LearnSpec.match(part, isWhole ? wholeValue(value, form, r) : partValue(value, part, form, all));
  } catch (e) {
    if (!(e instanceof SyntaxFault)) throw e;
    return refuse(`${all}: ${name} value ${value} cannot be parsed as a subfield (${src}) or an immediate value (${e.message})`);
  }
}

const WIDEST = 128;

function loadSpec(value: string): LearnSpec {
  const at = value.indexOf("->");
  if (at === 0) refuse(`load: missing source before \`->' in \`${value}'`);
  if (at < 0) refuse(`load: missing \`->' in \`${value}'`);
  if (readInteger(value, 0, WIDEST) !== "" || integerEnd() === 0) {
    const [src, dst] = readMove(value);
    return LearnSpec.load(dst, src);
  }
  const number = BigInt(integerValue());
  if (integerEnd() !== at) refuse(`load: garbage before \`->' in \`${value}'`);
  const name = value.slice(at + 2);
  const dst = readPart(name);
  refuseLong(dst.form, name, value);
  return number >> BigInt(dst.part.bits) === 0n
    ? LearnSpec.load(dst.part, number)
    : refuse(`${value}: value does not fit into ${dst.part.bits} bits`);
}

function spec(name: string, value: string, all: string, r: ActionReading): LearnSpec {
  const dst = triedPart(name);
  if (typeof dst !== "string") return matchSpec(dst, name, value, all, r);
  if (name === "load") return loadSpec(value);
  if (name === "output") return LearnSpec.output(readPart(value).part);
  return refuse(`${all}: unknown keyword ${name}`);
}

function resultBit(value: string): Subfield {
  const { part, form } = readPart(value);
  if (!form.field.ovs!.writable) refuse(`${value} is read-only`);
  return part.bits === 1 ? part : refuse("result_dst in 'learn' action must be a single bit");
}

/** Reads what stands in the parentheses of a learn action, as Open vSwitch's learn_parse does: numbers that are none count as 0. */
export function readLearn(text: string, r: ActionReading): Act {
  const learn = {
    ...{ tableId: 1, priority: 0x8000, idleTimeout: 0, hardTimeout: 0, finIdleTimeout: 0, finHardTimeout: 0 },
    ...{ cookie: 0n, flags: 0, limit: 0 },
  };
  let resultDst: Subfield | undefined;
  const specs: LearnSpec[] = [];
  let size = HEAD;
  for (const pairs = new Pairs(text); pairs.next(); ) {
    const { key, value } = pairs;
    if (key === "table") {
      learn.tableId = readTable(value, r) ?? refuse(`unknown table "${value}"`);
      if (learn.tableId === ALL_TABLES) refuse(`${text}: table id 255 not valid for \`learn' action`);
    } else if (key === "priority") learn.priority = readLoose(value, 16);
    else if (key === "idle_timeout") learn.idleTimeout = readLoose(value, 16);
    else if (key === "hard_timeout") learn.hardTimeout = readLoose(value, 16);
    else if (key === "fin_idle_timeout") learn.finIdleTimeout = readLoose(value, 16);
    else if (key === "fin_hard_timeout") learn.finHardTimeout = readLoose(value, 16);
    else if (key === "cookie") learn.cookie = readLooseU64(value);
    else if (key === "send_flow_rem") learn.flags |= LearnFlags.SendFlowRem;
    else if (key === "delete_learned") learn.flags |= LearnFlags.DeleteLearned;
    else if (key === "limit") learn.limit = readLoose(value, 32);
    else if (key === "result_dst") resultDst = resultBit(value);
    else {
      const found = spec(key, value, text, r);
      specs.push(found);
      size += SPEC + (typeof found.source === "bigint" ? round8(Math.ceil(found.bits / 8)) : 0);
    }
  }
  if (size > 0xffff) refuse("input too big");
  const format = learn.limit !== 0 || resultDst !== undefined ? "learn2" : "";
  return new Act("learn", Rank.apply, Learn.of({ ...learn, format, resultDst, specs }), size, undefined, NO_ACTS, false);
}

import { Learn, LearnFlags } from "../../action/learn.js";
import { LearnSpec } from "../../action/learn-spec.js";
import type { Subfield } from "../../action/subfield.js";
import { ALL_TABLES } from "../../flow/flow-mod.js";
import { DEFAULT_PRIORITY } from "../../ids.js";
import type { OxmForm, OxmValue } from "../../oxm/fields.js";
import { numberOfBytes } from "../../oxm/option.js";
import { setFieldName, setFieldValue } from "../match/field-text.js";
import { readFieldValue } from "../match/field-value.js";
import { placeOf, refuseLong, shownValue, sizeOf } from "../match/form.js";
import type { TextOptions } from "../options.js";
import { readLooseU64 } from "../parse/c-number.js";
import { integerEnd, integerValue, readInteger } from "../parse/integer.js";
import type { SyntaxOptions } from "../parse/options.js";
import { type PartRead, readMove, readPart, triedPart } from "../parse/part.js";
import { round8 } from "../parse/reading.js";
import { refuse, SyntaxFault } from "../parse/syntax-fault.js";
import { hex, hex0 } from "../words.js";
import { type ActionOf, always, call, type Found, flag, key, type Words } from "./shapes.js";
import { bitsIn, isWhole, knownForm, subfieldText } from "./subfield.js";
import { loose, PART, table, type ValueKind } from "./value-kinds.js";

/*
 * The action that makes flows. Open vSwitch's learn_parse and learn_format
 */

type LearnAction = ActionOf<"learn">;

/** The version whose forms are Nicira's own. */
const NICIRA = 1;

const bytesOf = (bits: number): number => Math.ceil(bits / 8);

/** The bytes of a number of so many bits: `0`, or its digits behind `0x`. */
const immediateText = (v: bigint, bits: number): string => hex(BigInt.asUintN(8 * bytesOf(bits), v));

/** A match on a number: a whole field by its name and as its values read, a part in hexadecimal. */
function matchText(dst: Subfield, value: bigint, bits: number, o: TextOptions): string {
  const form = knownForm(dst);
  if (form === undefined || !isWhole(dst, form)) return `${subfieldText(dst)}=${immediateText(value, bits)}`;
  const { field, size, narrow } = form;
  const counted = BigInt.asUintN(8 * bytesOf(bits), value);
  const name = setFieldName(field, dst.header, NICIRA);
  if (field.kind.size === 0) return `${name}=${immediateText(value, bits)}`;
  const given = size >= 8 ? counted : Number(counted);
  const read = narrow === undefined ? given : (narrow.read(given as number) ?? given);
  return `${name}=${setFieldValue(field, read, undefined, o)}`;
}

const sameField = (a: Subfield, b: Subfield): boolean => knownForm(a) === knownForm(b) && a.offset === b.offset;

function specText({ source, target, dst, bits }: LearnSpec, o: TextOptions): string {
  const immediate = typeof source === "bigint";
  if (target === "output") return `output:${immediate ? immediateText(source, bits) : subfieldText(source)}`;
  if (target === "load") return `load:${immediate ? immediateText(source, bits) : subfieldText(source)}->${subfieldText(dst!)}`;
  if (immediate) return matchText(dst!, source, bits, o);
  return subfieldText(dst!) + (sameField(source, dst!) ? "" : `=${subfieldText(source)}`);
}

/** The number that a value of a field is on the wire. */
function wireOf(value: OxmValue, form: OxmForm): bigint {
  if (value instanceof Uint8Array) return numberOfBytes(value);
  const { narrow } = form;
  return BigInt(narrow !== undefined && form.field.words.format === "port" ? (narrow.write(value as number) ?? value) : value);
}

/** A whole value of a field, which takes no mask but one of all bits. */
function wholeValue(text: string, form: OxmForm, r: SyntaxOptions): bigint {
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
function matchSpec(dst: PartRead, name: string, value: string, all: string, r: SyntaxOptions): LearnSpec {
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
  const dst = readPart(value, at + 2);
  refuseLong(dst.form, value.slice(at + 2), value);
  return number >> BigInt(dst.part.bits) === 0n
    ? LearnSpec.load(dst.part, number)
    : refuse(`${value}: value does not fit into ${dst.part.bits} bits`);
}

function readSpec(name: string, value: string, all: string, r: SyntaxOptions): LearnSpec {
  const dst = triedPart(name);
  if (typeof dst !== "string") return matchSpec(dst, name, value, all, r);
  if (name === "load") return loadSpec(value);
  if (name === "output") return LearnSpec.output(readPart(value).part);
  return refuse(`${all}: unknown keyword ${name}`);
}

const NAMED = table((text) => `unknown table "${text}"`);

const RESULT: ValueKind<Subfield | undefined> = {
  shown: "FIELD[BIT]",
  print: (v, o) => (v === undefined ? "" : PART.print(v, o)),
  read(text) {
    const { part, form } = readPart(text);
    if (!form.field.ovs!.writable) refuse(`${text} is read-only`, 0);
    return part.bits === 1 ? part : refuse("result_dst in 'learn' action must be a single bit", 0);
  },
};

const COOKIE: ValueKind<bigint> = { shown: "COOKIE", print: hex0, read: readLooseU64 };

const tableKey = always<LearnAction, "tableId">("table", "tableId", NAMED, 1);
const SECONDS = loose(16, "SECONDS");

/** The bytes that Open vSwitch has for the action, and for a part besides those of a number. */
const HEAD = 64;
const SPEC = 64;

function size({ action: { specs } }: Found<LearnAction>): number {
  let bytes = HEAD;
  for (const { source, bits } of specs) bytes += SPEC + (typeof source === "bigint" ? round8(bytesOf(bits)) : 0);
  return bytes;
}

export const LEARN: Words<LearnAction> = call<LearnAction>(
  Learn,
  "learn",
  [
    {
      ...tableKey,
      take(found, value, r) {
        tableKey.take(found, value, r);
        if (found.action.tableId === ALL_TABLES) refuse(`${found.all}: table id 255 not valid for \`learn' action`);
      },
    },
    key("idle_timeout", "idleTimeout", SECONDS, 0),
    key("hard_timeout", "hardTimeout", SECONDS, 0),
    key("fin_idle_timeout", "finIdleTimeout", SECONDS, 0),
    key("fin_hard_timeout", "finHardTimeout", SECONDS, 0),
    key("priority", "priority", loose(16), DEFAULT_PRIORITY),
    flag("send_flow_rem", LearnFlags.SendFlowRem),
    flag("delete_learned", LearnFlags.DeleteLearned),
    key("cookie", "cookie", COOKIE, 0n),
    key("limit", "limit", loose(32), 0),
    key("result_dst", "resultDst", RESULT, undefined),
  ],
  {
    size,
    unknown: (k) => `unknown keyword ${k}`,
    finish(a) {
      a.format = a.limit !== 0 || a.resultDst !== undefined ? "learn2" : "";
    },
    /** Irregular: each part is a match, a load or an output of its own, and is read by what its value turns out to be. */
    others: {
      shown: "[FIELD[=VALUE]],[FIELD[START..END]=FIELD[START..END]],[load:VALUE->FIELD[START..END]],[output:FIELD[START..END]]",
      clear(a) {
        a.specs = [];
      },
      print(a, o) {
        let text = "";
        for (const spec of a.specs) text += text === "" ? specText(spec, o) : `,${specText(spec, o)}`;
        return text;
      },
      take({ action, all }, name, value, r) {
        (action.specs as LearnSpec[]).push(readSpec(name, value, all, r));
      },
    },
  },
);

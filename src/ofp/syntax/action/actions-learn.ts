import type { LearnSpec } from "../../action/learn-spec.js";
import type { Subfield } from "../../action/subfield.js";
import { DEFAULT_PRIORITY } from "../../ids.js";
import { setFieldName, setFieldValue } from "../match/field-text.js";
import type { TextOptions } from "../options.js";
import type { AnyAction } from "../types.js";
import { hex, hex0, tableText } from "../words.js";
import { isWhole, knownForm, subfieldText } from "./subfield.js";

type Learn = Extract<AnyAction, { readonly type: "learn" }>;

const SEND_FLOW_REM = 1;
const DELETE_LEARNED = 2;
/** The version whose forms are Nicira's own. */
const NICIRA = 1;

/** The bytes of a number of so many bits: `0`, or its digits behind `0x`. */
function immediateText(v: bigint, bits: number): string {
  return hex(BigInt.asUintN(8 * Math.ceil(bits / 8), v));
}

/** A match on a number: a whole field by its name and as its values read, a part in hexadecimal. */
function matchText(dst: Subfield, value: bigint, bits: number, o: TextOptions): string {
  const form = knownForm(dst);
  if (form === undefined || !isWhole(dst, form)) return `${subfieldText(dst)}=${immediateText(value, bits)}`;
  const { field, size, narrow } = form;
  const counted = BigInt.asUintN(8 * Math.ceil(bits / 8), value);
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

/** The text of a learn action. */
export function learnText(a: Learn, o: TextOptions): string {
  let text = `learn(table=${tableText(a.tableId, o)}`;
  if (a.idleTimeout !== 0) text += `,idle_timeout=${a.idleTimeout}`;
  if (a.hardTimeout !== 0) text += `,hard_timeout=${a.hardTimeout}`;
  if (a.finIdleTimeout !== 0) text += `,fin_idle_timeout=${a.finIdleTimeout}`;
  if (a.finHardTimeout !== 0) text += `,fin_hard_timeout=${a.finHardTimeout}`;
  if (a.priority !== DEFAULT_PRIORITY) text += `,priority=${a.priority}`;
  if ((a.flags & SEND_FLOW_REM) !== 0) text += ",send_flow_rem";
  if ((a.flags & DELETE_LEARNED) !== 0) text += ",delete_learned";
  if (a.cookie !== 0n) text += `,cookie=${hex0(a.cookie)}`;
  if (a.limit !== 0) text += `,limit=${a.limit}`;
  if (a.resultDst !== undefined) text += `,result_dst=${subfieldText(a.resultDst)}`;
  for (const spec of a.specs) text += `,${specText(spec, o)}`;
  return `${text})`;
}

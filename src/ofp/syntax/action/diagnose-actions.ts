import { Chunk } from "../../../bytes/mod.js";
import { DecodeError } from "../../../errors/mod.js";
import { type EntryForm, MAX_DEPTH, type Version } from "../../../schema/mod.js";
import { ACTIONS } from "../../action/table.js";
import {
  type ActionPlace,
  checkAction,
  checkActions,
  checkDeeply,
  checkHeaders,
  checkSet,
  checkTogether,
  METER,
  OPEN_VSWITCH,
  placeWithin,
} from "../../check/mod.js";
import { EXPERIMENTER } from "../../ids.js";
import { INSTRUCTIONS } from "../../instruction/table.js";
import { bundleFault, bundleLoadFault, copyFault, encapFault, learnFault, setFieldFault } from "../message/diagnose-parts.js";
import type { AnyAction } from "../types.js";

const LENGTH = "OFPBAC_BAD_LEN";
const INSTRUCTION_HEADER = 8;

const NEST: Readonly<Record<string, number>> = { ct: 24, clone: 16 };

/** Reads one action and finds what is wrong with it; a name is a fault. */
function actionAt(c: Chunk, q: number, end: number, version: Version, depth: number): string | AnyAction {
  const codec = ACTIONS.codec(version, "checked");
  try {
    const e = codec.extent(c, q, end);
    const { entry, form } = ACTIONS.formAt(version, c, q, e)!;
    const start = NEST[entry.entryName];
    const walk = WALKS[entry.entryName];
    const early =
      (start === undefined ? undefined : (shellFault(c, q, start, version) ?? nestFault(c, q, start, e - q, version, depth))) ??
      walk?.(c, q, e - q, form, version);
    if (early !== undefined) return early;
    const action = codec.decode(c, q, e) as AnyAction;
    return checkDeeply(action, version, OPEN_VSWITCH)?.error ?? action;
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    const before = e.reason === NOT_ZERO ? headersFault(c, q, c.dv.getUint16(q + 2), e.offset, version) : undefined;
    return before ?? e.reason;
  }
}

const NOT_ZERO = "NXBRC_MUST_BE_ZERO";

/** What is wrong with the headers of fields before bytes from `at` on that are not zero. */
function headersFault(c: Chunk, q: number, length: number, at: number, version: Version): string | undefined {
  const copy = new Chunk(c.u8.slice(q, q + length));
  copy.u8.fill(0, at - q);
  try {
    return checkHeaders(ACTIONS.codec(version, "interpreted").decode(copy, 0, length) as AnyAction)?.error;
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return undefined;
  }
}

/** Actions with a list of things that Open vSwitch looks at one after another. */
const WALKS: Readonly<Record<string, (c: Chunk, q: number, length: number, form: string, version: Version) => string | undefined>> = {
  learn: learnFault,
  encap: encapFault,
  bundle: bundleFault,
  "bundle-load": bundleLoadFault,
  "copy-field": copyFault,
  "set-field": setFieldFault,
};

/** What is wrong with an action that holds others, without those. */
function shellFault(c: Chunk, q: number, start: number, version: Version): string | undefined {
  const shell = new Chunk(c.u8.slice(q, q + start));
  shell.dv.setUint16(2, start);
  return checkAction(ACTIONS.codec(version, "interpreted").decode(shell, 0, start) as AnyAction, version, OPEN_VSWITCH)?.error;
}

function nestFault(c: Chunk, q: number, start: number, length: number, version: Version, depth: number): string | undefined {
  if (depth >= MAX_DEPTH) return LENGTH;
  return listFault(c, q + start, q + length, version, placeWithin(start === NEST.ct ? "ct" : "clone"), depth + 1);
}

/** The actions in [p, end), or what is wrong with the first bad one by itself. */
function actionsAt(c: Chunk, p: number, end: number, version: Version, depth = 0): string | readonly AnyAction[] {
  const found: AnyAction[] = [];
  for (let q = p; q < end; q += c.dv.getUint16(q + 2)) {
    const action = actionAt(c, q, end, version, depth);
    if (typeof action === "string") return action;
    found.push(action);
  }
  return found;
}

function listFault(c: Chunk, p: number, end: number, version: Version, place?: ActionPlace, depth = 0): string | undefined {
  const found = actionsAt(c, p, end, version, depth);
  return typeof found === "string" ? found : checkActions(found, version, OPEN_VSWITCH, place)?.error;
}

/** What is wrong with the actions in [p, end). */
export const actionsFault = (c: Chunk, p: number, end: number, version: Version): string | undefined => listFault(c, p, end, version);

const BAD_INSTRUCTION = "OFPBIC_BAD_LEN";

/** The version whose instructions Open vSwitch has in every version. */
const FULLEST: Version = 4;

/** Which instruction stands at `q`, or what is wrong with what it is and how long it is. */
function instructionAt(c: Chunk, q: number, end: number): EntryForm | string {
  const form = INSTRUCTIONS.formAt(FULLEST, c, q, end);
  if (form === undefined) return INSTRUCTIONS.unknownReason;
  try {
    form.entry.codec(FULLEST, "checked").extent(c, q, end);
    return form;
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return e.reason;
  }
}

/** What is wrong with the instructions in [p, end), or with the actions that OpenFlow 1.0 has in their place. */
export function instructionsFault(c: Chunk, p: number, end: number, version: Version): string | undefined {
  if (version === 1) {
    if ((end - p) % 8 !== 0) return "OFPBRC_BAD_LEN";
    const found = actionsAt(c, p, end, version);
    return typeof found === "string" ? found : checkTogether(new Set(), found)?.error;
  }
  if ((end - p) % 8 !== 0) return BAD_INSTRUCTION;
  const places = new Map<string, readonly [start: number, end: number]>();
  for (let q = p; q < end; q += c.dv.getUint16(q + 2)) {
    const type = c.dv.getUint16(q);
    const length = c.dv.getUint16(q + 2);
    if (length < INSTRUCTION_HEADER || length % 8 !== 0 || length > end - q) return BAD_INSTRUCTION;
    if (type === EXPERIMENTER) return "OFPBIC_BAD_EXPERIMENTER";
    const found = instructionAt(c, q, q + length);
    if (typeof found === "string") return found;
    const name = found.entry.entryName;
    if (type === METER && version === 6) return "OFPBIC_UNKNOWN_INST";
    if (places.has(name)) return "OFPBIC_DUP_INST";
    places.set(name, [q + INSTRUCTION_HEADER, q + length]);
  }
  const at = (name: string): string | readonly AnyAction[] => {
    const place = places.get(name);
    return place === undefined ? [] : actionsAt(c, place[0], place[1], version);
  };
  const apply = at("apply-actions");
  if (typeof apply === "string") return apply;
  const write = at("write-actions");
  if (typeof write === "string") return write;
  return (checkSet(write) ?? checkTogether(new Set(places.keys()), apply))?.error;
}

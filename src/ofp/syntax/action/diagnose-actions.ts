import { Chunk } from "../../../bytes/mod.js";
import { DecodeError } from "../../../errors/mod.js";
import { type EntryForm, MAX_DEPTH, type Version } from "../../../schema/mod.js";
import { ACTIONS } from "../../action/table.js";
import { checkAction, checkBeside, checkNest, checkSet, checkTogether, METER, OPEN_VSWITCH, placeWithin } from "../../check/mod.js";
import { EXPERIMENTER } from "../../ids.js";
import { INSTRUCTIONS } from "../../instruction/table.js";
import { bundleFault, bundleLoadFault, REG_LOAD2_FIELD, SET_FIELD, setFieldFault } from "../message/diagnose-parts.js";
import { LONG_HEADER, noteHead } from "../notes/action-heads.js";
import { noteAction, noteCommit, noteListed, verifiable } from "../notes/action-notes.js";
import { noteStrayIn } from "../notes/field-notes.js";
import { type NoteSink, warn, warnAlways } from "../notes/note.js";
import type { AnyAction } from "../types.js";
import { plainDump } from "../words.js";
import { Rank } from "./act.js";
import { type Allowed, verifyFault } from "./verify.js";

const LENGTH = "OFPBAC_BAD_LEN";
const INSTRUCTION_HEADER = 8;

/** Where the list starts in actions that hold others. */
const NEST: Readonly<Record<string, number>> = { ct: 24, clone: 16 };

/** The error for an action that Open vSwitch does not have, which it finds before it looks at the length. */
function absentAt(c: Chunk, q: number, end: number, version: Version): string | undefined {
  const least = c.dv.getUint16(q) === EXPERIMENTER ? LONG_HEADER : SHORT_HEADER;
  const form = end - q < least ? undefined : ACTIONS.formAt(version, c, q, end);
  // those for its own tests it knows, and refuses them once it has read them
  if (form === undefined || form.entry.entryName.startsWith("debug-")) return undefined;
  return OPEN_VSWITCH.absent(form.entry.entryName, version);
}

const SHORT_HEADER = 4;

/** Reads one action and finds what is wrong with it; a name is a fault. */
function actionAt(c: Chunk, q: number, end: number, version: Version, depth: number, log: NoteSink | undefined): string | AnyAction {
  const codec = ACTIONS.codec(version, "checked");
  try {
    const absent = absentAt(c, q, end, version);
    if (absent !== undefined) return absent;
    const e = codec.extent(c, q, end);
    const { entry, form } = ACTIONS.formAt(version, c, q, e)!;
    const start = NEST[entry.entryName];
    if (start !== undefined) return nestAt(c, q, start, e, version, depth, log);
    const early = WALKS[entry.entryName]?.(c, q, e - q, form, version);
    if (early !== undefined) return early;
    const action = codec.decode(c, q, e) as AnyAction;
    return checkAction(action, version, OPEN_VSWITCH)?.error ?? action;
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return e.reason;
  }
}

/** Actions with a list of things that Open vSwitch looks at one after another. */
const WALKS: Readonly<Record<string, (c: Chunk, q: number, length: number, form: string, version: Version) => string | undefined>> = {
  bundle: bundleFault,
  "bundle-load": bundleLoadFault,
  "set-field": setFieldFault,
};

/** The same of an action that holds others: by what stands before them, then by them, each of which is read once however deep it stands, and then by both. */
function nestAt(
  c: Chunk,
  q: number,
  start: number,
  end: number,
  version: Version,
  depth: number,
  log: NoteSink | undefined,
): string | AnyAction {
  const bytes = new Chunk(c.u8.slice(q, q + start));
  bytes.dv.setUint16(2, start);
  const shell = ACTIONS.codec(version, "interpreted").decode(bytes, 0, start) as AnyAction & { type: "ct" | "clone" };
  const fault = checkAction(shell, version, OPEN_VSWITCH)?.error;
  if (fault !== undefined) return fault;
  if (depth >= MAX_DEPTH) return LENGTH;
  const actions = actionsAt(c, q + start, end, version, depth + 1, log);
  if (typeof actions === "string") return actions;
  shell.actions = actions;
  return besideFault(actions, shell.type, log) ?? checkNest(shell)?.error ?? shell;
}

/** Why actions that are good by themselves cannot stand beside each other, or within another one. */
function besideFault(actions: readonly AnyAction[], within: "" | "ct" | "clone", log: NoteSink | undefined): string | undefined {
  const fault = checkBeside(actions, within === "" ? undefined : placeWithin(within))?.error;
  if (fault !== undefined) noteVerified(log, actions, within, within === "" ? "actions" : "nested");
  return fault;
}

/** The actions in [p, end), or what is wrong with the first bad one by itself. */
function actionsAt(
  c: Chunk,
  p: number,
  end: number,
  version: Version,
  depth: number,
  log: NoteSink | undefined,
): string | readonly AnyAction[] {
  const found: AnyAction[] = [];
  for (let q = p; q < end; q += c.dv.getUint16(q + 2)) {
    const action = actionAt(c, q, end, version, depth, log);
    if (typeof action === "string") {
      if (log !== undefined) noteBad(log, c, p, q, end, version, action);
      return action;
    }
    if (log !== undefined) noteHead(log, c, q, end, version);
    found.push(action);
  }
  return found;
}

/** Notes why the action at `q` of the list in [p, end) is refused, and the list with it. */
function noteBad(log: NoteSink, c: Chunk, p: number, q: number, end: number, version: Version, error: string): void {
  if (noteHead(log, c, q, end, version)) {
    const length = c.dv.getUint16(q + 2);
    const { entry } = ACTIONS.formAt(version, c, q, q + length)!;
    const type = entry.entryName;
    if (error === "OFPBMC_BAD_WILDCARDS")
      noteStrayIn(log, c, q + (c.dv.getUint16(q) === EXPERIMENTER ? REG_LOAD2_FIELD : SET_FIELD), q + length);
    else if (error === LENGTH) noteListed(log, c, q, length, type);
    else {
      const action = decoded(c, q, q + (NEST[type] ?? length), version);
      if (action?.type === "ct" && isBare(c, q, length, action, error, version)) noteCommit(log);
      else if (action !== undefined) noteAction(log, action, error, version);
    }
  }
  warn(log, "ofp_actions", `bad action at offset ${q - p} (${error}):\n${plainDump(c.u8.subarray(p, end)).trimEnd()}`);
}

/** The action in [q, e) without those in it, as far as it can be decoded. */
function decoded(c: Chunk, q: number, e: number, version: Version): AnyAction | undefined {
  const shell = new Chunk(c.u8.slice(q, e));
  shell.dv.setUint16(2, e - q);
  try {
    return ACTIONS.codec(version, "interpreted").decode(shell, 0, e - q) as AnyAction;
  } catch (thrown) {
    if (!(thrown instanceof DecodeError)) throw thrown;
    return undefined;
  }
}

/** Whether a ct action, without those in it, is refused for nothing but what it holds. */
const isBare = (c: Chunk, q: number, length: number, a: AnyAction, error: string, version: Version): boolean =>
  error === "OFPBAC_BAD_ARGUMENT" &&
  checkAction(a, version, OPEN_VSWITCH) === undefined &&
  listFault(c, q + NEST.ct!, q + length, version, "ct", 0, undefined) === undefined;

/** What is wrong with the actions in [p, end), which one of the given type holds, if one does. */
function listFault(
  c: Chunk,
  p: number,
  end: number,
  version: Version,
  within: "" | "ct" | "clone",
  depth: number,
  log: NoteSink | undefined,
): string | undefined {
  const found = actionsAt(c, p, end, version, depth, log);
  return typeof found === "string" ? found : besideFault(found, within, log);
}

function noteVerified(log: NoteSink | undefined, actions: readonly AnyAction[], within: "" | "ct" | "clone", allowed: Allowed): void {
  const bad = log === undefined ? undefined : verifyFault(verifiable(actions), within, allowed);
  if (bad !== undefined) warnAlways(log, "ofp_actions", bad[0]);
}

/** What is wrong with the actions in [p, end). @param log - takes what Open vSwitch logs of it */
export const actionsFault = (c: Chunk, p: number, end: number, version: Version, log?: NoteSink): string | undefined =>
  listFault(c, p, end, version, "", 0, log);

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
export function instructionsFault(c: Chunk, p: number, end: number, version: Version, log?: NoteSink): string | undefined {
  if (version === 1) {
    if ((end - p) % 8 !== 0) return unaligned(log, "actions", end - p, "OFPBRC_BAD_LEN");
    const found = actionsAt(c, p, end, version, 0, log);
    if (typeof found === "string") return found;
    const fault = checkTogether(new Set(), found)?.error;
    if (fault !== undefined) noteVerified(log, found, "", "instructions");
    return fault;
  }
  if ((end - p) % 8 !== 0) return unaligned(log, "instructions", end - p, BAD_INSTRUCTION);
  const places = new Map<string, readonly [start: number, end: number]>();
  for (let q = p; q < end; q += c.dv.getUint16(q + 2)) {
    const type = c.dv.getUint16(q);
    const length = c.dv.getUint16(q + 2);
    if (length < INSTRUCTION_HEADER || length % 8 !== 0 || length > end - q) {
      warn(log, "ofp_actions", `bad instruction format at offset ${q - p}`);
      return BAD_INSTRUCTION;
    }
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
    return place === undefined ? [] : actionsAt(c, place[0], place[1], version, 0, log);
  };
  const apply = at("apply-actions");
  if (typeof apply === "string") return apply;
  const write = at("write-actions");
  if (typeof write === "string") return write;
  const unset = checkSet(write)?.error;
  if (unset !== undefined) {
    warn(log, "ofp_actions", "disallowed action in action set");
    return unset;
  }
  const fault = checkTogether(new Set(places.keys()), apply)?.error;
  if (fault !== undefined && log !== undefined) {
    const after = RANKED.filter(([name]) => places.has(name)).map(([name, rank]) => ({ name, rank, form: undefined }));
    const bad = verifyFault([...verifiable(apply), ...after], "", "instructions");
    if (bad !== undefined) warnAlways(log, "ofp_actions", bad[0]);
  }
  return fault;
}

/** The instructions behind the actions that are applied. */
const RANKED = [
  ["clear-actions", Rank.clear],
  ["write-actions", Rank.write],
  ["write-metadata", Rank.metadata],
  ["goto-table", Rank.goto],
] as const;

/** Refuses a list whose length is no multiple of 8. */
export function unaligned(log: NoteSink | undefined, what: "actions" | "instructions", length: number, error: string): string {
  warn(log, "ofp_actions", `OpenFlow message ${what} length ${length} is not a multiple of 8`);
  return error;
}

import { Chunk } from "../../../bytes/mod.js";
import { DecodeError } from "../../../errors/mod.js";
import { MAX_DEPTH, type Version } from "../../../schema/mod.js";
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
import { EXPERIMENTER, EXPERIMENTER_IDS } from "../../ids.js";
import { bundleFault, bundleLoadFault, copyFault, encapFault, learnFault, propertyEnd, setFieldFault } from "../message/diagnose-parts.js";
import type { AnyAction } from "../types.js";

const LENGTH = "OFPBAC_BAD_LEN";
const INSTRUCTION_HEADER = 8;
const EXPERIMENTER_ACTION_HEADER = 16;

type Entry = (typeof ACTIONS.entries)[number];

/** Actions that may be longer than they are at the least. */
const OF_ANY_LENGTH: ReadonlySet<string> = new Set<AnyAction["type"]>([
  ...([
    "set-field",
    "copy-field",
    "check-pkt-larger",
    "note",
    "bundle",
    "bundle-load",
    "learn",
    "nat",
    "ct",
    "clone",
    "encap",
    "decap",
  ] as const),
]);
/** The forms of actions of which the same holds. */
const LONG_FORMS: readonly string[] = ["ids", "properties"];

/** The least length of some of these. */
function leastLength(type: string, form: string): number {
  if (type === "bundle" || type === "bundle-load") return 32;
  if (type === "check-pkt-larger") return 24;
  if (type === "copy-field") return form === "" ? 16 : 24;
  return INSTRUCTION_HEADER;
}

const lengths = new Map<string, number>();

/** The length of an action that has always the same; undefined for one of any length. */
function fixedLength(entry: Entry, form: string, version: Version): number | undefined {
  if (OF_ANY_LENGTH.has(entry.entryName) || LONG_FORMS.includes(form)) return undefined;
  const key = `${entry.entryName} ${form} ${version}`;
  let length = lengths.get(key);
  if (length === undefined) {
    length = entry.codec(version, "interpreted", form).encode(new Chunk(64), 0, entry.of());
    lengths.set(key, length);
  }
  return length;
}

/** The class of an action and its form, by the numbers in it. */
function entryAt(key: readonly number[], version: Version): readonly [entry: Entry, form: string] | undefined {
  for (const entry of ACTIONS.entries) {
    for (const form of entry.forms) {
      const own = entry.keyOf(version, form);
      if (own !== undefined && own.length === key.length && own.every((k: number, i: number) => k === key[i])) return [entry, form];
    }
  }
  return undefined;
}

/** What is told of an action by its header alone: why it is refused, or which it is. */
function headFault(c: Chunk, q: number, end: number, version: Version): string | readonly [entry: Entry, form: string] {
  if (end - q < INSTRUCTION_HEADER) return LENGTH;
  const type = c.dv.getUint16(q);
  if (type !== EXPERIMENTER) return entryAt([type], version) ?? "OFPBAC_BAD_TYPE";
  const experimenter = c.dv.getUint32(q + 4);
  if (!EXPERIMENTER_IDS.includes(experimenter)) return "OFPBAC_BAD_VENDOR";
  if (end - q < EXPERIMENTER_ACTION_HEADER) return LENGTH;
  return entryAt([type, experimenter, c.dv.getUint16(q + 8)], version) ?? "OFPBAC_BAD_VENDOR_TYPE";
}

const NEST: Readonly<Record<string, number>> = { ct: 24, clone: 16 };

/** Decodes one action and finds what is wrong with it; a name is a fault. */
function actionAt(c: Chunk, q: number, end: number, version: Version, depth: number): string | AnyAction {
  const head = headFault(c, q, end, version);
  if (typeof head === "string") return head;
  const [entry, form] = head;
  const absent = OPEN_VSWITCH.absent(entry.entryName);
  if (absent !== undefined) return absent;
  const length = c.dv.getUint16(q + 2);
  const fixed = fixedLength(entry, form, version);
  if (length < leastLength(entry.entryName, form) || length % 8 !== 0 || length > end - q || (fixed !== undefined && length !== fixed))
    return LENGTH;
  const start = NEST[entry.entryName];
  if (start !== undefined) {
    const fault = length < start ? LENGTH : (shellFault(c, q, start, version) ?? nestFault(c, q, start, length, version, depth));
    if (fault !== undefined) return fault;
  }
  const walk = WALKS[entry.entryName];
  const early = walk?.(c, q, length, form, version);
  if (early !== undefined) return early;
  try {
    const action = ACTIONS.codec(version, "interpreted").decode(c, q, q + length) as AnyAction;
    return checkDeeply(action, version, OPEN_VSWITCH)?.error ?? action;
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return (e.reason === NOT_ZERO ? headersFault(c, q, length, e.offset, version) : undefined) ?? e.reason;
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
  controller: controllerFault,
  "copy-field": copyFault,
  "set-field": setFieldFault,
};

/** What is wrong with a controller action by its properties in their order, as far as the first that nobody knows. */
function controllerFault(c: Chunk, q: number, length: number, form: string): string | undefined {
  const end = form === "" ? undefined : propertyEnd(c, q, length);
  if (end === undefined) return undefined;
  const copy = new Chunk(c.u8.slice(q, end));
  copy.dv.setUint16(2, end - q);
  try {
    ACTIONS.codec(FORMS_ALIKE, "interpreted").decode(copy, 0, end - q);
    return "OFPBPC_BAD_TYPE";
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return e.reason;
  }
}

/** A version, for actions that are the same in all. */
const FORMS_ALIKE: Version = 1;

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

/** The instructions that Open vSwitch has, by their numbers. */
const INSTRUCTION_NAMES: Readonly<Record<number, string>> = {
  1: "goto-table",
  2: "write-metadata",
  3: "write-actions",
  4: "apply-actions",
  5: "clear-actions",
  6: "meter",
};
/** The bytes of instructions without a list in them. */
const INSTRUCTION_LENGTHS: Readonly<Record<number, number>> = { 1: 8, 2: 24, 5: 8, 6: 8 };

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
    const name = INSTRUCTION_NAMES[type];
    if (name === undefined) return "OFPBIC_UNKNOWN_INST";
    if ((INSTRUCTION_LENGTHS[type] ?? length) !== length) return BAD_INSTRUCTION;
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

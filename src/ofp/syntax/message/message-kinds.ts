import { Chunk } from "../../../bytes/mod.js";
import { type Element, type EntryForm, offsets, type Step, sizeOfStep, type Version } from "../../../schema/mod.js";
import { EXPERIMENTER, EXPERIMENTER_MESSAGE, ExperimenterId } from "../../ids.js";
import { type Direction, isMultipart, type MessageLayout, OFP_HEADER } from "../../message.js";
import { MESSAGES } from "../../messages.js";

/** One kind of message in one form, as Open vSwitch 3.1 knows it. */
export interface MessageKind {
  /** Its name, such as `OFPST_FLOW reply`. */
  readonly name: string;
  /** The least bytes of the whole message. */
  readonly min: number;
  /** What may follow: nothing (0), or elements of so many bytes. */
  readonly multiple: number;
}

/** What stands before the name of a kind, by its experimenter. */
const OWNERS: Readonly<Record<number, string>> = { [ExperimenterId.Nicira]: "NX", [ExperimenterId.Onf]: "ONF" };

/** The element of a list, or the kind of a field, where all its values have one size. */
const exactOf = (kind: unknown, version: Version): number => (kind as Partial<Element<unknown>> | undefined)?.exact?.(version) ?? 0;

/** Elements with a length of their own are aligned to so many bytes. */
const ALIGNED = 8;

/** The bytes that slots take at least, up to the first of varying size, and the size of what the last one of these holds; 0 where there is none. */
function lengthOf(steps: readonly Step[], version: Version): { readonly min: number; readonly multiple: number } {
  const size = (step: Step): number | undefined =>
    sizeOfStep(step) ?? (step.op === "field" && exactOf(step.kind, version) > 0 ? exactOf(step.kind, version) : undefined);
  const { slots, first } = offsets(steps, 0, size);
  const last = slots.findLast(({ step, varies }) => varies || step.op === "rest")?.step;
  if (last === undefined) return { min: first, multiple: 0 };
  if (last.op !== "field") return { min: first, multiple: ALIGNED };
  return { min: first, multiple: last.kind.element === undefined ? 1 : exactOf(last.kind.element, version) || ALIGNED };
}

/** Where the slots of a message begin. */
const slotsAt = (version: Version, key: readonly number[]): number =>
  key.reduce(
    (at, _, i) => {
      const part = OFP_HEADER.part(version, key.slice(0, i))!;
      return Math.max(at, part.at + part.size);
    },
    OFP_HEADER.body!(version, key),
  );

/** The kind that a row of the table of messages gives, with the exceptions that it names; undefined for a message that Open vSwitch does not know. */
function kindOfForm({ entry, form }: EntryForm, version: Version): MessageKind | undefined {
  const { key, ovs = {} } = entry.layoutOf(version, form) as MessageLayout<unknown>;
  if (ovs === false) return undefined;
  const [type, stat] = key as [number, number];
  const stats = isMultipart(version, type);
  const experimenter = stats ? (stat === EXPERIMENTER ? key[2] : undefined) : type === EXPERIMENTER_MESSAGE ? stat : undefined;
  const owner = experimenter === undefined ? "OFP" : OWNERS[experimenter]!;
  const direction: Direction = isMultipart(version, type, "request") ? "request" : "reply";
  const words = stats ? entry.entryName.replace(STATS, "") : entry.entryName;
  const name = `${owner}${stats ? "ST" : "T"}_${ovs.name ?? words.toUpperCase().replaceAll("-", "_")}${stats ? ` ${direction}` : ""}`;
  const length = { ...lengthOf(entry.steps(version, form)!, version), ...ovs };
  return { name, min: slotsAt(version, key) + length.min, multiple: length.multiple };
}

/** What the type of a statistics message ends in. */
const STATS = /(-stats)?-(request|reply)$/;

/** The kinds by version of each form that was asked for. */
const kinds = new Map<EntryForm, Partial<Record<Version, MessageKind | undefined>>>();

/** The kind of a message whose headers are whole. */
function kindAt(chunk: Chunk, version: Version): MessageKind | undefined {
  const form = MESSAGES.formAt(version, chunk, 0, chunk.u8.length);
  if (form === undefined) return undefined;
  let known = kinds.get(form);
  if (known === undefined) {
    known = {};
    kinds.set(form, known);
  }
  if (!(version in known)) known[version] = kindOfForm(form, version);
  return known[version];
}

const isVersion = (version: number): version is Version => version >= 1 && version <= 6;

/** Whether a type carries statistics in a version, in one direction or any. */
export const isStats = (version: number, type: number, direction?: Direction): boolean =>
  isVersion(version) && isMultipart(version, type, direction);

/** The kinds whose form no version changes: hello, error, echo request and reply. */
const LAST_IMMUTABLE = 3;

const isKnown = (experimenter: number): boolean => experimenter in OWNERS;

/** The kind of a message from its first bytes, or the name of the OpenFlow error that answers it. A message cut short is looked at as far as its headers go. */
export function kindOf(u8: Uint8Array): MessageKind | string {
  if (u8.length < OFP_HEADER.frame.min) return "OFPBRC_BAD_LEN";
  const chunk = new Chunk(u8);
  const { dv } = chunk;
  const version = u8[0]!;
  const type = u8[1]!;
  if (type <= LAST_IMMUTABLE && version > 6) return kindAt(chunk, 1)!;
  let experimenter = false;
  if (type === EXPERIMENTER_MESSAGE) {
    if (u8.length < 16) return "OFPBRC_BAD_LEN";
    if (!isKnown(dv.getUint32(8))) return "OFPBRC_BAD_VENDOR";
    experimenter = true;
  } else if (isMultipart(version as Version, type)) {
    const body = version === 1 ? 12 : 16;
    if (u8.length < body) return "OFPBRC_BAD_LEN";
    if (dv.getUint16(8) === EXPERIMENTER) {
      if (u8.length < (version === 1 ? 16 : 24)) return "OFPBRC_BAD_LEN";
      const id = dv.getUint32(body);
      // in OpenFlow 1.0 the ONF has no statistics
      if (version === 1 ? id !== ExperimenterId.Nicira : !isKnown(id)) return "OFPBRC_BAD_VENDOR";
      if (u8.length < 24) return "OFPBRC_BAD_LEN";
      experimenter = true;
    }
  }
  const found = isVersion(version) ? kindAt(chunk, version) : undefined;
  if (found !== undefined) return found;
  if (experimenter) return "OFPBRC_BAD_SUBTYPE";
  return isStats(version, type) ? "OFPBRC_BAD_STAT" : "OFPBRC_BAD_TYPE";
}

/** Whether a whole message has a length that its kind can have. */
export function hasGoodLength(kind: MessageKind, length: number): boolean {
  const more = length - kind.min;
  return kind.multiple === 0 ? more === 0 : more >= 0 && more % kind.multiple === 0;
}

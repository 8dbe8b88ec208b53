import { Chunk } from "../../../bytes/mod.js";
import type { Version } from "../../../schema/mod.js";
import { type BucketFacts, checkGroup, isCommandBucket } from "../../check/mod.js";
import { BucketNo } from "../../group/bucket.js";
import { GroupModCommand, GroupType } from "../../group/group.js";
import { GroupNo } from "../../group/group-no.js";
import { GroupDesc } from "../../group/group-stats.js";
import { formOfHeader } from "../../oxm/fields.js";
import { EXPERIMENTER_CLASS } from "../../oxm/header.js";
import { PortNo } from "../../port/port-no.js";
import { inBytes } from "../again.js";
import { actionsFault, unaligned } from "../message/diagnose.js";
import { type NoteSink, notePort, warn } from "../notes/note.js";
import { noteUnknown } from "../notes/property-notes.js";
import { eachProperty, hasAtLeast, hasSize, type RawProperty, unknownProperty } from "../properties.js";
import { isPort } from "../words.js";
import { isWide } from "./group-words.js";

/*
 * Groups from their bytes. Irregular: which properties are good depends on the command and the type of the group, which stand before the buckets, a weight may have any length, and whether two buckets have one number is known behind the last
 * of them; a row knows its own bytes alone.
 */

const BAD_BUCKET = "OFPGMFC_BAD_BUCKET";
const BAD_VALUE = "OFPBPC_BAD_VALUE";

/** What the checks of a whole group look at in a bucket, and the properties in which its weight stands. */
interface Seen extends BucketFacts {
  readonly weights: readonly RawProperty[];
}

const hasLiveness = (port: number, group: number): boolean => port !== PortNo.Any || group !== GroupNo.Any;

/** What is wrong with actions that another length bounds. */
const actionsWithin = (c: Chunk, p: number, end: number, version: Version, log: NoteSink | undefined): string | undefined =>
  (end - p) % 8 === 0 ? actionsFault(c, p, end, version, log) : unaligned(log, "actions", end - p, "OFPBRC_BAD_LEN");

const MODULE = "ofp_group";

/** Why a bucket is refused that says so many bytes where so many are left. */
function bucketLength(length: number, least: number, left: number, log: NoteSink | undefined): string | undefined {
  if (length >= least && length <= left) return undefined;
  const why = length < least ? "is not valid" : `exceeds remaining buckets data size ${left}`;
  return refused(log, `OpenFlow message bucket length ${length} ${why}`);
}

/** Refuses a bucket. */
function refused(log: NoteSink | undefined, text: string): string {
  warn(log, MODULE, text);
  return BAD_BUCKET;
}

function buckets11(c: Chunk, p: number, end: number, version: Version, seen: Seen[], log?: NoteSink): string | undefined {
  for (let q = p; q < end; ) {
    if (end - q < 16) return refused(log, `buckets end with ${end - q} leftover bytes`);
    const length = c.dv.getUint16(q);
    const fault = bucketLength(length, 16, end - q, log) ?? actionsWithin(c, q + 16, q + length, version, log);
    if (fault !== undefined) return fault;
    const port = c.dv.getUint32(q + 4);
    if (!isPort(port)) {
      notePort(log, port);
      return "OFPGMFC_BAD_WATCH";
    }
    seen.push({ weight: c.dv.getUint16(q + 2), live: hasLiveness(port, c.dv.getUint32(q + 8)), weights: [] });
    q += length;
  }
  return undefined;
}

function buckets15(c: Chunk, p: number, end: number, version: Version, type: number, seen: Seen[], log?: NoteSink): string | undefined {
  const ids = new Set<number>();
  let twice = false;
  for (let q = p; q < end; ) {
    if (c.u8.length - q < 8) return refused(log, `buckets end with ${end - q} leftover bytes`);
    const length = c.dv.getUint16(q);
    const actions = c.dv.getUint16(q + 2);
    const bad = bucketLength(length, 8, end - q, log);
    if (bad !== undefined) return bad;
    if (actions > length - 8)
      return refused(log, `OpenFlow message bucket actions length ${actions} exceeds remaining bucket data size ${length - 8}`);
    let weight = type === GroupType.Select ? 1 : 0;
    let port: number = PortNo.Any;
    let group: number = GroupNo.Any;
    const weights: RawProperty[] = [];
    const visit = (x: RawProperty): string | undefined => {
      if (x.experimenter !== 0 || x.type > 2) {
        noteUnknown(log, MODULE, "group bucket", x);
        return unknownProperty(x);
      }
      if (x.type === 0 ? !hasAtLeast(x, 2) : !hasSize(x, 4)) return "OFPBPC_BAD_LEN";
      if (x.type === 0) {
        weight = c.dv.getUint16(x.at);
        weights.push(x);
      } else if (x.type === 1) port = c.dv.getUint32(x.at);
      else group = c.dv.getUint32(x.at);
      return undefined;
    };
    const fault = actionsWithin(c, q + 8, q + 8 + actions, version, log) ?? eachProperty(c, q + 8 + actions, q + length, visit);
    if (fault !== undefined) return fault;
    if (!isPort(port)) {
      notePort(log, port);
      return "OFPGMFC_BAD_WATCH";
    }
    const id = c.dv.getUint32(q + 4);
    if (id > BucketNo.Max) return refused(log, `bucket id (${id}) is out of range`);
    twice ||= ids.has(id);
    ids.add(id);
    seen.push({ weight, live: hasLiveness(port, group), weights });
    q += length;
  }
  return twice ? refused(log, "Duplicate bucket id") : undefined;
}

const NETRONOME = [0x154d, 0x1540];
const SELECTION = 40;
const METHOD_LENGTH = 16;

const HAS_MASK = 0x100;

/** What is wrong with a field that comes with a mask where none may be, whether there is such a field or not. */
function maskFault(payload: Uint8Array): string {
  const width = payload.length >>> 1;
  return payload.subarray(0, width).some((b, i) => (b & ~payload[width + i]!) !== 0) ? "OFPBMC_BAD_WILDCARDS" : "OFPBMC_BAD_MASK";
}

/** What is wrong with the fields of a selection method in [p, end). The values are masks, which for a field that takes none are all ones or all zeros. */
function fieldsFault(c: Chunk, p: number, end: number): string | undefined {
  const found = new Set<number>();
  for (let q = p; q < end; ) {
    if (end - q < 4) return "OFPBMC_BAD_LEN";
    const header = c.dv.getUint32(q);
    const next = q + 4 + (header & 255);
    const isLong = header >>> 16 === EXPERIMENTER_CLASS;
    const at = q + (isLong ? 8 : 4);
    if (next > end || at > next) return "OFPBMC_BAD_LEN";
    const payload = c.u8.subarray(at, next);
    if ((header & HAS_MASK) !== 0) return maskFault(payload);
    const form = formOfHeader(header, isLong ? c.dv.getUint32(q + 4) : 0);
    if (form === undefined || form.listed < 0) return "OFPBMC_BAD_FIELD";
    if (found.has(form.listed)) return "OFPBMC_DUP_FIELD";
    if (form.field.maskable === "no" && !payload.every((b) => b === 0) && !payload.every((b) => b === 0xff)) return "OFPBMC_BAD_MASK";
    found.add(form.listed);
    q = next;
  }
  return undefined;
}

const SETS: readonly number[] = [GroupModCommand.Add, GroupModCommand.Modify, GroupModCommand.AddOrModify];
const COMMANDS: readonly number[] = Object.values(GroupModCommand);

function groupProperties(c: Chunk, p: number, end: number, type: number, command: number, log: NoteSink | undefined): string | undefined {
  const selection = (error: string, text: string): string => {
    warn(log, MODULE, `ntr selection method ${text}`);
    return error;
  };
  return eachProperty(c, p, end, (x) => {
    if (!NETRONOME.includes(x.experimenter) || x.expType !== 1) {
      noteUnknown(log, MODULE, "group", x);
      return unknownProperty(x);
    }
    if (type > GroupType.FastFailover) return "OFPGMFC_BAD_TYPE";
    if (type !== GroupType.Select) return selection(BAD_VALUE, "property is only allowed for select groups");
    if (!COMMANDS.includes(command)) return "OFPGMFC_BAD_COMMAND";
    if (!SETS.includes(command)) return selection(BAD_VALUE, "property is only allowed for add and delete group modifications");
    const size = x.end - x.start;
    if (size < SELECTION) return selection("OFPBPC_BAD_LEN", `property length ${size} is not valid`);
    let method = "";
    const at = x.start + 16;
    for (let i = 0; i < METHOD_LENGTH && c.u8[at + i] !== 0; i++) method += String.fromCharCode(c.u8[at + i]!);
    if (method.length === METHOD_LENGTH) return selection(BAD_VALUE, "is not null terminated");
    if (method !== "hash" && method !== "dp_hash") return selection(BAD_VALUE, `'${method}' is not supported`);
    if (size > SELECTION && method !== "hash") return selection(BAD_VALUE, `${method} does not support fields`);
    const fault = fieldsFault(c, x.start + SELECTION, x.end);
    return fault === undefined ? undefined : selection(fault, "fields are invalid");
  });
}

/** Why Open vSwitch refuses a group-mod, from its bytes. */
export function groupModFault(c: Chunk, version: Version, seen: Seen[] = [], log?: NoteSink): string | undefined {
  const p = version === 1 ? 16 : 8;
  const end = c.u8.length;
  const command = c.dv.getUint16(p);
  const type = c.u8[p + 2]!;
  let fault: string | undefined;
  if (isWide(version)) {
    const id = c.dv.getUint32(p + 12);
    if (!isCommandBucket(command, id)) return refused(log, `group command bucket id (${id}) is out of range`);
    const stop = p + 16 + c.dv.getUint16(p + 8);
    if (stop > end) return "OFPBRC_BAD_LEN";
    fault = buckets15(c, p + 16, stop, version, type, seen, log) ?? groupProperties(c, stop, end, type, command, log);
  } else {
    fault = buckets11(c, p + 8, end, version, seen, log);
    if (fault === undefined && version >= 4 && command === GroupModCommand.Delete && seen.length > 0) return "OFPGMFC_INVALID_GROUP";
  }
  return fault ?? checkGroup(type, command, seen)?.error;
}

/** Why Open vSwitch refuses the description of a group at `p`. */
export function groupDescFault(c: Chunk, p: number, version: Version, seen: Seen[] = [], log?: NoteSink): string | undefined {
  const end = c.u8.length;
  const header = isWide(version) ? 16 : 8;
  const broken = (text: string): string => {
    warn(log, MODULE, `OFPST11_GROUP_DESC reply ${text}`);
    return "OFPBRC_BAD_LEN";
  };
  if (end - p < header) return broken(`has ${end - p} leftover bytes at end`);
  const length = c.dv.getUint16(p);
  if (length < header || length > end - p) return broken(`claims invalid length ${length}`);
  const type = c.u8[p + 2]!;
  if (!isWide(version)) return buckets11(c, p + 8, p + length, version, seen, log);
  const stop = p + 16 + c.dv.getUint16(p + 8);
  if (stop > p + length) return broken(`claims invalid bucket list length ${stop - p - 16}`);
  return buckets15(c, p + 16, stop, version, type, seen, log) ?? groupProperties(c, stop, p + length, type, GroupModCommand.Add, log);
}

/** Why Open vSwitch refuses a description of a group that was decoded. */
export const refuseGroupDesc = (group: GroupDesc, version: Version): string | undefined =>
  inBytes(GroupDesc, group, version, (c) => groupDescFault(c, 0, version));

/** The bytes of a property that holds a weight. */
const WEIGHT = 8;

/**
 * A message whose weights have the length of the standard's. Open vSwitch takes a longer property for one too, and one without its padding; it becomes
 * as many of the right length as there is room for, so that no other length changes.
 */
function withPlainWeights(c: Chunk, seen: readonly Seen[]): Chunk {
  const plain = new Chunk(c.u8.slice());
  for (const { start, at, end } of seen.flatMap(({ weights }) => weights)) {
    const weight = c.dv.getUint16(at);
    for (let q = start; q < end; q += WEIGHT) {
      plain.dv.setUint32(q, WEIGHT);
      plain.dv.setUint32(q + 4, weight << 16);
    }
  }
  return plain;
}

/** A group-mod that can be decoded, where Open vSwitch does not refuse it. */
export function plainGroupMod(c: Chunk, version: Version): Chunk {
  const seen: Seen[] = [];
  return groupModFault(c, version, seen) === undefined ? withPlainWeights(c, seen) : c;
}

/** The same with the descriptions of groups that start at `p`, up to the first that Open vSwitch refuses. */
export function plainGroupDescs(c: Chunk, p: number, version: Version): Chunk {
  const seen: Seen[] = [];
  for (let q = p; q < c.u8.length && groupDescFault(c, q, version) === undefined; q += c.dv.getUint16(q))
    groupDescFault(c, q, version, seen);
  return withPlainWeights(c, seen);
}

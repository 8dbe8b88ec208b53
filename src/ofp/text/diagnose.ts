import type { Chunk } from "../../bytes/mod.js";
import { DecodeError } from "../../errors/mod.js";
import type { Version } from "../../schema/mod.js";
import { ACTIONS } from "../action/table.js";
import { INSTRUCTIONS } from "../instruction/table.js";
import { decodeOxm } from "../oxm/codec.js";
import { Match, MatchEntry } from "../oxm/match.js";
import { refuseActions } from "./check-actions.js";
import { type MatchCheck, refuseMatch } from "./check-match.js";
import type { AnyAction } from "./types.js";

/*
 * A message with several faults is refused by Open vSwitch for the first that it meets. The decoder meets them in another order, so once a message is known to be bad
 * these functions look at its bytes again in the order of Open vSwitch. Each answers the name of the error, or undefined where it finds nothing.
 */

const BAD_MATCH = "OFPBMC_BAD_LEN";
const STANDARD = 0;
const STANDARD_LENGTH = 88;
const OXM = 1;
const EXPERIMENTER = 0xffff;

/** The bytes of the match at `p` with its padding, by its own account. */
export const matchLength = (c: Chunk, p: number): number => (c.dv.getUint16(p + 2) + 7) & ~7;

/** What is wrong with the match at `p` in [p, end). */
export function matchFault(c: Chunk, p: number, end: number, version: Version, check: MatchCheck = {}): string | undefined {
  if (end - p < 4) return BAD_MATCH;
  const { dv } = c;
  const type = dv.getUint16(p);
  const length = dv.getUint16(p + 2);
  if (type === STANDARD && check.loose !== true) return length === STANDARD_LENGTH && end - p >= length ? undefined : BAD_MATCH;
  if (type !== OXM && check.loose !== true) return "OFPBMC_BAD_TYPE";
  if (length < 4) return BAD_MATCH;
  if (type !== OXM) return "OFPBMC_BAD_TYPE";
  if (((length + 7) & ~7) > end - p) return BAD_MATCH;
  const e = p + length;
  const entries: MatchEntry[] = [];
  let whole = true;
  for (let q = p + 4; q < e; ) {
    const next = e - q < 4 ? Number.POSITIVE_INFINITY : q + 4 + dv.getUint8(q + 3);
    whole = next <= e;
    if (!whole) break;
    entries.push(entryAt(c, q, next, version));
    q = next;
  }
  return refuseMatch(new Match(entries), version, check) ?? (whole ? undefined : BAD_MATCH);
}

/** The OXM in [q, next); one of another length than its field has counts as unknown. */
function entryAt(c: Chunk, q: number, next: number, version: Version): MatchEntry {
  try {
    return decodeOxm(c, q, next, version);
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return new MatchEntry(undefined, c.dv.getUint32(q), c.u8.slice(q + 4, next), undefined);
  }
}

const BAD_ACTION = "OFPBAC_BAD_LEN";
const HEADER = 8;
/** The types of actions that Open vSwitch does not have. */
const COPY_TTL: readonly number[] = [11, 12];

const hasType = (
  union: { readonly entries: readonly { keyOf(v: Version): readonly number[] | undefined }[] },
  version: Version,
  type: number,
) => union.entries.some((e) => e.keyOf(version)?.[0] === type);

/** What is wrong with the actions in [p, end). */
export function actionsFault(c: Chunk, p: number, end: number, version: Version): string | undefined {
  const codec = ACTIONS.codec(version, "interpreted");
  for (let q = p; q < end; ) {
    if (end - q < HEADER) return BAD_ACTION;
    const type = c.dv.getUint16(q);
    const length = c.dv.getUint16(q + 2);
    const next = q + length;
    if (type !== EXPERIMENTER && (!hasType(ACTIONS, version, type) || (version > 1 && COPY_TTL.includes(type)))) return "OFPBAC_BAD_TYPE";
    if (type === EXPERIMENTER) {
      const unknown = codec.decode(c, q, Math.min(end, q + 16)) as AnyAction;
      const fault = refuseActions([unknown], version);
      if (fault !== undefined) return fault;
    }
    if (length < HEADER || length % 8 !== 0 || next > end) return BAD_ACTION;
    try {
      const fault = refuseActions([codec.decode(c, q, next) as AnyAction], version);
      if (fault !== undefined) return fault;
    } catch (e) {
      if (!(e instanceof DecodeError)) throw e;
      return e.reason === BAD_MATCH ? BAD_ACTION : e.reason;
    }
    q = next;
  }
  return undefined;
}

const BAD_INSTRUCTION = "OFPBIC_BAD_LEN";
const WRITE_ACTIONS = 3;
const APPLY_ACTIONS = 4;
const METER = 6;

/** The bytes of instructions without a list in them. */
const INSTRUCTION_LENGTHS: Readonly<Record<number, number>> = { 1: 8, 2: 24, 5: 8, 6: 8 };

/** What is wrong with the instructions in [p, end), or with the actions that OpenFlow 1.0 has in their place. */
export function instructionsFault(c: Chunk, p: number, end: number, version: Version): string | undefined {
  if (version === 1) return (end - p) % 8 === 0 ? actionsFault(c, p, end, version) : "OFPBRC_BAD_LEN";
  if ((end - p) % 8 !== 0) return BAD_INSTRUCTION;
  const found = new Map<number, readonly [start: number, end: number]>();
  let q = p;
  while (q < end) {
    const type = c.dv.getUint16(q);
    const length = c.dv.getUint16(q + 2);
    if (length < HEADER || length % 8 !== 0 || length > end - q) return BAD_INSTRUCTION;
    if (type === EXPERIMENTER) return "OFPBIC_BAD_EXPERIMENTER";
    // a meter is known in every version but OpenFlow 1.5, where it is an action
    if (!hasType(INSTRUCTIONS, version, type) && (type !== METER || version === 6)) return "OFPBIC_UNKNOWN_INST";
    if ((INSTRUCTION_LENGTHS[type] ?? length) !== length) return BAD_INSTRUCTION;
    if (found.has(type)) return "OFPBIC_DUP_INST";
    found.set(type, [q + HEADER, q + length]);
    q += length;
  }
  for (const type of [APPLY_ACTIONS, WRITE_ACTIONS]) {
    const place = found.get(type);
    const fault = place === undefined ? undefined : actionsFault(c, place[0], place[1], version);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

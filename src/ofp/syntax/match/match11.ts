import { Chunk, copyBytes } from "../../../bytes/mod.js";
import { DecodeError } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import { checkMatch, OPEN_VSWITCH } from "../../check/mod.js";
import { OXM_MATCH } from "../../oxm/codec.js";
import { OXM, type OxmField } from "../../oxm/fields.js";
import { Match } from "../../oxm/match.js";
import { LENGTH11, MATCH11, STANDARD_MATCH } from "../../oxm/match11.js";
import { type NoteSink, notePort, noteRow } from "../notes/note.js";

const codec = MATCH11.codec(2, "interpreted");

/** The match of OpenFlow 1.1 at `p` that is a structure of fixed size, or the name of the error by which Open vSwitch refuses it. */
export function structure11(c: Chunk, p: number, log?: NoteSink): Match | string {
  try {
    const match = codec.decode(c, p, p + LENGTH11);
    const fault = checkMatch(match, OPEN_VSWITCH);
    if (fault?.field === (OXM.inPort as OxmField)) notePort(log, match.inPort!);
    return fault?.error ?? match;
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    noteRow(log, e, c.dv);
    return e.reason;
  }
}

/**
 * Reads the structure of a match of OpenFlow 1.1, and writes again what it means: without what counts for nothing. Its type and length are not looked at. Answers
 * the name of the error by which Open vSwitch refuses it, if it does.
 * @param bytes - 88 of them
 * @param log - takes what Open vSwitch logs of it
 */
export function rewriteMatch11(bytes: Uint8Array, log?: NoteSink): string | { readonly match: Match; readonly again: Uint8Array } {
  const chunk = new Chunk(copyBytes(bytes));
  chunk.dv.setUint32(0, LENGTH11);
  const match = structure11(chunk, 0, log);
  if (typeof match === "string") return match;
  codec.encode(chunk, 0, new Match(match.entries));
  return { match, again: chunk.u8 };
}

const WITH_OXM = 3;
/** More bytes than the fields of that structure take in a list. */
const MOST_LIST = 1024;

/**
 * A message whose match at `at` is a list of fields, for one that has the structure of OpenFlow 1.1 in a later version, which Open vSwitch takes.
 * @param holder - where the struct starts that the match is in, whose length stands in its first bytes; undefined where it is the message
 */
export function withoutStructure(c: Chunk, at: number, version: Version, holder?: number): Chunk {
  const end = c.u8.length;
  if (version < WITH_OXM || end - at < LENGTH11 || c.dv.getUint32(at) !== ((STANDARD_MATCH << 16) | LENGTH11)) return c;
  const found = structure11(c, at);
  if (typeof found === "string") return c;
  const list = new Chunk(MOST_LIST);
  const size = OXM_MATCH.codec(version, "interpreted").encode(list, 0, found);
  const whole = new Chunk(end - LENGTH11 + size);
  whole.u8.set(c.u8.subarray(0, at));
  whole.u8.set(list.u8.subarray(0, size), at);
  whole.u8.set(c.u8.subarray(at + LENGTH11), at + size);
  whole.dv.setUint16(2, whole.u8.length);
  if (holder !== undefined) whole.dv.setUint16(holder, c.dv.getUint16(holder) - LENGTH11 + size);
  return whole;
}

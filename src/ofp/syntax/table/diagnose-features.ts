import type { Chunk } from "../../../bytes/mod.js";
import type { Version } from "../../../schema/mod.js";
import { EXPERIMENTER_CLASS } from "../../oxm/header.js";
import { TableFeaturesCommand } from "../../table/table-features.js";
import { ANY_TABLE } from "../flow/flow-words.js";
import { type NoteSink, warn } from "../notes/note.js";
import { eachProperty, type RawProperty } from "../properties.js";

/*
 * Irregular: whether a type of property stands twice is asked before what is in the second one, and lists of headers are bounded by their own lengths, of which the decoder takes more than Open vSwitch.
 */

const BAD_LEN = "OFPBPC_BAD_LEN";
const HEADER = 64;
const FIELDS = [8, 10, 12, 13, 14, 15];
const IDS = [0, 1, 4, 5, 6, 7];
const TABLES = [2, 3];
/** The properties that there must be. OpenFlow 1.3 §7.3.5.5.2 */
const REQUIRED = [0, 2, 4, 6, 8, 10, 12, 14];

/** What is wrong with a list of OXM headers. */
function fieldsFault(c: Chunk, x: RawProperty): string | undefined {
  for (let q = x.at; q < x.end; ) {
    if (x.end - q < 4) return "OFPBMC_BAD_LEN";
    const size = c.dv.getUint16(q) === EXPERIMENTER_CLASS ? 8 : 4;
    if (x.end - q < size || (size === 8 && c.u8[q + 3]! < 4)) return "OFPBMC_BAD_LEN";
    q += size;
  }
  return undefined;
}

/** What is wrong with a list of headers of instructions or actions. */
function idsFault(c: Chunk, x: RawProperty): string | undefined {
  for (let q = x.at; q < x.end; ) {
    if (x.end - q < 4) return BAD_LEN;
    const length = c.dv.getUint16(q + 2);
    if (length < 4 || length > x.end - q) return BAD_LEN;
    q += length;
  }
  return undefined;
}

/** What Open vSwitch finds wrong first in the bytes of the features of the table at `p`. */
export function featuresFault(c: Chunk, p: number, version: Version, log?: NoteSink): string | undefined {
  const end = c.u8.length;
  if (end - p < HEADER) return BAD_LEN;
  const length = c.dv.getUint16(p);
  if (length < HEADER || length % 8 !== 0 || length > end - p) return BAD_LEN;
  if (version >= 6 && c.u8[p + 3]! > TableFeaturesCommand.Disable) return "OFPTFFC_BAD_COMMAND";
  if (c.u8[p + 2] === ANY_TABLE) return "OFPTFFC_BAD_TABLE";
  const seen = new Set<number>();
  const fault = eachProperty(c, p + HEADER, p + length, (x) => {
    if (x.type < 32 && seen.has(x.type)) return "OFPTFFC_BAD_FEATURES";
    seen.add(x.type);
    if (FIELDS.includes(x.type)) return fieldsFault(c, x);
    if (IDS.includes(x.type)) return idsFault(c, x);
    return TABLES.includes(x.type) && c.u8.subarray(x.at, x.end).includes(ANY_TABLE) ? "OFPBPC_BAD_VALUE" : undefined;
  });
  const missing = REQUIRED.filter((type) => !seen.has(type));
  if (fault === undefined && missing.length > 0 && (version < 6 || length > HEADER)) {
    const text = `table features message missing ${missing.length} required properties, including property ${missing[0]}`;
    warn(log, "ofp_table", text);
  }
  return fault;
}

import type { Chunk } from "../../../bytes/mod.js";
import type { Version } from "../../../schema/mod.js";
import { checkMatch, type Fault, type MatchCheck, OPEN_VSWITCH } from "../../check/mod.js";
import { decodeOxm } from "../../oxm/codec.js";
import { OXM as FIELDS, formOfHeader, type OxmField } from "../../oxm/fields.js";
import { EXPERIMENTER_CLASS } from "../../oxm/header.js";
import { Match } from "../../oxm/match.js";
import type { MatchEntry } from "../../oxm/match-entry.js";
import { STANDARD_MATCH } from "../../oxm/match11.js";
import { structure11 } from "../match/match11.js";
import { noteStrayIn } from "../notes/field-notes.js";
import { type NoteSink, notePort } from "../notes/note.js";
import { isPort } from "../words.js";

export { actionsFault, instructionsFault, unaligned } from "../action/diagnose-actions.js";

/*
 * A message with several faults is refused by Open vSwitch for the first that it meets. The decoder meets them in another order, so once a message is known to be bad
 * these functions look at its bytes again in the order of Open vSwitch. Each answers the name of the error, or undefined where it finds nothing.
 */

const BAD_MATCH = "OFPBMC_BAD_LEN";
const STANDARD_LENGTH = 88;
const OXM = 1;

/** The bytes of the match at `p` with its padding, by its own account. */
export const matchLength = (c: Chunk, p: number): number => (c.dv.getUint16(p + 2) + 7) & ~7;

/** What is wrong with the match at `p` in [p, end). */
export function matchFault(c: Chunk, p: number, end: number, version: Version, check: MatchCheck = {}, log?: NoteSink): string | undefined {
  if (end - p < 4) return BAD_MATCH;
  const { dv } = c;
  const type = dv.getUint16(p);
  const length = dv.getUint16(p + 2);
  if (type === STANDARD_MATCH && check.loose !== true)
    return length === STANDARD_LENGTH && end - p >= length ? structureFault(c, p, log) : BAD_MATCH;
  if (type !== OXM && check.loose !== true) return "OFPBMC_BAD_TYPE";
  if (length < 4) return BAD_MATCH;
  if (type !== OXM) return "OFPBMC_BAD_TYPE";
  if (((length + 7) & ~7) > end - p) return BAD_MATCH;
  return oxmsFault(c, p + 4, p + length, version, check, log);
}

/** What is wrong with the list of fields at `p`, whose length without its padding stands elsewhere. */
export function nxMatchFault(
  c: Chunk,
  p: number,
  end: number,
  length: number,
  version: Version,
  check: MatchCheck = {},
  log?: NoteSink,
): string | undefined {
  return ((length + 7) & ~7) > end - p ? BAD_MATCH : oxmsFault(c, p, p + length, version, check, log);
}

/** What is wrong with the list of fields in [p, e). */
export function oxmsFault(c: Chunk, p: number, e: number, version: Version, check: MatchCheck = {}, log?: NoteSink): string | undefined {
  const { dv } = c;
  const entries: MatchEntry[] = [];
  let whole = true;
  for (let q = p; q < e; ) {
    const next = e - q < 4 ? Number.POSITIVE_INFINITY : q + 4 + dv.getUint8(q + 3);
    whole = next <= e;
    if (!whole) break;
    entries.push(decodeOxm(c, q, next, version));
    q = next;
  }
  const fault = checkMatch(new Match(entries), OPEN_VSWITCH, check);
  if (fault !== undefined && log !== undefined) noteField(log, c, p, e, fault);
  return fault?.error ?? (whole ? undefined : BAD_MATCH);
}

/** Notes why Open vSwitch refuses one of the fields in [p, e), where it logs that. */
export function noteField(log: NoteSink, c: Chunk, p: number, e: number, { error, field }: Fault): void {
  if (error === "OFPBMC_BAD_WILDCARDS") noteStrayIn(log, c, p, e);
  else if (error === "OFPBMC_BAD_VALUE" && PORTS.has(field)) notePortIn(log, c, p, e, field!);
}

const PORTS: ReadonlySet<OxmField | undefined> = new Set<OxmField | undefined>([
  FIELDS.inPort as OxmField,
  FIELDS.actsetOutput as OxmField,
]);

function notePortIn(log: NoteSink, c: Chunk, p: number, e: number, field: OxmField): void {
  for (let q = p; e - q >= 8; q += 4 + c.u8[q + 3]!) {
    const long = c.dv.getUint16(q) === EXPERIMENTER_CLASS ? 4 : 0;
    if (formOfHeader(c.dv.getUint32(q), long === 0 ? 0 : c.dv.getUint32(q + 4))?.field !== field || e - q < 8 + long) continue;
    if (!isPort(c.dv.getUint32(q + 4 + long))) notePort(log, c.dv.getUint32(q + 4 + long));
    return;
  }
}

/** What is wrong with the values in the structure of OpenFlow 1.1 at `p`. */
function structureFault(c: Chunk, p: number, log: NoteSink | undefined): string | undefined {
  const found = structure11(c, p, log);
  return typeof found === "string" ? found : undefined;
}

import { Chunk } from "../../../bytes/mod.js";
import { DecodeError } from "../../../errors/mod.js";
import { checkMatch, OPEN_VSWITCH } from "../../check/mod.js";
import { NX_MATCH, OXM_LIST, OXM_MATCH } from "../../oxm/codec.js";
import { OXM, type OxmField, type OxmForm } from "../../oxm/fields.js";
import { FlowImage } from "../../oxm/flow-image.js";
import { EXPERIMENTER_CLASS, MASKED } from "../../oxm/header.js";
import { Match } from "../../oxm/match.js";
import { MatchEntry } from "../../oxm/match-entry.js";
import { OPTION_BYTES } from "../../oxm/option.js";
import { noteField } from "../message/diagnose.js";
import type { NoteSink } from "../notes/note.js";
import { SyntaxFault } from "../parse/syntax-fault.js";
import { formOfConstant } from "./form.js";
import { type FieldList, matchOfImage } from "./match-of-image.js";
import { nxMatchText } from "./nx-match.js";

/** More bytes than a list of fields can have. */
const MAX_LIST_BYTES = 0x10000;

/** The header that a name stands for: a constant, with `_W` behind it where a mask follows, or the header itself in hexadecimal. */
function headerOf(name: string): readonly [header: number, experimenter: number, form: OxmForm | undefined] | undefined {
  const exact = formOfConstant(name);
  if (exact !== undefined) return [exact.header, exact.experimenter, exact];
  const wild = name.endsWith("_W") ? formOfConstant(name.slice(0, -2)) : undefined;
  if (wild !== undefined && wild.field.maskable === "any") return [wild.maskedHeader, wild.experimenter, wild];
  if (!/^(?:[0-9a-f]{8}){1,2}$/i.test(name)) return undefined;
  const header = Number.parseInt(name.slice(0, 8), 16);
  const isLong = header >>> 16 === EXPERIMENTER_CLASS;
  return isLong === (name.length === 16) ? [header, Number.parseInt(name.slice(8) || "0", 16), undefined] : undefined;
}

/** Reads pairs of hexadecimal digits at `at` into the chunk and returns where they end in the text, and how many there were. */
function readHex(text: string, at: number, c: Chunk, p: number): readonly [end: number, bytes: number] {
  let q = at;
  let n = 0;
  for (;;) {
    while (text[q] === " " || text[q] === "\t") q++;
    const pair = text.slice(q, q + 2);
    if (!/^[0-9a-f]{2}$/i.test(pair) || p + n >= MAX_LIST_BYTES) return [q, n];
    c.dv.setUint8(p + n, Number.parseInt(pair, 16));
    n++;
    q += 2;
  }
}

const skip = (text: string, at: number, what: RegExp): number => {
  what.lastIndex = at;
  return at + (what.exec(text)?.[0].length ?? 0);
};

/**
 * The bytes of a list of fields from such a text as `NXM_OF_IN_PORT(0001), NXM_OF_ETH_DST_W(010000000000/010000000000)`, or `<any>`: what the printed forms of Nicira's flow-mods say. Nothing is
 * looked at but lengths.
 * @throws SyntaxFault `ERR_SYNTAX`
 */
export function parseNxMatch(text: string): Uint8Array {
  if (text === "<any>") return new Uint8Array();
  const c = new Chunk(MAX_LIST_BYTES + 2 * OPTION_BYTES);
  let p = 0;
  for (let at = skip(text, 0, /[, ]*/y); at < text.length; at = skip(text, at, /[, ]*/y)) {
    const open = text.indexOf("(", at);
    if (open < 0) throw new SyntaxFault(`${text}: missing ( at end of nx_match`, at);
    const name = text.slice(at, open);
    const told = headerOf(name);
    if (told === undefined) throw new SyntaxFault(`${text}: unknown field \`${name}'`, at);
    const [header, experimenter, form] = told;
    const more = header >>> 16 === EXPERIMENTER_CLASS ? 4 : 0;
    const isMasked = (header & MASKED) !== 0;
    const start = p;
    if (more > 0) c.dv.setUint32(p + 4, experimenter);
    p += 4 + more;
    const length = (header & 255) - more;
    let [q, n] = readHex(text, open + 1, c, p);
    const wanted = isMasked ? length >> 1 : length;
    let own = header;
    if (form?.size === 0) {
      if (n > OPTION_BYTES) throw new SyntaxFault(`expected to read at most ${OPTION_BYTES} bytes but got ${n}`, open + 1);
      own = ((header & ~255) | ((isMasked ? 2 * n : n) + more)) >>> 0;
    } else if (n !== wanted) throw new SyntaxFault(`expected to read ${wanted} bytes but got ${n}`, open + 1);
    c.dv.setUint32(start, own);
    p += n;
    if (isMasked) {
      q = skip(text, q, / */y);
      if (text[q] !== "/") throw new SyntaxFault(`${text}: missing / in masked field ${name}`, q);
      const [end, bytes] = readHex(text, q + 1, c, p);
      if (bytes !== n) throw new SyntaxFault(`${text.slice(end, end + 2)}: hex digits expected`, end);
      q = end;
      p += bytes;
    }
    q = skip(text, q, / */y);
    if (text[q] !== ")") throw new SyntaxFault(`${text}: missing ) following field ${name}`, q);
    at = q + 1;
    if (p > MAX_LIST_BYTES) throw new SyntaxFault(`a list of fields has at most ${MAX_LIST_BYTES} bytes`, at);
  }
  return c.u8.slice(0, p);
}

/** A list of fields read and written again. */
export interface RewrittenFields {
  /** As {@link parseNxMatch} reads it. */
  readonly text: string;
  /** Nicira's list, or the structure of OpenFlow 1.2 and later that holds a list. */
  readonly bytes: Uint8Array;
}

const COOKIE = OXM.cookie as OxmField;
const ALL64 = 0xffff_ffff_ffff_ffffn;

const wholeCookie = (e: MatchEntry): MatchEntry => (e.mask === ALL64 ? new MatchEntry(COOKIE, 0, e.value, undefined) : e);

/** Fields of which Open vSwitch 3.1 takes a value that is given whole for its own mask. */
const MASKED_BY_VALUE: ReadonlySet<unknown> = new Set([OXM.tunErspanVer, OXM.tunErspanDir, OXM.tunErspanHwid]);

const withOvsMask = (e: MatchEntry): MatchEntry =>
  MASKED_BY_VALUE.has(e.field) && e.mask === undefined ? new MatchEntry(e.field, 0, e.value, e.value) : e;

/**
 * Reads a list of fields and writes what it means, in canonical order. Returns the name of the OpenFlow error by which a switch refuses it, if it does.
 * @param list - whose list it is: a version's, or 0 for Nicira's, which may have a cookie
 * @param strict - whether fields that no table knows and fields without their prerequisites are refused
 * @param log - takes what Open vSwitch logs of them
 */
export function rewriteFields(bytes: Uint8Array, list: FieldList, strict: boolean, log?: NoteSink): string | RewrittenFields {
  let match: Match;
  try {
    const codec = list === 0 ? NX_MATCH.codec(1, "interpreted") : OXM_LIST.codec(list, "interpreted");
    const chunk = new Chunk(bytes);
    codec.check?.(chunk, 0, bytes.length);
    match = codec.decode(chunk, 0, bytes.length);
  } catch (e) {
    if (e instanceof DecodeError) return e.reason;
    throw e;
  }
  const fault = checkMatch(match, OPEN_VSWITCH, { loose: !strict, cookie: list === 0 });
  if (fault !== undefined) {
    if (log !== undefined) noteField(log, new Chunk(bytes), 0, bytes.length, fault);
    return fault.error;
  }
  const image = new FlowImage().fill(match);
  const cookies = list === 0 ? match.entries.filter((e) => e.field === COOKIE && e.mask !== 0n).map(wholeCookie) : [];
  const again = new Match([...matchOfImage(image, list).entries.map(withOvsMask), ...cookies]);
  const out = new Chunk(MAX_LIST_BYTES);
  const end = (list === 0 ? NX_MATCH.codec(1, "interpreted") : OXM_MATCH.codec(list, "interpreted")).encode(out, 0, again);
  const text = list === 0 ? nxMatchText(out, 0, end) : nxMatchText(out, 4, out.dv.getUint16(2));
  return { text, bytes: out.u8.slice(0, end) };
}

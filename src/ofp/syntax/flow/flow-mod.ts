import { Chunk } from "../../../bytes/mod.js";
import type { Version } from "../../../schema/mod.js";
import { checkInstructions, checkInstructionsFor, checkMatch, isInconsistent, OPEN_VSWITCH } from "../../check/mod.js";
import { FlowModFlags } from "../../flow/flow-flags.js";
import { FlowModCommand, SAME_COOKIE } from "../../flow/flow-mod.js";
import { EXPERIMENTER_MESSAGE } from "../../ids.js";
import { messageCodec } from "../../messages.js";
import { NX_MATCH, OXM_MATCH } from "../../oxm/codec.js";
import { NO_BUFFER } from "../../packet/packet-in-reason.js";
import { PortNo } from "../../port/port-no.js";
import { formatInstructions } from "../action/actions.js";
import { DEFAULT_PRIORITY, formatMatch } from "../match/match.js";
import { formatMatch10, isExact10, looseMatch10, normalMatch10 } from "../match/match10.js";
import { withoutStructure } from "../match/match11.js";
import { noteNormalMatch } from "../match/normalize.js";
import { nxMatchText } from "../match/nx-match.js";
import { instructionsFault, matchFault, matchLength, nxMatchFault } from "../message/diagnose.js";
import { noteInstructions } from "../notes/action-notes.js";
import { type NoteSink, notePort } from "../notes/note.js";
import type { Context } from "../options.js";
import type { Printers } from "../printer.js";
import type { MessageOf } from "../types.js";
import { hasTableName, hex0, isPort, portText, tableText } from "../words.js";
import { ANY_TABLE, COMMAND_WORDS, flagWords, refuseFlags } from "./flow-words.js";

const MOD_MATCH10 = 8;

const deletes = (command: number): boolean => command === FlowModCommand.Delete || command === FlowModCommand.DeleteStrict;

/** Where Nicira's match starts, and its length stands. */
const NXT = { length: 40, match: 48 } as const;

function matchText(m: MessageOf<"flow-mod">, c: Context): readonly [text: string, priority: number, asOnWire: boolean] {
  if (m.format === "nxt") {
    if (c.verbosity < 3)
      return [formatMatch(m.match, { portNames: c.portNames, version: c.version, priority: m.priority }), m.priority, false];
    const chunk = new Chunk(c.raw());
    return [nxMatchText(chunk, NXT.match, NXT.match + chunk.dv.getUint16(NXT.length)), m.priority, true];
  }
  if (c.version > 1) return [formatMatch(m.match, { portNames: c.portNames, version: c.version, priority: m.priority }), m.priority, false];
  const chunk = new Chunk(c.raw());
  if (c.log !== undefined) noteNormalMatch(c.log, looseMatch10(chunk, MOD_MATCH10));
  const priority = isExact10(chunk, MOD_MATCH10) ? 0xffff : m.priority;
  if (c.verbosity >= 3) return [formatMatch10(chunk, MOD_MATCH10, c), priority, true];
  return [formatMatch(normalMatch10(chunk, MOD_MATCH10), { portNames: c.portNames, version: 1, priority }), priority, false];
}

const EVERY_BIT = 0xffffffffffffffffn;

/** The cookie that flows must have, in the bits of the mask; also one that is said in a way which stays in the match. */
function wantedCookie({ cookie, cookieMask, match }: MessageOf<"flow-mod">): readonly [cookie: bigint, mask: bigint] {
  const said = cookieMask === 0n ? match.entries.find((e) => e.field?.name === "cookie") : undefined;
  return said === undefined ? [cookie, cookieMask] : [said.value as bigint, (said.mask as bigint | undefined) ?? EVERY_BIT];
}

/** The cookie that flows get, and that which they must have. */
function cookieText(m: MessageOf<"flow-mod">, version: number): string {
  const add = m.command === FlowModCommand.Add;
  const nxt = m.format === "nxt";
  const renews = add || (!nxt && (version === 1 || (version === 2 && !deletes(m.command) && m.cookieMask === 0n)));
  const renewed = renews ? m.cookie : nxt ? m.newCookie : SAME_COOKIE;
  let text = renewed === 0n || renewed === SAME_COOKIE ? "" : `cookie:${hex0(renewed)} `;
  const [cookie, mask] = wantedCookie(m);
  if (!renews && mask !== 0n) text += `cookie:${hex0(cookie)}/${hex0(mask)} `;
  return text;
}

function modText(m: MessageOf<"flow-mod">, c: Context): string {
  const { tableId, command } = m;
  let text = ` ${COMMAND_WORDS[command] ?? `cmd:${command}`}`;
  if (tableId !== 0 || hasTableName(tableId, c)) text += ` table:${tableText(tableId, c)}`;
  const [match, priority, asOnWire] = matchText(m, c);
  text += ` ${match}`;
  if (!text.endsWith(" ")) text += " ";
  text += cookieText(m, c.version);
  if (m.idleTimeout !== 0) text += `idle:${m.idleTimeout} `;
  if (m.hardTimeout !== 0) text += `hard:${m.hardTimeout} `;
  if (m.command === FlowModCommand.Add && m.importance !== 0) text += `importance:${m.importance} `;
  if (asOnWire && priority !== DEFAULT_PRIORITY) text += `pri:${priority} `;
  if (m.bufferId !== NO_BUFFER) text += `buf:${hex0(m.bufferId)} `;
  if (m.outPort !== PortNo.Any) text += `out_port:${portText(m.outPort, c)} `;
  text += flagWords(c.version <= 2 ? m.flags & ~FlowModFlags.ResetCounts : m.flags);
  return `${text}actions=${formatInstructions(m.instructions, c)}`;
}

const NXM_INVALID = "NXBRC_NXM_INVALID";

function refuseMod(m: MessageOf<"flow-mod">, c: Context): string | undefined {
  const { version } = c;
  const { tableId, command } = m;
  if (m.format === "nxt") {
    const fault = checkMatch(m.match, OPEN_VSWITCH, { cookie: true })?.error;
    if (fault !== undefined) return fault;
    const cookie = m.match.entries.find((e) => e.field?.name === "cookie");
    if (m.command === FlowModCommand.Add && cookie !== undefined && cookie.mask !== 0n) return NXM_INVALID;
  } else if (version > 1) {
    const fault = checkMatch(m.match, OPEN_VSWITCH)?.error;
    if (fault !== undefined) return fault;
    if (tableId === ANY_TABLE && (version === 2 || !deletes(command))) return "OFPFMFC_BAD_TABLE_ID";
    if (!isPort(m.outPort)) return "OFPBAC_BAD_OUT_PORT";
  }
  if (isInconsistent(m.match)) return "OFPBAC_MATCH_INCONSISTENT";
  if (command > FlowModCommand.DeleteStrict) return "OFPFMFC_BAD_COMMAND";
  const fault = checkInstructions(m.instructions, version, OPEN_VSWITCH)?.error ?? refuseFlags(m.flags, version);
  if (fault !== undefined) return fault;
  if ((m.flags & FlowModFlags.Emergency) !== 0) {
    return m.idleTimeout !== 0 || m.hardTimeout !== 0 ? "OFPFMFC_BAD_EMERG_TIMEOUT" : "OFPFMFC_TABLE_FULL";
  }
  return checkInstructionsFor(m.match, m.instructions, tableId, version, OPEN_VSWITCH)?.error;
}

/** Notes which action of a flow-mod that is good but for that does not suit the packets. */
function noteUnsuited(log: NoteSink, c: Chunk, version: Version): void {
  const m = messageCodec(version, "interpreted").decode(c, 0, c.u8.length) as MessageOf<"flow-mod">;
  const fault = checkInstructionsFor(m.match, m.instructions, m.tableId, version, OPEN_VSWITCH);
  if (fault !== undefined) noteInstructions(log, m.instructions, fault);
}

const MOD_MATCH = 48;
const MOD_ACTIONS10 = 72;
/** Where Nicira's command stands. */
const NXT_COMMAND = 24;

function diagnoseNxt(c: Chunk, { version, log }: Context): string | undefined {
  const end = c.u8.length;
  const length = c.dv.getUint16(NXT.length);
  const fault = nxMatchFault(c, NXT.match, end, length, version, { cookie: true }, log);
  if (fault !== undefined) return fault;
  const match = NX_MATCH.codec(version, "interpreted").decode(c, NXT.match, NXT.match + length);
  const command = c.u8[NXT_COMMAND + 1]!;
  const cookie = match.entries.find((e) => e.field?.name === "cookie");
  if (command === FlowModCommand.Add && cookie !== undefined && cookie.mask !== 0n) return NXM_INVALID;
  if (isInconsistent(match)) return "OFPBAC_MATCH_INCONSISTENT";
  if (command > FlowModCommand.DeleteStrict) return "OFPFMFC_BAD_COMMAND";
  const wrong = instructionsFault(c, NXT.match + ((length + 7) & ~7), end, version, log);
  if (wrong === undefined && log !== undefined) noteUnsuited(log, c, version);
  return wrong;
}

function diagnoseMod(c: Chunk, context: Context): string | undefined {
  const { version, log } = context;
  if (c.u8[1] === EXPERIMENTER_MESSAGE) return diagnoseNxt(c, context);
  const end = c.u8.length;
  const command = c.u8[version === 1 ? 57 : 25]!;
  let p = MOD_ACTIONS10;
  if (version === 1 && log !== undefined) noteNormalMatch(log, looseMatch10(c, MOD_MATCH10));
  if (version > 1) {
    const fault = matchFault(c, MOD_MATCH, end, version, {}, log);
    if (fault !== undefined) return fault;
    if (c.u8[24] === ANY_TABLE && (version === 2 || !deletes(command))) return "OFPFMFC_BAD_TABLE_ID";
    const port = c.dv.getUint32(36);
    if (!isPort(port)) {
      notePort(log, port);
      return "OFPBAC_BAD_OUT_PORT";
    }
    p = MOD_MATCH + matchLength(c, MOD_MATCH);
    if (version > 2 && isInconsistent(OXM_MATCH.codec(version, "interpreted").decode(c, MOD_MATCH, p))) return "OFPBAC_MATCH_INCONSISTENT";
  }
  if (command > FlowModCommand.DeleteStrict) return "OFPFMFC_BAD_COMMAND";
  const fault = instructionsFault(c, p, end, version, log);
  if (fault === undefined && log !== undefined) noteUnsuited(log, c, version);
  return fault;
}

/** The message that changes flows. */
export const FLOW_MOD_PRINTERS: Printers<"flow-mod"> = {
  "flow-mod": {
    text: modText,
    refuse: refuseMod,
    diagnose: diagnoseMod,
    reduce: (chunk, { version }) => (chunk.u8[1] === EXPERIMENTER_MESSAGE ? chunk : withoutStructure(chunk, MOD_MATCH, version)),
  },
};

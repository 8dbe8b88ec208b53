import { Chunk } from "../../../bytes/mod.js";
import { checkMatch, OPEN_VSWITCH } from "../../check/mod.js";
import { EXPERIMENTER_MESSAGE } from "../../ids.js";
import { formatMatch } from "../match/match.js";
import { looseMatch10 } from "../match/match10.js";
import { withoutStructure } from "../match/match11.js";
import { matchFault, matchLength, nxMatchFault } from "../message/diagnose.js";
import type { Context } from "../options.js";
import type { Printers } from "../printer.js";
import type { MessageOf } from "../types.js";
import { duration, hex0, tableText } from "../words.js";
import { ANY_TABLE, REASON_WORDS } from "./flow-words.js";
import { oxsFault } from "./oxs.js";

function removedText(m: MessageOf<"flow-removed">, c: Context): string {
  const old = c.version === 1 && m.format === "";
  const match = old ? looseMatch10(new Chunk(c.raw()), 8) : m.match;
  let text = ` ${formatMatch(match, { portNames: c.portNames, version: c.version, priority: m.priority })}`;
  text += ` reason=${REASON_WORDS[m.reason] ?? m.reason}`;
  if (!old && m.tableId !== ANY_TABLE) text += ` table_id=${tableText(m.tableId, c)}`;
  if (m.cookie !== 0n) text += ` cookie:${hex0(m.cookie)}`;
  text += ` duration${duration(m.durationSec, m.durationNsec)} idle${m.idleTimeout}`;
  if (m.hardTimeout !== 0) text += ` hard${m.hardTimeout}`;
  return `${text} pkts${m.packetCount} bytes${m.byteCount}\n`;
}

/** Where Nicira's match starts, and its length stands. */
const NXT = { length: 38, match: 56 } as const;
const MATCH = 48;
const MATCH15 = 24;

function removedFault(c: Chunk, { version, log }: Context): string | undefined {
  const end = c.u8.length;
  if (c.u8[1] === EXPERIMENTER_MESSAGE) {
    const length = c.dv.getUint16(NXT.length);
    const fault = nxMatchFault(c, NXT.match, end, length, version, {}, log);
    return fault ?? (NXT.match + ((length + 7) & ~7) === end ? undefined : "OFPBRC_BAD_LEN");
  }
  if (version === 1) return undefined;
  const at = version === 6 ? MATCH15 : MATCH;
  const fault = matchFault(c, at, end, version, {}, log);
  return fault === undefined && version === 6 ? oxsFault(c, at + matchLength(c, at), end) : fault;
}

/** The message that reports flows that went. */
export const FLOW_REMOVED_PRINTERS: Printers<"flow-removed"> = {
  "flow-removed": {
    text: removedText,
    refuse: (m, c) => (c.version === 1 && m.format === "" ? undefined : checkMatch(m.match, OPEN_VSWITCH)?.error),
    diagnose: removedFault,
    reduce: (chunk, { version }) =>
      chunk.u8[1] === EXPERIMENTER_MESSAGE ? chunk : withoutStructure(chunk, version === 6 ? MATCH15 : MATCH, version),
  },
};

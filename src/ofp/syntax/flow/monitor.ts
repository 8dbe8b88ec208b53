import { Chunk } from "../../../bytes/mod.js";
import type { Version } from "../../../schema/mod.js";
import { FLOW_UPDATES, FlowMonitorFlags as Flags, FlowMonitor, FlowMonitorCommand, type FlowUpdate } from "../../flow/flow-monitor.js";
import { GroupNo } from "../../group/group-no.js";
import { PortNo } from "../../port/port-no.js";
import { formatInstructions } from "../action/actions.js";
import { formatMatch } from "../match/match.js";
import { actionsFault, instructionsFault, matchFault, matchLength, nxMatchFault } from "../message/diagnose.js";
import { type NoteSink, notePort, sharp, warn } from "../notes/note.js";
import type { Context } from "../options.js";
import type { Printer, Printers } from "../printer.js";
import { statsBody } from "../printer.js";
import { chomp, hex, hex0, isPort, portText, tableText } from "../words.js";
import { REASON_WORDS } from "./flow-words.js";
import { FLAG_WORDS, OWN_WORD, ownFlag, STANDARD_SINCE } from "./monitor-words.js";

type Body = readonly [text: string, fault: string | undefined];

const LENGTH = "OFPBRC_BAD_LEN";
/** Statistics of an experimenter start so far behind the message, whatever the version. */
const EXPERIMENTER_BODY = 24;
const ONF = 4;

const bodyAt = (version: Version): number => (version >= STANDARD_SINCE ? statsBody(version) : EXPERIMENTER_BODY);

const EVENTS = Flags.Add | Flags.Removed | Flags.Modify;
const WORDS_FLAGS = Flags.Initial | EVENTS | Flags.Instructions;

const badFlags = (flags: number, version: Version): boolean => (flags & EVENTS) === 0 || (flags & ~(WORDS_FLAGS | ownFlag(version))) !== 0;

function flagWords(flags: number, version: Version): string {
  const words: string[] = FLAG_WORDS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word);
  if ((flags & ownFlag(version)) !== 0) words.push(OWN_WORD);
  return words.length === 0 ? "0" : words.join(",");
}

const REQUEST = 16;
const MODULE = "ofp_monitor";

const zero = (c: Chunk, p: number, end: number): boolean => c.u8.subarray(p, end).every((b) => b === 0);

/** Where the match ends that starts at `p`: a list of Nicira's of a given length, or one that says its own. */
const padded = (length: number): number => (length + 7) & ~7;

/** Why Open vSwitch refuses the monitor at `p`. */
function requestFault(c: Chunk, p: number, end: number, version: Version, log: NoteSink | undefined): string | undefined {
  const owner = version < ONF ? "NXST" : version < STANDARD_SINCE ? "ONFST" : "OFPST";
  if (end - p < REQUEST) {
    warn(log, MODULE, `${owner}_FLOW_MONITOR request has ${end - p} leftover bytes at end`);
    return LENGTH;
  }
  const { dv } = c;
  const badFlagsOf = (flags: number): string | undefined => {
    if (!badFlags(flags, version)) return undefined;
    warn(log, MODULE, `${owner}_FLOW_MONITOR has bad flags ${sharp(flags)}`);
    return "OFPMOFC_BAD_FLAGS";
  };
  if (version < ONF) {
    const flags = badFlagsOf(dv.getUint16(p + 4));
    if (flags !== undefined) return flags;
    if (!zero(c, p + 11, p + REQUEST)) return "NXBRC_MUST_BE_ZERO";
    return nxMatchFault(c, p + REQUEST, end, dv.getUint16(p + 8), version, {}, log);
  }
  const standard = version >= STANDARD_SINCE;
  if (!standard || c.u8[p + 15] !== FlowMonitorCommand.Delete) {
    const flags = badFlagsOf(dv.getUint16(p + (standard ? 12 : 4)));
    if (flags !== undefined) return flags;
    if (!standard && !zero(c, p + 13, p + REQUEST)) return "NXBRC_MUST_BE_ZERO";
    const port = dv.getUint32(p + (standard ? 4 : 8));
    if (!isPort(port)) {
      notePort(log, port);
      return "OFPBAC_BAD_OUT_PORT";
    }
  }
  return matchFault(c, p + REQUEST, end, version, {}, log);
}

function monitorText(m: FlowMonitor, c: Context): string {
  let text = `\n id=${m.monitorId}`;
  if (c.version >= STANDARD_SINCE && m.command === FlowMonitorCommand.Delete) return `${text} command=delete`;
  text += ` flags=${flagWords(m.flags, c.version)}`;
  if (m.outPort !== PortNo.Any) text += ` out_port=${portText(m.outPort, c)}`;
  if (m.outGroup !== 0 && m.outGroup !== GroupNo.Any) text += ` out_group=${m.outGroup | 0}`;
  if (m.tableId !== 0xff) text += ` table=${tableText(m.tableId, c)}`;
  return chomp(`${text} ${formatMatch(m.match, c)}`);
}

function requests(chunk: Chunk, c: Context): Body {
  const codec = FlowMonitor.codec(c.version, "interpreted");
  const end = chunk.u8.length;
  let text = "";
  for (let p = bodyAt(c.version); p < end; ) {
    const fault = requestFault(chunk, p, end, c.version, c.log);
    if (fault !== undefined) return [text, fault];
    const next = codec.extent(chunk, p, end);
    text += monitorText(codec.decode(chunk, p, next), c);
    p = next;
  }
  return [text, undefined];
}

const FULL = 24;
const SHORT = 8;
const ABBREVIATED = [3, 4] as const;

/** Why Open vSwitch refuses the update at `p`. */
function updateFault(c: Chunk, p: number, end: number, version: Version, log: NoteSink | undefined): string | undefined {
  if (end - p < 4) return LENGTH;
  const { dv } = c;
  const length = dv.getUint16(p);
  const event = dv.getUint16(p + 2);
  const standard = version >= STANDARD_SINCE;
  if (length > end - p || length % 8 !== 0) return LENGTH;
  const last = ABBREVIATED[standard ? 1 : 0];
  if (event > (standard ? last + 2 : last)) {
    warn(log, MODULE, `NXST_FLOW_MONITOR reply has bad event ${event}`);
    return "NXBRC_FM_BAD_EVENT";
  }
  if (event >= last) return length === SHORT ? undefined : LENGTH;
  if (length < FULL) return LENGTH;
  const matchSize = dv.getUint16(p + 12);
  if (!standard && FULL + matchSize > length) return LENGTH;
  const at = p + FULL;
  if (version < ONF) {
    const fault = nxMatchFault(c, at, end, matchSize, version, {}, log);
    return fault ?? actionsFault(c, at + padded(matchSize), p + length, version, log);
  }
  const fault = matchFault(c, at, end, version, {}, log);
  if (fault !== undefined) return fault;
  const instructions = at + matchLength(c, at);
  return instructions > p + length ? "OFPBIC_BAD_LEN" : instructionsFault(c, instructions, p + length, version, log);
}

const EVENT_WORDS = { initial: "INITIAL", added: "ADDED", removed: "DELETED", modified: "MODIFIED" } as const;

function updateText(u: FlowUpdate, c: Context): string {
  if (u.type === "abbreviated") return `\n event=ABBREV xid=${hex0(u.flowModXid)}`;
  if (u.type === "paused") return "\n event=PAUSED";
  if (u.type === "resumed") return "\n event=RESUMED";
  if (u.type === "unknown") return "";
  let text = `\n event=${EVENT_WORDS[u.type]}`;
  if (u.type === "removed") text += ` reason=${REASON_WORDS[u.reason] ?? u.reason}`;
  text += ` table=${tableText(u.tableId, c)}`;
  if (u.idleTimeout !== 0) text += ` idle_timeout=${u.idleTimeout}`;
  if (u.hardTimeout !== 0) text += ` hard_timeout=${u.hardTimeout}`;
  text += ` cookie=${hex(u.cookie)} ${formatMatch(u.match, c)}`;
  const actions = formatInstructions(u.instructions, c);
  return actions === "drop" ? text : `${text}${text.endsWith(" ") ? "" : " "}actions=${actions}`;
}

function updates(chunk: Chunk, c: Context): Body {
  const codec = FLOW_UPDATES.codec(c.version, "interpreted");
  const end = chunk.u8.length;
  let text = "";
  for (let p = bodyAt(c.version); p < end; ) {
    const fault = updateFault(chunk, p, end, c.version, c.log);
    if (fault !== undefined) return [text, fault];
    const next = p + chunk.dv.getUint16(p);
    text += updateText(codec.decode(chunk, p, next) as FlowUpdate, c);
    p = next;
  }
  return [text, undefined];
}

const nothing = { text: () => "" };
const printer = (whole: (chunk: Chunk, c: Context) => Body): Printer<unknown> => ({
  text: (_m, c) => whole(new Chunk(c.raw()), c)[0],
  whole,
});

/** The messages of monitors of flows. */
export const MONITOR_PRINTERS: Printers<
  "flow-monitor-request" | "flow-monitor-reply" | "flow-monitor-cancel" | "flow-monitor-paused" | "flow-monitor-resumed"
> = {
  "flow-monitor-request": printer(requests),
  "flow-monitor-reply": printer(updates),
  "flow-monitor-cancel": { text: (m) => ` id=${m.monitorId}` },
  "flow-monitor-paused": nothing,
  "flow-monitor-resumed": nothing,
};

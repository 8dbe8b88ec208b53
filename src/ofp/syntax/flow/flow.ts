import { Chunk } from "../../../bytes/mod.js";
import { checkOptions, DecodeError, type OptionTable } from "../../../errors/mod.js";
import { elementEnd, type Version } from "../../../schema/mod.js";
import { checkInstructions, checkMatch, OPEN_VSWITCH } from "../../check/mod.js";
import type { FlowCounters } from "../../flow/flow-counters.js";
import type { AggregateStatsRequest, FlowStats } from "../../flow/flow-stats.js";
import { FlowStats as FlowStatsStruct, NX_FLOW_STATS } from "../../flow/flow-stats.js";
import { NO_AGE } from "../../flow/oxs.js";
import { EXPERIMENTER } from "../../ids.js";
import type { Match } from "../../oxm/match.js";
import { PortNo } from "../../port/port-no.js";
import { formatInstructions } from "../action/actions.js";
import { formatMatch } from "../match/match.js";
import { looseMatch10 } from "../match/match10.js";
import { withoutStructure } from "../match/match11.js";
import { instructionsFault, matchFault, matchLength, nxMatchFault } from "../message/diagnose.js";
import { type NoteSink, notePort, warn } from "../notes/note.js";
import type { Context, TextOptions } from "../options.js";
import { TEXT_OPTIONS } from "../options.js";
import { type Printers, statsBody } from "../printer.js";
import type { MessageOf } from "../types.js";
import { counter, duration, hasTableName, hex0, isPort, portText, tableText } from "../words.js";
import { ANY_TABLE, flagWords, refuseFlags } from "./flow-words.js";
import { oxsFault, oxsLength } from "./oxs.js";

/** How a flow is printed. */
export interface FlowOptions extends TextOptions {
  /** Whether its counters and age are printed; true unless given. */
  readonly stats?: boolean | undefined;
}

/** What {@link FlowOptions} has, for its check. */
export const FLOW_OPTIONS: OptionTable<FlowOptions> = { ...TEXT_OPTIONS, stats: "boolean" };

/** The text of one flow, such as `cookie=0x0, duration=1s, table=0, n_packets=3, n_bytes=180, tcp actions=output:1`: a line of `dump-flows` without the space before it. */
export function formatFlow(flow: FlowStats, o: FlowOptions = {}): string {
  checkOptions("formatFlow", o, FLOW_OPTIONS);
  return flowText(flow, flow.match, o);
}

function flowText(flow: FlowStats, match: Match, o: FlowOptions): string {
  const stats = o.stats !== false;
  let text = "";
  if (stats || flow.cookie !== 0n) text += `cookie=${hex0(flow.cookie)}, `;
  if (stats) text += `duration=${duration(flow.durationSec, flow.durationNsec)}, `;
  if (stats || flow.tableId !== 0 || hasTableName(flow.tableId, o)) text += `table=${tableText(flow.tableId, o)}, `;
  if (stats) text += `n_packets=${counter(flow.packetCount)}, n_bytes=${counter(flow.byteCount)}, `;
  if (flow.idleTimeout !== 0) text += `idle_timeout=${flow.idleTimeout}, `;
  if (flow.hardTimeout !== 0) text += `hard_timeout=${flow.hardTimeout}, `;
  if (flow.flags !== 0) text += flagWords(flow.flags);
  if (flow.importance !== 0) text += `importance=${flow.importance}, `;
  // Open vSwitch has ages as signed numbers
  if (stats && flow.idleAge < 0x80000000) text += `idle_age=${flow.idleAge}, `;
  if (stats && flow.hardAge !== NO_AGE && flow.hardAge !== flow.durationSec) text += `hard_age=${flow.hardAge}, `;
  const told = formatMatch(match, { portNames: o.portNames, version: o.version, priority: flow.priority });
  return `${text}${told === "" ? "" : `${told} `}actions=${formatInstructions(flow.instructions, o)}`;
}

const FLOW_MATCH10 = 4;
const FLOW_LENGTH10 = 88;

/** The flows of a reply of OpenFlow 1.0 with the matches as they stand on the wire. */
function flowList10(m: MessageOf<"flow-stats-reply">, c: Context): string {
  const chunk = new Chunk(c.raw());
  let text = "";
  let p = statsBody(1);
  for (const flow of m.flows) {
    text += `\n ${flowText(flow, looseMatch10(chunk, p + FLOW_MATCH10), c)}`;
    p += Math.max(FLOW_LENGTH10, chunk.dv.getUint16(p));
  }
  return text;
}

type Request = Pick<InstanceType<typeof AggregateStatsRequest>, "format" | "tableId" | "outPort" | "match">;

/** Whether a message has the match structure of OpenFlow 1.0. */
const isOld = (m: { readonly format: string }, c: Context): boolean => c.version === 1 && m.format === "";

function requestText(m: Request, c: Context): string {
  let text = "";
  if (m.tableId !== ANY_TABLE) text += ` table=${tableText(m.tableId, c)}`;
  if (m.outPort !== PortNo.Any) text += ` out_port=${portText(m.outPort, c)}`;
  const match = isOld(m, c) ? looseMatch10(new Chunk(c.raw()), statsBody(1)) : m.match;
  return `${text} ${formatMatch(match, c)}`;
}

function refuseRequest(m: Request, c: Context): string | undefined {
  if (m.format === "nxt") return checkMatch(m.match, OPEN_VSWITCH, { cookie: true })?.error;
  return c.version === 1 ? undefined : isPort(m.outPort) ? checkMatch(m.match, OPEN_VSWITCH)?.error : "OFPBAC_BAD_OUT_PORT";
}

/** Where the length of Nicira's match stands in a request, and the match. */
const NX_REQUEST = { length: 26, match: 32 } as const;
/** Where the match stands in a request, and in one flow of a reply. */
const REQUEST_MATCH = 32;

const isNicira = (c: Chunk): boolean => c.dv.getUint16(8) === EXPERIMENTER;

function diagnoseRequest(c: Chunk, { version, log }: Context): string | undefined {
  const end = c.u8.length;
  if (version === 1) {
    if (!isNicira(c)) return undefined;
    const length = c.dv.getUint16(NX_REQUEST.length);
    const fault = nxMatchFault(c, NX_REQUEST.match, end, length, version, { cookie: true }, log);
    return fault ?? (NX_REQUEST.match + ((length + 7) & ~7) === end ? undefined : "OFPBRC_BAD_LEN");
  }
  const p = statsBody(version);
  const port = c.dv.getUint32(p + 4);
  if (isPort(port)) return matchFault(c, p + REQUEST_MATCH, end, version, {}, log);
  notePort(log, port);
  return "OFPBAC_BAD_OUT_PORT";
}

const FLOW_LENGTH = 48;
const FLOW_LENGTH15 = 24;
/** What Open vSwitch says of a flow of OpenFlow 1.5 that it cannot read. */
const INVALID = "<invalid>";

function diagnoseFlow15(c: Chunk, p: number, log: NoteSink | undefined): string | undefined {
  const end = c.u8.length;
  if (end - p < FLOW_LENGTH15 || c.dv.getUint16(p) < FLOW_LENGTH15) return INVALID;
  const e = p + c.dv.getUint16(p);
  let q = p + FLOW_LENGTH15;
  if (matchFault(c, q, end, 6, {}, log) !== undefined) {
    warn(log, FLOWS, "OFPST_FLOW reply bad match");
    return INVALID;
  }
  q += matchLength(c, q);
  const flags = refuseFlags(c.dv.getUint16(p + 12), 6);
  if (flags !== undefined) return flags;
  if (oxsFault(c, q, end) !== undefined) {
    warn(log, FLOWS, "OXS OFPST_FLOW reply bad stats");
    return INVALID;
  }
  q += oxsLength(c, q);
  return flowInstructions(c, q, e, 6, log);
}

const FLOWS = "ofp_flow";

/** Notes that a reply has bytes that are no whole flow, or a flow shorter than flows are. */
function noteFlow(c: Chunk, p: number, least: number, log: NoteSink | undefined): void {
  const left = c.u8.length - p;
  warn(
    log,
    FLOWS,
    left < least ? `OFPST_FLOW reply has ${left} leftover bytes at end` : `OFPST_FLOW reply claims invalid length ${c.dv.getUint16(p)}`,
  );
}

/** What is wrong with the instructions of a flow in [q, e). */
function flowInstructions(c: Chunk, q: number, e: number, version: Version, log: NoteSink | undefined): string | undefined {
  const fault = e < q || e > c.u8.length ? (version === 1 ? "OFPBRC_BAD_LEN" : "OFPBIC_BAD_LEN") : instructionsFault(c, q, e, version, log);
  if (fault !== undefined) warn(log, FLOWS, "OFPST_FLOW reply bad instructions");
  return fault;
}

function diagnoseFlow(c: Chunk, p: number, { version, log }: Context): string | undefined {
  if (version === 6) return diagnoseFlow15(c, p, log);
  const end = c.u8.length;
  const least = version === 1 ? FLOW_LENGTH10 : FLOW_LENGTH;
  if (end - p < least || c.dv.getUint16(p) < least) {
    noteFlow(c, p, least, log);
    return "OFPBRC_BAD_LEN";
  }
  const e = p + c.dv.getUint16(p);
  let q = p + least;
  if (version > 1) {
    const fault = matchFault(c, q, end, version, {}, log);
    if (fault !== undefined) {
      warn(log, FLOWS, "OFPST_FLOW reply bad match");
      return fault;
    }
    const flags = version >= 4 ? refuseFlags(c.dv.getUint16(p + 18), version) : undefined;
    if (flags !== undefined) return flags;
    q += matchLength(c, q);
  }
  return flowInstructions(c, q, e, version, log);
}

function refuseFlow(flow: FlowStats, c: Context): string | undefined {
  if (c.version === 1) return checkInstructions(flow.instructions, 1, OPEN_VSWITCH)?.error;
  const match = checkMatch(flow.match, OPEN_VSWITCH)?.error;
  if (match !== undefined) return c.version === 6 ? INVALID : match;
  return (
    (c.version >= 4 ? refuseFlags(flow.flags, c.version) : undefined) ??
    checkInstructions(flow.instructions, c.version, OPEN_VSWITCH)?.error
  );
}

/** Where the flows of Nicira's reply start. */
const NX_FLOWS = 24;

/** What is wrong with a flow of Nicira's at `p`. */
function diagnoseNxFlow(c: Chunk, p: number, log: NoteSink | undefined): string | undefined {
  const end = c.u8.length;
  if (end - p < FLOW_LENGTH) {
    warn(log, FLOWS, `NXST_FLOW reply has ${end - p} leftover bytes at end`);
    return "OFPBRC_BAD_LEN";
  }
  const matchLen = c.dv.getUint16(p + 18);
  const q = p + FLOW_LENGTH + ((matchLen + 7) & ~7);
  const e = p + c.dv.getUint16(p);
  if (e < q) {
    warn(log, FLOWS, `NXST_FLOW reply with match_len=${matchLen} claims invalid length ${e - p}`);
    return "OFPBRC_BAD_LEN";
  }
  return nxMatchFault(c, p + FLOW_LENGTH, end, matchLen, 1, {}, log) ?? flowInstructions(c, q, e, 1, log);
}

/** A reply of Nicira's, flow by flow. */
function nxFlows(chunk: Chunk, c: Context): readonly [string, string | undefined] | undefined {
  if (c.version !== 1 || !isNicira(chunk)) return undefined;
  const end = chunk.u8.length;
  const codec = NX_FLOW_STATS.codec(1, "interpreted");
  let text = "";
  for (let p = NX_FLOWS; p < end; ) {
    const fault = diagnoseNxFlow(chunk, p, c.log);
    if (fault !== undefined) return [text, fault];
    try {
      const e = elementEnd(chunk, p, end, NX_FLOW_STATS.frame(1)!);
      const flow = codec.decode(chunk, p, e);
      text += `\n ${flowText(flow, flow.match, c)}`;
      p = e;
    } catch (e) {
      if (!(e instanceof DecodeError)) throw e;
      return [text, e.reason];
    }
  }
  return [text, undefined];
}

/** The counters of a flow, which Open vSwitch does not print. */
function countersText(f: FlowCounters, c: Context): string {
  let text = `table=${tableText(f.tableId, c)}, `;
  if (f.durationSec !== NO_AGE) text += `duration=${duration(f.durationSec, f.durationNsec)}, `;
  if (f.idleAge !== NO_AGE) text += `idle_age=${duration(f.idleAge, f.idleAgeNsec)}, `;
  text += `n_packets=${counter(f.packetCount)}, n_bytes=${counter(f.byteCount)}`;
  const match = formatMatch(f.match, { portNames: c.portNames, version: c.version, priority: f.priority });
  return match === "" ? text : `${text}, ${match}`;
}

const request = {
  text: requestText,
  refuse: refuseRequest,
  diagnose: diagnoseRequest,
  reduce: (chunk: Chunk, { version }: Context): Chunk => withoutStructure(chunk, statsBody(version) + REQUEST_MATCH, version),
};

/** The flows of a reply with matches that are lists of fields. */
function plainFlows(chunk: Chunk, { version }: Context): Chunk {
  const least = version === 6 ? FLOW_LENGTH15 : FLOW_LENGTH;
  let c = chunk;
  for (let p = statsBody(version); c.u8.length - p >= least; ) {
    const length = c.dv.getUint16(p);
    if (length < least || length > c.u8.length - p) break;
    c = withoutStructure(c, p + least, version, p);
    p += c.dv.getUint16(p);
  }
  return c;
}

/** The messages that report flows. */
export const FLOW_PRINTERS: Printers<
  | "flow-stats-request"
  | "flow-stats-reply"
  | "aggregate-stats-request"
  | "aggregate-stats-reply"
  | "flow-counters-request"
  | "flow-counters-reply"
> = {
  "flow-stats-request": request,
  "flow-stats-reply": {
    whole: nxFlows,
    reduce: plainFlows,
    text(m, c) {
      if (isOld(m, c)) return flowList10(m, c);
      let text = "";
      for (const flow of m.flows) text += `\n ${flowText(flow, flow.match, c)}`;
      return text;
    },
    items: {
      field: "flows",
      element: FlowStatsStruct,
      at: statsBody,
      refuse: (flow, c) => refuseFlow(flow as FlowStats, c),
      diagnose: diagnoseFlow,
    },
  },
  "aggregate-stats-request": request,
  "aggregate-stats-reply": {
    text: (m) => ` packet_count=${m.packetCount} byte_count=${m.byteCount} flow_count=${m.flowCount}`,
  },
  "flow-counters-request": { text: (m, c) => requestText({ ...m, format: "" }, c) },
  "flow-counters-reply": { text: (m, c) => m.flows.map((f) => `\n ${countersText(f, c)}`).join("") },
};

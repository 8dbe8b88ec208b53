import { Chunk } from "../../bytes/mod.js";
import { FlowModCommand, FlowModFlags, FlowRemovedReason } from "../flow-mod.js";
import type { AggregateStatsRequest, FlowStats } from "../multipart/flow.js";
import { FlowStats as FlowStatsStruct } from "../multipart/flow.js";
import type { Match } from "../oxm/match.js";
import { NO_BUFFER } from "../packet-in.js";
import { PortNo } from "../port-no.js";
import { formatInstructions } from "./actions.js";
import { refuseInstructions, refuseInstructionsFor } from "./check-actions.js";
import { refuseMatch } from "./check-match.js";
import { instructionsFault, matchFault, matchLength } from "./diagnose.js";
import { formatMatch } from "./match.js";
import { formatMatch10, isExact10, looseMatch10, normalMatch10 } from "./match10.js";
import type { Context, TextOptions } from "./options.js";
import { type Printers, statsBody } from "./printer.js";
import type { MessageOf } from "./types.js";
import { counter, duration, hasTableName, hex0, isPort, portText, tableText } from "./words.js";

const COMMAND_WORDS: Readonly<Record<number, string>> = {
  [FlowModCommand.Add]: "ADD",
  [FlowModCommand.Modify]: "MOD",
  [FlowModCommand.ModifyStrict]: "MOD_STRICT",
  [FlowModCommand.Delete]: "DEL",
  [FlowModCommand.DeleteStrict]: "DEL_STRICT",
};

/** The flags of a flow with the first version that has them. `RESET_COUNTS` is printed of versions that let one choose. */
const FLAG_WORDS: readonly (readonly [flag: number, word: string, since: number])[] = [
  [FlowModFlags.SendFlowRem, "send_flow_rem", 1],
  [FlowModFlags.CheckOverlap, "check_overlap", 1],
  [FlowModFlags.ResetCounts, "reset_counts", 3],
  [FlowModFlags.NoPktCounts, "no_packet_counts", 4],
  [FlowModFlags.NoBytCounts, "no_byte_counts", 4],
];

/** The bit of the emergency flows of OpenFlow 1.0. */
const EMERGENCY = 4;
const ALL_ONES = 0xffffffffffffffffn;

const REASON_WORDS: Readonly<Record<number, string>> = {
  [FlowRemovedReason.IdleTimeout]: "idle",
  [FlowRemovedReason.HardTimeout]: "hard",
  [FlowRemovedReason.Delete]: "delete",
  [FlowRemovedReason.GroupDelete]: "group_delete",
  [FlowRemovedReason.MeterDelete]: "meter_delete",
  [FlowRemovedReason.Eviction]: "eviction",
};

function flagWords(flags: number): string {
  let text = "";
  for (const [flag, word] of FLAG_WORDS) if ((flags & flag) !== 0) text += `${word} `;
  return text;
}

/** Flags that a version does not have. */
function refuseFlags(flags: number, version: number): string | undefined {
  let rest = flags;
  for (const [flag, , since] of FLAG_WORDS) if (version >= since) rest &= ~flag;
  if (version === 1) rest &= ~EMERGENCY;
  return rest === 0 ? undefined : "OFPFMFC_BAD_FLAGS";
}

/** How a flow is told. */
export interface FlowOptions extends TextOptions {
  /** Whether its counters and age are told; true unless given. */
  readonly stats?: boolean | undefined;
}

/** The text of one flow, such as `cookie=0x0, duration=1s, table=0, n_packets=3, n_bytes=180, tcp actions=output:1`: a line of `dump-flows` without the space before it. */
export function formatFlow(flow: FlowStats, o: FlowOptions = {}): string {
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
  const told = formatMatch(match, { portNames: o.portNames, priority: flow.priority });
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

const MOD_MATCH10 = 8;

function modText(m: MessageOf<"flow-mod">, c: Context): string {
  const old = c.version === 1;
  const chunk = old ? new Chunk(c.raw()) : undefined;
  const add = m.command === FlowModCommand.Add;
  const deletes = m.command === FlowModCommand.Delete || m.command === FlowModCommand.DeleteStrict;
  // OpenFlow 1.0 has the table, where it has one, in the upper half of the command
  const tableId = chunk === undefined ? m.tableId : chunk.u8[56]!;
  const command = chunk === undefined ? m.command : chunk.u8[57]!;
  let text = ` ${COMMAND_WORDS[command] ?? `cmd:${command}`}`;
  if (tableId !== 0 || hasTableName(tableId, c)) text += ` table:${tableText(tableId, c)}`;
  text += " ";
  const priority = chunk !== undefined && isExact10(chunk, MOD_MATCH10) ? 0xffff : m.priority;
  const asOnWire = chunk !== undefined && c.verbosity >= 3;
  text += asOnWire
    ? formatMatch10(chunk, MOD_MATCH10, c)
    : formatMatch(chunk === undefined ? m.match : normalMatch10(chunk, MOD_MATCH10), { portNames: c.portNames, priority });
  if (!text.endsWith(" ")) text += " ";
  const renewed = old || add || (c.version === 2 && !deletes && m.cookieMask === 0n);
  if (renewed && m.cookie !== 0n && m.cookie !== ALL_ONES) text += `cookie:${hex0(m.cookie)} `;
  if (!renewed && m.cookieMask !== 0n) text += `cookie:${hex0(m.cookie)}/${hex0(m.cookieMask)} `;
  if (m.idleTimeout !== 0) text += `idle:${m.idleTimeout} `;
  if (m.hardTimeout !== 0) text += `hard:${m.hardTimeout} `;
  if (add && m.importance !== 0) text += `importance:${m.importance} `;
  if (asOnWire && priority !== 0x8000) text += `pri:${priority} `;
  if (m.bufferId !== NO_BUFFER) text += `buf:${hex0(m.bufferId)} `;
  if (m.outPort !== PortNo.Any) text += `out_port:${portText(m.outPort, c)} `;
  text += flagWords(c.version <= 2 ? m.flags & ~FlowModFlags.ResetCounts : m.flags);
  return `${text}actions=${formatInstructions(m.instructions, c)}`;
}

const ANY_TABLE = 0xff;

function refuseMod(m: MessageOf<"flow-mod">, c: Context): string | undefined {
  const { version } = c;
  const deletes = m.command === FlowModCommand.Delete || m.command === FlowModCommand.DeleteStrict;
  let tableId = m.tableId;
  let command = m.command;
  if (version === 1) {
    tableId = c.raw()[56]!;
    command = c.raw()[57]!;
  } else {
    const fault = refuseMatch(m.match, version);
    if (fault !== undefined) return fault;
    if (tableId === ANY_TABLE && (version === 2 || !deletes)) return "OFPFMFC_BAD_TABLE_ID";
    if (!isPort(m.outPort)) return "OFPBAC_BAD_OUT_PORT";
  }
  if (command > FlowModCommand.DeleteStrict) return "OFPFMFC_BAD_COMMAND";
  const fault = refuseInstructions(m.instructions, version) ?? refuseFlags(m.flags, version);
  if (fault !== undefined) return fault;
  if (version === 1 && (m.flags & EMERGENCY) !== 0) {
    return m.idleTimeout !== 0 || m.hardTimeout !== 0 ? "OFPFMFC_BAD_EMERG_TIMEOUT" : "OFPFMFC_TABLE_FULL";
  }
  return refuseInstructionsFor(m.match, m.instructions, tableId, version);
}

type Request = Pick<InstanceType<typeof AggregateStatsRequest>, "tableId" | "outPort" | "match">;

function requestText(m: Request, c: Context): string {
  let text = "";
  if (m.tableId !== ANY_TABLE) text += ` table=${tableText(m.tableId, c)}`;
  if (m.outPort !== PortNo.Any) text += ` out_port=${portText(m.outPort, c)}`;
  const match = c.version === 1 ? looseMatch10(new Chunk(c.raw()), statsBody(1)) : m.match;
  return `${text} ${formatMatch(match, c)}`;
}

const refuseRequest = (m: Request, c: Context): string | undefined =>
  c.version === 1 ? undefined : isPort(m.outPort) ? refuseMatch(m.match, c.version) : "OFPBAC_BAD_OUT_PORT";

function removedText(m: MessageOf<"flow-removed">, c: Context): string {
  const match = c.version === 1 ? looseMatch10(new Chunk(c.raw()), 8) : m.match;
  let text = ` ${formatMatch(match, { portNames: c.portNames, priority: m.priority })}`;
  text += ` reason=${REASON_WORDS[m.reason] ?? m.reason}`;
  if (c.version > 1 && m.tableId !== ANY_TABLE) text += ` table_id=${tableText(m.tableId, c)}`;
  if (m.cookie !== 0n) text += ` cookie:${hex0(m.cookie)}`;
  text += ` duration${duration(m.durationSec, m.durationNsec)} idle${m.idleTimeout}`;
  if (m.hardTimeout !== 0) text += ` hard${m.hardTimeout}`;
  return `${text} pkts${m.packetCount} bytes${m.byteCount}\n`;
}

/** Where the match stands in a request, a flow-mod, a flow-removed, and in one flow of a reply, since OpenFlow 1.1. */
const MATCH_AT = { request: 32, mod: 48, removed: 48, flow: 48 } as const;
const FLOW_LENGTH = 48;
const MOD_ACTIONS10 = 72;

function diagnoseMod(c: Chunk, { version }: Context): string | undefined {
  const end = c.u8.length;
  const command = c.u8[version === 1 ? 57 : 25]!;
  let p = MOD_ACTIONS10;
  if (version > 1) {
    const fault = matchFault(c, MATCH_AT.mod, end, version);
    if (fault !== undefined) return fault;
    const deletes = command === FlowModCommand.Delete || command === FlowModCommand.DeleteStrict;
    if (c.u8[24] === ANY_TABLE && (version === 2 || !deletes)) return "OFPFMFC_BAD_TABLE_ID";
    if (!isPort(c.dv.getUint32(36))) return "OFPBAC_BAD_OUT_PORT";
    p = MATCH_AT.mod + matchLength(c, MATCH_AT.mod);
  }
  if (command > FlowModCommand.DeleteStrict) return "OFPFMFC_BAD_COMMAND";
  return instructionsFault(c, p, end, version);
}

function diagnoseRequest(c: Chunk, { version }: Context): string | undefined {
  if (version === 1) return undefined;
  const p = statsBody(version);
  return isPort(c.dv.getUint32(p + 4)) ? matchFault(c, p + MATCH_AT.request, c.u8.length, version) : "OFPBAC_BAD_OUT_PORT";
}

function diagnoseFlow(c: Chunk, p: number, { version }: Context): string | undefined {
  const end = c.u8.length;
  const least = version === 1 ? FLOW_LENGTH10 : FLOW_LENGTH;
  if (end - p < least || c.dv.getUint16(p) < least) return "OFPBRC_BAD_LEN";
  const e = p + c.dv.getUint16(p);
  let q = p + least;
  if (version > 1) {
    const fault = matchFault(c, p + MATCH_AT.flow, end, version);
    if (fault !== undefined) return fault;
    q += matchLength(c, p + MATCH_AT.flow);
    const flags = version >= 4 ? refuseFlags(c.dv.getUint16(p + 18), version) : undefined;
    if (flags !== undefined) return flags;
  }
  if (e < q || e > end) return version === 1 ? "OFPBRC_BAD_LEN" : "OFPBIC_BAD_LEN";
  return instructionsFault(c, q, e, version);
}

function refuseFlow(flow: FlowStats, c: Context): string | undefined {
  if (c.version === 1) return refuseInstructions(flow.instructions, 1);
  return (
    refuseMatch(flow.match, c.version) ??
    (c.version >= 4 ? refuseFlags(flow.flags, c.version) : undefined) ??
    refuseInstructions(flow.instructions, c.version)
  );
}

/** The messages about flows. */
export const FLOW_PRINTERS: Printers<
  "flow-mod" | "flow-removed" | "flow-stats-request" | "flow-stats-reply" | "aggregate-stats-request" | "aggregate-stats-reply"
> = {
  "flow-mod": { text: modText, refuse: refuseMod, diagnose: diagnoseMod },
  "flow-removed": {
    text: removedText,
    refuse: (m, c) => (c.version === 1 ? undefined : refuseMatch(m.match, c.version)),
    diagnose: (chunk, { version }) => (version === 1 ? undefined : matchFault(chunk, MATCH_AT.removed, chunk.u8.length, version)),
  },
  "flow-stats-request": { text: requestText, refuse: refuseRequest, diagnose: diagnoseRequest },
  "flow-stats-reply": {
    text(m, c) {
      if (c.version === 1) return flowList10(m, c);
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
  "aggregate-stats-request": { text: requestText, refuse: refuseRequest, diagnose: diagnoseRequest },
  "aggregate-stats-reply": {
    text: (m) => ` packet_count=${m.packetCount} byte_count=${m.byteCount} flow_count=${m.flowCount}`,
  },
};

import { ALL_TABLES, type FlowMod, FlowModCommand, FlowModFlags, FlowRemovedReason, NO_BUFFER } from "../ofp/mod.js";
import { compileFlow, refuseMatch } from "./compile-flow.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";
import type { FlowInit } from "./flow.js";
import type { FlowFilter, FlowTable } from "./flow-table.js";
import type { Raw } from "./raw.js";
import { Refusal } from "./refusal.js";
import type { Work } from "./work.js";

const FLAGS10 = FlowModFlags.SendFlowRem | FlowModFlags.CheckOverlap | FlowModFlags.Emergency;
const FLAGS13 = 0x1f;
/** The wildcards of a match of OpenFlow 1.0, and where they stand in a flow-mod. §5.2.3 */
const WILDCARDS = 0x3fffff;
const WILDCARDS_AT = 8;
/** A cookie that a modification of OpenFlow 1.0 leaves as it is, as in Open vSwitch. */
const KEEP_COOKIE = 0xffff_ffff_ffff_ffffn;

/**
 * Carries out a flow-mod. It is refused as a whole: an error means that no flow was changed. OpenFlow 1.0 §4.6, 1.3 §6.4, §7.3.4.1
 * @returns the work of changing or removing the flows that it means
 */
export function handleFlowMod(core: Core, connection: Connection, m: FlowMod, raw: Raw): Work | undefined {
  const { version } = connection;
  const old = version === 1;
  if (old && m.tableId !== 0) throw new Refusal("OFPFMFC_BAD_COMMAND", `flow-mod command ${m.tableId * 256 + m.command}`);
  if (m.command > FlowModCommand.DeleteStrict) throw new Refusal("OFPFMFC_BAD_COMMAND", `flow-mod command ${m.command}`);
  refuseMatch(m.match);
  checkFlags(m, old);
  const priority = old && isExact(raw) ? 0xffff : m.priority;
  if (m.command >= FlowModCommand.Delete) return removeFlows(core, m, priority, old);
  const { tables } = core.forwarder;
  const table = tables[m.tableId];
  if (table === undefined) throw new Refusal("OFPFMFC_BAD_TABLE_ID", `there is no table ${m.tableId}`);
  const init: FlowInit = {
    match: m.match,
    priority,
    cookie: m.cookie,
    idleTimeout: m.idleTimeout,
    hardTimeout: m.hardTimeout,
    // what OpenFlow 1.0 always does when a flow is added is a flag in later versions, and is reported as one
    flags: m.flags | (old && m.command === FlowModCommand.Add ? FlowModFlags.ResetCounts : 0),
    instructions: m.instructions,
    program: compileFlow(m.match, m.instructions, { version, tableId: m.tableId, tables: tables.length }),
  };
  if (m.bufferId !== NO_BUFFER && connection.buffer.peek(m.bufferId) === undefined)
    throw new Refusal("OFPBRC_BUFFER_UNKNOWN", `flow-mod: no packet is held as ${m.bufferId}; no flow was changed`);
  if (m.command !== FlowModCommand.Add) return modifyFlows(core, connection, m, init);
  add(table, init);
  resume(core, connection, m.bufferId);
  return undefined;
}

/** OpenFlow 1.0: a flow that matches one combination of fields only has the highest priority, whatever the message says. §3.4 */
const isExact = ({ c, p }: Raw): boolean => (c.dv.getUint32(p + WILDCARDS_AT) & WILDCARDS) === 0;

function checkFlags({ flags, idleTimeout, hardTimeout }: FlowMod, old: boolean): void {
  if ((flags & ~(old ? FLAGS10 : FLAGS13)) !== 0)
    throw new Refusal(old ? "OFPFMFC_UNSUPPORTED" : "OFPFMFC_BAD_FLAGS", `flow-mod flags 0x${flags.toString(16)}`);
  if (!old || (flags & FlowModFlags.Emergency) === 0) return;
  if (idleTimeout !== 0 || hardTimeout !== 0) throw new Refusal("OFPFMFC_BAD_EMERG_TIMEOUT", "an emergency flow has no time-outs");
  // no error says that there are no such flows; Open vSwitch answers the same
  throw new Refusal("OFPFMFC_TABLE_FULL", "there is no table of emergency flows");
}

function add(table: FlowTable, init: FlowInit): void {
  table.add(init, {
    checkOverlap: (init.flags & FlowModFlags.CheckOverlap) !== 0,
    resetCounts: (init.flags & FlowModFlags.ResetCounts) !== 0,
  });
}

/** The packet that a flow-mod names goes through the tables once they have changed. */
function resume(core: Core, connection: Connection, bufferId: number): void {
  if (bufferId === NO_BUFFER) return;
  const held = connection.buffer.take(bufferId);
  if (held !== undefined) core.forwarder.resume(held.frame, held.inPort);
}

/** OpenFlow 1.0 knows no tables: it changes flows wherever they are, and adds one to the first table where there is none. */
function* modifyFlows(core: Core, connection: Connection, m: FlowMod, init: FlowInit): Work {
  const old = connection.version === 1;
  const { tables } = core.forwarder;
  const filter: FlowFilter = {
    match: m.match,
    ...(m.command === FlowModCommand.ModifyStrict && { strictPriority: init.priority }),
    cookie: m.cookie,
    cookieMask: old ? 0n : m.cookieMask,
  };
  const change = {
    instructions: init.instructions,
    program: init.program,
    ...(old && m.cookie !== KEEP_COOKIE && { cookie: m.cookie }),
    resetCounts: !old && (m.flags & FlowModFlags.ResetCounts) !== 0,
  };
  let changed = 0;
  for (const table of old ? tables : [tables[m.tableId]!]) {
    for (const flow of table.visit(filter)) {
      if (flow !== undefined) {
        table.change(flow, change);
        changed++;
      }
      yield;
    }
  }
  if (changed === 0 && old && m.cookie !== KEEP_COOKIE) add(tables[0]!, init);
  resume(core, connection, m.bufferId);
}

function removeFlows(core: Core, m: FlowMod, priority: number, old: boolean): Work {
  const { tables } = core.forwarder;
  const meant = old || m.tableId === ALL_TABLES ? tables : tables.slice(m.tableId, m.tableId + 1);
  if (meant.length === 0) throw new Refusal("OFPFMFC_BAD_TABLE_ID", `there is no table ${m.tableId}`);
  return removeFrom(meant, {
    match: m.match,
    ...(m.command === FlowModCommand.DeleteStrict && { strictPriority: priority }),
    cookie: m.cookie,
    cookieMask: old ? 0n : m.cookieMask,
    outPort: m.outPort,
    outGroup: m.outGroup,
  });
}

function* removeFrom(tables: readonly FlowTable[], filter: FlowFilter): Work {
  for (const table of tables) {
    for (const flow of table.visit(filter)) {
      if (flow !== undefined) table.remove(flow, FlowRemovedReason.Delete);
      yield;
    }
  }
}

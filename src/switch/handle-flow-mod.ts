import { ALL_TABLES, type FlowMod, FlowModCommand, FlowModFlags, NO_BUFFER } from "../ofp/mod.js";
import { checkMatch, compileFlow } from "./compile-flow.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";
import type { FlowInit } from "./flow.js";
import type { FlowFilter, FlowTable } from "./flow-table.js";
import type { Raw } from "./raw.js";
import { Refusal } from "./refusal.js";

/** The flags that stay with a flow. */
const KEPT = FlowModFlags.SendFlowRem | FlowModFlags.NoPktCounts | FlowModFlags.NoBytCounts;

/** Carries out a flow-mod. OpenFlow 1.0 §4.6, 1.3 §6.4, §7.3.4.1 */
export function handleFlowMod(core: Core, connection: Connection, m: FlowMod, raw: Raw): void {
  const { version } = connection;
  checkFlags(m.flags, version === 1);
  if (version === 1 && m.tableId !== 0) throw new Refusal("OFPFMFC_BAD_COMMAND", `flow-mod command ${m.tableId * 256 + m.command}`);
  if (m.command > FlowModCommand.DeleteStrict) throw new Refusal("OFPFMFC_BAD_COMMAND", `flow-mod command ${m.command}`);
  checkMatch(m.match);
  if (m.command >= FlowModCommand.Delete) {
    remove(core, m);
    return;
  }
  const { tables } = core.forwarder;
  const table = tables[m.tableId];
  if (table === undefined) throw new Refusal("OFPFMFC_BAD_TABLE_ID", `there is no table ${m.tableId}`);
  const init: FlowInit = {
    match: m.match,
    priority: m.priority,
    cookie: m.cookie,
    idleTimeout: m.idleTimeout,
    hardTimeout: m.hardTimeout,
    flags: m.flags & KEPT,
    instructions: m.instructions,
    program: compileFlow(m.match, m.instructions, { version, tableId: m.tableId, tables: tables.length }),
  };
  if (m.command === FlowModCommand.Add) add(table, m, init, version);
  else modify(table, m, init, version);
  if (m.bufferId === NO_BUFFER) return;
  const held = connection.buffer.take(m.bufferId);
  if (held === undefined) connection.refuse("OFPBRC_BUFFER_UNKNOWN", `flow-mod: no packet is held as ${m.bufferId}; the flow stands`, raw);
  else core.forwarder.resume(held.frame, held.inPort);
}

function checkFlags(flags: number, old: boolean): void {
  if (old && (flags & FlowModFlags.Emergency) !== 0) {
    // no error says that there are no such flows; Open vSwitch answers the same
    throw new Refusal("OFPFMFC_TABLE_FULL", "there is no table of emergency flows");
  }
  const known = old ? FlowModFlags.SendFlowRem | FlowModFlags.CheckOverlap : 0x1f;
  if ((flags & ~known) !== 0)
    throw new Refusal(old ? "OFPFMFC_UNSUPPORTED" : "OFPFMFC_BAD_FLAGS", `flow-mod flags 0x${flags.toString(16)}`);
}

function add(table: FlowTable, m: FlowMod, init: FlowInit, version: number): void {
  table.add(init, {
    checkOverlap: (m.flags & FlowModFlags.CheckOverlap) !== 0,
    resetCounts: version < 3 || (m.flags & FlowModFlags.ResetCounts) !== 0,
  });
}

function modify(table: FlowTable, m: FlowMod, init: FlowInit, version: number): void {
  const old = version < 3;
  const filter: FlowFilter = {
    match: m.match,
    ...(m.command === FlowModCommand.ModifyStrict && { strictPriority: m.priority }),
    cookie: m.cookie,
    cookieMask: old ? 0n : m.cookieMask,
  };
  const changed = table.modify(filter, {
    instructions: init.instructions,
    program: init.program,
    ...(old && { cookie: m.cookie }),
    resetCounts: !old && (m.flags & FlowModFlags.ResetCounts) !== 0,
  });
  if (changed === 0 && old) add(table, m, init, version);
}

function remove(core: Core, m: FlowMod): void {
  const { tables } = core.forwarder;
  const meant = m.tableId === ALL_TABLES ? tables : tables.slice(m.tableId, m.tableId + 1);
  if (meant.length === 0) throw new Refusal("OFPFMFC_BAD_TABLE_ID", `there is no table ${m.tableId}`);
  const filter: FlowFilter = {
    match: m.match,
    ...(m.command === FlowModCommand.DeleteStrict && { strictPriority: m.priority }),
    cookie: m.cookie,
    cookieMask: m.cookieMask,
    outPort: m.outPort,
    outGroup: m.outGroup,
  };
  for (const table of meant) table.delete(filter);
}

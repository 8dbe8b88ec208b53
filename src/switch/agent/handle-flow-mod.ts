import { ALL_TABLES, type FlowMod, FlowModCommand, FlowModFlags, FlowRemovedReason, NO_BUFFER, SAME_COOKIE } from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import { compileFlow, refuseMatch } from "../actions/compile-flow.js";
import type { FlowInit } from "../tables/flow.js";
import type { FlowCriteria, FlowTable } from "../tables/flow-table.js";
import type { Journal } from "../work/journal.js";
import { Refusal } from "../work/refusal.js";
import type { Work } from "../work/work.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";
import type { Raw } from "./raw.js";

const { SendFlowRem, CheckOverlap, ResetCounts, NoPktCounts, NoBytCounts, Emergency } = FlowModFlags;

/** The flags that each version has. */
const FLAGS: Readonly<Record<Version, number>> = {
  1: SendFlowRem | CheckOverlap | Emergency,
  2: SendFlowRem | CheckOverlap,
  3: SendFlowRem | CheckOverlap | ResetCounts,
  4: SendFlowRem | CheckOverlap | ResetCounts | NoPktCounts | NoBytCounts,
  5: SendFlowRem | CheckOverlap | ResetCounts | NoPktCounts | NoBytCounts,
  6: SendFlowRem | CheckOverlap | ResetCounts | NoPktCounts | NoBytCounts,
};
/** The wildcards of a match of OpenFlow 1.0, and where they stand in a flow-mod. §5.2.3 */
const WILDCARDS = 0x3fffff;
const WILDCARDS_AT = 8;

/** What the cookies of a flow-mod mean, which they do in three ways. Open vSwitch lib/ofp-flow.c (ofputil_decode_flow_mod) */
interface Cookies {
  /** Which flows are meant. */
  readonly cookie: bigint;
  readonly cookieMask: bigint;
  /** What a new flow has. */
  readonly fresh: bigint;
  /** What a changed flow gets; undefined leaves it. */
  readonly changed: bigint | undefined;
  /** Whether a change that meets no flow adds one. */
  readonly mayAdd: boolean;
}

/** OpenFlow 1.0, and 1.1 without a mask, have the new cookie in a change, and add a flow where none is met; later versions have the one that flows must have, and Nicira's message both. */
function cookiesOf(m: FlowMod, version: Version): Cookies {
  const { cookie, cookieMask } = m;
  const isAdd = m.command === FlowModCommand.Add;
  if (m.format === "nxt" && !isAdd) return { cookie, cookieMask, ...renewed(m.newCookie, cookieMask) };
  if (isAdd) return { cookie: 0n, cookieMask: 0n, fresh: cookie, changed: undefined, mayAdd: false };
  if (version === 1) return { cookie: 0n, cookieMask: 0n, ...renewed(cookie, 0n) };
  const isChange = m.command < FlowModCommand.Delete;
  if (version === 2 && isChange && cookieMask === 0n)
    return { cookie: 0n, cookieMask: 0n, fresh: cookie, changed: undefined, mayAdd: true };
  return { cookie, cookieMask, fresh: cookie, changed: undefined, mayAdd: false };
}

function renewed(cookie: bigint, mask: bigint): Pick<Cookies, "fresh" | "changed" | "mayAdd"> {
  const isNew = cookie !== SAME_COOKIE;
  return { fresh: cookie, changed: isNew ? cookie : undefined, mayAdd: isNew && mask === 0n };
}

/**
 * Carries out a flow-mod. It is refused as a whole: an error means that no flow was changed. OpenFlow 1.0 §4.6, 1.3 §6.4, §7.3.4.1
 * @returns the work of changing or removing the flows that it means
 */
export function handleFlowMod(core: Core, connection: Connection, m: FlowMod, raw: Raw, journal?: Journal): Work | undefined {
  const { version } = connection;
  const ofNicira = m.format === "nxt";
  if (version === 1 && m.tableId !== 0 && !connection.flowModTableId)
    throw new Refusal("OFPFMFC_BAD_COMMAND", `flow-mod command ${m.tableId * 256 + m.command}`);
  if (m.command > FlowModCommand.DeleteStrict) throw new Refusal("OFPFMFC_BAD_COMMAND", `flow-mod command ${m.command}`);
  const facts = refuseMatch(m.match);
  checkFlags(m, version);
  const priority = version === 1 && !ofNicira && isExact(raw) ? 0xffff : m.priority;
  // a flow-mod of OpenFlow 1.0 names no table unless it was agreed upon
  const tableId = version === 1 && !connection.flowModTableId ? ALL_TABLES : m.tableId;
  const cookies = cookiesOf(m, version);
  const { tables } = core.forwarder;
  const mayBeAll = version === 1 || m.command >= FlowModCommand.Delete;
  if (tableId === ALL_TABLES ? !mayBeAll : tableId >= tables.length)
    throw new Refusal("OFPFMFC_BAD_TABLE_ID", `there is no table ${tableId}`);
  if (m.command >= FlowModCommand.Delete) return removeFlows(core, m, priority, tableId, cookies, journal);
  const own = tableId === ALL_TABLES ? 0 : tableId;
  const init: FlowInit = {
    match: m.match,
    priority,
    cookie: cookies.fresh,
    idleTimeout: m.idleTimeout,
    hardTimeout: m.hardTimeout,
    importance: m.importance,
    // what OpenFlow 1.0 and 1.1 always do when a flow is added is a flag in later versions, and is reported as one
    flags: m.flags | (version <= 2 && m.command === FlowModCommand.Add ? ResetCounts : 0),
    instructions: m.instructions,
    version,
    program: compileFlow(facts, m.instructions, core.forwarder.place(version, false, own)),
  };
  if (m.bufferId !== NO_BUFFER && connection.buffer.peek(m.bufferId) === undefined)
    throw new Refusal("OFPBRC_BUFFER_UNKNOWN", `flow-mod: no packet is held as ${m.bufferId}; no flow was changed`);
  if (m.command !== FlowModCommand.Add) return modifyFlows(core, connection, m, init, tableId, cookies, journal);
  add(tables[own]!, init, journal);
  resume(core, connection, m.bufferId, journal);
  return undefined;
}

/** OpenFlow 1.0: a flow that matches one combination of fields only has the highest priority, whatever the message says. §3.4 */
const isExact = ({ c, p }: Raw): boolean => (c.dv.getUint32(p + WILDCARDS_AT) & WILDCARDS) === 0;

function checkFlags({ flags, idleTimeout, hardTimeout }: FlowMod, version: Version): void {
  if ((flags & ~FLAGS[version]) !== 0)
    throw new Refusal(version === 1 ? "OFPFMFC_UNSUPPORTED" : "OFPFMFC_BAD_FLAGS", `flow-mod flags 0x${flags.toString(16)}`);
  if ((flags & Emergency) === 0) return;
  if (idleTimeout !== 0 || hardTimeout !== 0) throw new Refusal("OFPFMFC_BAD_EMERG_TIMEOUT", "an emergency flow has no time-outs");
  // no error says that there are no such flows; Open vSwitch answers the same
  throw new Refusal("OFPFMFC_TABLE_FULL", "there is no table of emergency flows");
}

function add(table: FlowTable, init: FlowInit, journal: Journal | undefined): void {
  table.add(init, {
    checkOverlap: (init.flags & CheckOverlap) !== 0,
    resetCounts: (init.flags & ResetCounts) !== 0,
    journal,
  });
}

/** The packet that a flow-mod names goes through the tables once they have changed. */
function resume(core: Core, connection: Connection, bufferId: number, journal?: Journal): void {
  if (bufferId === NO_BUFFER) return;
  if (journal !== undefined) {
    journal.later(() => resume(core, connection, bufferId));
    return;
  }
  const held = connection.buffer.take(bufferId);
  if (held !== undefined) core.forwarder.resume(held.frame, held.inPort);
}

const tablesMeant = (core: Core, tableId: number): readonly FlowTable[] =>
  tableId === ALL_TABLES ? core.forwarder.tables : [core.forwarder.tables[tableId]!];

function* modifyFlows(
  core: Core,
  connection: Connection,
  m: FlowMod,
  init: FlowInit,
  tableId: number,
  cookies: Cookies,
  journal: Journal | undefined,
): Work {
  const filter: FlowCriteria = {
    match: m.match,
    ...(m.command === FlowModCommand.ModifyStrict && { strictPriority: init.priority }),
    cookie: cookies.cookie,
    cookieMask: cookies.cookieMask,
  };
  const change = {
    instructions: init.instructions,
    version: connection.version,
    program: init.program,
    cookie: cookies.changed,
    resetCounts: (m.flags & ResetCounts) !== 0,
  };
  let changed = 0;
  for (const table of tablesMeant(core, tableId)) {
    for (const flow of table.visit(filter)) {
      if (flow !== undefined) {
        table.change(flow, change, journal);
        changed++;
      }
      yield;
    }
  }
  if (changed === 0 && cookies.mayAdd) add(core.forwarder.tables[tableId === ALL_TABLES ? 0 : tableId]!, init, journal);
  resume(core, connection, m.bufferId, journal);
}

function removeFlows(
  core: Core,
  m: FlowMod,
  priority: number,
  tableId: number,
  { cookie, cookieMask }: Cookies,
  journal: Journal | undefined,
): Work {
  const filter: FlowCriteria = {
    match: m.match,
    ...(m.command === FlowModCommand.DeleteStrict && { strictPriority: priority }),
    cookie,
    cookieMask,
    outPort: m.outPort,
    outGroup: m.outGroup,
  };
  return removeFrom(tablesMeant(core, tableId), filter, journal);
}

function* removeFrom(tables: readonly FlowTable[], filter: FlowCriteria, journal: Journal | undefined): Work {
  for (const table of tables) {
    for (const flow of table.visit(filter)) {
      if (flow !== undefined) table.remove(flow, FlowRemovedReason.Delete, journal);
      yield;
    }
  }
}

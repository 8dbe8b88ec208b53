import {
  ALL_TABLES,
  FLOW_UPDATES,
  FlowAbbreviated,
  FlowAdded,
  FlowDeleted,
  FlowInitial,
  FlowModified,
  type FlowMonitor,
  FlowMonitorCommand,
  FlowMonitorFlags,
  FlowMonitorPaused,
  FlowMonitorReply,
  type FlowMonitorRequest,
  FlowMonitorResumed,
  type FlowUpdate,
  FlowUpdatesPaused,
  FlowUpdatesResumed,
  GroupNo,
  type KnownMessage,
  PortNo,
} from "../../ofp/mod.js";
import { instructionsIn } from "../../ofp/syntax/mod.js";
import type { Kind, Version } from "../../schema/mod.js";
import { refuseMatch } from "../actions/compile-flow.js";
import type { Uses } from "../actions/program.js";
import { MatchWords } from "../packet/flow-words.js";
import type { Flow } from "../tables/flow.js";
import type { FlowTable } from "../tables/flow-table.js";
import { Refusal } from "../work/refusal.js";
import type { Turns, Worker } from "../work/turns.js";
import type { Work } from "../work/work.js";
import { sendParts } from "./reply-parts.js";

/** How many updates wait until the request that they are of is done; more are sent before. */
const MAX_NOTED = 1_024;
/** How many monitors a connection may have. */
const MAX_MONITORS = 1_024;

const { Initial, Add, Removed, Modify, Instructions, NoAbbrev, OnlyOwn } = FlowMonitorFlags;

/** What happened to a flow. */
export type FlowEvent = "added" | "removed" | "modified";

/** A change of a flow, and whose it is. */
export interface FlowReport {
  readonly event: FlowEvent;
  readonly flow: Flow;
  readonly tableId: number;
  /** Of `FlowRemovedReason`; of a flow that went. */
  readonly reason: number;
  /** What the flow used before; undefined where that is as now. */
  readonly before: Uses | undefined;
  /** Whose request it was, and which; undefined where it was nobody's. */
  readonly cause: { readonly by: object; readonly xid: number } | undefined;
}

/** The connection that monitors are of. */
export interface MonitorPeer {
  readonly version: Version;
  readonly isUp: boolean;
  readonly vconn: { readonly stream: { readonly congested: boolean } };
  send(message: KnownMessage): void;
  sendBytes(bytes: Uint8Array): void;
}

interface Monitor {
  readonly flags: number;
  readonly tableId: number;
  readonly outPort: number;
  readonly outGroup: number;
  readonly words: MatchWords;
}

const BIT: Readonly<Record<FlowEvent, number>> = { added: Add, removed: Removed, modified: Modify };

const outputs = (uses: Uses, port: number): boolean => port === PortNo.Any || uses.ports.has(port);

/** Whether a monitor watches a flow in a table. */
const watches = (m: Monitor, flow: Flow, tableId: number, before: Uses | undefined): boolean =>
  (m.tableId === ALL_TABLES || m.tableId === tableId) &&
  (outputs(flow.program.uses, m.outPort) || (before !== undefined && outputs(before, m.outPort))) &&
  (m.outGroup === GroupNo.Any || flow.program.uses.groups.has(m.outGroup)) &&
  m.words.covers(flow.words);

/**
 * What one connection is sent of changes to flows. A peer that does not take them is sent that they pause, and gets what it missed when it does. Open vSwitch's flag "own", which has the number of the
 * standard's `OnlyOwn`, is taken as Open vSwitch does: it asks for the peer's own changes in full. OpenFlow 1.4 §7.3.5.17; Open vSwitch ofproto/connmgr.c (ofmonitor_report)
 */
export class FlowMonitors implements Worker {
  readonly #peer: MonitorPeer;
  readonly #tables: readonly FlowTable[];
  readonly #turns: Turns;
  readonly #monitors = new Map<number, Monitor>();
  /** The last change of all, which each flow remembers of its own. */
  readonly #sequence: () => number;
  #updates: FlowUpdate[] = [];
  #abbreviated = false;
  /** The last change that was reported before the peer took no more. */
  #pausedAt: number | undefined;
  #resuming: Work | undefined;

  constructor(peer: MonitorPeer, tables: readonly FlowTable[], turns: Turns, sequence: () => number) {
    this.#peer = peer;
    this.#tables = tables;
    this.#turns = turns;
    this.#sequence = sequence;
  }

  /** Carries out a request for monitors. @returns the work of the reply: the flows that are there already @throws Refusal with the OFPMOFC_ error */
  request(m: FlowMonitorRequest): Work {
    for (const one of m.monitors) this.#refuse(one);
    const added: Monitor[] = [];
    for (const one of m.monitors) {
      if (one.command !== FlowMonitorCommand.Add) this.#monitors.delete(one.monitorId);
      if (one.command === FlowMonitorCommand.Delete) continue;
      const { flags, tableId, outPort, outGroup, match } = one;
      const made = { flags, tableId, outPort, outGroup, words: new MatchWords(match) };
      this.#monitors.set(one.monitorId, made);
      if ((flags & Initial) !== 0) added.push(made);
    }
    return sendParts(this.#peer, m.xid, FLOW_UPDATES as unknown as Kind<FlowUpdate>, FlowMonitorReply.of(), this.#initial(added));
  }

  /** Ends a monitor. @throws Refusal `OFPMOFC_UNKNOWN_MONITOR` */
  cancel(monitorId: number): void {
    if (!this.#monitors.delete(monitorId)) throw new Refusal("OFPMOFC_UNKNOWN_MONITOR", `there is no flow monitor ${monitorId}`);
  }

  /** Notes a change for the peer, if it watches the flow. @returns whether there is something for {@link flush} to send */
  report(r: FlowReport): boolean {
    if (this.#monitors.size === 0) return false;
    const { flow, tableId } = r;
    if (this.#pausedAt !== undefined && (r.event !== "removed" || flow.addedAs > this.#pausedAt)) return false;
    let flags = 0;
    for (const m of this.#monitors.values()) if ((m.flags & BIT[r.event]) !== 0 && watches(m, flow, tableId, r.before)) flags |= m.flags;
    if (flags === 0) return false;
    const isOwn = r.cause?.by === this.#peer;
    if (!isOwn || (flags & (NoAbbrev | OnlyOwn)) !== 0 || this.#pausedAt !== undefined)
      this.#updates.push(this.#full(r.event, flow, tableId, flags, r.reason));
    else if (!this.#abbreviated) {
      this.#updates.push(FlowAbbreviated.of({ flowModXid: r.cause!.xid }));
      this.#abbreviated = true;
    }
    if (this.#updates.length >= MAX_NOTED) this.#sendNoted();
    return true;
  }

  /** Sends what was noted. */
  flush(): void {
    this.#abbreviated = false;
    if (this.#updates.length === 0) return;
    const updates = this.#updates;
    this.#updates = [];
    this.#send(updates);
    if (this.#pausedAt !== undefined || !this.#peer.vconn.stream.congested) return;
    this.#pausedAt = this.#sequence();
    if (this.#peer.version < 5) this.#peer.send(FlowMonitorPaused.of());
    else this.#send([FlowUpdatesPaused.of()]);
  }

  /** The peer takes what it is sent again. */
  drained(): void {
    if (this.#pausedAt === undefined || this.#resuming !== undefined) return;
    this.#resuming = this.#resume();
    this.#turns.enter(this);
  }

  work(): boolean {
    if (this.#resuming === undefined || !this.#peer.isUp) return false;
    if (this.#resuming.next().done === true) this.#resuming = undefined;
    return this.#resuming !== undefined;
  }

  /** Sends what has changed since the peer took no more, until nothing has changed meanwhile. */
  *#resume(): Work {
    for (let since = this.#pausedAt!; ; ) {
      const now = this.#sequence();
      for (const [tableId, table] of this.#tables.entries()) {
        for (const flow of table.visit({})) {
          if (flow !== undefined && flow.changedAs > since) this.#missed(flow, tableId, flow.addedAs > since);
          if (this.#updates.length >= 64) this.#sendNoted();
          yield;
        }
      }
      this.#sendNoted();
      if (this.#sequence() === now) break;
      since = now;
    }
    this.#pausedAt = undefined;
    if (this.#peer.version < 5) this.#peer.send(FlowMonitorResumed.of());
    else this.#send([FlowUpdatesResumed.of()]);
  }

  #missed(flow: Flow, tableId: number, isNew: boolean): void {
    const wanted = isNew ? Add | Modify : Modify;
    let flags = 0;
    for (const m of this.#monitors.values()) if ((m.flags & wanted) !== 0 && watches(m, flow, tableId, undefined)) flags |= m.flags;
    if (flags !== 0) this.#updates.push(this.#full(isNew ? "added" : "modified", flow, tableId, flags, 0));
  }

  #sendNoted(): void {
    const updates = this.#updates;
    this.#updates = [];
    if (updates.length > 0) this.#send(updates);
  }

  #send(updates: readonly FlowUpdate[]): void {
    if (!this.#peer.isUp) return;
    const parts = sendParts(this.#peer, 0, FLOW_UPDATES as unknown as Kind<FlowUpdate>, FlowMonitorReply.of(), updates);
    while (parts.next().done !== true);
  }

  #refuse({ monitorId, command, tableId, match }: FlowMonitor): void {
    const has = this.#monitors.has(monitorId);
    if (command > FlowMonitorCommand.Delete) throw new Refusal("OFPMOFC_BAD_COMMAND", `flow-monitor command ${command}`);
    if (command === FlowMonitorCommand.Add ? has : !has)
      throw new Refusal(has ? "OFPMOFC_MONITOR_EXISTS" : "OFPMOFC_UNKNOWN_MONITOR", `flow monitor ${monitorId}`);
    if (command === FlowMonitorCommand.Add && this.#monitors.size >= MAX_MONITORS)
      throw new Refusal("OFPMOFC_UNKNOWN", `there are ${MAX_MONITORS} flow monitors already`);
    if (tableId !== ALL_TABLES && tableId >= this.#tables.length) throw new Refusal("OFPBRC_BAD_TABLE_ID", `there is no table ${tableId}`);
    refuseMatch(match);
  }

  /** The flows that some of these monitors watch, each once. */
  *#initial(monitors: readonly Monitor[]): Generator<FlowUpdate | undefined, void, void> {
    if (monitors.length === 0) return;
    const make = this.#peer.version < 5 ? FlowAdded : FlowInitial;
    for (const [tableId, table] of this.#tables.entries()) {
      for (const flow of table.visit({})) {
        let flags = 0;
        if (flow !== undefined) for (const m of monitors) if (watches(m, flow, tableId, undefined)) flags |= m.flags;
        yield flow === undefined || flags === 0 ? undefined : make.of(this.#fields(flow, tableId, flags));
      }
    }
  }

  #fields({ priority, idleTimeout, hardTimeout, cookie, match, instructions, version }: Flow, tableId: number, flags: number) {
    const has = (flags & Instructions) !== 0;
    return {
      tableId,
      priority,
      idleTimeout,
      hardTimeout,
      cookie,
      match,
      instructions: has ? instructionsIn(instructions, version, this.#peer.version, match) : [],
    };
  }

  #full(event: FlowEvent, flow: Flow, tableId: number, flags: number, reason: number): FlowUpdate {
    const fields = this.#fields(flow, tableId, flags);
    if (event === "removed") return FlowDeleted.of({ ...fields, reason });
    return event === "added" ? FlowAdded.of(fields) : FlowModified.of(fields);
  }
}

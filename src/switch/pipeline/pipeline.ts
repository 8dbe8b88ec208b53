import type { Clock } from "../../clock/mod.js";
import { ApplyActions, TableConfig } from "../../ofp/mod.js";
import { isFragment } from "../actions/edit-field.js";
import type { Learned, Step } from "../actions/program.js";
import type { PipelineOutlets } from "../packet/outlets.js";
import type { Packet } from "../packet/packet.js";
import type { Flow } from "../tables/flow.js";
import type { FlowTable } from "../tables/flow-table.js";
import type { Group } from "../tables/group.js";
import type { GroupTable } from "../tables/group-table.js";
import type { Meter } from "../tables/meter.js";
import type { MeterTable } from "../tables/meter-table.js";
import { Execution, type Stage } from "./execution.js";

/**
 * How many actions are executed for one packet, each copy that is sent counting as one: a packet-out can send a packet through the tables two thousand times, where a flow can send it out of
 * every port two thousand times.
 */
const BUDGET = 4096;

/** The tables that a packet goes through, and what its flows do with it. OpenFlow 1.3 §5.1, §5.9 */
export class Pipeline implements Stage {
  readonly tables: readonly FlowTable[];
  readonly outlets: PipelineOutlets;
  readonly groups: GroupTable;
  readonly meters: MeterTable;
  /** Whether IP fragments are dropped before any table sees them. */
  dropFragments = false;
  /** Packets whose actions were cut short, because they were too many. */
  exhausted = 0;
  readonly #clock: Clock;
  #depth = 0;
  #left = 0;

  constructor(tables: readonly FlowTable[], groups: GroupTable, meters: MeterTable, clock: Clock, outlets: PipelineOutlets) {
    this.tables = tables;
    this.groups = groups;
    this.meters = meters;
    this.#clock = clock;
    this.outlets = outlets;
  }

  /** The clock's milliseconds. */
  now(): number {
    return this.#clock.now();
  }

  /** Takes a packet through the tables from the first one on. */
  run(packet: Packet): void {
    if (this.dropFragments && isFragment(packet)) return;
    this.#enter();
    try {
      new Execution(this, packet, false).run(0);
    } finally {
      this.#depth--;
    }
  }

  /** Does with a packet what a packet-out says. */
  execute(packet: Packet, steps: readonly Step[]): void {
    this.#enter();
    try {
      const x = new Execution(this, packet, true);
      x.steps(steps);
      x.finish();
    } finally {
      this.#depth--;
    }
  }

  /** Takes one from what may still be done for the packet under way. @returns whether there was one */
  spend(): boolean {
    if (this.#left === 0) this.exhausted++;
    return this.#left-- > 0;
  }

  lookup(packet: Packet, tableId: number): Flow | undefined {
    return this.tables[tableId]?.lookup(packet.words());
  }

  missOf(tableId: number): "continue" | "tell" | "drop" {
    const table = this.tables[tableId];
    if (table === undefined || (table.miss & TableConfig.MissDrop) !== 0) return "drop";
    return (table.miss & TableConfig.MissContinue) !== 0 && tableId + 1 < this.tables.length ? "continue" : "tell";
  }

  group(groupId: number): Group | undefined {
    return this.groups.get(groupId);
  }

  meter(meterId: number): Meter | undefined {
    return this.meters.get(meterId);
  }

  learn({ tableId, limit, actions, ...flow }: Learned): boolean {
    const instructions = actions.length === 0 ? [] : [ApplyActions.of({ actions })];
    return this.tables[tableId]?.learn({ ...flow, instructions, version: 4 }, limit) === true;
  }

  shorten(tableId: number, flow: Flow, idleTimeout: number, hardTimeout: number): void {
    this.tables[tableId]?.shorten(flow, idleTimeout, hardTimeout);
  }

  /** What a packet that another one has sent through the tables does counts for that one. */
  #enter(): void {
    if (this.#depth++ === 0) this.#left = BUDGET;
  }
}

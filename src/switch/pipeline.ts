import type { Clock } from "../clock/mod.js";
import { PacketInReason, PortNo } from "../ofp/mod.js";
import { isFragment } from "./edit-field.js";
import type { Flow } from "./flow.js";
import type { FlowTable } from "./flow-table.js";
import { Packet } from "./packet.js";
import type { Compiled, Step, Surroundings } from "./program.js";

/** Why and by which flow a packet goes to the controller. */
export interface PuntReason {
  /** Of `PacketInReason`. */
  readonly reason: number;
  readonly tableId: number;
  /** All ones where no flow sent it. */
  readonly cookie: bigint;
}

/** What the pipeline calls on. */
export interface PipelineOutlets {
  /** Sends a frame out of a port, or to one of the sets of ports in `PortNo`. The frame is not changed afterwards. */
  transmit(frame: Uint8Array, port: number, inPort: number): void;
  /** Sends a packet to the controller. @param maxLen - bytes of it that were asked for */
  punt(packet: Packet, maxLen: number, why: PuntReason): void;
  /** A packet that no flow of a table matches: it is dropped, or goes to those controllers that want it. */
  miss(packet: Packet, tableId: number): void;
  /** A packet that was dropped because its time to live would end. */
  invalidTtl(packet: Packet, why: PuntReason): void;
}

/**
 * How many actions are executed for one packet, each copy that is sent counting as one: a packet-out can send a packet through the tables two thousand times, where a flow can send it out of
 * every port two thousand times.
 */
const BUDGET = 4096;

/** The cookie that stands for no flow. */
export const NO_COOKIE = 0xffff_ffff_ffff_ffffn;

/** The tables that a packet goes through, and what its flows do with it. OpenFlow 1.3 §5.1, §5.9 */
export class Pipeline {
  readonly tables: readonly FlowTable[];
  /** Whether IP fragments are dropped before any table sees them. */
  dropFragments = false;
  /** Packets whose actions were cut short, because they were too many. */
  exhausted = 0;
  readonly #clock: Clock;
  readonly #outlets: PipelineOutlets;
  #depth = 0;
  #left = 0;

  constructor(tables: readonly FlowTable[], clock: Clock, outlets: PipelineOutlets) {
    this.tables = tables;
    this.#clock = clock;
    this.#outlets = outlets;
  }

  /** Takes a packet through the tables from the first one on. */
  run(packet: Packet): void {
    if (this.dropFragments && isFragment(packet)) return;
    this.#enter();
    try {
      this.#run(packet);
    } finally {
      this.#depth--;
    }
  }

  /** Does with a packet what a packet-out says. */
  execute(packet: Packet, steps: readonly Step[]): void {
    this.#enter();
    try {
      this.#execute(steps, packet, new Way(this, this.#outlets, 0, undefined));
    } finally {
      this.#depth--;
    }
  }

  /** Takes one from what may still be done for the packet under way. @returns whether there was one */
  spend(): boolean {
    if (this.#left === 0) this.exhausted++;
    return this.#left-- > 0;
  }

  /** What a packet that another one has sent through the tables does counts for that one. */
  #enter(): void {
    if (this.#depth++ === 0) this.#left = BUDGET;
  }

  #run(packet: Packet): void {
    let set: Map<string, Compiled> | undefined;
    let last: Way | undefined;
    for (let tableId = 0; tableId >= 0; ) {
      const flow = this.tables[tableId]!.lookup(packet.words());
      if (flow === undefined) {
        this.#outlets.miss(packet, tableId);
        return;
      }
      flow.hit(packet.length, this.#clock.now());
      const { program } = flow;
      last = new Way(this, this.#outlets, tableId, flow);
      if (!this.#execute(program.apply, packet, last)) return;
      if (program.clear) set = undefined;
      if (program.write.length > 0) {
        set ??= new Map();
        for (const compiled of program.write) set.set(compiled.slot, compiled);
      }
      if (program.metadata !== undefined) packet.writeMetadata(program.metadata.value, program.metadata.mask);
      tableId = program.goto;
    }
    if (set === undefined || last === undefined) return;
    const ordered = [...set.values()].sort((a, b) => a.order - b.order).map((c) => c.step);
    this.#execute(ordered, packet, last);
  }

  #execute(steps: readonly Step[], packet: Packet, way: Way): boolean {
    for (let i = 0; i < steps.length; i++) if (!this.spend() || !steps[i]!(packet, way)) return false;
    return true;
  }
}

/** What the actions of one flow, or of a packet-out, act on. */
class Way implements Surroundings {
  readonly #pipeline: Pipeline;
  readonly #outlets: PipelineOutlets;
  readonly #tableId: number;
  readonly #flow: Flow | undefined;

  constructor(pipeline: Pipeline, outlets: PipelineOutlets, tableId: number, flow: Flow | undefined) {
    this.#pipeline = pipeline;
    this.#outlets = outlets;
    this.#tableId = tableId;
    this.#flow = flow;
  }

  output(packet: Packet, port: number, maxLen: number): void {
    if (port === PortNo.Controller) {
      const reason = this.#flow?.isTableMiss === true ? PacketInReason.NoMatch : PacketInReason.Action;
      this.#outlets.punt(packet, maxLen, this.#why(reason));
    } else if (port === PortNo.Table) {
      // what its flows do to the packet does not touch what the packet-out does next
      this.#pipeline.run(new Packet(packet.share(), packet.inPort));
    } else this.#outlets.transmit(packet.share(), port, packet.inPort);
  }

  invalidTtl(packet: Packet): void {
    this.#outlets.invalidTtl(packet, this.#why(PacketInReason.InvalidTtl));
  }

  #why(reason: number): PuntReason {
    return { reason, tableId: this.#tableId, cookie: this.#flow?.cookie ?? NO_COOKIE };
  }
}

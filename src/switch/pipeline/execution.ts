import { PortNo } from "../../ofp/mod.js";
import { ActionSet } from "../actions/action-set.js";
import type { Compiled, Learned, Step, Way } from "../actions/program.js";
import type { PipelineOutlets, PuntOptions, PuntReason, PuntWhy } from "../packet/outlets.js";
import type { Packet } from "../packet/packet.js";
import type { Flow } from "../tables/flow.js";

/** How deep look-ups and groups may stand within each other. */
const MAX_DEPTH = 64;

/** The cookie that stands for no flow. */
export const NO_COOKIE = 0xffff_ffff_ffff_ffffn;

/** What a packet goes through. */
export interface Stage {
  readonly outlets: PipelineOutlets;
  /** The flow that a packet hits in a table; undefined for none, and for a table that is not there. */
  lookup(packet: Packet, tableId: number): Flow | undefined;
  /** What becomes of a packet that no flow of a table matches: it goes on in the next one, or it is dropped, of which controllers may be informed. */
  missOf(tableId: number): "continue" | "tell" | "drop";
  group(groupId: number): { execute(x: Way): void } | undefined;
  meter(meterId: number): { take(packet: Packet): boolean } | undefined;
  /** The clock's milliseconds. */
  now(): number;
  /** Takes one from what may still be done for the packet under way. @returns whether there was one */
  spend(): boolean;
  /** Adds a learned flow. @returns whether it is there */
  learn(learned: Learned): boolean;
  /** Lowers the time-outs of a flow. */
  shorten(tableId: number, flow: Flow, idleTimeout: number, hardTimeout: number): void;
}

/**
 * One packet's way through the tables: the packet and all that goes along with it. Everything that actions do goes through it, so that depth and number of what one packet causes are
 * counted in one place.
 */
export class Execution implements Way {
  readonly packet: Packet;
  readonly set: ActionSet = new ActionSet();
  readonly stack: bigint[] = [];
  tableId = 0;
  /** The flow whose actions are executed; undefined in a packet-out. */
  flow: Flow | undefined = undefined;
  /** Whether all ends here. */
  exited = false;
  /** The queue that the packet takes at its port; -1 for none. */
  queue = -1;
  readonly #stage: Stage;
  /** The table of the flow that was found last. */
  #found = 0;
  #depth = 0;
  #inGroup = 0;
  #inSet = false;
  readonly #packetOut: boolean;

  constructor(stage: Stage, packet: Packet, packetOut: boolean) {
    this.#stage = stage;
    this.packet = packet;
    this.#packetOut = packetOut;
  }

  /** The packet goes through the tables from one on, and then what it has collected is executed. */
  run(tableId: number): void {
    this.#walk(tableId);
    this.finish();
  }

  /** Executes the action set. */
  finish(): void {
    if (this.set.isEmpty || this.exited) return;
    this.#inSet = true;
    this.perform(this.set.take());
    this.#inSet = false;
  }

  /** Executes steps in their order. @returns whether none of them has ended the list */
  steps(steps: readonly Step[]): boolean {
    for (let i = 0; i < steps.length; i++) if (!this.#stage.spend() || !steps[i]!(this)) return false;
    return true;
  }

  /** The same for those of an action set. */
  perform(actions: readonly Compiled[]): boolean {
    for (let i = 0; i < actions.length; i++) if (!this.#stage.spend() || !actions[i]!.step(this)) return false;
    return true;
  }

  asSet(actions: readonly Compiled[]): void {
    const kept = this.set.exchange([]);
    this.set.write(actions);
    this.perform(this.set.take());
    this.set.exchange(kept);
  }

  isLive(port: number): boolean {
    return this.#stage.outlets.isLive(port);
  }

  learn(learned: Learned): boolean {
    return this.#stage.learn(learned);
  }

  shorten(idleTimeout: number, hardTimeout: number): void {
    if (this.flow !== undefined) this.#stage.shorten(this.tableId, this.flow, idleTimeout, hardTimeout);
  }

  /** Looks the packet up in a table, as if it had come in by another port, and goes on after that. */
  resubmit(tableId: number, inPort: number): void {
    // forward only is as deep as going to a table
    const deepens = tableId <= this.tableId;
    if (!this.#deeper(deepens)) return;
    const { packet, tableId: here, flow } = this;
    const port = packet.inPort;
    packet.inPort = inPort;
    const found = this.#stage.lookup(packet, tableId);
    packet.inPort = port;
    if (found !== undefined) this.#follow(tableId, found);
    this.tableId = here;
    this.flow = flow;
    if (deepens) this.#depth--;
  }

  /** Sends the packet out of a port, or to one of `PortNo`. @param maxLen - bytes for the controller */
  output(port: number, maxLen: number): void {
    if (port === PortNo.Controller) this.punt({ maxLen });
    else if (port === PortNo.Table) this.#lookUp();
    else this.#stage.outlets.transmit(this.packet.share(), port, this.packet.inPort, this.queue);
  }

  /** The packet that a packet-out sends to the tables; what its flows do to it does not touch what the packet-out does next. */
  #lookUp(): void {
    if (!this.#deeper()) return;
    const { packet } = this;
    new Execution(this.#stage, packet.copy(), false).run(0);
    this.#depth--;
  }

  /** Sends the packet to the controller. */
  punt(options: PuntOptions): void {
    const usual =
      this.#packetOut && this.flow === undefined ? "packetOut" : this.#inGroup > 0 ? "group" : this.#inSet ? "actionSet" : "action";
    const miss = usual === "action" && this.flow?.isTableMiss === true;
    this.#stage.outlets.punt(this.packet, options, this.#reason(options.why ?? (miss ? "tableMiss" : usual)));
  }

  /** Drops the packet, whose time to live would end, but for controllers that want such. @returns false */
  invalidTtl(): false {
    this.#stage.outlets.invalidTtl(this.packet, this.#reason("invalidTtl"));
    return false;
  }

  /** Hands the packet to a group. */
  group(groupId: number): void {
    const group = this.#stage.group(groupId);
    if (group === undefined || !this.#deeper()) return;
    this.#inGroup++;
    group.execute(this);
    this.#inGroup--;
    this.#depth--;
  }

  /** Puts the packet through a meter. @returns whether it may go on */
  meter(meterId: number): boolean {
    const meter = this.#stage.meter(meterId);
    return meter === undefined || meter.take(this.packet);
  }

  /** Does things to a copy of the packet: afterwards all is as before. */
  aside(run: () => void): void {
    const { packet, set, stack, queue } = this;
    const saved = packet.save();
    const marked = packet.marked;
    const kept = set.exchange([]);
    const depth = stack.length;
    run();
    set.exchange(kept);
    stack.length = Math.min(stack.length, depth);
    this.queue = queue;
    this.exited = false;
    packet.restore(saved);
    packet.marked = marked;
  }

  #walk(first: number): void {
    const flow = this.#find(first);
    if (flow !== undefined) this.#follow(this.#found, flow);
  }

  /** The flow that the packet hits in a table, or in a later one where tables say so; without one the packet ends there. */
  #find(tableId: number): Flow | undefined {
    for (let at = tableId; ; at++) {
      const flow = this.#stage.lookup(this.packet, at);
      this.#found = at;
      if (flow !== undefined) return flow;
      const miss = this.#stage.missOf(at);
      if (miss === "continue") continue;
      if (miss === "tell") this.#stage.outlets.miss(this.packet, at);
      return undefined;
    }
  }

  /** Does what a flow says, and goes on in the tables that it sends the packet to. */
  #follow(first: number, found: Flow): void {
    const { packet } = this;
    let tableId = first;
    let flow = found;
    for (;;) {
      flow.hit(packet.length, this.#stage.now());
      this.tableId = tableId;
      this.flow = flow;
      const { program } = flow;
      if (program.meter !== 0 && !this.meter(program.meter)) {
        this.exited = true;
        return;
      }
      if (!this.steps(program.apply) || this.exited) return;
      if (program.clear) this.set.clear();
      if (program.write.length > 0) this.set.write(program.write);
      if (program.clear || program.write.length > 0) packet.actsetOutput = this.set.output;
      if (program.metadata !== undefined) packet.writeMetadata(program.metadata.value, program.metadata.mask);
      tableId = program.goto;
      if (tableId < 0) return;
      const next = this.#find(tableId);
      if (next === undefined) {
        this.set.clear();
        return;
      }
      tableId = this.#found;
      flow = next;
    }
  }

  #deeper(deepens = true): boolean {
    if (this.#depth >= MAX_DEPTH || !this.#stage.spend()) {
      this.exited = true;
      return false;
    }
    if (deepens) this.#depth++;
    return true;
  }

  #reason(why: PuntWhy): PuntReason {
    return { why, tableId: this.tableId, cookie: this.flow?.cookie ?? NO_COOKIE };
  }
}

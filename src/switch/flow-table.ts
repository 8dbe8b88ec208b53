import type { Clock } from "../clock/mod.js";
import { FlowRemovedReason, GroupNo, type Instruction, Match, PortNo } from "../ofp/mod.js";
import { Classifier } from "./classifier.js";
import { Deadlines } from "./deadlines.js";
import { Flow, type FlowInit } from "./flow.js";
import { MatchWords } from "./flow-words.js";
import type { Program } from "./program.js";
import { Refusal } from "./refusal.js";

/** Which flows are meant. What is left out does not restrict. OpenFlow 1.3 §6.4, §7.3.5.2 */
export interface FlowFilter {
  /** Only flows that match the same packets as this or fewer. */
  readonly match?: Match;
  /** Only flows with just this priority and just this match: what a strict command means. */
  readonly strictPriority?: number;
  /** Only flows whose cookie equals this in the bits of `cookieMask`. */
  readonly cookie?: bigint;
  readonly cookieMask?: bigint;
  /** Only flows that output there; `PortNo.Any` for all. */
  readonly outPort?: number;
  /** Only flows that use the group; `GroupNo.Any` for all. */
  readonly outGroup?: number;
}

/** What a modification changes. */
export interface FlowChange {
  readonly instructions: readonly Instruction[];
  readonly program: Program;
  /** A new cookie; OpenFlow 1.0 sets it, later versions leave it. */
  readonly cookie?: bigint;
  /** Whether the counters start from 0 again. */
  readonly resetCounts: boolean;
}

/** The limits of a table. */
export interface FlowTableOptions {
  readonly clock: Clock;
  /** How many flows fit; default 65,536. */
  readonly maxFlows?: number | undefined;
  /** How many different masks the flows may have, which is what a lookup costs at worst; default 1,024. */
  readonly maxShapes?: number | undefined;
  /** Told of every flow that goes, but not of one that another replaces. `reason` is of `FlowRemovedReason`. */
  readonly onRemoved?: ((flow: Flow, reason: number) => void) | undefined;
}

const ANY: Match = new Match();

/** A table of flows. OpenFlow 1.3 §5.1 to §5.5, §6.4 */
export class FlowTable {
  /** How many flows fit. */
  readonly maxFlows: number;
  /** Packets looked up, and those for which a flow was found. */
  lookups = 0;
  matches = 0;
  readonly #flows = new Set<Flow>();
  readonly #classifier = new Classifier();
  readonly #deadlines: Deadlines;
  readonly #clock: Clock;
  readonly #maxShapes: number;
  readonly #onRemoved: ((flow: Flow, reason: number) => void) | undefined;

  constructor(options: FlowTableOptions) {
    this.#clock = options.clock;
    this.maxFlows = options.maxFlows ?? 65_536;
    this.#maxShapes = options.maxShapes ?? 1_024;
    this.#onRemoved = options.onRemoved;
    this.#deadlines = new Deadlines(options.clock, (flow) => {
      const now = this.#clock.now();
      const hard = flow.hardTimeout !== 0 && flow.created + flow.hardTimeout * 1000 <= now;
      this.#remove(flow, hard ? FlowRemovedReason.HardTimeout : FlowRemovedReason.IdleTimeout);
    });
  }

  /** How many flows there are. */
  get size(): number {
    return this.#flows.size;
  }

  /** All flows, oldest first. */
  flows(): Iterable<Flow> {
    return this.#flows.values();
  }

  /**
   * The flow that a packet hits: the one of the highest priority that matches. The caller counts it with `Flow.hit`.
   * @param words - by `packKey`
   */
  lookup(words: Int32Array): Flow | undefined {
    this.lookups++;
    const flow = this.#classifier.lookup(words);
    if (flow !== undefined) this.matches++;
    return flow;
  }

  /**
   * Adds a flow. One with the same match and priority is replaced, and hands on its counters.
   * @throws Refusal `OFPFMFC_OVERLAP` with `checkOverlap` and another flow of this priority that could match the same packet; `OFPFMFC_TABLE_FULL`
   */
  add(init: FlowInit, options: { readonly checkOverlap?: boolean; readonly resetCounts?: boolean } = {}): Flow {
    const words = new MatchWords(init.match);
    if (options.checkOverlap === true) {
      const other = this.#classifier.overlapping(words, init.priority);
      if (other !== undefined)
        throw new Refusal("OFPFMFC_OVERLAP", `the new flow overlaps another one of priority ${init.priority}: ${other.match.key}`);
    }
    const old = this.#classifier.find(words, init.priority);
    if (old === undefined && this.#flows.size >= this.maxFlows)
      throw new Refusal("OFPFMFC_TABLE_FULL", `there are ${this.maxFlows} flows already`);
    if (!this.#classifier.knows(words) && this.#classifier.shapes >= this.#maxShapes)
      throw new Refusal("OFPFMFC_TABLE_FULL", `the flows have ${this.#maxShapes} different masks already`);
    const flow = new Flow(init, this.#clock.now(), words);
    if (old !== undefined) {
      if (options.resetCounts !== true) {
        flow.packets = old.packets;
        flow.bytes = old.bytes;
      }
      this.#take(old);
    }
    this.#flows.add(flow);
    this.#classifier.insert(flow);
    this.#deadlines.add(flow);
    return flow;
  }

  /** Changes what flows do; their time-outs, flags and duration stay. @returns how many there were */
  modify(filter: FlowFilter, change: FlowChange): number {
    const flows = this.select(filter);
    for (const flow of flows) {
      flow.instructions = change.instructions;
      flow.program = change.program;
      if (change.cookie !== undefined) flow.cookie = change.cookie;
      if (change.resetCounts) {
        flow.packets = 0;
        flow.bytes = 0;
      }
    }
    return flows.length;
  }

  /** Removes flows. @returns how many there were */
  delete(filter: FlowFilter): number {
    const flows = this.select(filter);
    for (const flow of flows) this.#remove(flow, FlowRemovedReason.Delete);
    return flows.length;
  }

  /** The flows that a filter means, in no order. */
  select(filter: FlowFilter): Flow[] {
    const { match = ANY, strictPriority, cookie = 0n, cookieMask = 0n, outPort = PortNo.Any, outGroup = GroupNo.Any } = filter;
    const found: Flow[] = [];
    const consider = (flow: Flow): void => {
      if (((flow.cookie ^ cookie) & cookieMask) !== 0n) return;
      if (outPort !== PortNo.Any && !flow.program.outputs.has(outPort)) return;
      if (outGroup !== GroupNo.Any) return; // no flow uses a group: they are refused
      found.push(flow);
    };
    if (strictPriority === undefined && match.isEmpty) for (const flow of this.#flows) consider(flow);
    else if (strictPriority === undefined) for (const flow of this.#classifier.covered(new MatchWords(match))) consider(flow);
    else {
      const flow = this.#classifier.find(new MatchWords(match), strictPriority);
      if (flow !== undefined) consider(flow);
    }
    return found;
  }

  /** Stops the timer of the time-outs for good. */
  close(): void {
    this.#deadlines.stop();
  }

  #take(flow: Flow): void {
    this.#flows.delete(flow);
    this.#classifier.remove(flow);
    this.#deadlines.remove(flow);
  }

  #remove(flow: Flow, reason: number): void {
    if (!this.#flows.has(flow)) return;
    this.#take(flow);
    this.#onRemoved?.(flow, reason);
  }
}

import type { Clock } from "../../clock/mod.js";
import { checkOptions, type OptionTable } from "../../errors/mod.js";
import { FlowRemovedReason, GroupNo, type Instruction, Match, PortNo } from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import type { Program, Uses } from "../actions/program.js";
import { MatchWords } from "../packet/flow-words.js";
import type { Journal } from "../work/journal.js";
import { Refusal } from "../work/refusal.js";
import { Classifier } from "./classifier.js";
import { Deadlines } from "./deadlines.js";
import { Eviction } from "./eviction.js";
import { Flow, type FlowInit } from "./flow.js";
import { UseCounts } from "./use-counts.js";

/** Which flows are meant. What is left out does not restrict. OpenFlow 1.3 §6.4, §7.3.5.2 */
export interface FlowCriteria {
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

/** What {@link FlowCriteria} has, for its check. */
export const FLOW_FILTER: OptionTable<FlowCriteria> = {
  match: "object",
  strictPriority: "number",
  cookie: "bigint",
  cookieMask: "bigint",
  outPort: "number",
  outGroup: "number",
};

/** What a modification changes. */
export interface FlowChange {
  readonly instructions: readonly Instruction[];
  /** The version of the instructions; default 1.3. */
  readonly version?: Version | undefined;
  readonly program: Program;
  /** A new cookie; OpenFlow 1.0 sets it, later versions leave it. */
  readonly cookie?: bigint | undefined;
  /** Whether the counters start from 0 again. */
  readonly resetCounts: boolean;
}

/** What {@link FlowChange} has, for its check. */
export const FLOW_CHANGE: OptionTable<FlowChange> = {
  instructions: "list!",
  version: "number",
  program: "object!",
  cookie: "bigint",
  resetCounts: "boolean!",
};

/** How a flow is added. */
export interface AddOptions {
  /** Whether a flow that overlaps another one is refused. */
  readonly checkOverlap?: boolean;
  /** Whether a flow that replaces another one does not take over its counters. */
  readonly resetCounts?: boolean;
  /** Where to note how to undo it. */
  readonly journal?: Journal | undefined;
}

/** The limits of a table. */
export interface FlowTableOptions {
  readonly clock: Clock;
  /** How many flows fit; default 65,536. */
  readonly maxFlows?: number | undefined;
  /** How many different masks the flows may have, which is what a lookup costs at worst; default 1,024. */
  readonly maxShapes?: number | undefined;
  /** Counts what the flows use; the table's own unless given. */
  readonly uses?: UseCounts | undefined;
  /** Called for every flow that goes, but not of one that another replaces. `reason` is of `FlowRemovedReason`. */
  readonly onRemoved?: ((flow: Flow, reason: number) => void) | undefined;
  /** Called for every flow that comes, or that replaces another one. */
  readonly onAdded?: ((flow: Flow) => void) | undefined;
  /** Called for every flow that is made to do something else. @param before - what it used */
  readonly onModified?: ((flow: Flow, before: Uses) => void) | undefined;
  /** Called when the free space crosses a threshold: see {@link FlowTable.vacancyEvents}. */
  readonly onVacancy?: ((isUp: boolean) => void) | undefined;
}

/** What {@link FlowTableOptions} has, for its check. */
export const FLOW_TABLE_OPTIONS: OptionTable<FlowTableOptions> = {
  clock: "clock!",
  maxFlows: "number",
  maxShapes: "number",
  uses: "object",
  onRemoved: "function",
  onAdded: "function",
  onModified: "function",
  onVacancy: "function",
};

const EVERY_BIT = 0xffff_ffff_ffff_ffffn;
const ANY: MatchWords = new MatchWords(new Match());

/** A table of flows. OpenFlow 1.3 §5.1 to §5.5, §6.4 */
export class FlowTable {
  /** How many flows fit. */
  readonly maxFlows: number;
  /** What becomes of packets that no flow matches in OpenFlow 1.1 and 1.2: bits of `TableConfig`. */
  miss = 0;
  /** Percent of free flows below and above which controllers are informed; undefined for never. OpenFlow 1.4 */
  vacancyEvents: { readonly down: number; readonly up: number } | undefined = undefined;
  /** Packets looked up, and those for which a flow was found. */
  lookups = 0;
  matches = 0;
  readonly #classifier = new Classifier();
  readonly #deadlines: Deadlines;
  readonly #clock: Clock;
  readonly #maxShapes: number;
  readonly #onRemoved: ((flow: Flow, reason: number) => void) | undefined;
  readonly #onAdded: ((flow: Flow) => void) | undefined;
  readonly #onModified: ((flow: Flow, before: Uses) => void) | undefined;
  readonly #onVacancy: ((isUp: boolean) => void) | undefined;
  readonly #uses: UseCounts;
  #eviction: Eviction | undefined;
  /** Whether the free space was reported to be low. */
  #isLow = false;
  #size = 0;
  #added = 0;

  constructor(options: FlowTableOptions) {
    checkOptions("FlowTable", options, FLOW_TABLE_OPTIONS);
    this.#clock = options.clock;
    this.maxFlows = options.maxFlows ?? 65_536;
    this.#maxShapes = options.maxShapes ?? 1_024;
    this.#onRemoved = options.onRemoved;
    this.#onVacancy = options.onVacancy;
    this.#onAdded = options.onAdded;
    this.#onModified = options.onModified;
    this.#uses = options.uses ?? new UseCounts();
    this.#deadlines = new Deadlines(options.clock, (flow) => {
      const now = this.#clock.now();
      const hard = flow.hardTimeout !== 0 && flow.hardSince + flow.hardTimeout * 1000 <= now;
      this.remove(flow, hard ? FlowRemovedReason.HardTimeout : FlowRemovedReason.IdleTimeout);
    });
  }

  /** Whether a flow that finds the table full takes the place of another one. OpenFlow 1.4 §5.10 */
  get evicts(): boolean {
    return this.#eviction !== undefined;
  }

  set evicts(on: boolean) {
    if (on === this.evicts) return;
    this.#eviction = on ? new Eviction(this.flows()) : undefined;
  }

  /** Percent of the flows that still fit. */
  get vacancy(): number {
    return Math.floor(((this.maxFlows - this.#size) * 100) / this.maxFlows);
  }

  /** How many flows there are. */
  get size(): number {
    return this.#size;
  }

  /** All flows, oldest first. */
  flows(): Iterable<Flow> {
    const flows: Flow[] = [];
    for (const { rows } of this.#classifier.subtables()) for (const flow of rows) flows.push(flow);
    return flows.sort((a, b) => a.order - b.order);
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
   * Adds a flow. The one with the same match and priority, if there is one, is replaced, and hands on its counters; overlaps do not count then.
   * @throws Refusal `OFPFMFC_OVERLAP` with `checkOverlap` and another flow of this priority that could match the same packet; `OFPFMFC_TABLE_FULL`
   */
  add(init: FlowInit, options: AddOptions = {}): Flow {
    const words = new MatchWords(init.match);
    const old = this.#classifier.find(words, init.priority);
    if (old !== undefined) return this.#replace(old, init, options);
    const other = options.checkOverlap === true ? this.#classifier.overlapping(words, init.priority) : undefined;
    if (other !== undefined)
      throw new Refusal("OFPFMFC_OVERLAP", `the new flow overlaps another one of priority ${init.priority}: ${other.match.key}`);
    if (this.#size >= this.maxFlows && !this.#evict(options.journal))
      throw new Refusal("OFPFMFC_TABLE_FULL", `there are ${this.maxFlows} flows already`);
    if (!this.#classifier.knows(words) && this.#classifier.shapes >= this.#maxShapes)
      throw new Refusal("OFPFMFC_TABLE_FULL", `the flows have ${this.#maxShapes} different masks already`);
    const flow = new Flow(init, this.#clock.now(), words);
    this.#putIn(flow);
    this.#came(flow, options.journal, () => this.#takeOut(flow));
    return flow;
  }

  /** Changes what flows do; their time-outs, flags and duration stay. @returns how many there were */
  modify(filter: FlowCriteria, change: FlowChange): number {
    checkOptions("FlowTable.modify", change, FLOW_CHANGE);
    const flows = this.select(filter);
    for (const flow of flows) this.change(flow, change);
    return flows.length;
  }

  /** Changes what one of its flows does. */
  change(flow: Flow, change: FlowChange, journal?: Journal): void {
    const before = flow.program.uses;
    if (journal !== undefined) this.#noteChange(flow, journal, () => this.#onModified?.(flow, before));
    this.#apply(flow, change);
    if (journal === undefined) this.#onModified?.(flow, before);
  }

  #apply(flow: Flow, { instructions, version = 4, program, cookie, resetCounts }: FlowChange): void {
    flow.instructions = instructions;
    flow.version = version;
    this.#reprogram(flow, program);
    flow.changed = this.#clock.now();
    if (cookie !== undefined) flow.cookie = cookie;
    if (!resetCounts) return;
    flow.packets = 0;
    flow.bytes = 0;
  }

  /**
   * Adds a flow that a packet has made, or makes the one with the same match and priority do the same, and young again.
   * @param limit - so many flows with its cookie at most; 0 is no limit
   * @returns whether it is there
   */
  learn(init: FlowInit, limit: number): boolean {
    const old = this.#classifier.find(new MatchWords(init.match), init.priority);
    if (old !== undefined) {
      this.#deadlines.remove(old);
      this.#apply(old, { ...init, resetCounts: false });
      old.learnAgain(init, this.#clock.now());
      this.#deadlines.add(old);
      return true;
    }
    if (limit !== 0 && this.select({ cookie: init.cookie, cookieMask: EVERY_BIT }).length >= limit) return false;
    try {
      this.add(init);
      return true;
    } catch (e) {
      if (e instanceof Refusal) return false;
      throw e;
    }
  }

  /** Lowers the time-outs of one of its flows, in seconds; 0 leaves one as it is. Nicira's fin_timeout action */
  shorten(flow: Flow, idleTimeout: number, hardTimeout: number): void {
    if (flow.row < 0) return;
    this.#deadlines.remove(flow);
    flow.idleTimeout = lower(flow.idleTimeout, idleTimeout);
    flow.hardTimeout = lower(flow.hardTimeout, hardTimeout);
    this.#deadlines.add(flow);
  }

  /** Removes flows. @returns how many there were */
  delete(filter: FlowCriteria): number {
    checkOptions("FlowTable.delete", filter, FLOW_FILTER);
    const flows = this.select(filter);
    for (const flow of flows) this.remove(flow, FlowRemovedReason.Delete);
    return flows.length;
  }

  /** Removes one flow, if it is still there. @param reason - of `FlowRemovedReason` */
  remove(flow: Flow, reason: number, journal?: Journal): void {
    if (flow.row < 0) return;
    this.#takeOut(flow);
    if (journal === undefined) this.#onRemoved?.(flow, reason);
    else
      journal.note(
        () => this.#putIn(flow),
        () => this.#onRemoved?.(flow, reason),
      );
  }

  /** Reports a flow that came, at once or when the bundle is done. */
  #came(flow: Flow, journal: Journal | undefined, undo: () => void): void {
    if (journal === undefined) this.#onAdded?.(flow);
    else journal.note(undo, () => this.#onAdded?.(flow));
  }

  #putIn(flow: Flow): void {
    flow.order = this.#added++;
    this.#size++;
    this.#uses.count(flow.program.uses, 1);
    this.#classifier.insert(flow);
    this.#deadlines.add(flow);
    this.#eviction?.add(flow);
    this.#tellVacancy();
  }

  #takeOut(flow: Flow): void {
    if (flow.row < 0) return;
    this.#size--;
    this.#uses.count(flow.program.uses, -1);
    this.#classifier.remove(flow);
    this.#deadlines.remove(flow);
    this.#tellVacancy();
  }

  /** Makes room. @returns whether there was a flow to go */
  #evict(journal: Journal | undefined): boolean {
    const flow = this.#eviction?.choose(this.#size);
    if (flow === undefined) return false;
    this.remove(flow, FlowRemovedReason.Eviction, journal);
    return true;
  }

  /** Reports once that free space has fallen below the lower threshold, and once that it has risen above the upper one. */
  #tellVacancy(): void {
    const events = this.vacancyEvents;
    if (events === undefined) return;
    const { vacancy } = this;
    if (this.#isLow ? vacancy < events.up : vacancy > events.down) return;
    this.#isLow = !this.#isLow;
    this.#onVacancy?.(!this.#isLow);
  }

  /** Notes how one of its flows becomes what it is now. */
  #noteChange(flow: Flow, journal: Journal, afterwards: () => void): void {
    const restore = flow.snapshot();
    const { program } = flow;
    journal.note(() => {
      this.#deadlines.remove(flow);
      this.#reprogram(flow, program);
      restore();
      if (flow.row >= 0) this.#deadlines.add(flow);
    }, afterwards);
  }

  #reprogram(flow: Flow, program: Program): void {
    if (flow.row < 0) {
      flow.program = program;
      return;
    }
    this.#uses.count(program.uses, 1);
    this.#uses.count(flow.program.uses, -1);
    this.#classifier.reprogram(flow, program);
  }

  /** The flows that a filter means, in no order. */
  select(filter: FlowCriteria): Flow[] {
    checkOptions("FlowTable.select", filter, FLOW_FILTER);
    const found: Flow[] = [];
    for (const flow of this.visit(filter)) if (flow !== undefined) found.push(flow);
    return found;
  }

  /**
   * The flows that a filter means, one by one and in no order. The table may change in between: visited are, once each, those that were there at the start, are there still, and are
   * meant when their turn comes.
   * @returns flows, and undefined from time to time where the search takes longer, so that others can have a turn
   */
  *visit(filter: FlowCriteria): Generator<Flow | undefined, void, void> {
    const before = this.#added;
    const words = filter.match === undefined ? ANY : new MatchWords(filter.match);
    if (filter.strictPriority !== undefined) {
      const flow = this.#classifier.find(words, filter.strictPriority);
      if (flow !== undefined && isMeant(flow, filter)) yield flow;
      return;
    }
    for (const subtable of this.#classifier.subtables()) {
      if (!subtable.mayCover(words)) continue;
      const same = subtable.shape === words.shape;
      const found = same ? subtable.equal(words) : [];
      let after = -1;
      do {
        if (!same) after = subtable.rows.covered(words, after, before, found);
        for (const flow of found) if (flow.row >= 0 && flow.order < before && isMeant(flow, filter)) yield flow;
        found.length = 0;
        yield undefined;
      } while (after >= 0);
    }
  }

  /** Stops the timer of the time-outs for good. */
  close(): void {
    this.#deadlines.stop();
  }

  #replace(flow: Flow, init: FlowInit, { resetCounts = false, journal }: AddOptions): Flow {
    if (journal !== undefined) this.#noteChange(flow, journal, () => this.#onAdded?.(flow));
    this.#deadlines.remove(flow);
    this.#reprogram(flow, init.program);
    flow.replace(init, this.#clock.now());
    this.#eviction?.add(flow);
    if (resetCounts) {
      flow.packets = 0;
      flow.bytes = 0;
    }
    this.#deadlines.add(flow);
    if (journal === undefined) this.#onAdded?.(flow);
    return flow;
  }
}

/** The shorter of two time-outs, of which 0 is none. */
const lower = (now: number, limit: number): number => (limit !== 0 && (now === 0 || limit < now) ? limit : now);

/** Whether a filter that means the match of a flow means the flow. */
function isMeant(flow: Flow, { cookie = 0n, cookieMask = 0n, outPort = PortNo.Any, outGroup = GroupNo.Any }: FlowCriteria): boolean {
  if (((flow.cookie ^ cookie) & cookieMask) !== 0n) return false;
  const { uses } = flow.program;
  if (outPort !== PortNo.Any && !uses.ports.has(outPort)) return false;
  return outGroup === GroupNo.Any || uses.groups.has(outGroup);
}

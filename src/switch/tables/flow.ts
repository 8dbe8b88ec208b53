import { FlowModFlags, type Instruction, type Match } from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import type { Program } from "../actions/program.js";
import { MatchWords } from "../packet/flow-words.js";

/** What a flow is made from. */
export interface FlowInit {
  /** Without faults: see `checkMatch`. */
  readonly match: Match;
  /** 0 to 65535; the highest wins. */
  readonly priority: number;
  readonly cookie: bigint;
  /** Seconds without a packet until it goes; 0 is never. */
  readonly idleTimeout: number;
  /** Seconds from now until it goes; 0 is never. */
  readonly hardTimeout: number;
  /** Bits of `FlowModFlags` that stay with the flow. */
  readonly flags: number;
  /** Which flow goes first when a table is full: the least important. OpenFlow 1.4 */
  readonly importance?: number | undefined;
  /** As they were given, for those who ask. */
  readonly instructions: readonly Instruction[];
  /** The version that they were given in; default 1.3. */
  readonly version?: Version | undefined;
  /** The same, ready to be executed. */
  readonly program: Program;
}

/** One flow of a table. Made and changed by its table only. */
export class Flow {
  match: Match;
  readonly words: MatchWords;
  readonly priority: number;
  idleTimeout = 0;
  hardTimeout = 0;
  flags = 0;
  cookie = 0n;
  importance = 0;
  instructions: readonly Instruction[];
  /** The version of the instructions. */
  version: Version;
  program: Program;
  /** When what it does was last changed, in the clock's milliseconds. */
  changed = 0;
  /** When it was added, in the clock's milliseconds. */
  created = 0;
  /** From when on its hard time-out counts. */
  hardSince = 0;
  /** When the last packet hit it. */
  lastUsed = 0;
  packets = 0;
  bytes = 0;
  /** The number of the change that added it, and of the one that changed it last, among all changes of the switch. */
  addedAs = 0;
  changedAs = 0;
  /** Its age among the flows of its table: the lower, the older. One that is replaced keeps its place. */
  order = 0;
  /** Its row among the flows with its mask; -1 while it is in no table. */
  row = -1;
  /** When it has to be looked at for its time-outs; its place in the queue of those, or -1. */
  deadline = Number.POSITIVE_INFINITY;
  queueAt = -1;

  /** @param now - the clock's milliseconds */
  constructor(init: FlowInit, now: number, words = new MatchWords(init.match)) {
    this.match = init.match;
    this.words = words;
    this.priority = init.priority;
    this.instructions = init.instructions;
    this.version = init.version ?? 4;
    this.program = init.program;
    this.#become(init, now);
  }

  /** Makes another flow with the same match and priority of it, which hands on its counters. @param now - the clock's milliseconds */
  replace(init: FlowInit, now: number): void {
    this.match = init.match;
    this.instructions = init.instructions;
    this.version = init.version ?? 4;
    this.program = init.program;
    this.#become(init, now);
  }

  #become(init: FlowInit, now: number): void {
    this.cookie = init.cookie;
    this.idleTimeout = init.idleTimeout;
    this.hardTimeout = init.hardTimeout;
    this.flags = init.flags;
    this.importance = init.importance ?? 0;
    this.created = now;
    this.hardSince = now;
    this.changed = now;
    this.lastUsed = now;
  }

  /** Notes all that can change of it. @returns what makes it as it was */
  snapshot(): () => void {
    const {
      match,
      idleTimeout,
      hardTimeout,
      flags,
      cookie,
      importance,
      instructions,
      version,
      changed,
      created,
      hardSince,
      lastUsed,
      packets,
      bytes,
    } = this;
    const kept = {
      match,
      idleTimeout,
      hardTimeout,
      flags,
      cookie,
      importance,
      instructions,
      version,
      changed,
      created,
      hardSince,
      lastUsed,
      packets,
      bytes,
    };
    return () => void Object.assign(this, kept);
  }

  /** A packet has made it again: its time-outs start from now on. @param now - the clock's milliseconds */
  learnAgain(init: FlowInit, now: number): void {
    this.idleTimeout = init.idleTimeout;
    this.hardTimeout = init.hardTimeout;
    this.flags = init.flags;
    this.hardSince = now;
    this.lastUsed = now;
  }

  /** Whether it is what OpenFlow 1.3 calls the table-miss flow: it matches all packets with the lowest priority. §5.4 */
  get isTableMiss(): boolean {
    return this.priority === 0 && this.match.isEmpty;
  }

  /** Packets so far; all ones where the flow was added with `NoPktCounts`. */
  get packetCount(): bigint {
    return (this.flags & FlowModFlags.NoPktCounts) !== 0 ? UNCOUNTED : BigInt(this.packets);
  }

  /** Bytes so far; all ones where the flow was added with `NoBytCounts`. */
  get byteCount(): bigint {
    return (this.flags & FlowModFlags.NoBytCounts) !== 0 ? UNCOUNTED : BigInt(this.bytes);
  }

  /** Counts a packet. @param now - the clock's milliseconds */
  hit(bytes: number, now: number): void {
    this.packets++;
    this.bytes += bytes;
    this.lastUsed = now;
  }

  /** When the flow goes by itself, as things stand; infinity for never. */
  expiry(): number {
    const idle = this.idleTimeout === 0 ? Number.POSITIVE_INFINITY : this.lastUsed + this.idleTimeout * 1000;
    const hard = this.hardTimeout === 0 ? Number.POSITIVE_INFINITY : this.hardSince + this.hardTimeout * 1000;
    return Math.min(idle, hard);
  }
}

const UNCOUNTED = 0xffff_ffff_ffff_ffffn;

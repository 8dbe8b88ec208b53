import type { MatchWords } from "../packet/flow-words.js";
import type { Flow } from "./flow.js";
import { FlowRows } from "./flow-rows.js";

/** The place in a list of falling priorities of the first flow whose priority is `priority` or lower. */
function firstAtMost(flows: readonly Flow[], priority: number): number {
  let low = 0;
  let high = flows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (flows[middle]!.priority > priority) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The flows of one mask, by a hash of the bits that it leaves. */
export class Subtable {
  readonly mask: Int32Array;
  readonly used: readonly number[];
  readonly shape: string;
  /** Its flows, to be searched for others than those that a packet hits. */
  readonly rows: FlowRows;
  readonly #like: MatchWords;
  readonly #seed: number;
  readonly #buckets = new Map<number, Flow[]>();
  readonly #priorities = new Map<number, number>();
  /** The highest priority, or -1 where it has to be looked for: a removal of all flows would look for it with each. */
  #highest = -1;

  /** @param seed - kept secret from those who choose the flows, so that they cannot make all of them collide */
  constructor(words: MatchWords, seed: number) {
    this.#like = words;
    this.mask = words.mask;
    this.used = words.used;
    this.shape = words.shape;
    this.rows = new FlowRows(words);
    this.#seed = seed;
  }

  #hash(words: Int32Array): number {
    const { used, mask } = this;
    let h = this.#seed;
    for (let n = 0; n < used.length; n++) {
      const i = used[n]!;
      h = Math.imul(h ^ (words[i]! & mask[i]!), 0x9e3779b1);
      h ^= h >>> 15;
    }
    return h;
  }

  /** The flow of the highest priority that the packet's words match. */
  lookup(words: Int32Array): Flow | undefined {
    const bucket = this.#buckets.get(this.#hash(words));
    if (bucket === undefined) return undefined;
    for (let i = 0; i < bucket.length; i++) {
      const flow = bucket[i]!;
      if (flow.words.matches(words)) return flow;
    }
    return undefined;
  }

  /** All flows that the packet's words match, the highest priority first. */
  *all(words: Int32Array): Generator<Flow, void, void> {
    for (const flow of this.#buckets.get(this.#hash(words)) ?? []) if (flow.words.matches(words)) yield flow;
  }

  /** The flow with just this match, which has the mask of this subtable, and this priority. */
  find(words: MatchWords, priority: number): Flow | undefined {
    const bucket = this.#buckets.get(this.#hash(words.value));
    if (bucket === undefined) return undefined;
    for (let i = firstAtMost(bucket, priority); i < bucket.length && bucket[i]!.priority === priority; i++) {
      if (bucket[i]!.words.equals(words)) return bucket[i];
    }
    return undefined;
  }

  insert(flow: Flow): void {
    const hash = this.#hash(flow.words.value);
    const bucket = this.#buckets.get(hash);
    if (bucket === undefined) this.#buckets.set(hash, [flow]);
    else bucket.splice(firstAtMost(bucket, flow.priority), 0, flow);
    this.rows.add(flow);
    this.#priorities.set(flow.priority, (this.#priorities.get(flow.priority) ?? 0) + 1);
    // where it is not known, it is looked for
    if (flow.priority > this.#highest && (this.#highest >= 0 || this.rows.size === 1)) this.#highest = flow.priority;
  }

  remove(flow: Flow): void {
    const hash = this.#hash(flow.words.value);
    const bucket = this.#buckets.get(hash)!;
    if (bucket.length === 1) this.#buckets.delete(hash);
    else bucket.splice(bucket.indexOf(flow, firstAtMost(bucket, flow.priority)), 1);
    this.rows.remove(flow);
    const left = this.#priorities.get(flow.priority)! - 1;
    if (left > 0) this.#priorities.set(flow.priority, left);
    else {
      this.#priorities.delete(flow.priority);
      if (flow.priority === this.#highest) this.#highest = -1;
    }
  }

  /** The highest priority of its flows. */
  get maxPriority(): number {
    if (this.#highest < 0) for (const priority of this.#priorities.keys()) if (priority > this.#highest) this.#highest = priority;
    return this.#highest;
  }

  /** Whether the mask of `words` is within that of the flows, so that it can cover some. */
  mayCover(words: MatchWords): boolean {
    return words.isWithin(this.#like);
  }

  /** The flows, of any priority, with just this match, which has the mask of this subtable. */
  equal(words: MatchWords): Flow[] {
    return (this.#buckets.get(this.#hash(words.value)) ?? []).filter((flow) => flow.words.equals(words));
  }

  /** A flow of this priority that some packet could hit as well as one with this match. */
  overlapping(words: MatchWords, priority: number): Flow | undefined {
    if (!this.#priorities.has(priority)) return undefined;
    if (!this.#like.isWithin(words)) return this.rows.overlapping(words, priority);
    // the match fixes all bits that the flows look at: those that overlap have just these
    const bucket = this.#buckets.get(this.#hash(words.value)) ?? [];
    for (let i = firstAtMost(bucket, priority); i < bucket.length && bucket[i]!.priority === priority; i++) {
      if (bucket[i]!.words.overlaps(words)) return bucket[i];
    }
    return undefined;
  }
}

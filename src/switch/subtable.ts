import type { Flow } from "./flow.js";
import type { MatchWords } from "./flow-words.js";

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
  /** The highest priority of its flows. */
  maxPriority = -1;
  /** How many flows it has. */
  size = 0;
  readonly #like: MatchWords;
  readonly #seed: number;
  readonly #buckets = new Map<number, Flow[]>();
  readonly #priorities = new Map<number, number>();

  /** @param seed - kept secret from those who choose the flows, so that they cannot make all of them collide */
  constructor(words: MatchWords, seed: number) {
    this.#like = words;
    this.mask = words.mask;
    this.used = words.used;
    this.shape = words.shape;
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
    this.size++;
    this.#priorities.set(flow.priority, (this.#priorities.get(flow.priority) ?? 0) + 1);
    if (flow.priority > this.maxPriority) this.maxPriority = flow.priority;
  }

  remove(flow: Flow): void {
    const hash = this.#hash(flow.words.value);
    const bucket = this.#buckets.get(hash)!;
    if (bucket.length === 1) this.#buckets.delete(hash);
    else bucket.splice(bucket.indexOf(flow, firstAtMost(bucket, flow.priority)), 1);
    this.size--;
    const left = this.#priorities.get(flow.priority)! - 1;
    if (left > 0) this.#priorities.set(flow.priority, left);
    else {
      this.#priorities.delete(flow.priority);
      if (flow.priority === this.maxPriority) {
        this.maxPriority = -1;
        for (const priority of this.#priorities.keys()) if (priority > this.maxPriority) this.maxPriority = priority;
      }
    }
  }

  /** All its flows that `words` covers. */
  *covered(words: MatchWords): Iterable<Flow> {
    if (!words.isWithin(this.#like)) return;
    if (words.shape === this.shape) {
      for (const flow of this.#buckets.get(this.#hash(words.value)) ?? []) if (flow.words.equals(words)) yield flow;
    } else for (const flow of this.flows()) if (words.covers(flow.words)) yield flow;
  }

  /** All its flows. */
  *flows(): Iterable<Flow> {
    for (const bucket of this.#buckets.values()) yield* bucket;
  }

  /** Whether it has a flow of a priority. */
  hasPriority(priority: number): boolean {
    return this.#priorities.has(priority);
  }
}

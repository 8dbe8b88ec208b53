import type { Program } from "../actions/program.js";
import type { MatchWords } from "../packet/flow-words.js";
import { WORDS } from "../packet/places.js";
import { isConjunctive, searchConjunctions } from "./conjunctions.js";
import type { Flow } from "./flow.js";
import { MicroflowCache } from "./microflow-cache.js";
import { Subtable } from "./subtable.js";

/**
 * Finds the flow that a packet hits: tuple space search, one hash table per mask, tried by falling priority until no better flow can follow, behind a
 * cache of microflows. A search costs as much as there are masks, so that their number has to be bounded by who inserts (CVE-2019-25076): see
 * {@link Classifier.knows} and {@link Classifier.shapes}.
 */
export class Classifier {
  #subtables = new Map<string, Subtable>();
  #ordered: Subtable[] = [];
  #unordered = false;
  #reshaped = false;
  /** How many flows are parts of conjunctions. */
  #conjunctive = 0;
  readonly #cache = new MicroflowCache();
  readonly #seed = (Math.random() * 0x1_0000_0000) | 0;

  /** How many different masks the flows have. */
  get shapes(): number {
    return this.#subtables.size;
  }

  /** Whether some flow has the same mask. */
  knows(words: MatchWords): boolean {
    return this.#subtables.has(words.shape);
  }

  /** The flow of the highest priority that a packet's words match. Of several of that priority it is any one. */
  lookup(words: Int32Array): Flow | undefined {
    if (this.#unordered) this.#order();
    const cached = this.#cache.get(words);
    if (cached !== null) return cached;
    const best = this.#conjunctive === 0 ? this.#search(words) : searchConjunctions(this.#ordered, words);
    this.#cache.store(words, best);
    return best;
  }

  #search(words: Int32Array): Flow | undefined {
    let best: Flow | undefined;
    for (const subtable of this.#ordered) {
      if (best !== undefined && subtable.maxPriority <= best.priority) break;
      const flow = subtable.lookup(words);
      if (flow !== undefined && (best === undefined || flow.priority > best.priority)) best = flow;
    }
    return best;
  }

  /** Gives one of its flows another program. */
  reprogram(flow: Flow, program: Program): void {
    const before = isConjunctive(flow.program);
    const after = isConjunctive(program);
    flow.program = program;
    if (!before && !after) return;
    this.#conjunctive += Number(after) - Number(before);
    this.#unordered = true;
  }

  /** The flow with just this match and priority. */
  find(words: MatchWords, priority: number): Flow | undefined {
    return this.#subtables.get(words.shape)?.find(words, priority);
  }

  insert(flow: Flow): void {
    const { words } = flow;
    let subtable = this.#subtables.get(words.shape);
    if (subtable === undefined) {
      subtable = new Subtable(words, this.#seed);
      this.#subtables.set(words.shape, subtable);
      this.#reshaped = true;
    }
    subtable.insert(flow);
    if (isConjunctive(flow.program)) this.#conjunctive++;
    this.#unordered = true;
  }

  remove(flow: Flow): void {
    const subtable = this.#subtables.get(flow.words.shape)!;
    subtable.remove(flow);
    if (isConjunctive(flow.program)) this.#conjunctive--;
    if (subtable.rows.size === 0) {
      this.#subtables.delete(subtable.shape);
      this.#reshaped = true;
    }
    this.#unordered = true;
  }

  /** The flows by their masks. Subtables may come and go while this is read. */
  subtables(): IterableIterator<Subtable> {
    return this.#subtables.values();
  }

  /** A flow of this priority that some packet could hit as well as one with this match. */
  overlapping(words: MatchWords, priority: number): Flow | undefined {
    for (const subtable of this.#subtables.values()) {
      const flow = subtable.overlapping(words, priority);
      if (flow !== undefined) return flow;
    }
    return undefined;
  }

  #order(): void {
    this.#unordered = false;
    this.#ordered = [...this.#subtables.values()].sort((a, b) => b.maxPriority - a.maxPriority);
    if (!this.#reshaped) {
      this.#cache.clear();
      return;
    }
    this.#reshaped = false;
    const mask = new Int32Array(WORDS);
    for (const subtable of this.#ordered) for (const i of subtable.used) mask[i]! |= subtable.mask[i]!;
    const used: number[] = [];
    for (let i = 0; i < WORDS; i++) if (mask[i] !== 0) used.push(i);
    this.#cache.reshape(mask, used);
  }
}

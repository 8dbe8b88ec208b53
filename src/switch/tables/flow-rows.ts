import type { MatchWords } from "../packet/flow-words.js";
import type { Flow } from "./flow.js";

/** A search reads so many rows before it lets others go on. */
const ROWS = 4096;
/** And finds so many flows. */
const FOUND = 64;

/** The words of a match that restrict the rows of one mask: their columns, and what is compared in them. */
interface Columns {
  readonly at: readonly number[];
  readonly mask: readonly number[];
  readonly value: readonly number[];
}

/**
 * The flows of one mask as rows of a table of numbers, oldest first: what they match on lies in one piece of memory, so that a search through all of them costs a few nanoseconds a flow.
 * A flow that goes leaves a hole; holes are closed when they are more than the flows.
 */
export class FlowRows {
  readonly #used: readonly number[];
  readonly #mask: Int32Array;
  #values: Int32Array;
  #priorities: Uint16Array;
  #order: Float64Array;
  #flows: (Flow | undefined)[] = [];
  #end = 0;
  #size = 0;

  /** @param like - with the mask of all flows */
  constructor(like: MatchWords) {
    this.#used = like.used;
    this.#mask = like.mask;
    this.#values = new Int32Array(2 * this.#used.length);
    this.#priorities = new Uint16Array(2);
    this.#order = new Float64Array(2);
  }

  /** How many flows there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a flow, whose `order` is above that of all others. */
  add(flow: Flow): void {
    const row = this.#end;
    if (row === this.#order.length) this.#grow();
    const used = this.#used;
    const at = row * used.length;
    for (let n = 0; n < used.length; n++) this.#values[at + n] = flow.words.value[used[n]!]!;
    this.#priorities[row] = flow.priority;
    this.#order[row] = flow.order;
    this.#flows[row] = flow;
    flow.row = row;
    this.#end++;
    this.#size++;
  }

  /** Takes a flow out. */
  remove(flow: Flow): void {
    this.#flows[flow.row] = undefined;
    flow.row = -1;
    this.#size--;
    if (this.#end > 32 && this.#size < this.#end >>> 1) this.#close();
  }

  /** A flow of this priority that some packet could hit as well as one with this match. */
  overlapping(words: MatchWords, priority: number): Flow | undefined {
    const columns = this.#columns(words);
    const priorities = this.#priorities;
    for (let row = 0; row < this.#end; row++) {
      if (priorities[row] !== priority || !this.#matches(row, columns)) continue;
      const flow = this.#flows[row];
      if (flow !== undefined) return flow;
    }
    return undefined;
  }

  /**
   * Searches for flows that `words`, whose mask is within this one, covers. Flows may come and go between two calls.
   * @param after - goes on behind the flow with this order; -1 from the start
   * @param before - up to the flow with this order
   * @param found - gets the flows
   * @returns what to go on with, or -1 at the end
   */
  covered(words: MatchWords, after: number, before: number, found: Flow[]): number {
    const columns = this.#columns(words);
    let row = this.#rowAfter(after);
    const stop = Math.min(this.#end, row + ROWS);
    for (; row < stop; row++) {
      if (this.#order[row]! >= before) return -1;
      const flow = this.#flows[row];
      if (flow === undefined || !this.#matches(row, columns)) continue;
      found.push(flow);
      if (found.length === FOUND) return flow.order;
    }
    return row === this.#end ? -1 : this.#order[row - 1]!;
  }

  /** All flows. */
  *[Symbol.iterator](): Iterator<Flow> {
    for (const flow of this.#flows) if (flow !== undefined) yield flow;
  }

  #columns(words: MatchWords): Columns {
    const columns = { at: [] as number[], mask: [] as number[], value: [] as number[] };
    this.#used.forEach((i, n) => {
      const mask = this.#mask[i]! & words.mask[i]!;
      if (mask === 0) return;
      columns.at.push(n);
      columns.mask.push(mask);
      columns.value.push(words.value[i]! & mask);
    });
    return columns;
  }

  #matches(row: number, { at, mask, value }: Columns): boolean {
    const base = row * this.#used.length;
    for (let n = 0; n < at.length; n++) if ((this.#values[base + at[n]!]! & mask[n]!) !== value[n]) return false;
    return true;
  }

  #rowAfter(order: number): number {
    let low = 0;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order[middle]! <= order) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const length = 2 * this.#order.length;
    const values = new Int32Array(length * this.#used.length);
    const priorities = new Uint16Array(length);
    const order = new Float64Array(length);
    values.set(this.#values);
    priorities.set(this.#priorities);
    order.set(this.#order);
    this.#values = values;
    this.#priorities = priorities;
    this.#order = order;
  }

  #close(): void {
    const stride = this.#used.length;
    let to = 0;
    for (let row = 0; row < this.#end; row++) {
      const flow = this.#flows[row];
      if (flow === undefined) continue;
      if (to !== row) {
        this.#values.copyWithin(to * stride, row * stride, (row + 1) * stride);
        this.#priorities[to] = this.#priorities[row]!;
        this.#order[to] = this.#order[row]!;
        this.#flows[to] = flow;
        flow.row = to;
      }
      to++;
    }
    this.#flows.length = to;
    this.#end = to;
  }
}

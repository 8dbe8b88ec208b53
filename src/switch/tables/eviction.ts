import type { Flow } from "./flow.js";

interface Entry {
  readonly flow: Flow;
  readonly importance: number;
  /** When it would go by itself, as it was when it was looked at last; it only grows. */
  readonly expiry: number;
}

const before = (a: Entry, b: Entry): boolean => a.importance < b.importance || (a.importance === b.importance && a.expiry < b.expiry);

const entryOf = (flow: Flow): Entry => ({ flow, importance: flow.importance, expiry: flow.expiry() });

/** Flows that have no time-outs and no importance stay, as in Open vSwitch. */
const isEvictable = (flow: Flow): boolean => flow.importance > 0 || flow.idleTimeout > 0 || flow.hardTimeout > 0;

/**
 * Which flow goes first when its table is full: the least important, of those the one that would go by itself soonest. A heap of which only the first entry is kept right: one that was used since is
 * put back when its turn comes, one that is gone is passed over. OpenFlow 1.4 §5.10 (eviction)
 */
export class Eviction {
  #heap: Entry[] = [];

  /** @param flows - those that are there already */
  constructor(flows: Iterable<Flow>) {
    for (const flow of flows) this.add(flow);
  }

  /** Takes a flow that came, or that was changed. */
  add(flow: Flow): void {
    if (!isEvictable(flow)) return;
    this.#heap.push(entryOf(flow));
    this.#up(this.#heap.length - 1);
  }

  /** The flow that goes; undefined where none may. @param size - how many flows the table has */
  choose(size: number): Flow | undefined {
    if (this.#heap.length > 2 * size + 64) this.#compact();
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return undefined;
      this.#pop();
      const { flow } = first;
      if (flow.row < 0 || !isEvictable(flow)) continue;
      const now = entryOf(flow);
      if (!before(first, now)) return flow;
      this.#heap.push(now);
      this.#up(this.#heap.length - 1);
    }
  }

  #compact(): void {
    const flows = new Set(this.#heap.map(({ flow }) => flow).filter((flow) => flow.row >= 0));
    this.#heap = [];
    for (const flow of flows) this.add(flow);
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && before(heap[right]!, heap[left]!) ? right : left;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }

  #up(from: number): void {
    const heap = this.#heap;
    const entry = heap[from]!;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      if (!before(entry, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = entry;
  }
}

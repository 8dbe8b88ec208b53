/** Bytes of a ring; a power of two. */
export const RING_BYTES = 0x40000;
/** Cells of a line of the processor's cache: what one side writes often stands on a line of its own. */
const CACHE_LINE = 16;

/** The cells of a ring, in lines. */
const HEAD = 0;
const TAIL = CACHE_LINE;
const WANTED = 2 * CACHE_LINE;
const ENDED = 2 * CACHE_LINE + 1;
/** The cells of a side. */
const BELL = 3 * CACHE_LINE;
const ASLEEP = 3 * CACHE_LINE + 1;
const GONE = 3 * CACHE_LINE + 2;
/** Cells for each side: its ring, which it fills, and itself. */
const CELLS = 4 * CACHE_LINE;
const BYTES = CELLS * Int32Array.BYTES_PER_ELEMENT;

/** How many sleeps in a row go without a wait, at most, when waits were in vain. */
const MOST_SKIPPED = 63;

/** Memory for the rings of two sides. */
export function makeRings(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * (BYTES + RING_BYTES));
}

// ECMAScript 2024; the types of this project are those of 2023.
const { waitAsync } = Atomics as unknown as {
  waitAsync(
    cells: Int32Array,
    index: number,
    value: number,
  ): { readonly async: false } | { readonly async: true; readonly value: Promise<string> };
};

/**
 * One of two sides that send bytes to each other through shared memory: a ring each way, which one thread fills and one empties, and a bell each, which is rung after every change and costs a
 * system call only when the other side sleeps.
 *
 * The order that makes it safe: a side notes how often its bell was rung, looks at the rings, and sleeps only as long as it was not rung since.
 */
export class RingSide {
  readonly #cells: Int32Array;
  readonly #in: Uint8Array;
  readonly #out: Uint8Array;
  /** Where the cells of this side and of the other one begin. */
  readonly #mine: number;
  readonly #theirs: number;
  #heard = 0;
  /** How often the thread is not to stand still; grows with each time that it did so in vain. */
  #skip = 0;
  #vain = 0;

  /** @param side - 0 for one of the two, 1 for the other */
  constructor(memory: SharedArrayBuffer, side: 0 | 1) {
    this.#cells = new Int32Array(memory, 0, 2 * CELLS);
    const bytes = (s: number): Uint8Array => new Uint8Array(memory, 2 * BYTES + s * RING_BYTES, RING_BYTES);
    this.#out = bytes(side);
    this.#in = bytes(1 - side);
    this.#mine = side * CELLS;
    this.#theirs = (1 - side) * CELLS;
  }

  /** Whether the other side has said that no more comes. What it sent before is in the ring when this is seen. */
  get ended(): boolean {
    return Atomics.load(this.#cells, this.#theirs + ENDED) !== 0;
  }

  /** Whether the other side has gone without saying so. */
  get gone(): boolean {
    return Atomics.load(this.#cells, this.#theirs + GONE) !== 0;
  }

  /** Whether all was read that has come. */
  get empty(): boolean {
    return this.#cells[this.#theirs + HEAD] === Atomics.load(this.#cells, this.#theirs + TAIL);
  }

  /** Sends of [from, to) what fits. @returns how many bytes that is; 0: the bell rings when there is room again; -1: the ring is damaged */
  write(u8: Uint8Array, from: number, to: number): number {
    const cells = this.#cells;
    const at = this.#mine;
    const tail = cells[at + TAIL]!;
    let used = (tail - Atomics.load(cells, at + HEAD)) >>> 0;
    if (used === RING_BYTES) {
      Atomics.store(cells, at + WANTED, 1);
      used = (tail - Atomics.load(cells, at + HEAD)) >>> 0;
    }
    if (used > RING_BYTES) return -1;
    const n = Math.min(to - from, RING_BYTES - used);
    if (n === 0) return 0;
    const start = tail & (RING_BYTES - 1);
    const first = Math.min(n, RING_BYTES - start);
    this.#out.set(u8.subarray(from, from + first), start);
    if (first < n) this.#out.set(u8.subarray(from + first, from + n), 0);
    Atomics.store(cells, at + TAIL, (tail + n) | 0);
    this.#ring();
    return n;
  }

  /** Receives what is there and fits into `u8`. @returns how many bytes that is; -1: the ring is damaged */
  read(u8: Uint8Array): number {
    const cells = this.#cells;
    const at = this.#theirs;
    const head = cells[at + HEAD]!;
    const used = (Atomics.load(cells, at + TAIL) - head) >>> 0;
    if (used > RING_BYTES) return -1;
    const n = Math.min(used, u8.length);
    if (n === 0) return 0;
    const start = head & (RING_BYTES - 1);
    const first = Math.min(n, RING_BYTES - start);
    u8.set(this.#in.subarray(start, start + first), 0);
    if (first < n) u8.set(this.#in.subarray(0, n - first), first);
    Atomics.store(cells, at + HEAD, (head + n) | 0);
    if (Atomics.load(cells, at + WANTED) !== 0) {
      Atomics.store(cells, at + WANTED, 0);
      this.#ring();
    }
    return n;
  }

  /** Says that no more will come. */
  end(): void {
    Atomics.store(this.#cells, this.#mine + ENDED, 1);
    this.#ring();
  }

  /** Says that this side has gone, and wakes it where it sleeps, so that nothing waits for ever. */
  go(): void {
    Atomics.store(this.#cells, this.#mine + GONE, 1);
    this.#ring();
    Atomics.add(this.#cells, this.#mine + BELL, 1);
    Atomics.notify(this.#cells, this.#mine + BELL);
  }

  /** To be called before the rings are looked at: what changes from then on ends the {@link sleep} that follows. */
  listen(): void {
    Atomics.store(this.#cells, this.#mine + ASLEEP, 0);
    this.#heard = Atomics.load(this.#cells, this.#mine + BELL);
  }

  /**
   * Calls `wake` once, in a microtask or later, when the bell was rung since {@link listen}.
   * @param patience - how often the bell is looked at first, at some 30 ns each, since waking an event loop takes a thousand times as long. Only where that has proved right of late
   */
  sleep(wake: () => void, patience = 0): void {
    if (patience > 0 && this.#stand(patience)) {
      queueMicrotask(wake);
      return;
    }
    Atomics.store(this.#cells, this.#mine + ASLEEP, 1);
    const waiting = waitAsync(this.#cells, this.#mine + BELL, this.#heard);
    if (waiting.async) void waiting.value.then(wake);
    else queueMicrotask(wake);
  }

  /** Waits where it is for the bell. @returns whether it was rung */
  #stand(patience: number): boolean {
    if (this.#skip > 0) {
      this.#skip--;
      return false;
    }
    const cells = this.#cells;
    const bell = this.#mine + BELL;
    const heard = this.#heard;
    for (let i = 0; i < patience; i++) {
      if (Atomics.load(cells, bell) === heard) continue;
      this.#vain = 0;
      return true;
    }
    this.#vain = Math.min(MOST_SKIPPED, 2 * this.#vain + 1);
    this.#skip = this.#vain;
    return false;
  }

  #ring(): void {
    Atomics.add(this.#cells, this.#theirs + BELL, 1);
    if (Atomics.load(this.#cells, this.#theirs + ASLEEP) !== 0) Atomics.notify(this.#cells, this.#theirs + BELL);
  }
}

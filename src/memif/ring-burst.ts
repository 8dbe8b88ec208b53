import { Chunk } from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";
import type { Region } from "./ring-memory.js";

/** Gathered packets of one burst take no more than this, or one packet does. */
const SCRATCH = 0x4_0000;

/** Where the packets of a burst lie. A ring uses it again once its burst was released. */
export class BurstCells {
  /** The chunks that packets lie in: one for each region, and behind them the one that chained packets are gathered in. */
  readonly chunks: Chunk[];
  /** For each packet: which chunk. */
  readonly regions: Uint16Array;
  /** For each packet: where it starts there. */
  readonly starts: Uint32Array;
  /** For each packet: its bytes. */
  readonly lengths: Uint32Array;
  /** How much of the gathering chunk is taken. */
  gathered = 0;

  constructor(regions: readonly Region[], packets: number) {
    this.chunks = regions.map(({ chunk }) => chunk);
    this.regions = new Uint16Array(packets);
    this.starts = new Uint32Array(packets);
    this.lengths = new Uint32Array(packets);
  }

  /** The chunk for gathering, made when the first chain comes. */
  scratch(regions: number, maxPacket: number): Chunk {
    const made = this.chunks[regions];
    if (made !== undefined) return made;
    const chunk = new Chunk(Math.max(SCRATCH, maxPacket));
    this.chunks.push(chunk);
    return chunk;
  }
}

/** The owner that takes a burst's slots back. */
export interface BurstOwner {
  giveBack(burst: Burst): void;
}

/**
 * Packets as they lie in shared memory, without a copy; only those that the peer spread over several buffers are gathered. Borrowed: the peer may use the memory
 * again after {@link release}, which happens when the handler returns unless it called {@link hold}. Until then a malicious peer can still
 * change the bytes, so decide and act on one reading or on a {@link copy}.
 *
 * All methods throw SouthboundError `ERR_BORROWED` once it was released or its connection ended, and `ERR_RANGE` for a packet that it does not have.
 */
export class Burst {
  /** The number of the queue that it came from. */
  readonly queue: number;
  /** How many packets. */
  readonly count: number;
  /** The ring's index behind its last slot. */
  readonly upTo: number;
  readonly #owner: BurstOwner;
  #cells: BurstCells | undefined;
  #held = false;

  /** Made by rings alone. */
  constructor(owner: BurstOwner, cells: BurstCells, queue: number, count: number, upTo: number) {
    this.#owner = owner;
    this.#cells = cells;
    this.queue = queue;
    this.count = count;
    this.upTo = upTo;
  }

  #at(i: number): BurstCells {
    const cells = this.#cells;
    if (cells === undefined) throw borrowed();
    if (i >= this.count || i < 0) throw new SouthboundError("ERR_RANGE", `packet ${i} of a burst of ${this.count}`);
    return cells;
  }

  /** The chunk that packet `i` lies in, from {@link start} to {@link end}. */
  chunk(i: number): Chunk {
    const cells = this.#at(i);
    return cells.chunks[cells.regions[i]!]!;
  }

  /** Where packet `i` starts in its chunk. */
  start(i: number): number {
    return this.#at(i).starts[i]!;
  }

  /** The bytes of packet `i`: at least 1. */
  length(i: number): number {
    return this.#at(i).lengths[i]!;
  }

  /** Where packet `i` ends in its chunk. */
  end(i: number): number {
    const cells = this.#at(i);
    return cells.starts[i]! + cells.lengths[i]!;
  }

  /** Packet `i` as bytes of its own object, still borrowed: after the release they are somebody else's, and nothing checks it. */
  view(i: number): Uint8Array {
    const { chunks, regions, starts, lengths } = this.#at(i);
    const start = starts[i]!;
    return chunks[regions[i]!]!.u8.subarray(start, start + lengths[i]!);
  }

  /** Packet `i`, copied: the bytes are the caller's. */
  copy(i: number): Uint8Array {
    return new Uint8Array(this.view(i));
  }

  /**
   * Copies packet `i` to `at` in `target`.
   * @returns its length
   * @throws RangeError where it does not fit
   */
  copyTo(i: number, target: Uint8Array, at = 0): number {
    const bytes = this.view(i);
    target.set(bytes, at);
    return bytes.length;
  }

  /** Whether the burst is kept beyond its handler. */
  get held(): boolean {
    return this.#held;
  }

  /** Keeps the packets until {@link release} is called. A ring all of whose slots are held receives nothing. */
  hold(): this {
    if (this.#cells === undefined) throw borrowed();
    this.#held = true;
    return this;
  }

  /** Gives the slots back to the peer, which gets them as soon as all earlier bursts of the queue were released too. Again: does nothing. */
  release(): void {
    if (this.#cells === undefined) return;
    this.#owner.giveBack(this);
  }

  /** Takes the packets away; for the ring. */
  retire(): BurstCells | undefined {
    const cells = this.#cells;
    this.#cells = undefined;
    return cells;
  }

  /** Whether it was released. */
  get released(): boolean {
    return this.#cells === undefined;
  }
}

function borrowed(): SouthboundError {
  return new SouthboundError(
    "ERR_BORROWED",
    "the packets of a burst were read after its release; call hold() in the handler, or copy them",
  );
}

import { checkOptions, type OptionTable } from "../errors/mod.js";
import { Burst, BurstCells, type BurstOwner } from "./ring-burst.js";
import { RingError } from "./ring-error.js";
import type { Region } from "./ring-memory.js";
import { FLAGS, giveBuffers, HEAD, MASK_INTERRUPT, NEXT, type RingBuffers, type RingPlace, RingWords, SLOTS, TAIL } from "./ring-place.js";

/** The longest packet: what TCP segmentation makes of 64 KiB, with headers around it. */
export const MAX_PACKET = 0x1_1000;
const BURST = 256;

/** How a ring is received from. */
export interface RxRingOptions {
  /** The client's buffers, which go back to the ring after use. A server, which gives back slots alone, has none. */
  readonly buffers?: RingBuffers | undefined;
  /** The queue's number, for {@link Burst.queue}; 0 by default. */
  readonly queue?: number | undefined;
  /** Bytes of the longest packet that is taken: a longer one is a fault of the peer. 69,632 by default. */
  readonly maxPacket?: number | undefined;
  /** Packets of the longest burst, 256 by default. */
  readonly burst?: number | undefined;
}

/** What {@link RxRingOptions} has, for its check. */
export const RX_RING_OPTIONS: OptionTable<RxRingOptions> = { buffers: "object", queue: "number", maxPacket: "number", burst: "number" };

/**
 * The consumer's end of a ring: of S2M, which a server receives from, and with `buffers` of M2S, which a client receives from.
 *
 * Nothing that the peer writes is trusted: its index is clamped to the ring, and each slot's words are read once and checked against the regions. A client
 * knows where its buffers are and takes only the length from the slot.
 */
export class RxRing implements BurstOwner {
  /** The queue's number. */
  readonly queue: number;
  /** How many slots the ring has. */
  readonly size: number;
  /** Packets received. */
  packets = 0;
  /** Bytes of them. */
  bytes = 0;
  /** Bursts received. */
  bursts = 0;
  /** Packets that lay in several buffers. */
  chained = 0;

  readonly #u16: Uint16Array;
  readonly #i32: Int32Array;
  readonly #regions: readonly Region[];
  readonly #buffers: RingBuffers | undefined;
  readonly #theirs: number;
  readonly #maxPacket: number;
  readonly #burst: number;
  readonly #spare: BurstCells[] = [];
  /** Bursts not released yet, or behind such. */
  readonly #out: Burst[] = [];
  /** The index of the next slot to receive from. */
  #cursor = 0;
  /** The index of the first slot that was not given back. */
  #released = 0;
  #open = false;

  constructor(place: RingPlace, options: RxRingOptions = {}) {
    checkOptions("RxRing", options, RX_RING_OPTIONS);
    const { u16, i32 } = new RingWords(place);
    this.#u16 = u16;
    this.#i32 = i32;
    this.size = 2 ** place.log2Size;
    this.#regions = place.memory.regions;
    this.#buffers = options.buffers;
    this.#theirs = options.buffers === undefined ? HEAD : TAIL;
    this.#maxPacket = options.maxPacket ?? MAX_PACKET;
    this.#burst = options.burst ?? BURST;
    this.queue = options.queue ?? 0;
  }

  /**
   * Begins with an empty ring. A server calls it when CONNECT comes, before it answers; a client, which by it posts all its buffers, when CONNECTED comes.
   * @param polling - whether interrupts are not wanted
   */
  start(polling: boolean): void {
    this.#cursor = 0;
    this.#released = 0;
    this.#open = true;
    if (polling) this.mask();
    else this.unmask();
    this.#give(0, 0);
  }

  /** Ends it, before the memory is unmapped: nothing is received any more, and bursts that are held cannot be read. Again: does nothing. */
  close(): void {
    this.#open = false;
    for (const burst of this.#out.splice(0)) burst.retire();
  }

  /** Signals to the peer that no interrupts are wanted. */
  mask(): void {
    if (this.#open) Atomics.store(this.#u16, FLAGS, MASK_INTERRUPT);
  }

  /**
   * Asks the peer to interrupt. What it published meanwhile may come without one: look at {@link pending} afterwards, and once more a little later, since
   * known peers read the flag without a fence behind their publishing.
   */
  unmask(): void {
    if (this.#open) Atomics.store(this.#u16, FLAGS, 0);
  }

  /** How many slots the peer has filled that were not received yet. */
  get pending(): number {
    if (!this.#open) return 0;
    const filled = (Atomics.load(this.#u16, this.#theirs) - this.#cursor) & 0xffff;
    const possible = this.size - ((this.#cursor - this.#released) & 0xffff);
    return Math.min(filled, possible);
  }

  /**
   * Takes what is there. The caller releases the burst; while one is not released, later ones can be received, and their slots wait for it.
   * @param max - packets at most
   * @returns undefined where there is no whole packet
   * @throws RingError for what the protocol does not allow; the connection is to be ended
   */
  receive(max = this.#burst): Burst | undefined {
    const filled = this.pending;
    if (filled === 0) return undefined;
    const most = Math.min(max, this.#burst);
    const cells = this.#spare.pop() ?? new BurstCells(this.#regions, this.#burst);
    const { regions, starts, lengths } = cells;
    const i32 = this.#i32;
    const maxPacket = this.#maxPacket;
    const known = this.#regions;
    const buffers = this.#buffers;
    const mask = this.size - 1;
    const first = this.#cursor;
    cells.gathered = 0;
    let slots = 0;
    let count = 0;
    let bytes = 0;
    let region = buffers === undefined ? -1 : buffers.region;
    let limit = 0;
    while (slots < filled && count < most) {
      const slot = (first + slots) & mask;
      const at = SLOTS + slot * 4;
      const word = i32[at]!;
      const length = i32[at + 1]!;
      const start = buffers === undefined ? i32[at + 2]! : buffers.offset + slot * buffers.size;
      if ((word & NEXT) !== 0 || start < 0) {
        const taken = this.#gather(cells, count, first + slots, filled - slots);
        if (taken === 0) break;
        bytes += lengths[count++]!;
        slots += taken;
        continue;
      }
      if (buffers === undefined) {
        if (word >>> 16 !== region) {
          region = word >>> 16;
          if (region >= known.length) throw outside(region, start, length);
          limit = known[region]!.size;
        }
        if (start + length > limit) throw outside(region, start, length);
      } else if (length > buffers.size) throw outside(region, start, length);
      if (length <= 0 || length > maxPacket) throw wrongLength(length >>> 0);
      regions[count] = region;
      starts[count] = start;
      lengths[count] = length;
      bytes += length;
      count++;
      slots++;
    }
    if (count === 0) {
      this.#spare.push(cells);
      return undefined;
    }
    const upTo = (first + slots) & 0xffff;
    this.#cursor = upTo;
    this.packets += count;
    this.bytes += bytes;
    this.bursts++;
    const burst = new Burst(this, cells, this.queue, count, upTo);
    this.#out.push(burst);
    return burst;
  }

  /**
   * Takes the packet that begins at ring index `first` and may use `filled` slots: one that is chained is gathered, one that lies beyond the first 2 GiB of its
   * region is taken as it is.
   * @returns how many it uses; 0 where its end is not there yet, or there is no room left for it in this burst
   */
  #gather(cells: BurstCells, i: number, first: number, filled: number): number {
    const i32 = this.#i32;
    const mask = this.size - 1;
    let slots = 1;
    while ((i32[SLOTS + ((first + slots - 1) & mask) * 4]! & NEXT) !== 0) {
      if (slots >= this.size) throw new RingError(`chained packet without an end in ${this.size} slots`);
      if (slots >= filled) return 0;
      slots++;
    }
    const { length: index } = this.#regions;
    const scratch = cells.scratch(index, this.#maxPacket).u8;
    const begin = cells.gathered;
    let to = begin;
    for (let k = 0; k < slots; k++) {
      const slot = (first + k) & mask;
      const at = SLOTS + slot * 4;
      const length = i32[at + 1]! >>> 0;
      const own = this.#buffers;
      const region = own?.region ?? i32[at]! >>> 16;
      const start = own === undefined ? i32[at + 2]! >>> 0 : own.offset + slot * own.size;
      const source = this.#regions[region];
      if (source === undefined || start + length > source.size || (own !== undefined && length > own.size))
        throw outside(region, start, length);
      if (length === 0 || to - begin + length > this.#maxPacket) throw wrongLength(to - begin + length);
      if (slots === 1) {
        cells.regions[i] = region;
        cells.starts[i] = start;
        cells.lengths[i] = length;
        return 1;
      }
      if (to + length > scratch.length) return 0;
      scratch.set(source.u8.subarray(start, start + length), to);
      to += length;
    }
    cells.regions[i] = index;
    cells.starts[i] = begin;
    cells.lengths[i] = to - begin;
    cells.gathered = to;
    this.chained++;
    return slots;
  }

  /** Takes a burst's slots back; see {@link Burst.release}. */
  giveBack(burst: Burst): void {
    const cells = burst.retire();
    if (cells !== undefined) this.#spare.push(cells);
    const out = this.#out;
    if (out[0] !== burst) return;
    let done = 1;
    while (done < out.length && out[done]!.released) done++;
    const upTo = out[done - 1]!.upTo;
    if (done === out.length) out.length = 0;
    else out.splice(0, done);
    this.#give(this.#released, upTo);
    this.#released = upTo;
  }

  /** Gives the slots from index `from` up to `upTo` back to the peer. */
  #give(from: number, upTo: number): void {
    const buffers = this.#buffers;
    if (buffers === undefined) {
      Atomics.store(this.#u16, TAIL, upTo);
      return;
    }
    giveBuffers(this.#i32, buffers, this.size - 1, from, (upTo - from) & 0xffff);
    Atomics.store(this.#u16, HEAD, (upTo + this.size) & 0xffff);
  }
}

function outside(region: number, start: number, length: number): RingError {
  return new RingError(`slot with ${length} bytes at offset ${start} of region ${region}, outside of it`);
}

function wrongLength(length: number): RingError {
  return new RingError(`packet of ${length} bytes`);
}

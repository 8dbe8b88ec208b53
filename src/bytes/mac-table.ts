import { SouthboundError } from "../errors/mod.js";
import { MAC_MAX } from "./address.js";

/** In the lower half of a slot's second word: the slot holds nothing. */
const EMPTY = 0xffff;
/** There: the value is too large for it, and stands in a Map. */
const LARGE = 0xfffe;
const SMALLEST = 16;
/** From one slot of a search to the next: to the neighbour group and in it one further, which goes round through all slots, since it is odd. */
const STEP = 9;
/** What undoes a multiplication by {@link STEP} in 32 bits. */
const STEPS = 954437177;
const TWO32 = 0x1_0000_0000;

/**
 * A table from MAC addresses (numbers of 48 bits) to numbers of 32 bits, such as ports. It does what a Map does, but without boxes: an entry is eight bytes, the address and a value of 16 bits, so
 * that a look-up waits for memory once; the few values beyond, such as reserved ports, stand in a Map. Addresses that differ in their last three bits alone lie in one group of eight slots, since
 * addresses are given out in rows. Open addressing, at most half full; deleting moves entries back, so that a table that sees many addresses come and go stays as fast as a new one. The hash is
 * seeded, so that a peer cannot choose addresses that collide.
 *
 * A table that learns from traffic must be given `maxSize`: source addresses are free to invent.
 */
export class MacTable {
  /** How many entries the table takes at most. */
  readonly maxSize: number;
  #size = 0;
  /** The first word of the slot where {@link victim} goes on. */
  #hand = 0;
  /** Two words for each slot: the lower 32 bits of the address; its upper 16 bits and the value. */
  #slots: Uint32Array = new Uint32Array(2 * SMALLEST).fill(EMPTY);
  readonly #large = new Map<number, number>();
  readonly #highFactor: number;
  readonly #factor: number;

  /**
   * @param maxSize - how many entries to take at most
   * @param seed - an integer of 32 bits that fixes the order of {@link entries}; random where not given, which is what traffic from strangers needs
   */
  constructor(maxSize = Number.POSITIVE_INFINITY, seed = Math.floor(Math.random() * 0x1_0000_0000)) {
    if (!(maxSize >= 0)) throw new SouthboundError("ERR_USAGE", `the size of a MacTable is bounded by a number from 0 up, not ${maxSize}`);
    this.maxSize = maxSize;
    const mixed = Math.imul(seed ^ (seed >>> 16), 0x45d9_f3b);
    this.#highFactor = mixed | 1;
    this.#factor = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b_3c6d) | 1;
  }

  /** How many entries there are. */
  get size(): number {
    return this.#size;
  }

  /** The value of `mac`, or undefined where it has none. */
  get(mac: number): number | undefined {
    const slots = this.#slots;
    const mask = (slots.length >>> 1) - 1;
    const low = mac >>> 0;
    for (let i = this.#home(low, (mac / TWO32) | 0) & mask; ; i = (i + STEP) & mask) {
      const word = slots[2 * i + 1]!;
      const value = word & 0xffff;
      if (value === EMPTY) return undefined;
      // whole, since what is no address may have such halves
      if (slots[2 * i] === low && (word >>> 16) * TWO32 + low === mac) return value === LARGE ? this.#large.get(mac) : value;
    }
  }

  /** Whether `mac` has a value. */
  has(mac: number): boolean {
    return this.get(mac) !== undefined;
  }

  /**
   * Gives `mac` a value, in place of the one it has.
   * @returns whether it was done: false where `mac` is new and the table has `maxSize` entries
   * @throws SouthboundError `ERR_RANGE` for a key that is no integer of 48 bits, or a value that is no unsigned integer of 32 bits
   */
  set(mac: number, value: number): boolean {
    if (!(mac >= 0 && mac <= MAC_MAX && Number.isInteger(mac)))
      throw new SouthboundError("ERR_RANGE", `${mac} is no MAC address of 48 bits`);
    if (value >>> 0 !== value) throw new SouthboundError("ERR_RANGE", `${value} is no unsigned integer of 32 bits`);
    const at = this.#find(mac);
    const before = this.#slots[at + 1]! & 0xffff;
    if (before === EMPTY) {
      if (this.#size >= this.maxSize) return false;
      this.#size++;
      this.#slots[at] = mac;
    } else if (before === LARGE) this.#large.delete(mac);
    if (value >= LARGE) this.#large.set(mac, value);
    this.#slots[at + 1] = (Math.floor(mac / TWO32) << 16) | Math.min(value, LARGE);
    if (4 * this.#size > this.#slots.length) this.#resize(2 * this.#slots.length);
    return true;
  }

  /** Removes `mac`. @returns whether it was there */
  delete(mac: number): boolean {
    const at = this.#find(mac);
    if ((this.#slots[at + 1]! & 0xffff) === EMPTY) return false;
    this.#remove(at);
    return true;
  }

  /** Removes every entry that has this value, as when a port goes down. Looks at the whole table. @returns how many there were */
  deleteValue(value: number): number {
    // before the first is removed, since removing moves others
    const gone = [...this.entries()].filter(([, v]) => v === value);
    for (const [mac] of gone) this.delete(mac);
    return gone.length;
  }

  /**
   * The address to drop next from a table that is full: another one each time, going round, so that every entry has its turn. Looks at few slots where the table is full, at all of them at most. It
   * changes nothing: {@link delete} does.
   * @returns undefined where the table is empty
   */
  victim(): number | undefined {
    if (this.#size === 0) return undefined;
    const slots = this.#slots;
    for (;;) {
      const at = this.#hand % slots.length;
      this.#hand = at + 2;
      if ((slots[at + 1]! & 0xffff) !== EMPTY) return macAt(slots, at);
    }
  }

  /** Removes everything and gives the memory back. */
  clear(): void {
    this.#slots = new Uint32Array(2 * SMALLEST).fill(EMPTY);
    this.#large.clear();
    this.#size = 0;
  }

  /** Makes room for `entries` entries in all, so that adding them moves nothing. */
  grow(entries: number): void {
    let words = this.#slots.length;
    while (words < 4 * entries) words *= 2;
    if (words > this.#slots.length) this.#resize(words);
  }

  /** All entries as `[mac, value]`, in no particular order. The table must not be changed while they are being read. */
  *entries(): IterableIterator<[mac: number, value: number]> {
    const slots = this.#slots;
    for (let at = 0; at < slots.length; at += 2) {
      const value = slots[at + 1]! & 0xffff;
      if (value === EMPTY) continue;
      const mac = macAt(slots, at);
      yield [mac, value === LARGE ? this.#large.get(mac)! : value];
    }
  }

  /** The same as {@link entries}. */
  [Symbol.iterator](): IterableIterator<[mac: number, value: number]> {
    return this.entries();
  }

  /** The slot where the search for an address begins, before it is cut to the table's size. */
  #home(low: number, high: number): number {
    let h = Math.imul((low >>> 3) ^ Math.imul(high, this.#highFactor), this.#factor);
    h = Math.imul(h ^ (h >>> 15), this.#factor);
    h ^= h >>> 13;
    return (h << 3) | ((h >>> 29) ^ (low & 7));
  }

  /** The first word of the slot of `mac`, or else of the empty one where it would go. */
  #find(mac: number): number {
    const slots = this.#slots;
    const mask = (slots.length >>> 1) - 1;
    for (let i = this.#home(mac >>> 0, (mac / TWO32) | 0) & mask; ; i = (i + STEP) & mask)
      if ((slots[2 * i + 1]! & 0xffff) === EMPTY || macAt(slots, 2 * i) === mac) return 2 * i;
  }

  /** Empties the slot whose first word is at `hole` and moves back what would no longer be found behind it. */
  #remove(hole: number): void {
    const slots = this.#slots;
    const mask = (slots.length >>> 1) - 1;
    /** How many steps lead from one slot to another. */
    const steps = (from: number, to: number): number => Math.imul(to - from, STEPS) & mask;
    if ((slots[hole + 1]! & 0xffff) === LARGE) this.#large.delete(macAt(slots, hole));
    let empty = hole >>> 1;
    for (let i = (empty + STEP) & mask; (slots[2 * i + 1]! & 0xffff) !== EMPTY; i = (i + STEP) & mask) {
      const home = this.#home(slots[2 * i]!, slots[2 * i + 1]! >>> 16) & mask;
      if (steps(home, i) >= steps(empty, i)) {
        slots[2 * empty] = slots[2 * i]!;
        slots[2 * empty + 1] = slots[2 * i + 1]!;
        empty = i;
      }
    }
    slots[2 * empty + 1] = EMPTY;
    this.#size--;
  }

  #resize(words: number): void {
    const slots = this.#slots;
    this.#slots = new Uint32Array(words).fill(EMPTY);
    for (let from = 0; from < slots.length; from += 2) {
      if ((slots[from + 1]! & 0xffff) === EMPTY) continue;
      const at = this.#find(macAt(slots, from));
      this.#slots[at] = slots[from]!;
      this.#slots[at + 1] = slots[from + 1]!;
    }
  }
}

/** The address in the slot whose first word is at `at`. */
function macAt(slots: Uint32Array, at: number): number {
  return (slots[at + 1]! >>> 16) * TWO32 + slots[at]!;
}

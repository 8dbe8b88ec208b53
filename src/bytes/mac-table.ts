import { SouthboundError } from "../errors/mod.js";

const EMPTY = -1;
const SMALLEST = 16;
const MAC_MAX = 0xffff_ffff_ffff;

/**
 * A table from MAC addresses (numbers of 48 bits) to numbers of 32 bits, such as ports. It does what a Map does, but stores its numbers in typed arrays,
 * so that none is boxed. Open addressing with linear probing, at most half full; deleting moves entries back, so that a table that sees many addresses
 * come and go stays as fast as a new one. The hash is seeded, so that a peer cannot choose addresses that collide.
 *
 * A table that learns from traffic must be given `maxSize`: source addresses are free to invent.
 */
export class MacTable {
  /** How many entries the table takes at most. */
  readonly maxSize: number;
  #size = 0;
  #keys: Float64Array = new Float64Array(SMALLEST).fill(EMPTY);
  #values: Uint32Array = new Uint32Array(SMALLEST);
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
    const keys = this.#keys;
    const mask = keys.length - 1;
    for (let i = this.#home(mac) & mask; ; i = (i + 1) & mask) {
      const key = keys[i];
      if (key === EMPTY) return undefined;
      if (key === mac) return this.#values[i];
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
    const i = this.#slot(mac);
    if (this.#keys[i] === mac) {
      this.#values[i] = value;
      return true;
    }
    if (this.#size >= this.maxSize) return false;
    this.#keys[i] = mac;
    this.#values[i] = value;
    this.#size++;
    if (2 * this.#size > this.#keys.length) this.#resize(2 * this.#keys.length);
    return true;
  }

  /** Removes `mac`. @returns whether it was there */
  delete(mac: number): boolean {
    const i = this.#slot(mac);
    if (this.#keys[i] === EMPTY) return false;
    this.#remove(i);
    return true;
  }

  /** Removes every entry that has this value, as when a port goes down. Looks at the whole table. @returns how many there were */
  deleteValue(value: number): number {
    const keys = this.#keys;
    const values = this.#values;
    const before = this.#size;
    for (let i = 0; i < keys.length; ) {
      if (keys[i] !== EMPTY && values[i] === value) this.#remove(i);
      else i++;
    }
    return before - this.#size;
  }

  /** Removes everything and gives the memory back. */
  clear(): void {
    this.#keys = new Float64Array(SMALLEST).fill(EMPTY);
    this.#values = new Uint32Array(SMALLEST);
    this.#size = 0;
  }

  /** Makes room for `entries` entries in all, so that adding them moves nothing. */
  grow(entries: number): void {
    let slots = this.#keys.length;
    while (slots < 2 * entries) slots *= 2;
    if (slots > this.#keys.length) this.#resize(slots);
  }

  /** All entries as `[mac, value]`, in no particular order. The table must not be changed while they are being read. */
  *entries(): IterableIterator<[mac: number, value: number]> {
    const keys = this.#keys;
    const values = this.#values;
    for (let i = 0; i < keys.length; i++) if (keys[i] !== EMPTY) yield [keys[i]!, values[i]!];
  }

  /** The same as {@link entries}. */
  [Symbol.iterator](): IterableIterator<[mac: number, value: number]> {
    return this.entries();
  }

  #home(mac: number): number {
    let h = Math.imul(mac ^ Math.imul(mac / 0x1_0000_0000, this.#highFactor), this.#factor);
    h = Math.imul(h ^ (h >>> 15), this.#factor);
    return h ^ (h >>> 13);
  }

  /** Where `mac` is, or else the empty slot where it would go. */
  #slot(mac: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let i = this.#home(mac) & mask;
    while (keys[i] !== EMPTY && keys[i] !== mac) i = (i + 1) & mask;
    return i;
  }

  /** Empties slot `hole` and moves back what would no longer be found behind it. */
  #remove(hole: number): void {
    const keys = this.#keys;
    const values = this.#values;
    const mask = keys.length - 1;
    let empty = hole;
    for (let i = (hole + 1) & mask; keys[i] !== EMPTY; i = (i + 1) & mask) {
      const distance = (i - this.#home(keys[i]!)) & mask;
      if (distance >= ((i - empty) & mask)) {
        keys[empty] = keys[i]!;
        values[empty] = values[i]!;
        empty = i;
      }
    }
    keys[empty] = EMPTY;
    this.#size--;
  }

  #resize(slots: number): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Float64Array(slots).fill(EMPTY);
    this.#values = new Uint32Array(slots);
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] === EMPTY) continue;
      const at = this.#slot(keys[i]!);
      this.#keys[at] = keys[i]!;
      this.#values[at] = values[i]!;
    }
  }
}

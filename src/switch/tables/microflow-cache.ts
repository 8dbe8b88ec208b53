import type { Flow } from "./flow.js";

const SLOTS = 2048;

/**
 * Remembers which flow the packets of a microflow hit, for as long as the table does not change. Packets are one microflow when they agree in
 * every bit that any flow of the table looks at; then the whole search would find the same flow. One slot per hash: a newer microflow takes the
 * place of an older one.
 */
export class MicroflowCache {
  #used: readonly number[] = [];
  #mask: Int32Array = new Int32Array(0);
  #keys: Int32Array = new Int32Array(0);
  readonly #valid = new Float64Array(SLOTS);
  readonly #flows = new Array<Flow | undefined>(SLOTS).fill(undefined);
  #generation = 1;
  #slot = 0;

  /** Forgets everything. */
  clear(): void {
    this.#generation++;
  }

  /** Forgets everything, and looks at other bits from now on. */
  reshape(mask: Int32Array, used: readonly number[]): void {
    this.#generation++;
    this.#mask = mask;
    this.#used = used;
    if (this.#keys.length < SLOTS * used.length) this.#keys = new Int32Array(SLOTS * used.length);
  }

  /** The flow that was stored for such a packet, undefined where the search found none; null where nothing is known. Only then may {@link store} follow. */
  get(words: Int32Array): Flow | undefined | null {
    const used = this.#used;
    const mask = this.#mask;
    const width = used.length;
    let h = 0;
    for (let n = 0; n < width; n++) {
      const i = used[n]!;
      h = Math.imul(h ^ (words[i]! & mask[i]!), 0x85ebca6b);
      h ^= h >>> 13;
    }
    const slot = (h ^ (h >>> 16)) & (SLOTS - 1);
    this.#slot = slot;
    if (this.#valid[slot] !== this.#generation) return null;
    const keys = this.#keys;
    const at = slot * width;
    for (let n = 0; n < width; n++) {
      const i = used[n]!;
      if (keys[at + n] !== (words[i]! & mask[i]!)) return null;
    }
    return this.#flows[slot];
  }

  /** Stores what the search found for the packet that {@link get} was asked for last. */
  store(words: Int32Array, flow: Flow | undefined): void {
    const used = this.#used;
    const at = this.#slot * used.length;
    for (let n = 0; n < used.length; n++) {
      const i = used[n]!;
      this.#keys[at + n] = words[i]! & this.#mask[i]!;
    }
    this.#flows[this.#slot] = flow;
    this.#valid[this.#slot] = this.#generation;
  }
}

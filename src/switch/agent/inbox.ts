import { Chunk } from "../../bytes/mod.js";

/** A buffer that is longer is given back when it is empty. */
const KEPT_INBOX = 4096;

/** Messages of one connection, in bytes, that wait until the ones before them have been answered. */
export class Inbox {
  #chunk: Chunk | null = null;
  #head = 0;
  #tail = 0;
  /** Which message each of them was on its connection. */
  #nth: number[] = [];
  #first = 0;

  get isEmpty(): boolean {
    return this.#head === this.#tail;
  }

  /** Bytes that wait. */
  get size(): number {
    return this.#tail - this.#head;
  }

  /** Copies the message in [p, end). @param nth - which message it is on its connection */
  push(c: Chunk, p: number, end: number, nth: number): void {
    const n = end - p;
    this.#nth.push(nth);
    const to = this.#room(n);
    if (n > 64) to.set(c.u8.subarray(p, end), this.#tail);
    else for (let i = 0; i < n; i++) to[this.#tail + i] = c.u8[p + i]!;
    this.#tail += n;
  }

  /** Hands out the first message, [p, end) of the chunk, and forgets it. The bytes are borrowed until `handle` returns. Not to be called while {@link isEmpty}. */
  shift(handle: (c: Chunk, p: number, end: number, nth: number) => void): void {
    const c = this.#chunk!;
    const p = this.#head;
    this.#head = p + c.dv.getUint16(p + 2);
    handle(c, p, this.#head, this.#nth[this.#first++]!);
    if (this.isEmpty) this.clear();
  }

  /** Forgets everything. */
  clear(): void {
    this.#head = 0;
    this.#tail = 0;
    this.#nth = [];
    this.#first = 0;
    if (this.#chunk === null) return;
    this.#chunk.epoch++;
    if (this.#chunk.u8.length > KEPT_INBOX) this.#chunk = null;
  }

  #room(n: number): Uint8Array {
    if (this.#chunk === null || this.#tail + n > this.#chunk.u8.length) {
      const grown = new Chunk(Math.max(KEPT_INBOX, 2 * (this.size + n)));
      if (this.#chunk !== null) grown.u8.set(this.#chunk.u8.subarray(this.#head, this.#tail));
      this.#tail -= this.#head;
      this.#head = 0;
      this.#chunk = grown;
    }
    return this.#chunk.u8;
  }
}

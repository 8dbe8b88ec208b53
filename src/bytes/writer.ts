import { Chunk } from "./chunk.js";

/**
 * A growable place to write to. A caller reserves, then writes through `chunk` from `length` on and moves `length` forward; writing past the
 * end of what is there throws a RangeError from the DataView, so no byte is ever lost silently.
 */
export class Writer {
  /** What is being written to. Replaced when {@link reserve} has to grow it: read it again after each call. */
  chunk: Chunk;
  /** Bytes written so far. */
  length = 0;

  /** @param size - bytes to start with */
  constructor(size = 256) {
    this.chunk = new Chunk(size);
  }

  /** Makes room for `n` more bytes and returns where they start. What was written stays. */
  reserve(n: number): number {
    const need = this.length + n;
    if (need > this.chunk.u8.length) {
      const grown = new Chunk(Math.max(need, 2 * this.chunk.u8.length));
      grown.u8.set(this.chunk.u8.subarray(0, this.length));
      this.chunk = grown;
    }
    return this.length;
  }

  /** Appends bytes. */
  bytes(bytes: Uint8Array): void {
    const p = this.reserve(bytes.length);
    this.chunk.u8.set(bytes, p);
    this.length = p + bytes.length;
  }

  /** What was written so far, as a copy that the caller owns. */
  take(): Uint8Array {
    return this.chunk.u8.slice(0, this.length);
  }
}

import { Chunk, copyBytes } from "../bytes/mod.js";
import { giveChunk, OUT_SIZE, takeChunk } from "./chunk-pool.js";
import type { WriteSide } from "./write-side.js";

/** What {@link Outbox.begin} keeps free: the longest OpenFlow message and 1 KiB. */
const ROOM = 0x10000 + 0x400;
const FULL = OUT_SIZE - ROOM;

/**
 * The place where everything is encoded that a thread sends. What is written while one received chunk is handled collects here and leaves in one
 * write, which is what makes a channel fast.
 *
 * Usage: `const p = outbox.begin(stream)`, encode into `outbox.chunk` from `p` on, `outbox.commit(end)`. Nothing else may be sent between the two
 * calls. A throw between them leaves nothing behind.
 *
 * The bytes leave when the chunk being received has been handled, when another stream sends, when the chunk is full, or, when nothing is being
 * received, in a microtask. Bytes for a stream that has closed meanwhile are dropped quietly: its `onClose` reports the end.
 */
export class Outbox {
  /** What to encode into, to be read after each {@link begin}: it is replaced whenever bytes leave. Belongs to the outbox. */
  chunk: Chunk = takeChunk();
  #end = 0;
  #owner: WriteSide | null = null;
  #depth = 0;
  #scheduled = false;
  readonly #later = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  /**
   * Makes room for one message to `stream`.
   * @returns the offset in {@link chunk} to encode at; at least 65 KiB are free behind it
   */
  begin(stream: WriteSide): number {
    // Flushing may run handlers that send in their turn, so that the outbox has to be looked at again.
    while (this.#owner !== stream || this.#end > FULL) {
      if (this.#owner === null) this.#owner = stream;
      else this.flush();
    }
    if (this.#depth === 0 && !this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(this.#later);
    }
    return this.#end;
  }

  /** Ends what {@link begin} began. @param end - offset behind the last encoded byte */
  commit(end: number): void {
    this.#end = end;
  }

  /** Sends ready bytes of any length, uncut by anything sent meanwhile. They are copied. */
  send(stream: WriteSide, bytes: Uint8Array): void {
    const n = bytes.length;
    if (n <= ROOM) {
      const p = this.begin(stream);
      this.chunk.u8.set(bytes, p);
      this.#end = p + n;
      return;
    }
    while (this.#owner !== null) this.flush();
    const chunk = new Chunk(copyBytes(bytes));
    if (stream.write(chunk, n)) giveChunk(chunk);
  }

  /** Writes out what has collected; with `only`, just when it is for that stream. */
  flush(only?: WriteSide): void {
    const owner = this.#owner;
    if (owner === null || (only !== undefined && owner !== only)) return;
    const n = this.#end;
    const full = this.chunk;
    this.#end = 0;
    this.#owner = null;
    if (n === 0) return;
    this.chunk = takeChunk();
    if (!owner.write(full, n)) return;
    if (this.#owner === null) {
      // Nothing waits in the new one: the bytes that the processor has at hand are used again.
      giveChunk(this.chunk);
      this.chunk = full;
    } else giveChunk(full);
  }

  /** Says that a received chunk is being handled. Every call is paired with one of {@link leave}, in a `finally`. Streams do so around `onChunk`. */
  enter(): void {
    this.#depth++;
  }

  /** Ends {@link enter}; the outermost one writes out what has collected. */
  leave(): void {
    if (--this.#depth === 0) this.flush();
  }
}

/** The outbox of this thread. */
export const outbox: Outbox = new Outbox();

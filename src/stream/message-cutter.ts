import type { Chunk } from "../bytes/mod.js";

/** Bytes of a message's header up to the end of its length, and of all of it. */
const LENGTH_END = 4;
const HEADER = 8;
/** The most bytes of a piece. */
const MAX_PIECE = 0x10000;
const NONE = new Uint8Array(0);

/**
 * Cuts chunks at the length field of OpenFlow's header, so that each piece is one message. One that straddles two chunks is put together; bytes behind a length that no message has cannot be cut any
 * more, and pass in pieces of at most 64 KiB.
 */
export class MessageCutter {
  /** Where the piece is that {@link next} has found: bytes [from, to) of `u8`, borrowed until the next call. */
  u8: Uint8Array = NONE;
  from = 0;
  to = 0;
  #chunk: Uint8Array = NONE;
  #at = 0;
  #end = 0;
  #held: Uint8Array | null = null;
  #length = 0;
  #framed = true;

  /** Gives bytes [0, n) of a chunk, which is read until {@link next} answers false. */
  give(chunk: Chunk, n: number): void {
    this.#chunk = chunk.u8;
    this.#at = 0;
    this.#end = n;
  }

  /** Bytes that were given and are in no piece yet. */
  get left(): number {
    return this.#end - this.#at;
  }

  /** Looks for the next piece, once the one before was used. @returns whether there is one; without, the chunk is needed no more */
  next(): boolean {
    if (this.#length > 0) return this.#join();
    const left = this.#end - this.#at;
    if (left === 0) return false;
    const u8 = this.#chunk;
    const at = this.#at;
    const length = left < LENGTH_END ? Number.POSITIVE_INFINITY : (u8[at + 2]! << 8) | u8[at + 3]!;
    if (length < HEADER) this.#framed = false;
    if (!this.#framed) return this.#piece(u8, at, at + Math.min(left, MAX_PIECE));
    if (length <= left) return this.#piece(u8, at, at + length);
    this.#hold(left);
    return false;
  }

  /** What is left of a message of which no more will come. @returns whether there is anything */
  rest(): boolean {
    const n = this.#length;
    this.#length = 0;
    if (n === 0) return false;
    this.#found(this.#held!, 0, n);
    return true;
  }

  /** Goes on with a message whose beginning is held. */
  #join(): boolean {
    const held = this.#held!;
    if (this.#length < LENGTH_END) this.#hold(Math.min(LENGTH_END - this.#length, this.left));
    if (this.#length < LENGTH_END) return false;
    const length = (held[2]! << 8) | held[3]!;
    if (length < HEADER) this.#framed = false;
    else {
      this.#hold(Math.min(length - this.#length, this.left));
      if (this.#length < length) return false;
    }
    return this.rest();
  }

  #hold(n: number): void {
    this.#held ??= new Uint8Array(MAX_PIECE);
    this.#held.set(this.#chunk.subarray(this.#at, this.#at + n), this.#length);
    this.#length += n;
    this.#at += n;
  }

  #piece(u8: Uint8Array, from: number, to: number): true {
    this.#at = to;
    this.#found(u8, from, to);
    return true;
  }

  #found(u8: Uint8Array, from: number, to: number): void {
    this.u8 = u8;
    this.from = from;
    this.to = to;
  }
}

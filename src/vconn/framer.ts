import { Chunk } from "../bytes/mod.js";
import { HEADER_SIZE } from "../ofp/mod.js";

/** A buffer for a message in parts that is longer than this is given back as soon as the message is complete. */
const KEPT_BUFFER = 4096;

/**
 * Cuts a stream of bytes into messages by their length field. A message that lies whole in a chunk is handed over where it lies; only one that straddles
 * two chunks is copied. OpenFlow 1.3 §7.1
 */
export abstract class Framer {
  /** Whole messages received. One timer for all connections finds by it which are idle: bytes that end no message are no sign of life. */
  framed = 0;
  /** Bytes received, those of an unfinished message included. */
  framedBytes = 0;
  #part: Chunk | null = null;
  #have = 0;

  /** A whole message in [p, end): its length is right and 8 at least. The bytes are borrowed until this returns. */
  protected abstract message(c: Chunk, p: number, end: number): void;
  /** The length field says less than a header has. What follows cannot be framed: nothing more is fed. */
  protected abstract tooShort(c: Chunk, p: number, length: number): void;
  /** Whether messages are still wanted; asked after each. */
  protected abstract get live(): boolean;

  /** Bytes of an unfinished message that are held. */
  get unfinished(): number {
    return this.#have;
  }

  /** Takes bytes [0, n) of a chunk. */
  protected feed(c: Chunk, n: number): void {
    let p = 0;
    this.framedBytes += n;
    if (this.#have !== 0) p = this.#join(c, n);
    const { dv } = c;
    while (n - p >= HEADER_SIZE) {
      if (!this.live) return;
      const length = dv.getUint16(p + 2);
      const end = p + length;
      if (length < HEADER_SIZE) {
        this.tooShort(c, p, length);
        return;
      }
      if (end > n) break;
      this.framed++;
      this.message(c, p, end);
      p = end;
    }
    if (p < n && this.live) this.#keep(c, p, n);
  }

  #room(size: number): Chunk {
    if (this.#part === null || this.#part.u8.length < size) {
      const grown = new Chunk(Math.max(size, 512));
      if (this.#part !== null) grown.u8.set(this.#part.u8.subarray(0, this.#have));
      this.#part = grown;
    }
    return this.#part;
  }

  #keep(c: Chunk, p: number, n: number): void {
    const length = n - p >= 4 ? Math.max(c.dv.getUint16(p + 2), HEADER_SIZE) : HEADER_SIZE;
    this.#room(Math.max(length, n - p)).u8.set(c.u8.subarray(p, n), this.#have);
    this.#have += n - p;
  }

  /** Completes the message in parts; answers where in the chunk the next one starts. */
  #join(c: Chunk, n: number): number {
    let part = this.#room(HEADER_SIZE);
    let p = 0;
    while (this.#have < 4 && p < n) part.u8[this.#have++] = c.u8[p++]!;
    if (this.#have < 4) return p;
    const length = part.dv.getUint16(2);
    if (length < HEADER_SIZE) {
      this.tooShort(part, 0, length);
      return n;
    }
    part = this.#room(length);
    const take = Math.min(length - this.#have, n - p);
    part.u8.set(c.u8.subarray(p, p + take), this.#have);
    this.#have += take;
    if (this.#have === length) {
      this.#have = 0;
      if (length > KEPT_BUFFER) this.#part = null;
      this.framed++;
      this.message(part, 0, length);
      part.epoch++;
    }
    return p + take;
  }
}

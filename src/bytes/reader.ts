import { DecodeError, SouthboundError } from "../errors/mod.js";
import type { Chunk } from "./chunk.js";

/**
 * Reads a range of a chunk from front to back, in network byte order. Every read is checked against the end of the range, so it is the right
 * tool for bytes from a peer wherever the cost of a check per field does not matter.
 *
 * Reading past the end throws {@link DecodeError} with the reason given to the constructor and the offset at which the read began; the
 * position then stays where it was.
 */
export class Reader {
  /** What is read from. */
  readonly chunk: Chunk;
  /** Where the range starts in the chunk. */
  readonly start: number;
  /** Where the range ends in the chunk: the first byte that is not read. */
  readonly end: number;
  /** Where the next read takes place in the chunk. */
  #at: number;
  readonly #reason: string;

  /**
   * @param start - where to begin in the chunk
   * @param end - the first byte not to read
   * @param reason - the OpenFlow error that answers bytes that are too short
   * @throws SouthboundError `ERR_USAGE` where the range does not lie in the chunk
   */
  constructor(chunk: Chunk, start = 0, end = chunk.u8.length, reason = "OFPBRC_BAD_LEN") {
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= chunk.u8.length)) {
      throw new SouthboundError("ERR_USAGE", `a Reader wants 0 <= start <= end <= ${chunk.u8.length}, not ${start} and ${end}`);
    }
    this.chunk = chunk;
    this.start = start;
    this.end = end;
    this.#at = start;
    this.#reason = reason;
  }

  /** Bytes that are still to be read. */
  get remaining(): number {
    return this.end - this.#at;
  }

  /** Bytes read so far, which is the offset of the next one from the start of the range. */
  get offset(): number {
    return this.#at - this.start;
  }

  /** Where the next read takes place in the chunk, for functions that take a chunk and a position. */
  get position(): number {
    return this.#at;
  }

  /** One byte. */
  u8(): number {
    return this.chunk.dv.getUint8(this.#take(1));
  }

  /** Two bytes. */
  u16(): number {
    return this.chunk.dv.getUint16(this.#take(2));
  }

  /** Four bytes, unsigned. */
  u32(): number {
    return this.chunk.dv.getUint32(this.#take(4));
  }

  /** Eight bytes, unsigned. */
  u64(): bigint {
    return this.chunk.dv.getBigUint64(this.#take(8));
  }

  /** Six bytes as a number of 48 bits: a MAC address. */
  mac(): number {
    const p = this.#take(6);
    return this.chunk.dv.getUint16(p) * 0x1_0000_0000 + this.chunk.dv.getUint32(p + 2);
  }

  /** The next `n` bytes as a copy that the caller owns. */
  bytes(n: number): Uint8Array {
    const p = this.#take(n);
    return this.chunk.u8.slice(p, p + n);
  }

  /** The next `n` bytes, borrowed: they are the chunk's own and change when it is used again. */
  view(n: number): Uint8Array {
    const p = this.#take(n);
    return this.chunk.u8.subarray(p, p + n);
  }

  /** Passes over `n` bytes. */
  skip(n: number): void {
    this.#take(n);
  }

  #take(n: number): number {
    const p = this.#at;
    if (!(n >= 0 && n <= this.end - p)) {
      throw new DecodeError(this.#reason, `${n} bytes wanted, ${this.end - p} left`, p - this.start);
    }
    this.#at = p + n;
    return p;
  }
}

import { plainBytes, viewOf } from "./plain.js";

/**
 * Bytes together with their DataView, which is made once: making one costs more than reading ten fields through it.
 * Everything that decodes or encodes works on a chunk and offsets into it, never on slices.
 */
export class Chunk {
  /** The bytes: a `Uint8Array` and no subclass, so that `slice()` copies. A `Buffer` that a chunk is made of is seen through a view of it. */
  readonly u8: Uint8Array;
  /** The same bytes, for reads and writes in network byte order. */
  readonly dv: DataView;
  /**
   * Counts how often the bytes were given back for reuse. A view that was handed out remembers the value it saw and refuses to
   * read once it differs, so that borrowed bytes never change silently under their reader.
   */
  epoch = 0;

  /** @param bytes - how many bytes to make, or bytes that exist already, which are not copied */
  constructor(bytes: number | Uint8Array) {
    this.u8 = typeof bytes === "number" ? new Uint8Array(bytes) : plainBytes(bytes);
    this.dv = viewOf(this.u8);
  }
}

/** Bytes as a chunk, which is made of them without a copy where they are none yet. A chunk, which hot paths give, is asked for first: its class is one comparison. */
export const chunkOf = (from: Chunk | Uint8Array): Chunk =>
  from instanceof Chunk ? from : from instanceof Uint8Array ? new Chunk(from) : from;

/** How many bytes there are. */
export const sizeOf = (from: Chunk | Uint8Array): number => (from instanceof Uint8Array ? from.length : from.u8.length);

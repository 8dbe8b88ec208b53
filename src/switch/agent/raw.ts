import type { Chunk } from "../../bytes/mod.js";

/** The bytes of the message that is being handled: [p, end) of the chunk. Borrowed until it has been. */
export interface Raw {
  readonly c: Chunk;
  readonly p: number;
  readonly end: number;
}

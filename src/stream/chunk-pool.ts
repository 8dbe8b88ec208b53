import { Chunk } from "../bytes/mod.js";

/** Bytes of an output chunk: 64 KiB of finished messages, the longest message behind them, and 1 KiB that an encoder may run over. */
export const OUT_SIZE = 2 * 0x10000 + 0x400;

/** How many unused chunks a thread keeps: about 2 MiB. */
const KEPT = 16;

const unused: Chunk[] = [];

/** An output chunk of {@link OUT_SIZE} bytes with arbitrary content. The caller owns it. */
export function takeChunk(): Chunk {
  return unused.pop() ?? new Chunk(OUT_SIZE);
}

/** Hands a chunk over for reuse. Chunks of another size, and those that would exceed the bound, are left to the garbage collector. */
export function giveChunk(chunk: Chunk): void {
  if (chunk.u8.length === OUT_SIZE && unused.length < KEPT) unused.push(chunk);
}

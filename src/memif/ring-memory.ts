import { Chunk } from "../bytes/mod.js";

/** One mapped region. */
export class Region {
  /** Its bytes. */
  readonly chunk: Chunk;
  readonly u8: Uint8Array;
  /** Its whole words, for copies. */
  readonly i32: Int32Array;
  /** In bytes. */
  readonly size: number;

  constructor(memory: ArrayBufferLike) {
    this.chunk = new Chunk(new Uint8Array(memory));
    this.u8 = this.chunk.u8;
    this.i32 = new Int32Array(memory, 0, memory.byteLength >>> 2);
    this.size = memory.byteLength;
  }
}

/** The mapped regions of one connection by their index. The memory stays its maker's, which closes all rings in it before unmapping it. */
export class RingMemory {
  readonly regions: readonly Region[];

  /** @param memories - one for each region, in the order of their indices */
  constructor(memories: readonly ArrayBufferLike[]) {
    this.regions = memories.map((memory) => new Region(memory));
  }
}

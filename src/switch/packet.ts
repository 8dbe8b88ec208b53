import { Chunk } from "../bytes/mod.js";
import { FlowKey, flowKey } from "../packet/mod.js";
import { packKey, WORDS } from "./flow-words.js";

/** One for the thread: a table has read it before another packet comes. */
const words = new Int32Array(WORDS);

/**
 * A frame on its way through the tables. The bytes it was made from are never changed: the first edit copies them, and so does the first one after
 * the frame was handed out.
 */
export class Packet {
  /** The frame: all of the chunk. Read it again after an edit. */
  chunk: Chunk;
  readonly inPort: number;
  /** The frame's fields; after an edit they are those from before, until {@link reparse}. */
  readonly key: FlowKey = new FlowKey();
  metadata = 0n;
  #shared = true;
  #keyStale = false;

  /** @param frame - not changed */
  constructor(frame: Uint8Array, inPort: number) {
    this.chunk = new Chunk(frame);
    this.inPort = inPort;
    flowKey(this.chunk, 0, frame.length, inPort, this.key);
  }

  /** How many bytes the frame has. */
  get length(): number {
    return this.chunk.u8.length;
  }

  /** The frame for somebody else to keep. */
  share(): Uint8Array {
    this.#shared = true;
    return this.chunk.u8;
  }

  /** The frame's chunk, to be changed in place. */
  edit(): Chunk {
    if (this.#shared) this.replace(this.chunk.u8.slice());
    this.#keyStale = true;
    return this.chunk;
  }

  /** Puts another frame in its place. @param frame - belongs to the packet from now on */
  replace(frame: Uint8Array): void {
    this.chunk = new Chunk(frame);
    this.#shared = false;
    this.#keyStale = true;
  }

  /** Reads the fields again. */
  reparse(): void {
    flowKey(this.chunk, 0, this.chunk.u8.length, this.inPort, this.key);
    this.#keyStale = false;
  }

  /** The match fields as they are now, for a table. The array is good until any packet is asked again. */
  words(): Int32Array {
    if (this.#keyStale) this.reparse();
    packKey(this.key, this.metadata, words);
    return words;
  }

  /** Sets bits of the metadata. */
  writeMetadata(value: bigint, mask: bigint): void {
    this.metadata = (this.metadata & ~mask) | (value & mask);
  }
}

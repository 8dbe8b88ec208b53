import { Chunk, copyBytes, fromHex, toHex } from "../bytes/mod.js";
import type { SouthboundError } from "../errors/mod.js";
import type { Stream } from "../stream/mod.js";

/**
 * A peer that speaks bytes and no OpenFlow: the fake end of a connection under test. It cuts what it receives into messages by their length field, and says nothing
 * of itself.
 */
export class Wire {
  readonly stream: Stream;
  /** Whole messages received and not yet taken, in hexadecimal. */
  readonly messages: string[] = [];
  /** How the stream ended: undefined while it is open, null for an orderly end. */
  ended: SouthboundError | null | undefined;
  #buffer: Uint8Array = new Uint8Array(0);
  #wake: (() => void)[] = [];

  constructor(stream: Stream) {
    this.stream = stream;
    stream.onChunk = (c, n) => this.#take(c.u8.slice(0, n));
    stream.onClose = (error) => {
      this.ended = error;
      this.#notify();
    };
  }

  /** Sends bytes given in hexadecimal, white space ignored, or as they are. */
  send(bytes: string | Uint8Array): void {
    const u8 = typeof bytes === "string" ? fromHex(bytes) : bytes;
    this.stream.write(new Chunk(copyBytes(u8)), u8.length);
  }

  /** The next message received, in hexadecimal. Rejects when none comes within `ms`, or the stream ends first. */
  async next(ms = 5_000): Promise<string> {
    await this.#until(() => this.messages.length > 0 || this.ended !== undefined, ms, "a message");
    const message = this.messages.shift();
    if (message === undefined) throw new Error("the stream ended where a message was expected");
    return message;
  }

  /** Waits for the end of the stream. */
  async end(ms = 5_000): Promise<SouthboundError | null> {
    await this.#until(() => this.ended !== undefined, ms, "the end of the stream");
    return this.ended ?? null;
  }

  async #until(done: () => boolean, ms: number, what: string): Promise<void> {
    const deadline = Date.now() + ms;
    while (!done()) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`waited ${ms} ms for ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  #take(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#buffer.length + bytes.length);
    all.set(this.#buffer);
    all.set(bytes, this.#buffer.length);
    let p = 0;
    while (all.length - p >= 8) {
      const length = Math.max(8, (all[p + 2]! << 8) | all[p + 3]!);
      if (all.length - p < length) break;
      this.messages.push(toHex(all.subarray(p, p + length)));
      p += length;
    }
    this.#buffer = all.subarray(p);
    this.#notify();
  }
}

/**
 * Makes a stream hand over what it receives in pieces of these sizes, again and again: `[1]` is one byte at a time. Call it before the stream's user sets
 * `onChunk`. Each piece is a chunk of its own whose bytes are overwritten afterwards, so that whoever keeps borrowed bytes is found out.
 */
export function breakChunks(stream: Stream, sizes: readonly number[]): void {
  const slot = findSlot(stream);
  let turn = 0;
  Object.defineProperty(stream, "onChunk", {
    configurable: true,
    get: () => slot.get!.call(stream),
    set: (handler: ((c: Chunk, n: number) => void) | null) => {
      slot.set!.call(
        stream,
        handler === null
          ? null
          : (c: Chunk, n: number) => {
              for (let p = 0; p < n; ) {
                const size = Math.min(sizes[turn++ % sizes.length]!, n - p);
                const piece = new Chunk(c.u8.slice(p, p + size));
                handler(piece, size);
                piece.epoch++;
                piece.u8.fill(0xa5);
                p += size;
              }
            },
      );
    },
  });
}

function findSlot(stream: Stream): PropertyDescriptor {
  for (let at: object | null = stream; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const slot = Object.getOwnPropertyDescriptor(at, "onChunk");
    if (slot !== undefined) return slot;
  }
  throw new Error("the stream has no onChunk");
}

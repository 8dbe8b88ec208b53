import { Writer } from "../bytes/mod.js";
import { EncodedElement, type Version } from "../schema/mod.js";
import { encodeInto, type Message } from "./messages.js";

const FIRST_SIZE = 0x1_0000;

/** Messages of one version as their bytes, one behind the other: a hundred thousand of them take the memory of their bytes, and nothing else. */
export class EncodedMessages implements Iterable<Message> {
  readonly version: Version;
  readonly #writer = new Writer(FIRST_SIZE);
  readonly #ends: number[] = [];

  constructor(version: Version) {
    this.version = version;
  }

  /** How many there are. */
  get length(): number {
    return this.#ends.length;
  }

  /** Adds a message behind the others. Throws as {@link encodeInto}; nothing is added then. */
  push(m: Message): void {
    const end = encodeInto(this.#writer, m, this.version);
    this.#writer.length = end;
    this.#ends.push(end);
  }

  /** The bytes of a message, which are those of the list: they are not to be kept across {@link push}. @param i - from 0 */
  bytes(i: number): Uint8Array {
    return this.#writer.chunk.u8.subarray(i === 0 ? 0 : this.#ends[i - 1]!, this.#ends[i]!);
  }

  /** A message, to be sent again byte for byte; undefined where there is none. @param i - from 0 */
  at(i: number): EncodedElement | undefined {
    return i >= 0 && i < this.#ends.length ? new EncodedElement(this.bytes(i)) : undefined;
  }

  /** The bytes of all of them, which are those of the list. */
  *each(): Generator<Uint8Array, void, undefined> {
    for (let i = 0; i < this.length; i++) yield this.bytes(i);
  }

  *[Symbol.iterator](): Generator<EncodedElement, void, undefined> {
    for (let i = 0; i < this.length; i++) yield this.at(i)!;
  }
}

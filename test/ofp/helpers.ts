import fc from "fast-check";
import { Chunk } from "../../src/bytes/mod.js";
import { DecodeError, SouthboundError } from "../../src/errors/mod.js";
import { type Message, messageCodec } from "../../src/ofp/mod.js";
import type { Mode, Version } from "../../src/schema/mod.js";
import type { RandomSource } from "../../src/testing/mod.js";

/** A source of random numbers that fast-check chooses and shrinks. */
export const sources: fc.Arbitrary<RandomSource> = fc.gen().map((g) => ({
  integer: (min, max) => g(fc.integer, { min, max }),
}));

/** A message's bytes in one mode, written amid bytes that are not zero, so that what is left unwritten shows. */
export function encoded(m: Message, version: Version, mode: Mode): Uint8Array {
  const chunk = new Chunk(66_000);
  chunk.u8.fill(0xdb);
  const start = 24;
  return chunk.u8.slice(start, messageCodec(version, mode).encode(chunk, start, m));
}

/** What decoding came to: the object as plain values, or the error that answers the bytes. Any other exception passes through. */
export function outcome(c: Chunk, p: number, end: number, version: Version, mode: Mode): unknown {
  try {
    const m = messageCodec(version, mode).decode(c, p, end).own();
    return { m: m.toJSON(), type: m.constructor === Object ? "plain" : Object.keys(m) };
  } catch (e) {
    if (e instanceof DecodeError) return { reason: e.reason, offset: e.offset - p };
    throw e;
  }
}

/** The bytes in the middle of a chunk whose other bytes are all `poison`. */
export function within(bytes: Uint8Array, poison: number, before = 40, after = 300): Chunk {
  const chunk = new Chunk(before + bytes.length + after);
  chunk.u8.fill(poison);
  chunk.u8.set(bytes, before);
  return chunk;
}

/** What encoding came to: bytes, or the code and message of the error. */
export function attempt(body: () => Uint8Array): unknown {
  try {
    return body();
  } catch (e) {
    if (SouthboundError.is(e)) return { code: e.code, message: e.message };
    throw e;
  }
}

import type { Chunk } from "../../bytes/mod.js";
import { fail, Parts } from "../../schema/mod.js";

const NOTHING = Object.freeze({});

/** Throws DecodeError where a byte in [p, end) is not zero. */
export function mustBeZero(c: Chunk, p: number, end: number, reason: string): void {
  for (let i = p; i < end; i++) if (c.u8[i] !== 0) fail(reason, "reserved bytes that are not zero", i);
}

/** A slot of `size` bytes that must be zero; others are refused. */
export function zeros(size: number, reason: string): Parts<never> {
  const codec = {
    extent: (_c: Chunk, p: number, _end: number) => p + size,
    decode(c: Chunk, p: number, end: number) {
      mustBeZero(c, p, end, reason);
      return NOTHING;
    },
    encode(c: Chunk, p: number) {
      c.u8.fill(0, p, p + size);
      return p + size;
    },
  };
  return new Parts<never>(`zero${size}`, [], () => codec);
}

/**
 * The slot of the padding at the end of an action, which must be zero.
 * @param most - how long it may be; what is longer is a bad length
 */
export function zerosToEnd(reason: string, most = Number.POSITIVE_INFINITY, tooLong = "OFPBAC_BAD_LEN"): Parts<never> {
  const codec = {
    extent: (_c: Chunk, _p: number, end: number) => end,
    decode(c: Chunk, p: number, end: number) {
      if (end - p > most) fail(tooLong, `${end - p} bytes behind an action`, p);
      mustBeZero(c, p, end, reason);
      return NOTHING;
    },
    encode: (_c: Chunk, p: number) => p,
  };
  return new Parts<never>("zeros", [], () => codec, true);
}

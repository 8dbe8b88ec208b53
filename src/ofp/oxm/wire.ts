import { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { ANY_PACKET, Match } from "./match.js";
import type { MatchEntry } from "./match-entry.js";

const scratch = new Chunk(88);

/** Whether `size` bytes, a multiple of 4, are the same. */
const same = (a: Chunk, at: number, b: Chunk, size: number): boolean => {
  for (let i = 0; i < size; i += 4) if (a.dv.getInt32(at + i) !== b.dv.getInt32(i)) return false;
  return true;
};

/**
 * A match from the structure of OpenFlow 1.1 that it lay in. Where its fields do not carry all that stands there, such as ports without a protocol or an
 * address that does not count, it keeps the bytes, so that it is sent again unchanged.
 * @param size - bytes, a multiple of 4
 * @param encode - writes the fields as such a structure
 */
export function withWire(
  entries: readonly MatchEntry[],
  c: Chunk,
  p: number,
  size: number,
  encode: (c: Chunk, p: number, match: Match) => unknown,
): Match {
  const match = entries.length === 0 ? ANY_PACKET : new Match(entries);
  try {
    encode(scratch, 0, match);
    if (same(c, p, scratch, size)) return match;
  } catch (e) {
    if (!SouthboundError.is(e)) throw e;
  }
  return new Match(entries, { version: 2, bytes: c.u8.slice(p, p + size) });
}

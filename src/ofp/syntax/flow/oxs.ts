import type { Chunk } from "../../../bytes/mod.js";
import { EXPERIMENTER_CLASS } from "../../oxm/header.js";

const BAD_LEN = "OFPBMC_BAD_LEN";

/** The bytes of the statistics at `p` with their padding, by their own account. */
export const oxsLength = (c: Chunk, p: number): number => (c.dv.getUint16(p + 2) + 7) & ~7;

/** What is wrong with the statistics at `p`. */
export function oxsFault(c: Chunk, p: number, end: number): string | undefined {
  if (end - p < 4) return BAD_LEN;
  const length = c.dv.getUint16(p + 2);
  if (length < 4 || oxsLength(c, p) > end - p) return BAD_LEN;
  const e = p + length;
  for (let q = p + 4; q < e; ) {
    if (e - q < 4) return BAD_LEN;
    const long = c.dv.getUint16(q) === EXPERIMENTER_CLASS;
    const size = c.u8[q + 3]!;
    if (long && (e - q < 8 || size < 4)) return BAD_LEN;
    q += 4 + size;
    if (q > e) return BAD_LEN;
  }
  return undefined;
}

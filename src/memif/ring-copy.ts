import type { Region } from "./ring-memory.js";

/** From how many bytes on a part is copied by the engine, which needs a view of it made: below, that costs more than the copy. */
const LARGE = 192;

/**
 * Copies `length` bytes of `source` from `from` on into a region at `to`.
 * @param dv - over the same bytes as `source`
 */
export function copyIn(region: Region, to: number, source: Uint8Array, dv: DataView | undefined, from: number, length: number): void {
  if (length === source.length) region.u8.set(source, to);
  else if (dv === undefined || length >= LARGE || (to & 3) !== 0) region.u8.set(source.subarray(from, from + length), to);
  else copyWords(region, to, dv, from, length);
}

function copyWords({ i32, u8 }: Region, to: number, dv: DataView, from: number, length: number): void {
  const end = from + length;
  let at = to >>> 2;
  let p = from;
  for (; p + 16 <= end; p += 16, at += 4) {
    i32[at] = dv.getInt32(p, true);
    i32[at + 1] = dv.getInt32(p + 4, true);
    i32[at + 2] = dv.getInt32(p + 8, true);
    i32[at + 3] = dv.getInt32(p + 12, true);
  }
  for (; p + 4 <= end; p += 4) i32[at++] = dv.getInt32(p, true);
  for (let q = at * 4; p < end; p++) u8[q++] = dv.getUint8(p);
}

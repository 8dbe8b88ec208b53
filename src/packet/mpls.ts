import { Chunk, chunkOf, sizeOf } from "../bytes/mod.js";
import { inRange, need } from "./numbers.js";

/** An entry of an MPLS label stack (RFC 3032, section 2.1). */
export interface MplsLabel {
  /** Label, 20 bits. */
  readonly label: number;
  /** Traffic class, 3 bits (RFC 5462), 0 by default. */
  readonly tc?: number;
  /** Time to live, 64 by default. */
  readonly ttl?: number;
}

/** A label stack that was read. */
export interface MplsStack {
  /** The entries, outermost first. */
  readonly labels: readonly Required<MplsLabel>[];
  /** Where the payload starts in the chunk. */
  readonly payload: number;
}

/** Reads a label stack down to its bottom. @throws DecodeError where it is cut short */
export function parseMpls(from: Chunk | Uint8Array, p = 0, end = sizeOf(from)): MplsStack {
  const chunk = chunkOf(from);
  const labels: Required<MplsLabel>[] = [];
  for (let at = p; ; ) {
    need(4, at, end, "MPLS label");
    const entry = chunk.dv.getUint32(at);
    labels.push({ label: entry >>> 12, tc: (entry >>> 9) & 7, ttl: entry & 255 });
    at += 4;
    if ((entry & 0x100) !== 0) return { labels, payload: at };
  }
}

/**
 * The bytes of a label stack, four a label, with the bottom bit on the last one. They are new and belong to the caller.
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field
 */
export function encodeMpls(labels: readonly MplsLabel[]): Uint8Array {
  const chunk = new Chunk(4 * labels.length);
  labels.forEach(({ label, tc = 0, ttl = 64 }, i) => {
    const bottom = i === labels.length - 1 ? 0x100 : 0;
    chunk.dv.setUint32(4 * i, (inRange("label", label, 0xf_ffff) << 12) | (inRange("tc", tc, 7) << 9) | bottom | inRange("ttl", ttl, 255));
  });
  return chunk.u8;
}

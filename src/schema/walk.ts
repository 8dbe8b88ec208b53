import type { Chunk } from "../bytes/mod.js";
import { DecodeError } from "../errors/mod.js";

/** How elements that carry their own length follow one another. */
export interface ElementFrame {
  /** Where the 16-bit length stands, in bytes from the element's start. */
  readonly lengthAt: number;
  /** The least length that an element may have. */
  readonly min: number;
  /** Elements start at multiples of this many bytes. */
  readonly align: number;
  /** Whether the length counts the padding (actions), or leaves it out (properties). */
  readonly counted: boolean;
  /** The OpenFlow error that answers a bad length. */
  readonly reason: string;
}

/** Throws a DecodeError. A function, so that the code that checks stays small enough to be inlined. */
export function fail(reason: string, what: string, at: number): never {
  throw new DecodeError(reason, what, at);
}

/**
 * The end of an element of `length` bytes at `p`. This is the one place where a length from the wire moves a loop forward: it refuses a
 * length below the element's minimum (zero included) or above what remains.
 */
export function boundedEnd(p: number, end: number, min: number, length: number, reason: string): number {
  if (length < min || length > end - p) fail(reason, `length ${length}, which is not from ${min} to ${end - p}`, p);
  return p + length;
}

/** The end of the element that starts at `p`, by its own length field; see {@link boundedEnd}. */
export function elementEnd(c: Chunk, p: number, end: number, frame: ElementFrame): number {
  if (end - p < frame.min) fail(frame.reason, `an element needs ${frame.min} bytes and ${end - p} are left`, p);
  const length = c.dv.getUint16(p + frame.lengthAt);
  if (frame.counted && length % frame.align !== 0) fail(frame.reason, `length ${length} is no multiple of ${frame.align}`, p);
  return boundedEnd(p, end, frame.min, length, frame.reason);
}

/** Where the element after the one in [p, e) starts: `e` and its padding, which must lie before `end`. */
export function elementNext(p: number, e: number, end: number, frame: ElementFrame): number {
  const over = (e - p) % frame.align;
  if (over === 0) return e;
  const next = e + frame.align - over;
  if (next > end) fail(frame.reason, "the padding of the last element is missing", e);
  return next;
}

/** Writes zeros from `p` up to the next multiple of `align` counted from `start`, and returns where that is. */
export function padTo(c: Chunk, p: number, start: number, align: number): number {
  const over = (p - start) % align;
  if (over === 0) return p;
  const next = p + align - over;
  for (let q = p; q < next; q++) c.dv.setUint8(q, 0);
  return next;
}

/** Throws DecodeError where a byte in [p, end) is not zero. */
export function mustBeZero(c: Chunk, p: number, end: number, reason: string): void {
  for (let i = p; i < end; i++) if (c.u8[i] !== 0) fail(reason, "reserved bytes that are not zero", i);
}

/** The same for bytes up to the end of a struct, of which there may be `most`; more of them are a bad length. */
export function zerosToEnd(c: Chunk, p: number, end: number, reason: string, most: number, badLength: string): void {
  if (end - p > most) fail(badLength, `${end - p} bytes behind the last slot`, p);
  mustBeZero(c, p, end, reason);
}

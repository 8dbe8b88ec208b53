import { Chunk } from "../../bytes/mod.js";
import { DecodeError } from "../../errors/mod.js";
import { type ElementFrame, elementEnd, elementNext } from "../../schema/mod.js";
import { EXPERIMENTER } from "../ids.js";

/*
 * Lists of properties that Open vSwitch reads otherwise than their rows have them, so that the rows cannot refuse what it refuses: it takes a property that is longer than its number, or lacks its padding, passes over types that it does not
 * know, and gathers one value from several lists. Rows whose properties it reads as they are refuse in the mode `checked`.
 */

/** A property in bytes, before anything is known of it. */
export interface RawProperty {
  readonly type: number;
  /** Whose it is; 0 for the standard's. */
  readonly experimenter: number;
  /** The experimenter's own type. */
  readonly expType: number;
  /** Where the property starts. */
  readonly start: number;
  /** Where what it says starts, behind the headers. */
  readonly at: number;
  /** Where it ends, without its padding. */
  readonly end: number;
}

const LENGTH = "OFPBPC_BAD_LEN";
const FRAME: ElementFrame = { lengthAt: 2, min: 4, align: 8, counted: false, reason: LENGTH };
const PROPERTY_HEADER = 4;
const EXPERIMENTER_HEADER = 12;

/**
 * Goes through the properties in [p, end) as Open vSwitch does, which refuses a list for its first fault, and answers that fault.
 * @param visit - answers why a property is refused
 * @param experimenters - the lowest type that is an experimenter's
 */
export function eachProperty(
  c: Chunk,
  p: number,
  end: number,
  visit: (property: RawProperty) => string | undefined,
  experimenters = EXPERIMENTER,
): string | undefined {
  try {
    for (let q = p; q < end; ) {
      const e = elementEnd(c, q, end, FRAME);
      const next = elementNext(q, e, end, FRAME);
      const type = c.dv.getUint16(q);
      const own = type >= experimenters;
      if (own && e - q < EXPERIMENTER_HEADER) return LENGTH;
      const experimenter = own ? c.dv.getUint32(q + 4) : 0;
      if (own && experimenter === 0) return "OFPBPC_BAD_EXPERIMENTER";
      const expType = own ? c.dv.getUint32(q + 8) : 0;
      const fault = visit({ type, experimenter, expType, start: q, at: q + (own ? EXPERIMENTER_HEADER : PROPERTY_HEADER), end: e });
      if (fault !== undefined) return fault;
      q = next;
    }
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return e.reason;
  }
  return undefined;
}

/** Why Open vSwitch refuses a property that it does not know, where it does. */
export const unknownProperty = (p: RawProperty): string => (p.experimenter === 0 ? "OFPBPC_BAD_TYPE" : "OFPBPC_BAD_EXP_TYPE");

/** Whether a property says so many bytes, no more and no less. */
export const hasSize = (p: RawProperty, size: number): boolean => p.end - p.at === size;

/** Whether a property says so many bytes at least. */
export const hasAtLeast = (p: RawProperty, size: number): boolean => p.end - p.at >= size;

/** How a struct ends in a list of properties: the size of what stands before them, and where its own length is. */
export interface Holder {
  readonly header: number;
  readonly lengthAt: number;
}

/**
 * A message with those properties alone that Open vSwitch looks at, for one that cannot be decoded since another one is malformed.
 * @param start - where the structs stand that hold properties, one behind the other
 * @param fault - why Open vSwitch refuses the struct at `p`; this one and those behind it stay as they are
 * @param keep - the bytes of a property, padding included; undefined for one that does not count
 */
export function reduceProperties(
  c: Chunk,
  start: number,
  { header, lengthAt }: Holder,
  fault: (p: number) => string | undefined,
  keep: (x: RawProperty) => Uint8Array | undefined,
): Chunk {
  const parts: Uint8Array[] = [c.u8.subarray(0, start)];
  let p = start;
  while (p < c.u8.length && fault(p) === undefined) {
    const end = p + c.dv.getUint16(p + lengthAt);
    const head = new Chunk(c.u8.slice(p, p + header));
    const kept: Uint8Array[] = [];
    eachProperty(c, p + header, end, (x) => {
      const bytes = keep(x);
      if (bytes !== undefined) kept.push(bytes);
      return undefined;
    });
    head.dv.setUint16(
      lengthAt,
      kept.reduce((sum, bytes) => sum + bytes.length, header),
    );
    parts.push(head.u8, ...kept);
    p = end;
  }
  parts.push(c.u8.subarray(p));
  const whole = new Chunk(parts.reduce((sum, bytes) => sum + bytes.length, 0));
  let q = 0;
  for (const bytes of parts) {
    whole.u8.set(bytes, q);
    q += bytes.length;
  }
  whole.dv.setUint16(2, whole.u8.length);
  return whole;
}

/** Where the nested properties of a property start; undefined where it is too short to have some. */
export const nestedAt = (p: RawProperty): number | undefined => {
  const at = p.start + ((p.at - p.start + 7) & ~7);
  return at <= p.end ? at : undefined;
};

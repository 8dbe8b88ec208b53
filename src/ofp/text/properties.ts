import type { Chunk } from "../../bytes/mod.js";
import { DecodeError } from "../../errors/mod.js";
import { elementEnd, elementNext, type Frame } from "../../schema/mod.js";

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
const FRAME: Frame = { lengthAt: 2, min: 4, align: 8, counted: false, reason: LENGTH };
const HEADER = 4;
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
  experimenters = 0xffff,
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
      const fault = visit({ type, experimenter, expType, start: q, at: q + (own ? EXPERIMENTER_HEADER : HEADER), end: e });
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

/** Where the nested properties of a property start; undefined where it is too short to have some. */
export const nestedAt = (p: RawProperty): number | undefined => {
  const at = p.start + ((p.at - p.start + 7) & ~7);
  return at <= p.end ? at : undefined;
};

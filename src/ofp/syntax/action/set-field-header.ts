import { OXM_FIELDS } from "../../oxm/fields.js";
import { EXPERIMENTER_CLASS, MASKED } from "../../oxm/header.js";
import { OPTION_BYTES } from "../../oxm/option.js";

/*
 * Open vSwitch finds fields by a hash of their headers. It refuses a set-field action whose field it does not find because of its length, if any field in the bucket
 * that it looks into has another, and else because of its field. So the buckets are made here as it makes them.
 */

/** What of a header tells the field: all but the low bits of its length. */
const TOLD = 0xffffff80;
/** Buckets less one, for as many fields as Open vSwitch has. */
const LAST_BUCKET = 127;

const rotated = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** One word more of MurmurHash3. */
function mixed(hash: number, word: number): number {
  const w = Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(rotated(hash ^ w, 13), 5) + 0xe6546b64) | 0;
}

function bucketOf(header: number, experimenter: number): number {
  let h = mixed(mixed(0, experimenter), header & TOLD) ^ 8;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) & LAST_BUCKET;
}

let buckets: Map<number, Set<number>> | undefined;

/** The lengths of the fields in each bucket. */
function lengths(): Map<number, Set<number>> {
  if (buckets !== undefined) return buckets;
  buckets = new Map();
  for (const { forms } of OXM_FIELDS.filter(({ ovs }) => ovs?.late === false)) {
    for (const { header, experimenter, size } of forms) {
      const bucket = bucketOf(header, experimenter);
      const length = size === 0 ? OPTION_BYTES : header & 255;
      buckets.set(bucket, (buckets.get(bucket) ?? new Set()).add(length));
    }
  }
  return buckets;
}

/**
 * Why Open vSwitch refuses the header of a set-field action whose field it does not find.
 * @param header - the first 32 bits
 * @param experimenter - the 32 bits behind them, where the class is 0xffff, and else 0
 */
export function refuseUnknownField(header: number, experimenter: number): string {
  const more = header >>> 16 === EXPERIMENTER_CLASS ? 4 : 0;
  const masked = (header & MASKED) !== 0;
  const length = masked ? (((header & 255) - more) >> 1) + more : header & 255;
  const exact = masked ? (header & ~(MASKED | 255)) | length : header;
  const found = length === 0 ? undefined : lengths().get(bucketOf(exact, experimenter));
  return found === undefined || (found.size === 1 && found.has(length)) ? "OFPBAC_BAD_SET_TYPE" : "OFPBAC_BAD_SET_LEN";
}

import type { Chunk } from "../../bytes/mod.js";
import { DecodeError } from "../../errors/mod.js";
import { eachLearnSpec, type LearnSpec } from "../action/learn-spec.js";
import { readRef } from "../action/subfield.js";
import { knownForm } from "./subfield.js";

const LENGTH = "OFPBAC_BAD_LEN";
const BAD = "OFPBAC_BAD_ARGUMENT";
const LEARN = 32;
const LEARN2 = 40;
const WRITE_RESULT = 4;

const isUnknown = ({ source, dst }: LearnSpec): boolean =>
  (typeof source !== "bigint" && knownForm(source) === undefined) || (dst !== undefined && knownForm(dst) === undefined);

class Stop extends Error {}

/** What is wrong with the learn action at `q` by the parts of its flow in their order, where what stands before them is good. */
export function learnFault(c: Chunk, q: number, length: number, form: string): string | undefined {
  if (length < (form === "" ? LEARN : LEARN2)) return LENGTH;
  const flags = c.dv.getUint16(q + 24);
  let p = q + LEARN;
  if (form !== "") {
    p = q + LEARN2;
    // a header behind the numbers, whose faults the decoder tells
    if ((flags & WRITE_RESULT) !== 0) return undefined;
    if (c.dv.getUint16(q + 38) !== 0) return "NXBAC_MUST_BE_ZERO";
  }
  if (c.u8[q + 27] !== 0 || c.u8[q + 26] === 255 || (flags & ~3) !== 0) return BAD;
  if (form !== "" && c.dv.getUint16(q + 36) !== 0) return BAD;
  let found: string | undefined;
  try {
    eachLearnSpec(c, p, q + length, (spec) => {
      if (!isUnknown(spec)) return;
      found = "OFPBAC_BAD_SET_TYPE";
      throw new Stop();
    });
  } catch (e) {
    if (!(e instanceof DecodeError) && !(e instanceof Stop)) throw e;
    found ??= (e as DecodeError).reason;
  }
  return found;
}

const DST = 24;

/** What is wrong with the bundle_load action at `q` before anything else is looked at. */
export const bundleLoadFault = (c: Chunk, q: number): string | undefined =>
  knownForm(readRef(c, q + DST, 4)) === undefined ? "OFPBAC_BAD_SET_TYPE" : undefined;

const ENCAP = 16;
const HEAD = 4;
const NSH = 4;
const MD_TYPE = 1;
const TLV = 2;

const padded = (n: number): number => (n + 7) & ~7;

/** What is wrong with the encap action at `q` by its properties in their order. */
export function encapFault(c: Chunk, q: number, length: number): string | undefined {
  if (length < ENCAP) return LENGTH;
  const types = [0, 0x1894f, 0x18847, 0x18848];
  if (!types.includes(c.dv.getUint32(q + 12))) return "NXBAC_BAD_HEADER_TYPE";
  const end = q + length;
  for (let p = q + ENCAP; p < end; ) {
    const size = c.u8[p + 3]!;
    if (size < HEAD || padded(size) > end - p) return LENGTH;
    const type = c.u8[p + 2]!;
    if (c.dv.getUint16(p) !== NSH || (type !== MD_TYPE && type !== TLV)) return "NXBAC_UNKNOWN_ED_PROP";
    const good = type === MD_TYPE ? size <= 8 : size === 8 + padded(c.u8[p + 7]!);
    if (!good) return "NXBAC_BAD_ED_PROP";
    p += padded(size);
  }
  return undefined;
}

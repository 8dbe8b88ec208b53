import type { Chunk } from "../../../bytes/mod.js";
import { DecodeError } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import { WITH_MASKS } from "../../action/last-oxm.js";
import { WRITE_RESULT } from "../../action/learn.js";
import { eachLearnSpec, type LearnSpec } from "../../action/learn-spec.js";
import { headerLength, readRef } from "../../action/subfield.js";
import { checkHeader, isWritable, knownForm, OPEN_VSWITCH } from "../../check/mod.js";
import { formOfHeader } from "../../oxm/fields.js";
import { EXPERIMENTER_CLASS, MASKED } from "../../oxm/header.js";

const LENGTH = "OFPBAC_BAD_LEN";
const BAD = "OFPBAC_BAD_ARGUMENT";
const LEARN = 32;
const LEARN2 = 40;

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
    if (c.dv.getUint16(q + 38) !== 0) return "NXBAC_MUST_BE_ZERO";
  }
  const result = form !== "" && (flags & WRITE_RESULT) !== 0;
  if (c.u8[q + 27] !== 0 || c.u8[q + 26] === 255 || (flags & ~(form === "" ? 3 : 7)) !== 0) return BAD;
  if (form !== "" && !result && c.dv.getUint16(q + 36) !== 0) return BAD;
  let found: string | undefined;
  try {
    if (result) {
      const next = p + headerLength(c, p, q + length);
      const ref = readRef(c, p, next - p);
      const fault = checkHeader(ref)?.error ?? (isWritable(knownForm(ref)!.field) ? undefined : "OFPBAC_BAD_SET_ARGUMENT");
      if (fault !== undefined) return fault;
      p = next;
    }
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

const BUNDLE = 32;
const MEMBERS = 20;
const DST = 24;

/** What is wrong with the bundle action at `q` before anything else is looked at. */
export const bundleFault = (c: Chunk, q: number, length: number): string | undefined =>
  2 * c.dv.getUint16(q + MEMBERS) > length - BUNDLE ? LENGTH : undefined;

/** What is wrong with the bundle_load action at `q` before anything else is looked at. */
export const bundleLoadFault = (c: Chunk, q: number, length: number): string | undefined =>
  knownForm(readRef(c, q + DST, 4)) === undefined ? "OFPBAC_BAD_SET_TYPE" : bundleFault(c, q, length);

/** Where the field of a set-field action starts, in the standard's form. */
export const SET_FIELD = 4;
const REG_LOAD2 = 10;
/** Where it starts in Nicira's. */
export const REG_LOAD2_FIELD = 16;

/** What is wrong with the header, and with the value beside its mask, of the set-field action at `q`, before what stands behind them is looked at. */
export function setFieldFault(c: Chunk, q: number, length: number, form: string, version: Version): string | undefined {
  const end = q + length;
  const p = q + (form === "" ? SET_FIELD : REG_LOAD2_FIELD);
  if (form !== "" && c.u8.subarray(q + REG_LOAD2, p).some((b) => b !== 0)) return undefined;
  if (end - p < 4) return undefined;
  const header = c.dv.getUint32(p);
  const more = header >>> 16 === EXPERIMENTER_CLASS ? 4 : 0;
  const size = (header & 255) - more;
  if (size < 0 || end - p < 4 + more) return undefined;
  const experimenter = more === 0 ? 0 : c.dv.getUint32(p + 4);
  // of a masked value of an odd number of bytes the last one is not looked at
  const odd = (header & MASKED) !== 0 && size % 2 === 1;
  const known = formOfHeader(odd ? header - 1 : header, experimenter);
  if (known === undefined || !OPEN_VSWITCH.matches(known.field)) return OPEN_VSWITCH.unknownField(header, experimenter);
  const at = p + 4 + more;
  if ((header & MASKED) === 0 || size > end - at) return undefined;
  const half = size >> 1;
  for (let i = 0; i < half; i++) if ((c.u8[at + i]! & ~c.u8[at + half + i]!) !== 0) return "OFPBMC_BAD_WILDCARDS";
  return odd && form === "" && version < WITH_MASKS ? "OFPBAC_BAD_SET_MASK" : undefined;
}

/** What is wrong with the two headers of fields of the copy-field action at `q`, in their order. */
export function copyFault(c: Chunk, q: number, length: number, form: string, version: Version): string | undefined {
  const end = q + length;
  let p = q + (form !== "" ? 20 : version === 6 ? 12 : 16);
  try {
    for (let i = 0; i < 2; i++) {
      const next = p + headerLength(c, p, end);
      const fault = checkHeader(readRef(c, p, next - p))?.error;
      if (fault !== undefined) return fault;
      p = next;
    }
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return e.reason;
  }
  return undefined;
}

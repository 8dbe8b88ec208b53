import type { Chunk } from "../../../bytes/mod.js";
import type { Version } from "../../../schema/mod.js";
import { WITH_MASKS } from "../../action/last-oxm.js";
import { readRef } from "../../action/subfield.js";
import { knownForm, OPEN_VSWITCH } from "../../check/mod.js";
import { formOfHeader } from "../../oxm/fields.js";
import { EXPERIMENTER_CLASS, MASKED } from "../../oxm/header.js";

/*
 * What no row can have. Of a bundle Open vSwitch reports the last fault that it finds, not the first: that its ports do not fit. Of a set-field the error depends on a hash of the header and on the lengths of other
 * fields (`Rules.unknownField`), and is found before the value that the row cannot have read.
 */

const LENGTH = "OFPBAC_BAD_LEN";
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

import { boundedEnd, type Codec, fail, type Kind, mustBeZero } from "../../schema/mod.js";
import { decodeOxm, encodeOxm } from "../oxm/codec.js";
import { OXM_ENTRY } from "../oxm/entry.js";
import { fieldOfHeader, formOfHeader } from "../oxm/fields.js";
import { EXPERIMENTER_CLASS, MASKED } from "../oxm/header.js";
import type { MatchEntry } from "../oxm/match-entry.js";
import type { HeaderList } from "./subfield.js";

const TRUNCATED = "OFPBMC_BAD_LEN";
/** The first version whose set-field takes masks. */
export const WITH_MASKS = 6;

/** The error of a value that is cut short; that nobody knows the field comes first. */
function shortReason(header: number, experimenter: number): string {
  if (formOfHeader(header, experimenter) !== undefined) return TRUNCATED;
  return fieldOfHeader(header, experimenter) === undefined ? "OFPBAC_BAD_SET_TYPE" : "OFPBAC_BAD_SET_LEN";
}

/** A field and its value, and behind them zeros up to the end of the action. What stands behind a field that is wrong in itself is not looked at. */
const codec = (list: HeaderList): Codec<MatchEntry> => ({
  extent: (_c, _p, end) => end,
  decode(c, p, end) {
    if (end - p < 4) fail(TRUNCATED, "an OXM header is cut short", p);
    const header = c.dv.getUint32(p);
    const isLong = header >>> 16 === EXPERIMENTER_CLASS;
    if (isLong && (end - p < 8 || (header & 255) < 4)) fail(TRUNCATED, "an OXM header is cut short", p);
    const e = boundedEnd(p, end, 4, 4 + (header & 255), shortReason(header, isLong ? c.dv.getUint32(p + 4) : 0));
    const entry = decodeOxm(c, p, e, list);
    const masked = (header & MASKED) !== 0 && list > 0 && list < WITH_MASKS;
    if (entry.field !== undefined && !masked) mustBeZero(c, e, end, "OFPBAC_BAD_SET_ARGUMENT");
    return entry;
  },
  encode: (c, p, entry) => encodeOxm(c, p, entry, list),
});

const nicira = codec(0);

/** The field and value of a set-field action, by the headers of the version. */
export const LAST_OXM: Kind<MatchEntry> = { ...OXM_ENTRY, greedy: true, codec };
/** The same by Nicira's headers. */
export const LAST_NXM: Kind<MatchEntry> = { ...OXM_ENTRY, name: "nxm", greedy: true, codec: () => nicira };

import { SouthboundError } from "../../errors/mod.js";
import { boundedEnd, type Codec, type Field, fail, field, type Kind } from "../../schema/mod.js";
import { decodeOxm, encodeOxm } from "./codec.js";
import { OXM, type OxmField } from "./fields.js";
import { entriesOf, Match, type MatchInit } from "./match.js";
import { MatchEntry } from "./match-entry.js";
import { meantAs } from "./match-literal.js";

const codecFor = (version: Parameters<Kind<MatchEntry>["codec"]>[0]): Codec<MatchEntry> => {
  const extent: Codec<MatchEntry>["extent"] = (c, p, end) => {
    if (end - p < 4) fail("OFPBAC_BAD_LEN", "an OXM header is cut short", p);
    return boundedEnd(p, end, 4, 4 + c.dv.getUint8(p + 3), "OFPBAC_BAD_LEN");
  };
  return {
    extent,
    decode: (c, p, end) => decodeOxm(c, p, end, version),
    encode: (c, p, entry) => encodeOxm(c, p, entry, version),
  };
};

/** One field with its value, as an OXM. */
export const OXM_ENTRY: Kind<MatchEntry> = {
  name: "oxm",
  size: 0,
  codec: codecFor,
  meant: meantAs("oxmOf"),
  toJSON: (e) => new Match([e]).toJSON(),
  fromJSON(json) {
    const [entry, ...more] = Match.fromJSON(json).entries;
    if (entry === undefined || more.length > 0) throw new SouthboundError("ERR_USAGE", `${JSON.stringify(json)} is not one field`);
    return entry;
  },
};

const NO_PORT = new MatchEntry(OXM.inPort as OxmField, 0, 0, undefined);

/** A field that holds one OXM. */
export const oxmEntry = (): Field<MatchEntry> => field(OXM_ENTRY, NO_PORT);

/** One field with its value, from a literal with one property: `oxmOf({ ethDst: 0x020000000001 })`. Throws `ERR_USAGE`, `ERR_RANGE`. */
export function oxmOf(init: MatchInit): MatchEntry {
  const [entry, ...more] = entriesOf(init);
  if (entry === undefined || more.length > 0) throw new SouthboundError("ERR_USAGE", "name one field and its value");
  return entry;
}

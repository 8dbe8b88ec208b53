import type { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { fixedKind, type Kind } from "../../schema/mod.js";
import { portFrom16, portTo16 } from "../port/port-no.js";
import { checkContext } from "./context.js";
import { decode10 } from "./decode10.js";
import { inPort, SIZE10, vlanPcp, vlanVid, W } from "./layout10.js";
import { Match } from "./match.js";
import { cannot10, putEntries10 } from "./put10.js";

function encode(c: Chunk, p: number, match: Match): void {
  if (match.put10 !== undefined) {
    match.put10(c, p);
    return;
  }
  if (match.wire?.version === 1) {
    c.u8.set(match.wire.bytes, p);
    return;
  }
  const wildcards = putEntries10(c, p, match.entries);
  checkContext(match.entries, 1, cannot10);
  if (match.vlanVid === 0 && match.vlanPcp !== undefined) cannot10(vlanPcp, " of a packet without a tag");
  if (match.vlanVid !== undefined && (wildcards & (W.vlan | W.pcp)) === (W.vlan | W.pcp))
    cannot10(vlanVid, " with a mask unless vlanPcp is matched on too");
}

const anything = (): boolean => true;
const json: Pick<Kind<Match>, "toJSON" | "fromJSON"> = { toJSON: (m) => m.toJSON(), fromJSON: (j) => Match.fromJSON(j) };

/** A match as the 40 bytes of OpenFlow 1.0. §5.2.3 (ofp_match) */
export const MATCH10: Kind<Match> = fixedKind("match10", SIZE10, decode10, encode, anything, json.toJSON, json.fromJSON);

const inPortOf = (m: Match): number => {
  const { entries } = m;
  const only = entries[0];
  if (only?.field !== inPort || entries.length !== 1)
    throw new SouthboundError(
      "ERR_UNSUPPORTED",
      "OpenFlow 1.0 says of a packet-in's packet the inPort and nothing else: use OpenFlow 1.2 or later",
    );
  return only.value as number;
};

/** The port that a packet came in by, which is all that OpenFlow 1.0 has of its metadata, as a match. */
export const IN_PORT10: Kind<Match> = fixedKind(
  "inPort10",
  2,
  (c, p) => Match.of({ inPort: portFrom16(c.dv.getUint16(p)) }),
  (c, p, m) => c.dv.setUint16(p, portTo16(inPortOf(m))!),
  (m) => portTo16(inPortOf(m)) !== undefined,
  json.toJSON,
  json.fromJSON,
);

import { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { FlowRemoved, Match, type MatchEntry, OXM } from "../../ofp/mod.js";
import { defaultMode, type Version } from "../../schema/mod.js";

const scratch = new Chunk(256);

/** Whether a version can say a match: whether its codec takes it. */
function fits(entries: readonly MatchEntry[], version: Version): boolean {
  try {
    FlowRemoved.codec(version, defaultMode()).encode(scratch, 0, FlowRemoved.of({ match: new Match(entries) }));
    return true;
  } catch (e) {
    if (SouthboundError.is(e)) return false;
    throw e;
  }
}

/** A flow's match for a peer that may speak another version. What OpenFlow 1.0 and 1.1 cannot say is left out, so that it reads as matching more. */
export function translateMatch(match: Match, version: Version): Match {
  if (version > 2 || fits(match.entries, version)) return match;
  // what a field requires comes before it in the order of the table
  const ordered = [...match.entries].sort((a, b) => (a.field?.index ?? 0) - (b.field?.index ?? 0));
  let kept: MatchEntry[] = [];
  for (const entry of ordered) {
    const priority = entry.field === OXM.vlanVid ? ordered.filter((e) => e.field === OXM.vlanPcp) : [];
    // "any tag" can be said together with a priority only
    const longer = [
      [...kept, entry],
      [...kept, entry, ...priority],
    ].find((entries) => fits(entries, version));
    if (longer !== undefined && !kept.includes(entry)) kept = longer;
  }
  return new Match(kept);
}

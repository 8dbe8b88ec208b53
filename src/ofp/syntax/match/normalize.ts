import { FlowImage } from "../../oxm/flow-image.js";
import type { Match } from "../../oxm/match.js";
import type { NoteSink } from "../notes/note.js";
import { impossible } from "./impossible.js";
import { formatImage } from "./match.js";

/** A match before and after what its packets cannot have was taken out of it. */
export interface Normalization {
  readonly before: string;
  readonly after: string;
}

/** What an image comes to without what its packets cannot have, in words; undefined where that is the same. Open vSwitch ofp-match.c (ofputil_normalize_match) */
export function normalized(image: FlowImage): Normalization | undefined {
  const gone = impossible(image);
  if (gone.length === 0) return undefined;
  const after = new FlowImage().copy(image);
  for (const at of gone) {
    after.value[at] = typeof after.value[at] === "bigint" ? 0n : 0;
    after.mask[at] = typeof after.mask[at] === "bigint" ? 0n : 0;
  }
  return { before: formatImage(image), after: formatImage(after) };
}

/** Notes what an image loses of what its packets cannot have, as Open vSwitch logs it. */
export function noteNormalization(log: NoteSink, image: FlowImage): void {
  const found = normalized(image);
  if (found === undefined) return;
  const module = "ofp_match";
  const more = [` pre: ${found.before}`, `post: ${found.after}`];
  log({ module, level: "INFO", text: "normalization changed ofp_match, details:", more, limit: module });
}

/** Notes what a match loses that has all that its message says, as Open vSwitch logs it: the fields that its packets cannot have. @param log - takes the lines, of the level INFO */
export const noteNormalMatch = (log: NoteSink, match: Match): void => noteNormalization(log, new FlowImage().fill(match));

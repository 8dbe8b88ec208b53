import { FlowImage } from "../../oxm/flow-image.js";
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

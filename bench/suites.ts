import { CHANNEL_SUITE } from "./channel-suite.js";
import { CODEC_SUITE } from "./codec-suite.js";
import { CONTROLLER_SUITE } from "./controller-suite.js";
import { DL_SUITE } from "./dl-suite.js";
import { MEMIF_SUITE } from "./memif-suite.js";
import { OFCTL_SUITE } from "./ofctl-suite.js";
import type { Suite } from "./suite.js";

/** Every suite by its name on the command line. The first is run when none is named. */
export const SUITES: Readonly<Record<string, Suite>> = {
  controller: CONTROLLER_SUITE,
  codec: CODEC_SUITE,
  channel: CHANNEL_SUITE,
  ofctl: OFCTL_SUITE,
  dl: DL_SUITE,
  memif: MEMIF_SUITE,
};

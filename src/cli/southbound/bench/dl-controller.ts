/** The learning switch as a module that a switch loads: `dl:dl-controller.js`, which `bench dl` measures. */
import { l2Learning } from "../../../apps/mod.js";
import { serve } from "../../../controller/mod.js";
import { noise } from "./noise.js";

noise();

export default serve(l2Learning);

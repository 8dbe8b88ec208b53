/** The learning switch as a module that a switch loads: `dl:dl-controller.js`, which `bench dl` measures. */
import { l2Learning } from "southbound/apps";
import { serve } from "southbound/controller";
import { noise } from "./noise.js";

noise();

export default serve(l2Learning);

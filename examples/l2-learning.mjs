/**
 * The learning switch as one file for every place: `southbound controller ./l2-learning.mjs` serves switches that connect, and a switch that is given `dl:./l2-learning.mjs` as its controller
 * runs it in its own process.
 */
import { l2Learning } from "southbound/apps";
import { serve } from "southbound/controller";

export default serve(l2Learning);

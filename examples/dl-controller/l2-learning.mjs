/**
 * The learning switch as a file of its own, for every way to run it:
 *
 *   southbound controller ./l2-learning.mjs                  serves switches over tcp:
 *   southbound switch --controller dl:./l2-learning.mjs      runs in the switch
 *   southbound switch --controller 'dl:./l2-learning.mjs?worker'   runs in a worker of the switch
 */
import { l2Learning } from "southbound/apps";
import { serve } from "southbound/controller";

export default serve(l2Learning);

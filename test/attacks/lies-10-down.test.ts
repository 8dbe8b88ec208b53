/** Messages to the switch that are changed on their way, in OpenFlow 1.0. */
import { lies } from "./liar.js";

lies(1, "down");

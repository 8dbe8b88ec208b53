/** Messages to the controller that are changed on their way, in OpenFlow 1.0. */
import { lies } from "./liar.js";

lies(1, "up");

/** Messages to the controller that are changed on their way, in OpenFlow 1.3. */
import { lies } from "./liar.js";

lies(4, "up");

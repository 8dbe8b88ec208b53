import { holdsForEveryMessage } from "./properties.js";

holdsForEveryMessage(4);

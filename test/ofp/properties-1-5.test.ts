import { holdsForEveryMessage } from "./properties.js";

holdsForEveryMessage(6);

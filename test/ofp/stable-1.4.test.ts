import { stableSuite } from "./stable-suite.js";

stableSuite([5]);

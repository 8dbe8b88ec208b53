import { stableSuite } from "./stable-suite.js";

stableSuite([2, 3]);

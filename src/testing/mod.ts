/**
 * Help for tests: compliance suites free of any framework, a peer that speaks bytes, a clock that moves when it is advanced, random messages made from the tables.
 * Floor 4: imports `vconn`, `ofp`, `stream`, `schema`, `bytes`, `clock`, `errors`.
 * @packageDocumentation
 */
export { type ArbitraryOptions, arbitraryMessage, arbitraryObject, arbitraryValue, messageClasses } from "./arbitrary.js";
export { arbitraryEntry, arbitraryMatch, arbitraryMatch10 } from "./arbitrary-match.js";
export { bytesFrom, type RandomSource, seededSource } from "./arbitrary-source.js";
export { MockClock, settle } from "./mock-clock.js";
export { registerVconnSuite, type SuiteCase, type SuiteRunner, type VconnFixture, vconnSuite } from "./vconn-suite.js";
export { breakChunks, Wire } from "./wire.js";

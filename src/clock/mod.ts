/**
 * Time: the clock that everything with a deadline is given.
 * Floor 0: imports nothing.
 * @packageDocumentation
 */
export { type Clock, systemClock, type Timer } from "./clock.js";

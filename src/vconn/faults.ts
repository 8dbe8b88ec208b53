import { type Chunk, toHex } from "../bytes/mod.js";
import type { Clock } from "../clock/mod.js";
import { DecodeError, SouthboundError } from "../errors/mod.js";
import { explainDecode } from "../ofp/mod.js";
import type { LogLevel } from "./log.js";
import { RateLimit } from "./rate-limit.js";

/** The default of `VconnOptions.maxFaults`. */
export const MAX_FAULTS = 100;
/** Errors that name their field, at once and a minute: finding it costs ten times what decoding does. */
const EXPLAINED = 20;
const EXPLAINED_PER_MINUTE = 60;
/** Bytes of a message that are shown where we failed to handle it. */
const SHOWN = 512;

/** @returns `max` @throws SouthboundError `ERR_USAGE` for what is no number of faults */
export function checkMaxFaults(max: number = MAX_FAULTS): number {
  if (max === Number.POSITIVE_INFINITY || (Number.isInteger(max) && max >= 0)) return max;
  throw new SouthboundError("ERR_USAGE", `maxFaults is ${max}; accepted are 0 and more, and Infinity`);
}

/** Outcomes that have a line on the level of warnings; those of further ones have theirs on debug level. */
const WARNED = 16;

/** The messages of one connection that could not be read. What it holds is bounded: an outcome for each type of message, of which there are some 150. */
export class Faults {
  /** How many there were. */
  count = 0;
  /** How many of them came directly one behind the other, up to the last one. */
  row = 0;
  #last = -1;
  #explained: DecodeError | null = null;
  readonly #outcomes = new Set<string>();
  readonly #limit: RateLimit;

  constructor(clock: Clock) {
    this.#limit = new RateLimit(clock, EXPLAINED_PER_MINUTE, EXPLAINED);
  }

  /** Counts one. @param nth - the number of the message among those received */
  add(nth: number): void {
    this.count++;
    if (nth !== this.#last) this.row = nth === this.#last + 1 ? this.row + 1 : 1;
    this.#last = nth;
  }

  /** On which level this outcome is logged; undefined where it was logged before. @param outcome - a type of message, and what becomes of it */
  level(outcome: string): LogLevel | undefined {
    if (this.#outcomes.has(outcome)) return undefined;
    this.#outcomes.add(outcome);
    return this.#outcomes.size > WARNED ? "debug" : "warn";
  }

  /** The error of the message in [p, end) with its offset counted from the start of the message, and with the path of the field as long as there are not too many. One that came from here is left as it is. */
  explain(e: DecodeError, c: Chunk, p: number, end: number): DecodeError {
    if (e === this.#explained) return e;
    this.#explained = this.#limit.take()
      ? (explainDecode(e, c, p, end) as DecodeError)
      : new DecodeError(e.reason, e.what, Math.max(0, e.offset - p), e.path);
    return this.#explained;
  }
}

/** The line about a message that we failed to handle: what is needed to find out why. */
export function defectLine(name: string, e: unknown, c: Chunk, p: number, end: number): string {
  const frame = e instanceof Error ? /^\s+at .*$/m.exec(e.stack ?? "")?.[0].trim() : undefined;
  const what = `${String(e).replace(/\s+/g, " ")}${frame === undefined ? "" : ` ${frame}`}`;
  const shown = c.u8.subarray(p, Math.min(end, p + SHOWN));
  const cut = end - p > SHOWN ? `… (${end - p} bytes)` : "";
  return `${name}: southbound failed to handle a message, and ends the connection; please report this line: ${what}; the message: ${toHex(shown)}${cut}`;
}

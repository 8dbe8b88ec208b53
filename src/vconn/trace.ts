import type { Chunk } from "../bytes/mod.js";
import type { Clock } from "../clock/mod.js";
import { nearest, SouthboundError } from "../errors/mod.js";
import { MESSAGES, peekMessage } from "../ofp/mod.js";
import { printBytes } from "../ofp/syntax/mod.js";
import type { Log } from "./log.js";
import { RateLimit } from "./rate-limit.js";

/**
 * Sees each message of a connection, with its bytes in [p, end) of the chunk, which are borrowed: those that are sent once they are in the outbox, those that are received before
 * anybody else.
 */
export type Tap = (sent: boolean, c: Chunk, p: number, end: number) => void;

/** Lines a minute and at once: enough to read everything that a person does, and no flood of packet-ins. */
const PER_MINUTE = 600;
const BURST = 10_000;

const DIRECTIONS = ["sent", "received"] as const;

/**
 * Which messages are traced, and where their lines go. A filter is words with commas or blanks between them: types of messages such as `packet-in`, of which only those are shown; `!packet-in`, which is not shown; `sent` or
 * `received`; `peer=TEXT`, part of a connection's name such as `peer=192.0.2.1`. An empty filter shows all.
 */
export class Trace {
  /** The filter, as it was given. */
  readonly filter: string;
  /** Where lines go; undefined: the log of each connection. */
  readonly log: Log | undefined;
  readonly #only = new Set<string>();
  readonly #never = new Set<string>();
  readonly #peers: string[] = [];
  readonly #directions = new Set<string>();

  /** @throws SouthboundError `ERR_USAGE` for a word that is none of a filter, with what may have been meant */
  constructor(filter = "", log?: Log) {
    this.filter = filter;
    this.log = log;
    for (const word of filter.split(/[\s,]+/)) {
      if (word === "") continue;
      if (word.startsWith("peer=")) this.#peers.push(word.slice(5));
      else if ((DIRECTIONS as readonly string[]).includes(word)) this.#directions.add(word);
      else if (word.startsWith("!")) this.#never.add(typeOf(word.slice(1)));
      else this.#only.add(typeOf(word));
    }
  }

  /** Whether a message of a connection is shown. */
  shows(name: string, sent: boolean, c: Chunk, p: number, end: number): boolean {
    if (this.#directions.size === 1 && this.#directions.has("sent") !== sent) return false;
    if (this.#peers.length > 0 && !this.#peers.some((part) => name.includes(part))) return false;
    if (this.#only.size + this.#never.size === 0) return true;
    const { type } = peekMessage(c, p, end);
    return !this.#never.has(type) && (this.#only.size === 0 || this.#only.has(type));
  }
}

let types: ReadonlySet<string> | undefined;

function typeOf(word: string): string {
  types ??= new Set(["unknown", ...MESSAGES.entries.map((entry) => entry.entryName as string)]);
  if (types.has(word)) return word;
  const meant = nearest(word, [...types, ...DIRECTIONS, "peer=TEXT"]);
  const hint = meant.length === 0 ? "" : `: did you mean ${meant.join(" or ")}?`;
  throw new SouthboundError("ERR_USAGE", `a trace has no messages "${word}"${hint}`);
}

/** What is asked for by `trace`: all, nothing, or what a filter shows. @throws SouthboundError `ERR_USAGE` for anything else */
export function traceOf(trace: unknown): Trace | null {
  if (trace === undefined || trace === false) return null;
  if (trace === true) return new Trace();
  if (trace instanceof Trace) return trace;
  throw new SouthboundError("ERR_USAGE", `trace is ${JSON.stringify(trace)}; accepted are true, false and a Trace`);
}

/** A tap that logs the messages of a trace, as `ovs-ofctl` prints them, in Open vSwitch's words, and no more than so many. */
export function traceTo(trace: Trace, fallback: Log | undefined, name: string, clock: Clock): Tap | null {
  const log = trace.log ?? fallback;
  if (log === undefined) return null;
  const limit = new RateLimit(clock, PER_MINUTE, BURST);
  return (sent, c, p, end) => {
    if (!trace.shows(name, sent, c, p, end) || !limit.take()) return;
    const held = limit.held();
    if (held !== undefined) log("debug", `${name}: ${held}`);
    const text = printBytes(c.u8.slice(p, end)).trimEnd();
    log("debug", sent ? `${name}: sent (Success): ${text}` : `${name}: received: ${text}`);
  };
}

/** One tap that calls both. */
export function both(a: Tap | null, b: Tap | null): Tap | null {
  if (a === null || b === null) return a ?? b;
  return (sent, c, p, end) => {
    a(sent, c, p, end);
    b(sent, c, p, end);
  };
}

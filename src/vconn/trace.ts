import type { Chunk } from "../bytes/mod.js";
import type { Clock } from "../clock/mod.js";
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

/** A tap that logs each message on debug level as `ovs-ofctl` prints it, in Open vSwitch's words, and no more than so many. */
export function traceTo(log: Log, name: string, clock: Clock): Tap {
  const limit = new RateLimit(clock, PER_MINUTE, BURST);
  return (sent, c, p, end) => {
    if (!limit.take()) return;
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

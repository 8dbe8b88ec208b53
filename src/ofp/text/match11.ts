import { Chunk } from "../../bytes/mod.js";
import { DecodeError } from "../../errors/mod.js";
import { Match } from "../oxm/match.js";
import { LENGTH11, MATCH11 } from "../oxm/match11.js";
import { refuseMatch } from "./check-match.js";

const codec = MATCH11.codec(2, "interpreted");

/** The match of OpenFlow 1.1 at `p` that is a structure of fixed size, or the name of the error by which Open vSwitch refuses it. */
export function structure11(c: Chunk, p: number): Match | string {
  try {
    const match = codec.decode(c, p, p + LENGTH11);
    return refuseMatch(match, 2) ?? match;
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return e.reason;
  }
}

/**
 * Reads the structure of a match of OpenFlow 1.1, and writes again what it means: without what counts for nothing. Its type and length are not looked at. Answers
 * the name of the error by which Open vSwitch refuses it, if it does.
 * @param bytes - 88 of them
 */
export function rewriteMatch11(bytes: Uint8Array): string | { readonly match: Match; readonly again: Uint8Array } {
  const chunk = new Chunk(bytes.slice());
  chunk.dv.setUint32(0, LENGTH11);
  const match = structure11(chunk, 0);
  if (typeof match === "string") return match;
  codec.encode(chunk, 0, new Match(match.entries));
  return { match, again: chunk.u8 };
}

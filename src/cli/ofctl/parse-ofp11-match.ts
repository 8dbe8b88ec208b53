import { formatMatch, rewriteMatch11 } from "../../ofp/syntax/mod.js";
import { Fatal } from "./fatal.js";
import { differences, hexBytes, inputLines, type Run, write } from "./settings.js";

const LENGTH = 88;

/** Prints each match, and below it what changes when it is read and written again; or why it is refused. */
export const parseOfp11Match: Run = async (_args, { connection: { log } }) => {
  for (const text of await inputLines()) {
    const given = hexBytes(text, "Trailing garbage in hex data");
    if (given.length !== LENGTH) throw new Fatal(`Input is ${given.length} bytes, expected ${LENGTH}`);
    const found = rewriteMatch11(given, log.note);
    if (typeof found === "string") write(`bad ofp11_match: ${found}\n\n`);
    else write(`${formatMatch(found.match, { version: 2 })}\n${differences("", given, found.again)}\n`);
  }
};

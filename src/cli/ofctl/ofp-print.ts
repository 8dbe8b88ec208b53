import { readFileSync } from "node:fs";
import { DecodeError } from "../../errors/mod.js";
import { decodeBytes } from "../../ofp/mod.js";
import { printBytes } from "../../ofp/syntax/mod.js";
import { Fatal } from "./fatal.js";
import { hexBytes, type Run, write } from "./settings.js";

const DEFAULT_VERBOSITY = 2;

/** Prints a message given in hexadecimal. */
export const ofpPrint: Run = ([given = "", verbosity], { json, raw }) => {
  const bytes =
    raw && given === "-" ? readFileSync(0) : hexBytes(given === "-" ? firstLine() : given, "trailing garbage following hex bytes");
  if (json) write(`${JSON.stringify(toJson(bytes))}\n`);
  else write(printBytes(bytes, { verbosity: verbosity === undefined ? DEFAULT_VERBOSITY : Number.parseInt(verbosity, 10) || 0 }));
};

function firstLine(): string {
  const text = readFileSync(0, "latin1");
  if (text === "") throw new Fatal("Failed to read stdin");
  return text.split(/[\0\n]/, 1)[0]!;
}

function toJson(bytes: Uint8Array): unknown {
  try {
    return decodeBytes(bytes);
  } catch (e) {
    if (e instanceof DecodeError) throw new Fatal(e.message);
    throw e;
  }
}

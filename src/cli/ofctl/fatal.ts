import { writeSync } from "node:fs";
import { basename } from "node:path";
import { encodedLength, encodeText } from "../../bytes/mod.js";

/** The name under which the program was started, for its messages. */
export const NAME: string = basename(process.argv[1] ?? "ofctl", ".js");

/** Ends the program with one line and exit status 1. */
export class Fatal extends Error {}

/** Ends the program with an exit status, when all is printed that is to be read. */
export class Exit extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`exit status ${status}`);
    this.status = status;
  }
}

/** The bytes of a text; what was no UTF-8 in a message is the bytes that it was. */
export function encoded(text: string): Uint8Array {
  const bytes = new Uint8Array(encodedLength(text));
  encodeText(text, bytes, 0);
  return bytes;
}

let errorFile: number | undefined;

/** Has what is written to standard error go to a file from now on. @returns the file that it went to before, which is the caller's to close; undefined for standard error itself */
export function redirectErrors(file: number): number | undefined {
  const before = errorFile;
  errorFile = file;
  return before;
}

/** Writes text to standard error. */
export function writeError(text: string): void {
  if (errorFile === undefined) process.stderr.write(encoded(text));
  else {
    try {
      writeSync(errorFile, encoded(text));
    } catch {
      // a full disk, or a pipe whose reader is slow or gone: what it does not take is lost
    }
  }
}

/** Prints a line on standard error, with the name of the program before it. */
export const complain = (text: string): void => writeError(`${NAME}: ${text}\n`);

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

/** Writes text to standard error. */
export function writeError(text: string): void {
  process.stderr.write(encoded(text));
}

/** Prints a line on standard error, with the name of the program before it. */
export const complain = (text: string): void => writeError(`${NAME}: ${text}\n`);

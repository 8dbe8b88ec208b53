import { encodedLength, encodeText } from "../../bytes/mod.js";
import { plainDump } from "../../ofp/text/mod.js";

/** What the options say. */
export interface Settings {
  /** How often `--more` was given. */
  readonly verbosity: number;
  /** Whether JSON is wanted instead of text. */
  readonly json: boolean;
}

/** A command: its arguments and the options. It throws {@link Fatal} for what the user has to change. */
export type Run = (args: readonly string[], settings: Settings) => void | Promise<void>;

/** Ends the program with one line and exit status 1. */
export class Fatal extends Error {}

/** Writes text to standard output; what was no UTF-8 in a message leaves as the bytes that it was. */
export function write(text: string): void {
  const bytes = new Uint8Array(encodedLength(text));
  encodeText(text, bytes, 0);
  process.stdout.write(bytes);
}

/** A dump of what would be sent. A line of eight bytes ends without the mark that stands behind the eighth. */
export const dump = (bytes: Uint8Array): string => plainDump(bytes).replace("-\n", "\n");

const HEX = /^(?:\s*[0-9a-f]{2})*\s*$/i;

/** The bytes that pairs of hexadecimal digits stand for, with white space between them or not. */
export function hexBytes(text: string, complaint: string): Uint8Array {
  if (!HEX.test(text)) throw new Fatal(complaint);
  return Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (pair) => Number.parseInt(pair, 16));
}

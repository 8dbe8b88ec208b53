import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import { SYNTAX_OPTIONS } from "./options.js";
import { readAt, SyntaxFault } from "./syntax-fault.js";

/** How the lines of a file are read. */
export interface LineOptions {
  /** What the text is called in faults; `-`, which is standard input, unless given. */
  readonly file?: string | undefined;
}

/** What {@link LineOptions} has, for its check. */
export const LINE_OPTIONS: OptionTable<LineOptions> = { ...SYNTAX_OPTIONS, file: "string" };

/**
 * Reads each line of a text that has more than white space and a comment, which begins with `#`, as Open vSwitch does with files of flows and groups. A fault begins with the name of the file and the
 * number of the line.
 */
export function readLines<T>(text: string, o: LineOptions, read: (line: string) => T): T[] {
  checkOptions("readLines", o, LINE_OPTIONS);
  const { file = "-" } = o;
  const found: T[] = [];
  let number = 0;
  let line = "";
  const readIt = (): T => read(line);
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    line = withoutComment(text.slice(at, end));
    number++;
    if (!isBlank(line)) found.push(readLine(file, number, at, readIt));
    at = end + 1;
  }
  return found;
}

function isBlank(line: string): boolean {
  for (let i = 0; i < line.length; i++) {
    const c = line.charCodeAt(i);
    if (c !== 0x20 && c !== 9) return false;
  }
  return true;
}

/** A line without what stands behind `#`, or a zero byte, which ends a text for Open vSwitch. */
function withoutComment(line: string): string {
  const hash = line.indexOf("#");
  const text = hash < 0 ? line : line.slice(0, hash);
  const zero = text.indexOf("\0");
  return zero < 0 ? text : text.slice(0, zero);
}

function readLine<T>(file: string, number: number, at: number, read: () => T): T {
  try {
    return readAt(at, read);
  } catch (e) {
    if (!(e instanceof SyntaxFault)) throw e;
    throw new SyntaxFault(`${file}:${number}: ${e.message}`, e.offset, e.hint);
  }
}

import { writeSync } from "node:fs";
import { encodedLength, encodeText } from "../../bytes/mod.js";

/** How much text is collected before it is written. */
const ENOUGH = 0x1_0000;

let pending = "";
let scheduled = false;

/** The bytes of a text; what was no UTF-8 in a message is the bytes that it was. */
export function encoded(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text, "utf8");
  const bytes = new Uint8Array(encodedLength(text));
  encodeText(text, bytes, 0);
  return bytes;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|(?<![\ud800-\udbff])[\udc80-\udcff]/g;

/** A character that is not to reach a terminal, as it is written there: a byte that was no UTF-8 is a lone surrogate. */
function plainControl(c: string): string {
  const code = c.charCodeAt(0);
  return code > 0xff && code < 0xdc00 ? `\\u{${code.toString(16)}}` : `\\x${(code & 0xff).toString(16).padStart(2, "0")}`;
}

/** Text from elsewhere as it may be written to a stream: on a terminal without its control characters, but for ends of lines and tabs. */
const shownOn = (stream: NodeJS.WriteStream, text: string): string => (stream.isTTY === true ? text.replace(CONTROLS, plainControl) : text);

/** Text from elsewhere, as it may be written to standard output. */
export const shown = (text: string): string => shownOn(process.stdout, text);

/** A value in JSON or YAML on a terminal: their own escapes in the place of control characters. */
const shownValue = (text: string): string =>
  process.stdout.isTTY === true ? text.replace(CONTROLS, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`) : text;

/** Writes what is still collected to standard output. */
export function flush(): void {
  if (pending === "") return;
  const text = pending;
  pending = "";
  process.stdout.write(encoded(text));
}

/** How what is printed is written. */
export type Format = "text" | "json" | "ndjson" | "yaml";

/** The formats that `--format` takes. */
export const FORMATS: readonly Format[] = ["text", "json", "ndjson", "yaml"];

/** Writes one value in the format that was asked for. */
type WriteValue = (value: unknown, first: boolean) => void;

let format: Format = "text";
let writeValue: WriteValue | undefined;
let values = 0;
let rest = "";

/** Whether values are written and not text. */
export const structured = (): boolean => writeValue !== undefined;

/** Chooses the format of everything that is printed from here on. What writes YAML is loaded only for it. */
export async function setFormat(wanted: Format): Promise<void> {
  format = wanted;
  if (wanted === "json") writeValue = (value, first) => out(`${first ? "[" : ","}\n${shownValue(JSON.stringify(value))}`);
  else if (wanted === "ndjson") writeValue = (value) => out(`${shownValue(JSON.stringify(value))}\n`);
  else if (wanted === "yaml") {
    const { stringify } = await import("yaml");
    // what toJSON() makes of a message is what is written
    writeValue = (value) => out(`---\n${shownValue(stringify(JSON.parse(JSON.stringify(value)), { lineWidth: 0 }))}`);
  } else writeValue = undefined;
}

/** Prints a value: an object of `--format`, or else the text for it. */
export function emit(value: () => unknown, text: () => string): void {
  if (writeValue === undefined) out(text());
  else writeValue(value(), values++ === 0);
}

/** Prints the one value that there is: in JSON an object and no list. */
export function emitOnly(value: () => unknown, text: () => string): void {
  if (format !== "json") {
    emit(value, text);
    return;
  }
  out(`${shownValue(JSON.stringify(value()))}\n`);
  format = "text";
}

/** Writes text to standard output; where values are asked for, each line of it becomes one: `{"text":"..."}`. */
export function write(text: string): void {
  if (writeValue === undefined) {
    out(shown(text));
    return;
  }
  const lines = (rest + text).split("\n");
  rest = lines.pop()!;
  for (const line of lines) writeValue({ text: line }, values++ === 0);
}

/** Writes what ends the output. */
export function finish(): void {
  if (rest !== "") write("\n");
  if (format === "json") out(values === 0 ? "[]\n" : "\n]\n");
  flush();
}

/** Writes text to standard output as it is: in large pieces, at the latest when the program waits for something, writes to standard error, or ends. */
export function out(text: string): void {
  pending += text;
  if (pending.length >= ENOUGH) flush();
  else if (!scheduled) {
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      flush();
    });
  }
}

let errorFile: number | undefined;

/** Has what is written to standard error go to a file from now on. @returns the file that it went to before, which is the caller's to close; undefined for standard error itself */
export function redirectErrors(file: number): number | undefined {
  const before = errorFile;
  errorFile = file;
  return before;
}

/** Writes text to standard error, behind what standard output was given before. */
export function writeError(text: string): void {
  flush();
  if (errorFile === undefined) process.stderr.write(encoded(shownOn(process.stderr, text)));
  else {
    try {
      writeSync(errorFile, encoded(text));
    } catch {
      // a full disk, or a pipe whose reader is slow or gone: what it does not take is lost
    }
  }
}

import { Option } from "commander";
import type { Log, LogLevel } from "../../vconn/mod.js";

/** What `--log-level` takes: lines of that level and above are shown. */
export type LogThreshold = LogLevel | "silent";

const RANK: Readonly<Record<LogThreshold, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };
const COLOUR: Readonly<Record<LogLevel, string>> = { debug: "\x1b[2m", info: "", warn: "\x1b[33m", error: "\x1b[31m" };

/** The `--log-level` option that every command has. */
export function logLevelOption(preset: LogThreshold = "info"): Option {
  return new Option("--log-level <level>", "how much is logged, on standard error").choices(Object.keys(RANK)).default(preset);
}

/** One line of a log. */
export interface LogLine {
  /** Local time, `HH:MM:SS.mmm`. */
  readonly time: string;
  readonly level: LogLevel;
  /** Without control characters. */
  readonly text: string;
}

const two = (n: number) => String(n).padStart(2, "0");

/** The local time of day, `HH:MM:SS.mmm`. */
export function timeOfDay(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** Makes text safe for a terminal: what a peer has put into a message must not steer it. Line feeds become `; `. */
export function printable(text: string): string {
  return (
    text
      .trimEnd()
      .replace(/\s*\n\s*/g, "; ")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
      .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`)
  );
}

/** Whether to colour what goes to a stream: a terminal, where neither NO_COLOR nor TERM=dumb asks for none (https://no-color.org). */
export function coloured(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** A log that hands lines of `threshold` and above to `sink`. */
export function logTo(threshold: LogThreshold, sink: (line: LogLine) => void): Log {
  const least = RANK[threshold];
  return (level, text) => {
    if (RANK[level] >= least) sink({ time: timeOfDay(new Date()), level, text: printable(text) });
  };
}

/** A line as it is written: `12:00:00.000 info  text`. */
export function formatLine({ time, level, text }: LogLine, colour: boolean): string {
  const line = `${time} ${level.padEnd(5)} ${text}`;
  return colour && COLOUR[level] !== "" ? `${COLOUR[level]}${line}\x1b[0m` : line;
}

/** The log of a command: lines on standard error, coloured on a terminal. */
export function stderrLog(threshold: LogThreshold): Log {
  const colour = coloured(process.stderr);
  return logTo(threshold, (line) => process.stderr.write(`${formatLine(line, colour)}\n`));
}

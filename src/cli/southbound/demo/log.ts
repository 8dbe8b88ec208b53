import type { Log } from "../../../vconn/mod.js";
import { coloured, formatLine, type LogLine, type LogThreshold, logTo } from "../logging.js";

/** How many lines are kept for the picture. */
const KEPT = 200;

/** The log of the demo. */
export interface DemoLog {
  readonly log: Log;
  /** The last lines, oldest first. */
  readonly lines: readonly LogLine[];
  /** Writes the warnings and errors that the picture alone has shown, for when it is gone. */
  flush(): void;
}

/** A log that keeps its last lines, and writes them on standard error unless the picture is on the same terminal. */
export function demoLog(threshold: LogThreshold, live: boolean): DemoLog {
  const lines: LogLine[] = [];
  const colour = coloured(process.stderr);
  const shared = live && process.stderr.isTTY;
  const write = (line: LogLine) => process.stderr.write(`${formatLine(line, colour)}\n`);
  const log = logTo(threshold, (line) => {
    lines.push(line);
    if (lines.length > KEPT) lines.shift();
    if (!shared) write(line);
  });
  const flush = () => {
    if (shared) for (const line of lines) if (line.level === "warn" || line.level === "error") write(line);
  };
  return { log, lines, flush };
}

import { format } from "node:util";
import type { Log, LogLevel } from "../../../vconn/mod.js";

const LEVELS = { log: "info", info: "info", debug: "debug", warn: "warn", error: "error" } as const satisfies Record<string, LogLevel>;

/** Until disposed of, what applications print by `console` becomes lines of the log: standard output is the picture's, or the summary's. */
export class AppConsole implements Disposable {
  readonly #before = Object.keys(LEVELS).map((name) => [name, console[name as keyof typeof LEVELS]] as const);

  constructor(log: Log) {
    for (const [name, level] of Object.entries(LEVELS)) {
      console[name as keyof typeof LEVELS] = (...args: unknown[]) => log(level, format(...args));
    }
  }

  [Symbol.dispose](): void {
    for (const [name, print] of this.#before) console[name as keyof typeof LEVELS] = print;
  }
}

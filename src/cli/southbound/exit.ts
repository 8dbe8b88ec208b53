import { InvalidArgumentError } from "commander";
import { SouthboundError } from "../../errors/mod.js";

/** How a command ended: 0 well, 1 something failed, 2 the words of the command line were wrong. */
export type ExitStatus = 0 | 1 | 2;

/** An end that is reported to the user in one line, which says what to do. A command throws it; `main` prints it and ends with its status. */
export class CommandError extends Error {
  readonly status: 1 | 2;

  constructor(status: 1 | 2, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.name = "CommandError";
  }
}

/** The error of something that failed: status 1. */
export function failure(message: string, cause?: unknown): CommandError {
  return new CommandError(1, message, cause === undefined ? undefined : { cause });
}

/** The error of wrong words: status 2. */
export function usage(message: string): CommandError {
  return new CommandError(2, message);
}

/** The one line of any error: its message, or its text where it is no Error. */
export function lineOf(e: unknown): string {
  const text = e instanceof Error ? e.message || e.name : String(e);
  return text.trim().replace(/\s*\n\s*/g, "; ");
}

/** Makes a reader of option values out of one that throws SouthboundError, so that a wrong value is reported as wrong words. */
export function value<T>(read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (e) {
      // the errno's text in brackets at the end tells nothing new here
      if (SouthboundError.is(e)) throw new InvalidArgumentError(`${e.message.replace(/ \([^()]*\)$/, "")}.`);
      throw e;
    }
  };
}

/** As {@link value}, for options that may be given several times. */
export function values<T>(read: (text: string) => T): (text: string, before: readonly T[] | undefined) => T[] {
  const one = value(read);
  return (text, before) => [...(before ?? []), one(text)];
}

/** A reader of decimal numbers from `min` to `max`; `whole` refuses fractions. `unit` is for the message: "seconds". */
export function number(unit: string, min: number, max: number, whole = false): (text: string) => number {
  return (text) => {
    const n = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (n >= min && n <= max && (!whole || Number.isInteger(n))) return n;
    throw new InvalidArgumentError(`It takes ${whole ? "a whole number" : "a number"} of ${unit} from ${min} to ${max}.`);
  };
}

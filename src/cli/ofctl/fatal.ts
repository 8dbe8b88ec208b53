import { basename } from "node:path";
import { writeError } from "./output.js";

export { redirectErrors, writeError } from "./output.js";

/** The name under which the program was started, for its messages. */
export const NAME: string = basename(process.argv[1] ?? "ofctl", ".js");

/** Ends the program with one line and exit status 1. */
export class Fatal extends Error {
  /** What may help, in a line of its own that ovs-ofctl does not have; empty where nothing will. */
  readonly hint: string;

  constructor(message: string, hint = "") {
    super(message);
    this.hint = hint;
  }
}

/** Ends the program with an exit status, when all is printed that is to be read. */
export class Exit extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`exit status ${status}`);
    this.status = status;
  }
}

/** Ends the program with its help. */
export class HelpAsked extends Error {}

/** Prints a line on standard error, with the name of the program before it. */
export const complain = (text: string): void => writeError(`${NAME}: ${text}\n`);

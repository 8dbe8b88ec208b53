import { type Command, CommanderError } from "commander";
import { CommandError, type ExitStatus, lineOf } from "./exit.js";

/** What all commands have in common: nothing is printed for wrong words but the one line of {@link verdict}, and no call ends the process. */
export function settle(command: Command): Command {
  for (const option of command.options) {
    // The help shows presets as JSON, which has no bigints.
    if (typeof option.defaultValue === "bigint") option.defaultValueDescription ??= String(option.defaultValue);
  }
  return command
    .helpOption("-h, --help", "show this help")
    .configureOutput({ outputError: () => {} })
    .exitOverride();
}

/**
 * How a command ends that has thrown, and the line for standard error; empty where there is none.
 * @param program - the command as the user calls it, for the reference to its help
 */
export function verdict(e: unknown, program: string): { readonly status: ExitStatus; readonly line: string } {
  if (e instanceof CommandError) return { status: e.status, line: e.message };
  if (e instanceof CommanderError) {
    if (e.exitCode === 0) return { status: 0, line: "" };
    const what = lineOf(e)
      .replace(/^error: /, "")
      .replace(/[.;]\s*\(/, " (")
      .replace(/\.$/, "");
    return { status: 2, line: `${what}; see "${program} --help"` };
  }
  return { status: 1, line: e instanceof Error ? (e.stack ?? e.message) : String(e) };
}

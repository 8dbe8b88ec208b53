import { type Command, CommanderError } from "commander";
import { CommandError, type ExitStatus, lineOf } from "./exit.js";

/** What a command and all below it have in common: nothing is printed for wrong words but the one line of {@link verdict}, and no call ends the process. */
export function settle(command: Command): Command {
  for (const option of command.options) {
    // The help shows presets as JSON, which has no bigints.
    if (typeof option.defaultValue === "bigint") option.defaultValueDescription ??= String(option.defaultValue);
  }
  for (const below of command.commands) settle(below);
  return command
    .helpCommand(false)
    .helpOption("-h, --help", "show this help")
    .configureOutput({ outputError: () => {}, writeErr: () => {} })
    .exitOverride();
}

const HELP: ReadonlySet<string> = new Set(["-h", "--help"]);

/** What the first words of a command line name. */
export interface Reached {
  /** The command, however deep, whose page helps with the words behind it. */
  readonly command: Command;
  /** The words to parse. Help is not given for a command that there is not. */
  readonly words: readonly string[];
}

/** Follows the names of commands at the front of a command line. */
export function reach(program: Command, words: readonly string[]): Reached {
  let command = program;
  for (const word of words) {
    if (HELP.has(word)) continue;
    const below = command.commands.find((one) => one.name() === word);
    if (below === undefined) {
      const unknown = !word.startsWith("-") && command.commands.length > 0;
      return { command, words: unknown ? words.filter((one) => !HELP.has(one)) : words };
    }
    command = below;
  }
  return { command, words };
}

/** How a command line ended: its status, and the line for standard error; empty where there is none. */
export interface Verdict {
  readonly status: ExitStatus;
  readonly line: string;
}

/**
 * How a command ends that has thrown. Wrong words of every kind have status 2, and a line that ends with the page that helps.
 * @param command - the command that the words have reached
 */
export function verdict(e: unknown, command: Command): Verdict {
  const page = `see "${nameOf(command)} --help"`;
  const wrong = (what: string): Verdict => ({ status: 2, line: `${what}; ${page}` });
  if (e instanceof CommandError) return e.status === 2 ? wrong(e.message) : { status: 1, line: e.message };
  if (e instanceof CommanderError) {
    if (e.exitCode === 0) return { status: 0, line: "" };
    if (e.code === "commander.help") return wrong(`name a command: ${command.commands.map((below) => below.name()).join(", ")}`);
    const what = lineOf(e)
      .replace(/^error: /, "")
      .replace(/[.;]\s*\(/, " (")
      .replace(/\.$/, "");
    return wrong(what);
  }
  return { status: 1, line: e instanceof Error ? (e.stack ?? e.message) : String(e) };
}

/** A command as the user calls it: `southbound pki init`. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

/**
 * The command line `ofctl`, in the words of `ovs-ofctl`. Commands are loaded when they are asked for, so that the others cost no time.
 * Floor 6: imports every room.
 * @packageDocumentation
 */
import { nearest } from "../errors/mod.js";
import { COMMANDS } from "./ofctl/commands.js";
import { complain, Exit, Fatal, HelpAsked, NAME } from "./ofctl/fatal.js";
import { readOptions } from "./ofctl/options.js";
import { finish, setFormat, write } from "./ofctl/output.js";
import type { Settings } from "./ofctl/settings.js";
import { Vlog } from "./ofctl/vlog.js";

/**
 * Runs a command.
 * @param words - the command line, without the program's name
 * @returns the exit status: 0, or 1 for anything that went wrong, or what the command has for it
 */
export async function main(words: readonly string[]): Promise<number> {
  process.stdout.on("error", stopWriting);
  process.stderr.on("error", stopWriting);
  try {
    const { words: plain, settings } = await readOptions(words, new Vlog(NAME));
    const [name, ...args] = plain;
    await setFormat(settings.format);
    if (settings.filter !== undefined || settings.highlight !== undefined) await checkChoice(name);
    // Loaded for those who name it.
    if (args.some((word) => /^p?memif:/.test(word))) (await import("../memif/mod.js")).registerMemif();
    await run(name, args, settings);
    return 0;
  } catch (e) {
    if (e instanceof Exit) return e.status;
    if (e instanceof HelpAsked) {
      write((await import("./ofctl/help.js")).helpText(COMMANDS));
      return 0;
    }
    if (!(e instanceof Fatal)) throw e;
    complain(e.message);
    if (e.hint !== "" && (process.stderr.isTTY === true || words.includes("--hints"))) complain(e.hint);
    return 1;
  } finally {
    finish();
  }
}

/** Refuses expressions for flows where none are printed. */
async function checkChoice(name: string | undefined): Promise<void> {
  const { WITH_FLOWS } = await import("./ofctl/choice.js");
  if (name === undefined || WITH_FLOWS.has(name)) return;
  throw new Fatal(`--filter and --highlight are for commands that print flows: ${[...WITH_FLOWS].join(", ")}`);
}

/** Ends quietly once the reader of the output is gone. */
function stopWriting(e: NodeJS.ErrnoException): void {
  if (e.code !== "EPIPE") throw e;
  process.exit(1);
}

async function run(name: string | undefined, args: readonly string[], settings: Settings): Promise<void> {
  const { daemon, readOnly } = settings;
  if (daemon.user !== undefined) (await import("./ofctl/user.js")).become(daemon.user);
  if (name === undefined) throw new Fatal("missing command name; use --help for help");
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const near = nearest(name, Object.keys(COMMANDS));
    throw new Fatal(`unknown command '${name}'; use --help for help`, near.length === 0 ? "" : `did you mean ${near.join(" or ")}?`);
  }
  const [min, max] = command.args;
  if (args.length < min) throw new Fatal(`'${name}' command requires at least ${min} arguments`);
  if (args.length > max) throw new Fatal(`'${name}' command takes at most ${max} arguments`);
  if (command.changes === true && readOnly) throw new Fatal(`'${name}' command does not work in read only mode`);
  await (await command.load())(args, settings);
}

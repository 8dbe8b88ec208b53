/**
 * The command line `ofctl`, in the words of `ovs-ofctl`. Commands are loaded when they are asked for, so that the others cost no time.
 * Floor 6: imports every room.
 * @packageDocumentation
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { SouthboundError } from "../errors/mod.js";
import type { SortKey } from "../ofp/syntax/mod.js";
import { argumentsOf, COMMANDS, NOT_YET } from "./ofctl/commands.js";
import { type ConnectionWords, connectionOf, connectionOptions, setTimeLimit, verboseWords } from "./ofctl/connection-options.js";
import { complain, Exit, Fatal, NAME } from "./ofctl/fatal.js";
import { flowFormatsOf, versionsWithBundles } from "./ofctl/flow-formats.js";
import type { Settings } from "./ofctl/settings.js";
import { Vlog } from "./ofctl/vlog.js";

const VERSION = (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;

/**
 * Runs a command.
 * @param words - the command line, without the program's name
 * @returns the exit status: 0, or 1 for anything that went wrong, or what the command has for it
 */
export async function main(words: readonly string[]): Promise<number> {
  process.stdout.on("error", stopWriting);
  try {
    const program = makeProgram();
    const log = new Vlog(NAME);
    const { words: plain, keys } = sortWords(verboseWords(words, log));
    program.parse(plain, { from: "user" });
    const [name, ...args] = program.args;
    const { more, format, flowFormat, protocols, ...options } = program.opts<Options>();
    const connection = { ...options, protocols: options.bundle ? versionsWithBundles(protocols) : protocols };
    setTimeLimit(connection, log);
    const flowFormats = flowFormatsOf(flowFormat, connection.protocols);
    // Loaded for those who name it.
    if (args.some((word) => /^p?memif:/.test(word))) (await import("../memif/mod.js")).registerMemif();
    if (keys.length > 0) await checkKeys(keys);
    const settings = { ...options, verbosity: more, json: format === "json", sort: keys, flowFormats };
    await run(name, args, { ...settings, connection: connectionOf(connection, log) });
    return 0;
  } catch (e) {
    if (e instanceof CommanderError) return e.exitCode;
    if (e instanceof Exit) return e.status;
    if (!(e instanceof Fatal)) throw e;
    complain(e.message);
    return 1;
  }
}

/** What was given for the options, in the words of commander. */
interface Options extends ConnectionWords {
  readonly more: number;
  readonly format: string;
  readonly raw: boolean;
  readonly pcap: boolean;
  readonly strict: boolean;
  readonly bundle: boolean;
  readonly mayCreate: boolean;
  readonly readd: boolean;
  readonly names: boolean | undefined;
  readonly stats: boolean;
  readonly timestamp: boolean;
  readonly flowFormat: string;
}

/** Takes the keys by which flows are sorted out of the words: they may be given many times, and their value only behind `=`. */
function sortWords(words: readonly string[]): { readonly words: readonly string[]; readonly keys: readonly SortKey[] } {
  const keys: SortKey[] = [];
  const end = words.indexOf("--");
  const rest = words.filter((word, i) => {
    const key = end >= 0 && i > end ? null : /^--(r?)sort(?:=(.*))?$/s.exec(word);
    if (key !== null) keys.push({ by: key[2] ?? "priority", descending: key[1] === "r" });
    return key === null;
  });
  return { words: rest, keys };
}

async function checkKeys(keys: readonly SortKey[]): Promise<void> {
  const { checkSortKeys } = await import("../ofp/syntax/mod.js");
  try {
    checkSortKeys(keys);
  } catch (e) {
    throw SouthboundError.is(e) ? new Fatal(e.message) : e;
  }
}

/** Ends quietly once the reader of the output is gone. */
function stopWriting(e: NodeJS.ErrnoException): void {
  if (e.code !== "EPIPE") throw e;
  process.exit(1);
}

function makeProgram(): Command {
  const program = new Command(NAME)
    .description("OpenFlow from the command line, in the words of ovs-ofctl.")
    .usage("[OPTIONS] COMMAND [ARG...]")
    .argument("[command...]")
    .option("-m, --more", "print more; give it again for more yet", (_: string, before: number) => before + 1, 0)
    .option("--format <form>", "text, or json for ofp-print", "text")
    .option("-F, --flow-format <list>", "the flow formats that may be used, such as nxm or oxm, divided by commas", "any")
    .option("--raw", "let ofp-print - read bytes instead of hexadecimal digits", false)
    .option("--pcap", "let compose-packet write a packet capture and not hexadecimal digits", false)
    .option("--strict", "change only flows of the same priority and match; let parse-nx-match and parse-oxm refuse unknown fields", false)
    .option("--bundle", "make all changes of a command in one bundle, or none", false)
    .option("--may-create", "let mod-group add a group that is not there", false)
    .option("--readd", "let replace-flows send flows again that are there already", false)
    .option("--names", "print names of ports and tables, also where output is no terminal")
    .option("--no-names", "neither print nor ask for names of ports and tables")
    .option("--no-stats", "let dump-flows leave counters and ages out")
    .option("--stats", "let dump-flows print counters and ages", true)
    .option("--sort [=FIELD]", "let dump-flows sort by a field, or by priority; give it again for more keys")
    .option("--rsort [=FIELD]", "the same in descending order")
    .option("--timestamp", "tell the time of each message that snoop and ofp-parse-pcap print", false)
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", () => `\nCommands:\n${helpLines()}`)
    .configureOutput({ outputError: (text, write) => write(`${NAME}: ${messageOf(text)}\n`) })
    .exitOverride();
  for (const option of connectionOptions()) program.addOption(option);
  program.on("option:format", (form: string) => {
    if (form !== "text" && form !== "json") throw new Fatal(`--format takes text or json, not '${form}'`);
  });
  return program;
}

const helpLines = (): string =>
  Object.entries(COMMANDS)
    .map(([name, c]) => `  ${`${name} ${c.usage}`.padEnd(34)}${c.summary}\n`)
    .join("");

/** What is wrong with the options, as ovs-ofctl says it. */
function messageOf(text: string): string {
  const plain = text.trim().replace(/^error: /, "");
  const unknown = /^unknown option '([^']*)'/.exec(plain);
  return unknown === null ? plain : `unrecognized option '${unknown[1]}'`;
}

async function run(name: string | undefined, args: readonly string[], settings: Settings): Promise<void> {
  if (name === undefined) throw new Fatal("missing command name; use --help for help");
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    if (NOT_YET.has(name)) throw new Fatal(`'${name}' is not there yet: use ovs-ofctl for it; use --help for the commands that are there`);
    throw new Fatal(`unknown command '${name}'; use --help for help`);
  }
  const [min, max] = argumentsOf(command);
  if (args.length < min) throw new Fatal(`'${name}' command requires at least ${min} arguments`);
  if (args.length > max) throw new Fatal(`'${name}' command takes at most ${max} arguments`);
  await (await command.load())(args, settings);
}

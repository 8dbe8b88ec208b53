/**
 * The command line `southbound`. Commands are loaded when they are asked for, so that the others cost no time.
 * Floor 6: imports every room.
 * @packageDocumentation
 */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { type ExitStatus, usage } from "./southbound/exit.js";
import { settle, verdict } from "./southbound/program.js";

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  demo: {
    summary: "run a controller and a small network of switches and hosts, and watch it",
    load: async () => (await import("./southbound/demo.js")).demoCommand(),
  },
  controller: {
    summary: "serve OpenFlow switches with applications",
    load: async () => (await import("./southbound/controller.js")).controllerCommand(),
  },
  switch: {
    summary: "run a switch in software, with hosts behind its ports",
    load: async () => (await import("./southbound/switch.js")).switchCommand(),
  },
  memif: {
    summary: "exchange packets with other programs through shared memory",
    load: async () => (await import("./southbound/memif.js")).memifCommand(),
  },
  pki: {
    summary: "make the certificates of OpenFlow over TLS",
    load: async () => (await import("./southbound/pki.js")).pkiCommand(),
  },
  record: {
    summary: "stand between switches and a controller and record what they say",
    load: async () => (await import("./southbound/record.js")).recordCommand(),
  },
  replay: {
    summary: "print the messages of a capture, or play one side of it to a live peer",
    load: async () => (await import("./southbound/replay.js")).replayCommand(),
  },
};

const VERSION = (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;

/**
 * Runs a command.
 * @param words - the command line, without the program's name
 * @returns the exit status; nothing is left open
 */
export async function main(words: readonly string[]): Promise<ExitStatus> {
  // A reader that has seen enough, such as head, closes our output: nothing to report to anybody.
  process.stdout.on("error", (e: NodeJS.ErrnoException) => {
    if (e.code !== "EPIPE") throw e;
  });
  try {
    // Loaded for those who name it.
    if (words.some((word) => word.includes("memif:"))) (await import("../memif/mod.js")).registerMemif();
    const line = words[0] === "help" ? helpWords(words.slice(1)) : words;
    if (line.length === 0) throw usage(`name a command: ${Object.keys(COMMANDS).join(", ")}; see "southbound --help"`);
    await (await makeProgram(line)).parseAsync(line, { from: "user" });
    return 0;
  } catch (e) {
    const name = words.find((word) => Object.hasOwn(COMMANDS, word));
    const { status, line } = verdict(e, name === undefined ? "southbound" : `southbound ${name}`);
    if (line !== "") process.stderr.write(`southbound: ${line}\n`);
    return status;
  }
}

/** `help` and `help COMMAND` in options. */
function helpWords(words: readonly string[]): string[] {
  const unknown = words.find((word) => !Object.hasOwn(COMMANDS, word));
  if (unknown !== undefined) throw usage(`there is no command '${unknown}' to tell about; see "southbound --help"`);
  return [...words.slice(0, 1), "--help"];
}

/** The program with all commands; those that `words` do not name are there for the help alone. */
async function makeProgram(words: readonly string[]): Promise<Command> {
  const program = settle(new Command("southbound"))
    .description("OpenFlow controllers and switches: run them, connect them, measure them.")
    .version(VERSION)
    .helpCommand(false)
    .addHelpText("after", '\n"southbound COMMAND --help" tells about one command.');
  const named = new Set(words.filter((word) => !word.startsWith("-")).slice(0, 2));
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = named.has(name) ? await load() : new Command(name).usage("[options]");
    program.addCommand(settle(command).summary(summary));
  }
  return program;
}

/**
 * The command line `southbound`. Commands are loaded when they are asked for, so that the others cost no time.
 * Floor 6: imports every room.
 * @packageDocumentation
 */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import type { ExitStatus } from "./southbound/exit.js";
import { reach, settle, type Verdict, verdict } from "./southbound/program.js";

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
  const { status, line } = await runWords(words);
  if (line !== "") process.stderr.write(`southbound: ${line}\n`);
  return status;
}

/** As {@link main}, and hands back the line of what went wrong. */
export async function runWords(words: readonly string[]): Promise<Verdict> {
  const line = words[0] === "help" ? [...words.slice(1), "--help"] : words;
  // Loaded for those who name it.
  if (line.some((word) => word.includes("memif:"))) (await import("../memif/mod.js")).registerMemif();
  const program = await makeProgram(new Set(line.filter((word) => !word.startsWith("-")).slice(0, 1)));
  const reached = reach(program, line);
  try {
    await program.parseAsync(reached.words, { from: "user" });
    return { status: 0, line: "" };
  } catch (e) {
    return verdict(e, reached.command);
  }
}

/** The program with all commands; those that are not `named` are there for the help alone. @param named - all of them unless given */
export async function makeProgram(named: ReadonlySet<string> = new Set(Object.keys(COMMANDS))): Promise<Command> {
  const program = settle(new Command("southbound"))
    .description("OpenFlow controllers and switches: run them, connect them, measure them.")
    .version(VERSION)
    .addHelpText("after", '\n"southbound COMMAND --help" tells about one command.');
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = named.has(name) ? await load() : new Command(name).usage("[options]");
    program.addCommand(settle(command).summary(summary));
  }
  return program;
}

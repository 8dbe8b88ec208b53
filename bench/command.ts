import { cpus } from "node:os";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { type Version, versionName, versionsIn } from "southbound/schema";
import { parseActive } from "southbound/stream";
import { failure, lineOf, number, values } from "../src/cli/southbound/exit.js";
import { type LogThreshold, logLevelOption, stderrLog } from "../src/cli/southbound/logging.js";
import { stopOnSignal } from "../src/cli/southbound/signals.js";
import type { Mode } from "./load.js";
import type { BenchOptions, Outcome } from "./suite.js";
import { SUITES } from "./suites.js";

interface Words {
  readonly target?: readonly string[];
  readonly versions: readonly Version[];
  readonly mode?: Mode;
  readonly switches?: readonly number[];
  readonly macs: number;
  readonly seconds?: number;
  readonly loops?: number;
  readonly warmup?: number;
  readonly quick?: true;
  readonly full?: true;
  readonly json?: true;
  readonly logLevel: LogThreshold;
}

const NAMES = Object.keys(SUITES);

/** What is measured when nothing is named. */
const DEFAULT: readonly string[] = NAMES.slice(0, 1);

function suites(name: string, before: readonly string[] | undefined): string[] {
  if (!Object.hasOwn(SUITES, name)) throw new InvalidArgumentError(`There is: ${NAMES.join(", ")}.`);
  return before === undefined || before === DEFAULT ? [name] : [...before, name];
}

function versions(text: string): Version[] {
  const named = text.split(",").map((word): Version => {
    const found = /^1\.[0-5]$/.test(word) ? versionsIn(word as "1.0")[0] : undefined;
    if (found !== 1 && found !== 4) throw new InvalidArgumentError("The load generator speaks 1.0 and 1.3.");
    return found;
  });
  return [...new Set(named)];
}

const oneCount = number("switches", 1, 1000, true);

function target(text: string): string {
  const { syntax, name } = parseActive(text);
  if (syntax === "other") throw new InvalidArgumentError("The load generator connects by tcp: and unix:.");
  return name;
}

function optionsOf(words: Words): BenchOptions {
  const quick = words.quick === true;
  return {
    targets: words.target ?? [],
    versions: words.versions,
    modes: words.mode === undefined ? ["throughput", "latency"] : [words.mode],
    switches: words.switches ?? (quick ? [16] : words.full === true ? [1, 16, 64, 1000] : [1, 16]),
    macs: words.macs,
    seconds: words.seconds ?? (quick ? 0.1 : 0.4),
    loops: words.loops ?? (quick ? 3 : 5),
    warmup: words.warmup ?? (quick ? 2 : 3),
    quick,
  };
}

async function bench(names: readonly string[], words: Words): Promise<void> {
  const options = optionsOf(words);
  using stop = stopOnSignal();
  const tty = process.stderr.isTTY === true;
  const clear = (): void => {
    if (tty) process.stderr.write("\r\x1b[K");
  };
  const log = stderrLog(words.logLevel);
  const progress = (text: string): void => {
    clear();
    log("info", text);
    if (tty) process.stderr.write(text);
  };
  const outcomes: Outcome[] = [];
  try {
    for (const name of names) outcomes.push(await SUITES[name]!.run(options, progress, stop.signal));
  } catch (e) {
    if (stop.signal.aborted) throw failure("stopped before the measurements were done");
    throw failure(lineOf(e), e);
  } finally {
    clear();
  }
  if (words.json === true) {
    const { versions: _, ...rest } = options;
    const machine = { node: process.versions.node, platform: process.platform, cores: cpus().length, cpu: cpus()[0]?.model ?? "" };
    const results = outcomes.flatMap((o) => o.results);
    process.stdout.write(
      `${JSON.stringify({ machine, options: { ...rest, versions: options.versions.map(versionName) }, results }, null, 2)}\n`,
    );
    return;
  }
  process.stdout.write(`${outcomes.map((o) => o.lines.join("\n")).join("\n\n")}\n`);
}

/** `npm run bench`: the load generator, and what it is turned on. Throws CommandError. */
export function benchCommand(): Command {
  return new Command("bench")
    .summary("measure controllers under load")
    .description(
      `Measures controllers under the load of many simulated switches, and prints a table. Figures are medians; nothing is judged by them.\n\nSuites:\n${NAMES.map((n) => `  ${n}: ${SUITES[n]!.summary}`).join("\n")}`,
    )
    .addArgument(new Argument("[suite...]", "what to measure").argParser(suites).default(DEFAULT))
    .addOption(
      new Option(
        "--target <target>",
        "a controller that runs already, tcp:HOST[:PORT] or unix:FILE, in place of ours; repeatable",
      ).argParser(values(target)),
    )
    .addOption(new Option("--versions <list>", "OpenFlow versions").argParser(versions).default([1, 4], "1.0,1.3"))
    .addOption(
      new Option("--mode <mode>", "only this mode: many packet-ins under way for each switch, or one").choices(["throughput", "latency"]),
    )
    .addOption(new Option("--switches <n>", "how many switches; repeatable (default: 1 and 16)").argParser(values(oneCount)))
    .addOption(new Option("--macs <m>", "hosts behind each switch").argParser(number("hosts", 8, 100_000, true)).default(1000))
    .addOption(new Option("--seconds <s>", "length of a loop (default: 0.4)").argParser(number("seconds", 0.01, 3600)))
    .addOption(new Option("--loops <l>", "loops whose median counts (default: 5)").argParser(number("loops", 1, 1000, true)))
    .addOption(new Option("--warmup <l>", "loops before them (default: 3)").argParser(number("loops", 0, 1000, true)))
    .addOption(new Option("--quick", "few and short measurements, in less than 20 seconds").conflicts("full"))
    .option("--full", "64 and 1,000 switches as well")
    .option("--json", "print JSON")
    .addOption(logLevelOption("warn"))
    .action(bench);
}

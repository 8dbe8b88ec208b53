import { Command } from "commander";
import { systemClock } from "../../clock/mod.js";
import type { Controller } from "../../controller/mod.js";
import { parsePassive, type Target, targetUsage } from "../../stream/mod.js";
import type { Log } from "../../vconn/mod.js";
import { AppFaults } from "./app-faults.js";
import { DEFAULT_APP, loadApps } from "./apps.js";
import { AppConsole } from "./demo/app-console.js";
import { demoLog } from "./demo/log.js";
import { type Network, startNetwork } from "./demo/network.js";
import { drawPicture } from "./demo/picture.js";
import { Pinger } from "./demo/pinger.js";
import { Pings } from "./demo/pings.js";
import { type DemoState, progressLine, type Summary, summaryLines, summaryOf } from "./demo/summary.js";
import { Watch } from "./demo/watch.js";
import { failure, number, value, values } from "./exit.js";
import { coloured, type LogLine, type LogThreshold, logLevelOption } from "./logging.js";
import { addTlsOptions, type ProcessTlsWords, useTlsOptions } from "./process-tls.js";
import { glyphs, Screen } from "./screen.js";
import { reachable, serve } from "./serving.js";
import { stopOnSignal, stopped } from "./signals.js";

interface Options extends ProcessTlsWords {
  readonly app?: readonly string[];
  readonly listen?: readonly Target[];
  readonly network: boolean;
  /** Seconds. */
  readonly duration?: number;
  /** Milliseconds. */
  readonly interval: number;
  readonly json?: true;
  readonly plain?: true;
  readonly logLevel: LogThreshold;
}

const DEFAULT_LISTEN = "ptcp:6653:127.0.0.1";
/** Milliseconds between two pictures, and between two lines of progress. */
const PICTURE = 250;
const PROGRESS = 2000;
/** Milliseconds that pings under way are waited for at the end. */
const GRACE = 500;

/** `southbound demo`: a controller and a small network, and a look at both. */
export function demoCommand(): Command {
  const command = new Command("demo")
    .description(
      `Run a controller with the ${DEFAULT_APP} application or your own, and an embedded network: three switches in a row with two hosts each. The switches connect to the controller by OpenFlow 1.3, and every host pings every other, until Ctrl-C. Other switches may connect too.`,
    )
    .option(
      "-a, --app <app>",
      `an application by name, or by the path of a module that exports one by default; may be repeated (default: ${DEFAULT_APP})`,
      values((name) => name),
    )
    .option("-l, --listen <target>", `where the controller listens; may be repeated (default: ${DEFAULT_LISTEN})`, values(parsePassive))
    .option("--no-network", "run the controller alone, without switches and hosts")
    .option(
      "-d, --duration <seconds>",
      "end after this time, with status 0 only if every host has reached every other",
      value(number("seconds", 0.1, 2_000_000)),
    )
    .option("-i, --interval <ms>", "milliseconds from one ping of a pair of hosts to the next", value(number("ms", 10, 3_600_000)), 1000)
    .option("--json", "print the summary as JSON on standard output, and nothing else there")
    .option("--plain", "print lines even on a terminal, in place of the picture")
    .addOption(logLevelOption())
    .addHelpText(
      "after",
      `
${targetUsage({ passive: true, pki: false })}
Examples:
  southbound demo
  southbound demo --app ./my-app.mjs              your own application
  southbound demo --duration 10 --json
  southbound demo --listen ptcp:0:127.0.0.1       any free port
  southbound demo --no-network --listen ptcp:     for your own switches`,
    )
    .action(run);
  return addTlsOptions(command);
}

async function run(options: Options): Promise<void> {
  using stop = stopOnSignal();
  const live = !options.json && !options.plain && process.stdout.isTTY && process.env.TERM !== "dumb";
  const { log, lines, flush } = demoLog(options.logLevel, live);
  const { listen = [parsePassive(DEFAULT_LISTEN)] } = options;
  useTlsOptions(options, log, listen);
  const summary = await demonstrate({ ...options, listen }, live, stop.signal, log, lines);
  flush();
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else process.stdout.write(`${summaryLines(summary).join("\n")}\n`);
  if (options.duration !== undefined && !stop.signal.aborted && summary.unreached.length > 0) throw unreached(summary);
}

function unreached({ unreached, pings }: Summary): Error {
  const pairs = unreached.map(({ from, to }) => `${from} to ${to}`).join(", ");
  return failure(pings.sent === 0 ? "no host reached another: the network did not come up in time" : `no ping was answered from ${pairs}`);
}

/** Runs it all and closes it all. */
async function demonstrate(
  options: Options & { readonly listen: readonly Target[] },
  live: boolean,
  signal: AbortSignal,
  log: Log,
  lines: readonly LogLine[],
): Promise<Summary> {
  const startedAt = systemClock.now();
  const left = (): number =>
    options.duration === undefined ? Number.POSITIVE_INFINITY : startedAt + options.duration * 1000 - systemClock.now();
  const row: ReadonlyMap<bigint, string> = options.network ? new Map([1n, 2n, 3n].map((dpid) => [dpid, `s${dpid}`])) : new Map();
  const watch = new Watch(row);
  using _console = live || options.json ? new AppConsole(log) : undefined;
  const apps = [...(await loadApps(options.app ?? [])), { name: "watch", app: watch.app }];
  using faults = new AppFaults(() => apps);
  const { controller, listeners, failed } = await serve(apps, options.listen, { log }, { made: (it) => faults.attach(it) });
  const listen = listeners.map(({ name }) => name);
  let network: Network | undefined;
  let pinger: Pinger | undefined;
  try {
    if (options.network) network = startNetwork(embeddedTarget(listen), row, log);
    const pings = new Pings(network?.hosts.map(({ name }) => name) ?? []);
    const state = (): DemoState => ({ startedAt, now: systemClock.now(), listen, watch, hosts: network?.places ?? [], pings });
    {
      using _shown = live ? picture(state, row, lines) : options.json ? undefined : progress(state);
      if (network !== undefined && (await allUp(controller, row, left, signal))) {
        log("info", `all switches are up; ${network.hosts.length} hosts ping each other`);
        pinger = new Pinger(network.hosts, pings, options);
      }
      await Promise.race([stopped(signal, left()), failed, faults.fatal]);
      await pinger?.stop(GRACE);
      await watch.poll(controller);
    }
    return summaryOf(state());
  } finally {
    await network?.close();
    await controller.close();
  }
}

function embeddedTarget(listen: readonly string[]): string {
  const target = reachable(listen);
  if (target === undefined)
    throw failure(`the embedded switches cannot connect to ${listen.join(", ")}: add --listen ${DEFAULT_LISTEN}, or use --no-network`);
  return target;
}

/** Waits until all switches are connected and have done what the application requested at the start; false when the time is over before. */
async function allUp(controller: Controller, row: ReadonlyMap<bigint, string>, left: () => number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted && left() > 0) {
    const up = [...row.keys()].map((dpid) => controller.datapaths.get(dpid));
    if (up.every((dp) => dp !== undefined)) {
      const done = await Promise.allSettled(up.map((dp) => dp.barrier({ timeout: 1000 })));
      if (done.every(({ status }) => status === "fulfilled")) return true;
    }
    await stopped(signal, 10);
  }
  return false;
}

function picture(state: () => DemoState, row: ReadonlyMap<bigint, string>, lines: readonly LogLine[]): Screen {
  const colour = coloured(process.stdout);
  const characters = glyphs();
  return new Screen(
    process.stdout,
    (columns, rows) => drawPicture({ ...state(), row, log: lines }, columns, rows, colour, characters),
    PICTURE,
  );
}

function progress(state: () => DemoState): Disposable {
  const timer = setInterval(() => process.stdout.write(`${progressLine(state())}\n`), PROGRESS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

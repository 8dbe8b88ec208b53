import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Version, versionName } from "southbound/schema";
import { endChild, startModule } from "./children.js";
import type { DlOrder, DlRate } from "./dl-process.js";
import { median } from "./median.js";
import type { BenchOptions, Outcome, Suite } from "./suite.js";
import { column, table } from "./table.js";

const FORMS = ["dl: module", "dl: worker", "dl: library", "unix:, one process", "unix:, two processes"] as const;
/** Where the controller of a switch runs. */
type Form = (typeof FORMS)[number];

/** One row of the table. */
export interface DlResult {
  readonly suite: "dl";
  readonly form: Form;
  /** Such as `1.3`. */
  readonly version: string;
  /** Packet-ins under way at a time. */
  readonly outstanding: number;
  /** Packet-ins answered per second: the median of the loops. */
  readonly perSecond: number;
  /** The same of each loop. */
  readonly rates: readonly number[];
  /** How many times the rate over a unix socket within one process, at the same point. */
  readonly toOneProcess: number;
  /** How many times the rate over a unix socket between two processes. */
  readonly toTwoProcesses: number;
}

const OUTSTANDING = [1, 256];
const SOURCE = fileURLToPath(new URL("../../examples/dl-controller/controller.c", import.meta.url));
const MODULE = fileURLToPath(new URL("./dl-controller.js", import.meta.url));

/** Compiles the example's controller. @returns its file; undefined where there is no compiler, or no example */
function library(dir: string): string | undefined {
  if (!existsSync(SOURCE)) return undefined;
  const file = join(dir, "controller.so");
  try {
    execFileSync(process.env.CC ?? "cc", ["-shared", "-fPIC", "-O2", "-o", file, SOURCE, "-lpthread"], { stdio: "ignore" });
    return file;
  } catch {
    return undefined;
  }
}

/** The switches of a version, each with its controller, and what else was started for them. */
class Field implements AsyncDisposable {
  readonly switches = new Map<Form, ChildProcess>();
  readonly #helpers: ChildProcess[] = [];

  async start(version: Version, dir: string, so: string | undefined): Promise<void> {
    const shared = join(dir, `two.${version}`);
    const server = startModule("server-process", ["controller", String(version), "0", shared]);
    this.#helpers.push(server);
    await ready(server, "the controller");
    const targets: Record<Form, string | undefined> = {
      "dl: module": `dl:${MODULE}`,
      "dl: worker": `dl:${MODULE}?worker`,
      "dl: library": so === undefined ? undefined : `dl:${so}`,
      "unix:, one process": `punix:${join(dir, `one.${version}`)}`,
      "unix:, two processes": `unix:${shared}`,
    };
    for (const form of FORMS) {
      const target = targets[form];
      if (target === undefined) continue;
      const child = startModule("dl-process", [String(version), target]);
      this.switches.set(form, child);
      await ready(child, form);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.switches.values(), ...this.#helpers].map(endChild));
  }
}

/** Waits for a child's word. Throws when it ends instead. */
export async function ready(child: ChildProcess, what: string): Promise<unknown> {
  const ended = new AbortController();
  const exit = (): void => ended.abort(new Error(`${what} ended; what it said stands above`));
  child.once("exit", exit);
  try {
    return (await once(child, "message", { signal: ended.signal }))[0];
  } catch {
    throw ended.signal.reason;
  } finally {
    child.off("exit", exit);
  }
}

export async function measure(child: ChildProcess, order: DlOrder, form: string): Promise<number> {
  child.send(order);
  return ((await ready(child, form)) as DlRate).rate;
}

/** Every form in turn, loop by loop, so that all meet the same state of the machine. */
async function point(field: Field, version: Version, outstanding: number, options: BenchOptions, signal: AbortSignal): Promise<DlResult[]> {
  const { seconds, loops, warmup } = options;
  const order = { outstanding, milliseconds: seconds * 1000 };
  const rates = new Map<Form, number[]>([...field.switches.keys()].map((form) => [form, []]));
  for (let loop = -warmup; loop < loops; loop++) {
    for (const [form, child] of field.switches) {
      signal.throwIfAborted();
      const rate = await measure(child, order, form);
      if (loop >= 0) rates.get(form)!.push(rate);
    }
  }
  const perSecond = (form: Form): number => median(rates.get(form)!);
  return [...rates].map(([form, all]) => ({
    suite: "dl",
    form,
    version: versionName(version),
    outstanding,
    perSecond: perSecond(form),
    rates: all,
    toOneProcess: perSecond(form) / perSecond("unix:, one process"),
    toTwoProcesses: perSecond(form) / perSecond("unix:, two processes"),
  }));
}

const ratio = (n: number): string => `${n.toFixed(n < 10 ? 2 : 1)} x`;

/** A controller in the switch's process beside one behind a socket. */
export const DL_SUITE: Suite = {
  summary: "round trips between a switch and a controller in its process (dl:), beside unix sockets",
  async run(options, progress, signal): Promise<Outcome> {
    const dir = await mkdtemp(join(tmpdir(), "southbound-bench-"));
    const results: DlResult[] = [];
    try {
      const so = library(dir);
      for (const version of options.versions) {
        await using field = new Field();
        progress(`dl: starting, OpenFlow ${versionName(version)}`);
        await field.start(version, dir, so);
        for (const outstanding of OUTSTANDING) {
          progress(`dl: OpenFlow ${versionName(version)}, ${outstanding} outstanding`);
          results.push(...(await point(field, version, outstanding, options, signal)));
        }
      }
      return {
        results,
        lines: [
          ...table(results, [
            column("controller", "left", (r) => r.form),
            column("OpenFlow", "left", (r) => r.version),
            column("outstanding", "right", (r) => String(r.outstanding)),
            column("round trips/s", "right", (r) => Math.round(r.perSecond).toLocaleString("en")),
            column("to unix:, one process", "right", (r) => ratio(r.toOneProcess)),
            column("to unix:, two", "right", (r) => ratio(r.toTwoProcesses)),
          ]),
          "",
          `A packet-in encoded, decoded, handled by the learning switch, its flow-mod encoded and decoded; the library is examples/dl-controller, a hub in C that answers with a packet-out.`,
          `Medians of ${options.loops} loops of ${options.seconds} s after ${options.warmup} that do not count; every form in a process of its own, in turn; Node ${process.versions.node}.`,
          ...(so === undefined ? ["The library was not measured: that takes a C compiler (cc) and examples/dl-controller."] : []),
        ],
      };
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  },
};

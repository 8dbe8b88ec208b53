import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Version, versionName } from "southbound/schema";
import { PINS } from "./children.js";
import { Generator } from "./generator.js";
import type { Mode } from "./load.js";
import { median } from "./median.js";
import {
  CEILING,
  external,
  hasTestcontroller,
  OVS_TESTCONTROLLER,
  type Peer,
  type Running,
  SOUTHBOUND,
  type TransportName,
} from "./peers.js";
import type { ServerReport } from "./server-process.js";
import type { BenchOptions, Outcome, Suite } from "./suite.js";
import { column, table } from "./table.js";

/** One row of the table. */
export interface ControllerResult {
  readonly suite: "controller";
  readonly peer: string;
  readonly mode: Mode;
  /** Such as `1.3`. */
  readonly version: string;
  readonly transport: TransportName;
  readonly switches: number;
  /** Hosts behind each switch. */
  readonly macs: number;
  /** Messages answered per second: the median of the loops. */
  readonly messagesPerSecond: number;
  /** The same of each loop. */
  readonly rates: readonly number[];
  /** How many times the rate of ovs-testcontroller at the same point: the median over the loops; null where that was not measured. */
  readonly ratio: number | null;
  /** CPU time of the server for each message; null where it could not be read. */
  readonly cpuNsPerMessage: number | null;
  /** The share of the server's CPU time that it stood still to collect garbage; null for servers that are not ours. */
  readonly gcShare: number | null;
  readonly flowMods: number;
  readonly packetOuts: number;
  /** Packet-ins that were not answered. */
  readonly lost: number;
}

interface Point {
  readonly version: Version;
  readonly transport: TransportName;
  readonly mode: Mode;
  readonly switches: number;
}

const TRANSPORTS: readonly TransportName[] = ["tcp", "unix"];

/** The peers of a run, in the order in which each point is measured. */
function peersOf({ targets }: BenchOptions): Peer[] {
  const subjects = targets.length > 0 ? targets.map(external) : [SOUTHBOUND];
  const yardstick = targets.length === 0 && hasTestcontroller() ? [OVS_TESTCONTROLLER] : [];
  return [...subjects, ...yardstick, CEILING];
}

function points(options: BenchOptions, version: Version): Point[] {
  const transports = options.quick && options.targets.length === 0 ? TRANSPORTS.slice(0, 1) : TRANSPORTS;
  return options.modes.flatMap((mode) =>
    transports.flatMap((transport) => options.switches.map((switches) => ({ version, transport, mode, switches }))),
  );
}

/** Measures every peer that takes part at a point, in turn. */
async function measure(
  generator: Generator,
  up: readonly { readonly peer: Peer; readonly running: Running }[],
  point: Point,
  options: BenchOptions,
  signal: AbortSignal,
): Promise<ControllerResult[]> {
  const { macs, seconds, loops, warmup } = options;
  const there = up.filter(
    ({ peer, running }) =>
      running.targets[point.transport] !== undefined &&
      (peer !== CEILING || point.transport === "tcp") &&
      (peer.maxSwitches === undefined || point.switches <= peer.maxSwitches),
  );
  if (there.length === 0) return [];
  const { version, mode, switches, transport } = point;
  const loads = there.map(({ peer, running }) => ({
    name: `${peer.name}, ${pointName(point)}`,
    target: running.targets[transport]!,
    version,
    mode,
    switches,
    macs,
    seconds,
    loops,
    warmup,
    pid: running.pid,
  }));
  const reports = (): (Promise<ServerReport> | undefined)[] => there.map(({ running }) => running.report?.());
  let first = reports();
  const measured = await generator.measure(loads, signal, () => {
    first = reports();
  });
  const [before, after] = [await Promise.all(first), await Promise.all(reports())];
  return measured.map(({ rates, messages, flowMods, packetOuts, lost, cpuMs }, i) => ({
    suite: "controller",
    peer: there[i]!.peer.name,
    mode,
    version: versionName(version),
    transport,
    switches,
    macs,
    messagesPerSecond: median(rates),
    rates,
    ratio: null,
    cpuNsPerMessage: cpuMs === undefined || messages === 0 ? null : (cpuMs * 1e6) / messages,
    gcShare: share(before[i], after[i]),
    flowMods,
    packetOuts,
    lost,
  }));
}

const share = (before: ServerReport | undefined, after: ServerReport | undefined): number | null =>
  before === undefined || after === undefined ? null : (after.gcMs - before.gcMs) / (after.cpuMs - before.cpuMs);

const pointName = ({ version, transport, mode, switches }: Point): string =>
  `OpenFlow ${versionName(version)}, ${transport}, ${mode}, ${switches} switches`;

/** Fills in how each result compares to the yardstick's at the same point: the median over the loops, each of which was made right beside one of the yardstick's. */
function compared(results: readonly ControllerResult[]): ControllerResult[] {
  const at = (r: ControllerResult): string => [r.mode, r.version, r.transport, r.switches].join();
  const yard = new Map(results.filter((r) => r.peer === OVS_TESTCONTROLLER.name).map((r) => [at(r), r.rates]));
  return results.map((r) => {
    const base = yard.get(at(r));
    return base === undefined || base.some((rate) => rate === 0) ? r : { ...r, ratio: median(r.rates.map((rate, i) => rate / base[i]!)) };
  });
}

const count = (n: number): string => Math.round(n).toLocaleString("en");

function lines(results: readonly ControllerResult[], options: BenchOptions): string[] {
  const { macs, seconds, loops, warmup } = options;
  const order = (r: ControllerResult): string =>
    [r.mode === "throughput" ? 0 : 1, r.version, r.transport, String(r.switches).padStart(6)].join();
  const sorted = [...results].sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
  const out = table(sorted, [
    column("peer", "left", (r) => r.peer),
    column("mode", "left", (r) => r.mode),
    column("OpenFlow", "left", (r) => r.version),
    column("over", "left", (r) => r.transport),
    column("switches", "right", (r) => String(r.switches)),
    column("messages/s", "right", (r) => count(r.messagesPerSecond)),
    column("ratio", "right", (r) => (r.ratio === null ? "" : r.ratio.toFixed(r.ratio < 10 ? 2 : 1))),
    column("CPU ns/message", "right", (r) => (r.cpuNsPerMessage === null ? "" : count(r.cpuNsPerMessage))),
    column("GC", "right", (r) => (r.gcShare === null ? "" : `${(100 * r.gcShare).toFixed(1)} %`)),
  ]);
  const lost = results.reduce((n, r) => n + r.lost, 0);
  const yardstick = results.some((r) => r.peer === OVS_TESTCONTROLLER.name);
  return [
    ...out,
    "",
    `${macs} hosts behind each switch, known before; medians of ${loops} loops of ${seconds} s after ${warmup} that do not count; Node ${process.versions.node}.`,
    ...(yardstick
      ? [
          `ratio: to ovs-testcontroller with its default options at the same point; it serves ${OVS_TESTCONTROLLER.maxSwitches} switches at most.`,
        ]
      : options.targets.length === 0
        ? ["ovs-testcontroller is not installed, so that there are no ratios (Debian: apt-get install openvswitch-testcontroller)."]
        : []),
    "ceiling: a server that answers without reading, which is what sockets and this load generator give at most.",
    `CPU: user and system time of the server's process${PINS ? ", which runs on another core than the load generator" : ""}.`,
    ...(lost > 0 ? [`${count(lost)} packet-ins were not answered.`] : []),
  ];
}

/** Controllers under the load of many switches, side by side. */
export const CONTROLLER_SUITE: Suite = {
  summary: "packet-ins answered per second by the learning controller, beside ovs-testcontroller",
  async run(options, progress, signal): Promise<Outcome> {
    const peers = peersOf(options);
    const results: ControllerResult[] = [];
    const dir = await mkdtemp(join(tmpdir(), "southbound-bench-"));
    const up: { peer: Peer; running: Running }[] = [];
    const generator = new Generator();
    try {
      for (const version of options.versions) {
        for (const peer of peers) up.push({ peer, running: await peer.start(version, dir) });
        for (const point of points(options, version)) {
          signal.throwIfAborted();
          progress(pointName(point));
          try {
            results.push(...(await measure(generator, up, point, options, signal)));
          } catch (e) {
            signal.throwIfAborted();
            throw e;
          }
        }
        for (const { running } of up.splice(0)) await running.stop();
      }
    } finally {
      await Promise.all([...up.map(({ running }) => running.stop()), generator[Symbol.asyncDispose]()]);
      await rm(dir, { recursive: true, force: true });
    }
    const all = compared(results);
    return { results: all, lines: lines(all, options) };
  },
};

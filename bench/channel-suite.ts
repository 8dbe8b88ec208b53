import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { apply, FlowMod, FlowModCommand, Match, Output } from "southbound/ofp";
import { KeepAlive, listenVconn, openVconn } from "southbound/vconn";
import { endChild, startModule } from "./children.js";
import type { DumpReport } from "./dump-process.js";
import { median } from "./median.js";
import { type PrivateOvs, startOvs } from "./private-ovs.js";
import type { BenchOptions, Outcome, Suite } from "./suite.js";
import { column, table } from "./table.js";

/** One row of the table. */
export interface ChannelResult {
  readonly suite: "channel";
  readonly name: string;
  /** In `unit`. The median, where it was measured several times. */
  readonly value: number;
  readonly unit: "bytes of heap" | "bytes of memory" | "ms";
  /** The same of ovs-ofctl; null where there is nothing to compare. */
  readonly ovsOfctl: number | null;
  /** How many times the time of ovs-ofctl. */
  readonly ratio: number | null;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heap(): number {
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().heapUsed;
}

async function idle(count: number): Promise<ChannelResult> {
  const alive = new KeepAlive();
  const listener = await listenVconn("ptcp:0:127.0.0.1", {
    versions: [4],
    onVconn: (vconn) => alive.add(vconn),
  });
  const before = heap();
  const child = startModule("idle-process", [listener.name.split(":")[1]!, String(count)], "generator");
  try {
    await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => {
        throw new Error(`${count} connections could not be made: raise the limit of open files (ulimit -n)`);
      }),
    ]);
    const up = (): number => [...listener.connections].filter((vconn) => vconn.state === "connected").length;
    while (up() < count) await sleep(20);
    const each = (heap() - before) / count;
    return { suite: "channel", name: `${count} idle connections, each`, value: each, unit: "bytes of heap", ovsOfctl: null, ratio: null };
  } finally {
    await endChild(child);
    await listener.closeAll();
  }
}

const flow = (i: number): FlowMod =>
  FlowMod.of({
    command: FlowModCommand.Add,
    priority: 100,
    match: Match.of({ ethType: 0x0800, ipv4Dst: 0x0a000000 + i }),
    instructions: [apply(Output.of({ port: 1 }))],
  });

/** Ours and theirs in turn, so that both meet the same state of the machine. */
async function compare(name: string, loops: number, ours: () => Promise<number>, theirs: () => Promise<number>): Promise<ChannelResult> {
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < loops; i++) {
    times[0].push(await ours());
    times[1].push(await theirs());
  }
  const [value, ovsOfctl] = [median(times[0]), median(times[1])];
  return { suite: "channel", name, value, unit: "ms", ovsOfctl, ratio: value / ovsOfctl };
}

async function beside(
  ovs: PrivateOvs,
  dir: string,
  count: number,
  loops: number,
  progress: (text: string) => void,
): Promise<ChannelResult[]> {
  const { target } = ovs;
  const vconn = await openVconn(target, { versions: [4] });
  const clear = (): Promise<unknown> => vconn.transactNoReply(FlowMod.of({ command: FlowModCommand.Delete }));
  const file = join(dir, "flows.txt");
  const lines = Array.from(
    { length: count },
    (_, i) => `priority=100,ip,nw_dst=10.${i >> 16}.${(i >> 8) & 255}.${i & 255},actions=output:1`,
  );
  await writeFile(file, `${lines.join("\n")}\n`);
  progress(`bundle of ${count} flow-mods`);
  const bundle = await compare(
    `bundle of ${count} flow-mods`,
    loops,
    async () => {
      await clear();
      const begin = performance.now();
      const { outcome } = await vconn.bundle(Array.from({ length: count }, (_, i) => flow(i)));
      if (outcome !== "applied") throw new Error(`the bundle was ${outcome}`);
      return performance.now() - begin;
    },
    async () => {
      await clear();
      return ovs.ofctl(["-O", "OpenFlow13", "--bundle", "add-flows", target, file]);
    },
  );
  progress(`dump of ${count} flows`);
  const dump = await compare(
    `dump of ${count} flows`,
    loops,
    async () => {
      const begin = performance.now();
      let n = 0;
      for await (const _ of vconn.dumpFlows()) n++;
      if (n !== count) throw new Error(`${n} flows came where ${count} are`);
      return performance.now() - begin;
    },
    () => ovs.ofctl(["-O", "OpenFlow13", "dump-flows", target]),
  );
  await vconn.close();
  return [bundle, dump];
}

/** `ofctl benchmark` and `ovs-ofctl benchmark`, which do the same: one echo request after the other, with the switch at the other end. */
async function echoes(ovs: PrivateOvs, count: number, loops: number): Promise<ChannelResult> {
  const ofctl = fileURLToPath(new URL("../../bin/ofctl.js", import.meta.url));
  const args = ["benchmark", ovs.target, "64", String(count)];
  const finished = async (program: string, before: readonly string[]): Promise<number> => {
    const text = await ovs.read(program, [...before, ...args]);
    const ms = /^Finished in ([\d.]+) ms/m.exec(text)?.[1];
    if (ms === undefined) throw new Error(`${program} benchmark printed ${text}`);
    return Number(ms);
  };
  return compare(
    `${count} echoes of 64 bytes`,
    loops,
    () => finished(process.execPath, [ofctl]),
    () => finished("ovs-ofctl", []),
  );
}

/** By how much a process grows that dumps so many flows. */
async function growth(ovs: PrivateOvs, count: number): Promise<ChannelResult[]> {
  const vconn = await openVconn(ovs.target, { versions: [4] });
  await vconn.transactNoReply(FlowMod.of({ command: FlowModCommand.Delete }));
  await vconn.transactMultiple(Array.from({ length: count }, (_, i) => flow(i)));
  await vconn.close();
  const child = startModule("dump-process", [ovs.target], "server");
  try {
    const ended = once(child, "exit").then((): never => {
      throw new Error("the dump failed; what it said stands above");
    });
    ended.catch(() => {});
    const [report] = (await Promise.race([once(child, "message"), ended])) as [DumpReport];
    if (report.flows !== count) throw new Error(`${report.flows} flows came where ${count} are`);
    const row = { suite: "channel", ovsOfctl: null, ratio: null } as const;
    return [
      { ...row, name: `dump of ${count} flows, peak of the heap`, value: report.heap, unit: "bytes of heap" },
      { ...row, name: `dump of ${count} flows, peak of all memory`, value: report.rss, unit: "bytes of memory" },
    ];
  } finally {
    await endChild(child);
  }
}

const amount = (n: number | null, unit: ChannelResult["unit"]): string =>
  n === null ? "-" : unit === "ms" ? `${n.toFixed(0)} ms` : `${(n / 1024).toFixed(1)} KiB`;

/** The connection layer beside `ovs-ofctl`, with a real ovs-vswitchd at the other end. */
export const CHANNEL_SUITE: Suite = {
  summary: "heap of idle connections; dumps and bundles with ovs-vswitchd, beside ovs-ofctl",
  async run(options: BenchOptions, progress, signal): Promise<Outcome> {
    const dir = await mkdtemp(join(tmpdir(), "southbound-bench-"));
    let ovs: PrivateOvs | undefined;
    try {
      progress("idle connections");
      const results = [await idle(options.quick ? 1_000 : 10_000)];
      signal.throwIfAborted();
      ovs = await startOvs(dir);
      if (ovs !== undefined) {
        const loops = options.quick ? 1 : 3;
        progress("echoes");
        results.push(await echoes(ovs, options.quick ? 5_000 : 50_000, loops));
        for (const count of options.quick ? [10_000] : [10_000, 100_000]) {
          progress(`memory of a dump of ${count} flows`);
          results.push(...(await growth(ovs, count)));
        }
        results.push(...(await beside(ovs, dir, options.quick ? 10_000 : 100_000, loops, progress)));
      }
      return {
        results,
        lines: [
          ...table(results, [
            column("what", "left", (r) => r.name),
            column("southbound", "right", (r) => amount(r.value, r.unit)),
            column("ovs-ofctl", "right", (r) => amount(r.ovsOfctl, r.unit)),
            column("ratio", "right", (r) => (r.ratio === null ? "-" : `${r.ratio.toFixed(2)} x`)),
          ]),
          ...(ovs === undefined ? ["Open vSwitch is not installed: no dumps and bundles"] : []),
        ],
      };
    } finally {
      await ovs?.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

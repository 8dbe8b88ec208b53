import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./median.js";
import { type PrivateOvs, startOvs } from "./private-ovs.js";
import type { BenchOptions, Outcome, Suite } from "./suite.js";
import { column, table } from "./table.js";

/** One row of the table: the whole of a command, from its start to its end. */
export interface OfctlResult {
  readonly suite: "ofctl";
  readonly name: string;
  /** Milliseconds of wall time: the median of the loops. */
  readonly ofctl: number;
  /** The same of ovs-ofctl in the same loops. */
  readonly ovsOfctl: number;
  /** The median of the ratios of neighbouring runs. */
  readonly ratio: number;
  /** Milliseconds of CPU, which hold up where other programs take cores away. */
  readonly cpu: number;
  readonly ovsCpu: number;
  /** The most memory that our process had, in MiB. */
  readonly memory: number;
  /** The highest load of the machine in the last minute, before or behind it. */
  readonly load: number;
}

const OFCTL = fileURLToPath(new URL("../../bin/ofctl.js", import.meta.url));

/** A flow of five matches and three actions. @param twist - makes another table of equal size of it */
function flow(i: number, twist: number): string {
  const [b, c] = [(i >> 8) & 255, i & 255];
  const match = `in_port=${(i % 48) + 1},tcp,nw_src=10.${(i >> 16) & 255}.${b}.${c},nw_dst=192.168.${i % 200}.0/24,tp_dst=${i % 60_000}`;
  const mac = `02:00:00:${twist.toString(16).padStart(2, "0")}:${b.toString(16).padStart(2, "0")}:${c.toString(16).padStart(2, "0")}`;
  return `table=${i % 20},priority=${1000 + (i % 7)},cookie=0x${i.toString(16)},${match} actions=set_field:${mac}->eth_dst,dec_ttl,output:${(i % 48) + 1}\n`;
}

interface Spent {
  readonly wall: number;
  readonly cpu: number;
  readonly memory: number;
}

/** Runs a command with its output to a file, under GNU time. */
async function spend(program: readonly string[], words: readonly string[], dir: string, statuses: readonly number[]): Promise<Spent> {
  const output = await open(join(dir, "output"), "w");
  const report = join(dir, "time");
  try {
    const begin = performance.now();
    const child = spawn("/usr/bin/time", ["-f", "%U %S %M", "-o", report, ...program, ...words], {
      stdio: ["ignore", output.fd, "inherit"],
      env: { ...process.env, OVS_RUNDIR: dir },
    });
    const [status] = (await once(child, "exit")) as [number | null];
    const wall = performance.now() - begin;
    if (status === null || !statuses.includes(status))
      throw new Error(`${program.join(" ")} ${words.join(" ")} ended with status ${status}`);
    const [user = 0, system = 0, kib = 0] = (await readFile(report, "utf8")).trim().split("\n").at(-1)!.split(" ").map(Number);
    return { wall, cpu: 1000 * (user + system), memory: kib / 1024 };
  } finally {
    await output.close();
  }
}

/** A command that is measured, and what is done before each run. */
interface Case {
  readonly name: string;
  readonly words: readonly string[];
  readonly before?: () => Promise<unknown>;
  /** The statuses that it may end with; 0 unless given. */
  readonly statuses?: readonly number[];
}

async function measure(c: Case, loops: number, dir: string, signal: AbortSignal): Promise<OfctlResult> {
  const ours: Spent[] = [];
  const theirs: Spent[] = [];
  let load = loadavg()[0]!;
  for (let loop = 0; loop < loops; loop++) {
    for (const [program, found] of [
      [["ovs-ofctl"], theirs],
      [[process.execPath, OFCTL], ours],
    ] as const) {
      signal.throwIfAborted();
      await c.before?.();
      found.push(await spend(program, c.words, dir, c.statuses ?? [0]));
    }
    load = Math.max(load, loadavg()[0]!);
  }
  return {
    suite: "ofctl",
    name: c.name,
    ofctl: median(ours.map(({ wall }) => wall)),
    ovsOfctl: median(theirs.map(({ wall }) => wall)),
    ratio: median(ours.map(({ wall }, i) => wall / theirs[i]!.wall)),
    cpu: median(ours.map(({ cpu }) => cpu)),
    ovsCpu: median(theirs.map(({ cpu }) => cpu)),
    memory: Math.max(...ours.map(({ memory }) => memory)),
    load,
  };
}

async function casesOf(ovs: PrivateOvs, dir: string, count: number): Promise<readonly Case[]> {
  const files = await Promise.all(
    [0, 1].map(async (twist) => {
      const file = join(dir, `flows${twist}`);
      await writeFile(file, Array.from({ length: count }, (_, i) => flow(i, i % 10 === 0 ? twist : 0)).join(""));
      return file;
    }),
  );
  const [all, other] = files as [string, string];
  const empty = join(dir, "empty");
  await writeFile(empty, "");
  const v13 = ["-O", "OpenFlow13"];
  const del = (): Promise<number> => ovs.ofctl([...v13, "del-flows", ovs.target]);
  const fill = async (): Promise<void> => {
    await del();
    await ovs.ofctl([...v13, "--bundle", "add-flows", ovs.target, all]);
  };
  return [
    { name: "show", words: ["show", ovs.target] },
    { name: "parse-flows", words: ["parse-flows", all] },
    { name: "--bundle add-flows", words: [...v13, "--bundle", "add-flows", ovs.target, all], before: del },
    { name: "dump-flows", words: [...v13, "dump-flows", ovs.target] },
    { name: "diff-flows, equal", words: [...v13, "diff-flows", ovs.target, all], statuses: [0, 2] },
    { name: "diff-flows, a tenth", words: [...v13, "diff-flows", ovs.target, other], statuses: [2] },
    { name: "replace-flows, a tenth", words: [...v13, "--bundle", "replace-flows", ovs.target, other], before: fill },
  ];
}

const ms = (n: number): string => `${n.toFixed(0)} ms`;

/** Whole commands of `ofctl` with 100,000 flows, beside `ovs-ofctl` in the same run. */
export const OFCTL_SUITE: Suite = {
  summary: "commands of ofctl from start to end with 100,000 flows, beside ovs-ofctl",
  async run(options: BenchOptions, progress, signal): Promise<Outcome> {
    const dir = await mkdtemp(join(tmpdir(), "southbound-bench-"));
    let ovs: PrivateOvs | undefined;
    const results: OfctlResult[] = [];
    const count = options.quick ? 10_000 : 100_000;
    try {
      progress("ovs-vswitchd");
      ovs = await startOvs(dir);
      if (ovs === undefined) return { results, lines: ["Open vSwitch is not installed: nothing to compare with"] };
      const cases = await casesOf(ovs, dir, count);
      for (const c of cases) {
        progress(c.name);
        results.push(await measure(c, options.quick ? 1 : options.loops, dir, signal));
      }
    } finally {
      await ovs?.stop();
      await rm(dir, { recursive: true, force: true });
    }
    return {
      results,
      lines: [
        `${count} flows of five matches and three actions`,
        ...table(results, [
          column("command", "left", (r) => r.name),
          column("ofctl", "right", (r) => ms(r.ofctl)),
          column("ovs-ofctl", "right", (r) => ms(r.ovsOfctl)),
          column("ratio", "right", (r) => r.ratio.toFixed(2)),
          column("CPU", "right", (r) => ms(r.cpu)),
          column("theirs", "right", (r) => ms(r.ovsCpu)),
          column("memory", "right", (r) => `${r.memory.toFixed(0)} MiB`),
          column("load", "right", (r) => r.load.toFixed(1)),
        ]),
      ],
    };
  },
};

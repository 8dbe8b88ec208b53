import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Core, endChild, startProgram } from "./children.js";
import { median } from "./median.js";

/** A dpdk-testpmd with one memif port, which sends as fast as it can or takes everything. It runs without huge pages, as root. */
export interface Testpmd {
  /** Waits for `seconds` and says how many packets a second it took: the median of full seconds. */
  rate(seconds: number): Promise<number>;
  stop(): Promise<void>;
}

/** How it is started. */
export interface TestpmdOptions {
  readonly role: "server" | "client";
  readonly socket: string;
  readonly work: "txonly" | "rxonly";
  /** Bytes of a packet. */
  readonly size: number;
  readonly core: Core;
}

const PROGRAM = "dpdk-testpmd";
/** Milliseconds until it has to be there. */
const START = 20_000;
let started = 0;

/** Whether it is installed. */
export function hasTestpmd(): boolean {
  return (process.env.PATH ?? "").split(":").some((dir) => dir !== "" && existsSync(join(dir, PROGRAM)));
}

/** Starts it. A server is there when this resolves; a client connects by itself. */
export async function startTestpmd({ role, socket, work, size, core }: TestpmdOptions): Promise<Testpmd> {
  const cpu = core === "generator" ? 0 : 1;
  const log = `${socket}.${role}.${started++}.log`;
  const args = [
    // both threads on one core: that of the commands sleeps
    `--lcores=0@${cpu},1@${cpu}`,
    "--no-huge",
    "-m",
    "256",
    "--no-pci",
    "--no-telemetry",
    "--log-level=1",
    `--file-prefix=southbound${process.pid}.${started}`,
    `--vdev=net_memif0,role=${role},socket=${socket},socket-abstract=no,id=0`,
    "--",
    `--forward-mode=${work}`,
    `--txpkts=${size}`,
    "--auto-start",
    "--stats-period=1",
    "--total-num-mbufs=16384",
  ];
  const child = startProgram("sh", ["-c", 'log=$1; shift; exec "$@" > "$log" 2>&1', "sh", log, PROGRAM, ...args], {}, core);
  const rates = async (): Promise<number[]> =>
    [...(await readFile(log, "utf8")).matchAll(/Rx-pps:\s+(\d+)/g)].map((match) => Number(match[1]));
  for (const end = performance.now() + START; role === "server" && !existsSync(socket); await sleep(20)) {
    if (child.exitCode !== null || performance.now() > end) {
      await endChild(child);
      throw new Error(`${PROGRAM} did not start: ${(await readFile(log, "utf8")).trim().split("\n").at(-1)}`);
    }
  }
  return {
    async rate(seconds) {
      const before = (await rates()).length + 1;
      for (const end = performance.now() + START + seconds * 1000; ; await sleep(100)) {
        const full = (await rates()).slice(before).filter((n) => n > 0);
        if (full.length >= seconds) return median(full);
        if (child.exitCode !== null || performance.now() > end)
          throw new Error(`${PROGRAM} ended or takes nothing: ${(await readFile(log, "utf8")).trim().split("\n").at(-1)}`);
      }
    },
    stop: () => endChild(child),
  };
}

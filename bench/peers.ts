import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Version } from "southbound/schema";
import { endChild, startModule, startProgram } from "./children.js";
import type { ServerReport } from "./server-process.js";

/** A transport that a peer is measured over. */
export type TransportName = "tcp" | "unix";

/** A server that is up. */
export interface Running {
  /** Where it is reached, by transport. */
  readonly targets: Readonly<Partial<Record<TransportName, string>>>;
  /** Its process; undefined where it is not ours. */
  readonly pid?: number | undefined;
  /** Time it has spent so far; only of our own servers. */
  report?(): Promise<ServerReport>;
  stop(): Promise<void>;
}

/** Something that can be measured. */
export interface Peer {
  readonly name: string;
  /** What it is measured as: by its own merit, as what others are compared to, or as the bound of the method. */
  readonly part: "subject" | "yardstick" | "ceiling";
  /** How many switches it serves; any number unless given. */
  readonly maxSwitches?: number;
  /** Starts it for one version. @param dir - where it may put its files */
  start(version: Version, dir: string): Promise<Running>;
}

const START_TIMEOUT = 20_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

function ownServer(name: string, part: Peer["part"], role: "controller" | "reflector"): Peer {
  return {
    name,
    part,
    async start(version, dir) {
      const port = await freePort();
      const file = join(dir, `${role}.${version}.sock`);
      const child = startModule("server-process", [role, String(version), String(port), file], "server");
      const report = async (): Promise<ServerReport> => {
        const failed = new AbortController();
        const onExit = (): void => failed.abort(new Error(`${name} ended; what it said stands above`));
        child.once("exit", onExit);
        try {
          return (await once(child, "message", { signal: failed.signal }))[0] as ServerReport;
        } catch {
          throw failed.signal.reason;
        } finally {
          child.off("exit", onExit);
        }
      };
      await report();
      return {
        targets: { tcp: `tcp:127.0.0.1:${port}`, unix: `unix:${file}` },
        pid: child.pid,
        report() {
          const answer = report();
          child.send("report");
          return answer;
        },
        stop: () => endChild(child),
      };
    },
  };
}

/** This package's controller with its learning switch. */
export const SOUTHBOUND: Peer = ownServer("southbound", "subject", "controller");

/** A server that understands nothing, for what the method can measure at most. */
export const CEILING: Peer = ownServer("ceiling", "ceiling", "reflector");

async function answers(target: { port: number; host: string } | { path: string }): Promise<boolean> {
  const socket = createConnection(target);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function untilUp(name: string, child: ChildProcess, file: string, port: number): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT;
  while (!((await answers({ path: file })) && (await answers({ host: "127.0.0.1", port })))) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`${name} did not start`);
    await sleep(20);
  }
}

/** Open vSwitch's learning switch, as it is by default: it learns, and sets up a flow for each pair of hosts, matching on every header field. */
export const OVS_TESTCONTROLLER: Peer = {
  name: "ovs-testcontroller",
  part: "yardstick",
  // MAX_SWITCHES in ovs-testcontroller.c
  maxSwitches: 16,
  async start(version, dir) {
    const port = await freePort();
    const file = join(dir, `ovs.${version}.sock`);
    const args = ["--unixctl=none", "-vsyslog:off", "-vconsole:off", `ptcp:${port}:127.0.0.1`, `punix:${file}`];
    const child = startProgram("ovs-testcontroller", args, { OVS_RUNDIR: dir }, "server");
    await untilUp("ovs-testcontroller", child, file, port);
    return { targets: { tcp: `tcp:127.0.0.1:${port}`, unix: `unix:${file}` }, pid: child.pid, stop: () => endChild(child) };
  },
};

/** Whether `ovs-testcontroller` is installed. */
export function hasTestcontroller(): boolean {
  try {
    execFileSync("ovs-testcontroller", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A controller that runs already. */
export function external(target: string): Peer {
  const transport: TransportName = target.startsWith("unix:") ? "unix" : "tcp";
  return {
    name: target,
    part: "subject",
    start: () => Promise.resolve({ targets: { [transport]: target }, stop: () => Promise.resolve() }),
  };
}

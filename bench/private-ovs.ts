import { type ChildProcess, execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { endChild, startProgram } from "./children.js";

const run = promisify(execFile);
const SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";
const PATH = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;
const WAIT = 20_000;

/** An Open vSwitch of its own in a folder, on the datapath that needs no kernel, with one bridge. */
export interface PrivateOvs {
  /** The bridge's own listener: `unix:FILE`. */
  readonly target: string;
  /** Runs ovs-ofctl. @returns milliseconds that it took */
  ofctl(args: readonly string[]): Promise<number>;
  /** Runs a program where this Open vSwitch is the machine's. @returns what it has printed */
  read(program: string, args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

async function until(file: string): Promise<void> {
  for (const end = Date.now() + WAIT; !existsSync(file); await sleep(20))
    if (Date.now() > end) throw new Error(`Open vSwitch did not make ${file} within ${WAIT} ms`);
}

/** Starts one; undefined where Open vSwitch is not installed. */
export async function startOvs(dir: string): Promise<PrivateOvs | undefined> {
  if (!existsSync(SCHEMA)) return undefined;
  const env = { ...process.env, PATH, OVS_RUNDIR: dir, OVS_DBDIR: dir, OVS_LOGDIR: dir, OVS_SYSCONFDIR: dir };
  const file = (name: string): string => join(dir, name);
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.reverse()) await endChild(child);
  };
  const db = `unix:${file("db.sock")}`;
  try {
    await run("ovsdb-tool", ["create", file("conf.db"), SCHEMA], { env });
    const quiet = ["-vconsole:off", "-vsyslog:off", "-vfile:off"];
    children.push(
      startProgram("ovsdb-server", [file("conf.db"), `--remote=p${db}`, `--unixctl=${file("db.ctl")}`, ...quiet], env, "generator"),
    );
    await until(file("db.sock"));
    await run("ovs-vsctl", [`--db=${db}`, "--no-wait", "init"], { env });
    const dummy = ["--disable-system", "--enable-dummy=override"];
    children.push(startProgram("ovs-vswitchd", [db, `--unixctl=${file("vswitchd.ctl")}`, ...dummy, ...quiet], env, "generator"));
    await until(file("vswitchd.ctl"));
    const bridge = [
      "add-br",
      "br0",
      "--",
      "set",
      "bridge",
      "br0",
      "datapath_type=dummy",
      "fail-mode=secure",
      "protocols=OpenFlow10,OpenFlow13",
    ];
    await run("ovs-vsctl", [`--db=${db}`, "--timeout=20", ...bridge], { env });
    await until(file("br0.mgmt"));
  } catch (e) {
    await stop();
    if ((e as { code?: unknown }).code === "ENOENT") return undefined;
    throw e;
  }
  return {
    target: `unix:${file("br0.mgmt")}`,
    read: async (program, args) => (await run(program, [...args], { env })).stdout,
    async ofctl(args) {
      const begin = performance.now();
      await run("ovs-ofctl", [...args], { env, maxBuffer: 2 ** 30 });
      return performance.now() - begin;
    },
    stop,
  };
}

/**
 * An Open vSwitch with DPDK and memif ports, for tests that run as root. It needs no huge pages and no network card, and runs in a network namespace of its own, so that the devices that
 * it makes are seen by nobody and go with it.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { OVS_DPDK_SWITCH, OVS_SCHEMA } from "./peers.js";
import { endWithTest, type Program, runOk, start, tail } from "./process.js";
import { eventually } from "./wait.js";

/** A memif port of a bridge. */
export interface MemifPortOptions {
  readonly role: "server" | "client";
  /** The socket's path. */
  readonly socket: string;
  readonly id?: number;
}

/** A running Open vSwitch with DPDK and one bridge, `br0`, which learns. */
export class OvsDpdk implements AsyncDisposable {
  /** The folder with its sockets and its database. */
  readonly dir: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #programs: Program[] = [];
  #ports = 0;

  private constructor(dir: string) {
    this.dir = dir;
    this.#env = { OVS_RUNDIR: dir, OVS_DBDIR: dir, OVS_LOGDIR: dir, OVS_SYSCONFDIR: dir, XDG_RUNTIME_DIR: join(dir, "dpdk") };
  }

  /** Starts one, with its bridge. Rejects, with what its programs logged, where it does not come up. */
  static async start(): Promise<OvsDpdk> {
    const ovs = new OvsDpdk(await mkdtemp(join(tmpdir(), "ovs-dpdk-")));
    endWithTest(() => ovs.stop());
    try {
      await ovs.#start();
    } catch (error) {
      await ovs.stop();
      throw error;
    }
    return ovs;
  }

  async #start(): Promise<void> {
    const { dir } = this;
    const env = this.#env;
    const logs = ["-vconsole:info", "-vsyslog:off", "-vfile:off"];
    const database = join(dir, "conf.db");
    await mkdir(join(dir, "dpdk"));
    await runOk("ovsdb-tool", ["create", database, OVS_SCHEMA], { env });
    const server = [database, `--remote=punix:${dir}/db.sock`, `--unixctl=${dir}/server.ctl`, ...logs];
    this.#programs.push(start("ovsdb-server", server, { env }));
    await eventually(() => this.vsctl("--no-wait", "init").then(() => true, this.#stillRuns), { what: () => this.#log() });
    // In its own mode, --in-memory, Open vSwitch wants huge pages; --legacy-mem keeps it from that.
    const memory = `--no-huge --legacy-mem --no-pci -m 512 --iova-mode=va --no-telemetry --file-prefix ${basename(dir)}`;
    const settings = ["dpdk-init=true", `dpdk-extra="${memory}"`, "dpdk-lcore-mask=0x1", "pmd-cpu-mask=0x2"];
    await this.vsctl("--no-wait", "set", "Open_vSwitch", ".", ...settings.map((setting) => `other_config:${setting}`));
    const vswitchd = [OVS_DPDK_SWITCH, `unix:${dir}/db.sock`, `--unixctl=${dir}/vswitchd.ctl`, "--disable-system", ...logs];
    this.#programs.push(start("unshare", ["--net", ...vswitchd], { env }));
    await this.vsctl("--timeout=60", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev");
  }

  /** Adds a memif port. Its traffic leaves on queues that have the numbers of threads, so that the other end takes two or more. */
  async addPort(name: string, { role, socket, id = 0 }: MemifPortOptions): Promise<void> {
    const device = `net_memif${this.#ports++},role=${role},socket=${socket},socket-abstract=no,id=${id}`;
    await this.vsctl(
      "--timeout=60",
      "add-port",
      "br0",
      name,
      "--",
      "set",
      "interface",
      name,
      "type=dpdk",
      `options:dpdk-devargs=${device}`,
    );
    const error = await this.vsctl("get", "interface", name, "error");
    if (error.trim() !== "[]") throw new Error(`port ${name}: ${error}${this.#log()}`);
  }

  /** What a port has counted, such as `rx_packets` and `tx_dropped`. */
  async statistics(port: string): Promise<Readonly<Record<string, number>>> {
    const text = await this.vsctl("get", "interface", port, "statistics");
    return Object.fromEntries([...text.matchAll(/(\w+)=(\d+)/g)].map(([, name, count]) => [name!, Number(count)]));
  }

  /** Runs ovs-vsctl and answers what it printed. */
  vsctl(...args: string[]): Promise<string> {
    return runOk("ovs-vsctl", [`--db=unix:${this.dir}/db.sock`, ...args], { env: this.#env });
  }

  /** Ends both programs and removes what they left. */
  async stop(): Promise<void> {
    await Promise.all(this.#programs.splice(0).map((program) => program.stop()));
    await Promise.all([this.dir, `/var/run/dpdk/${basename(this.dir)}`].map((dir) => rm(dir, { recursive: true, force: true })));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  readonly #stillRuns = (): false => {
    for (const program of this.#programs) if (program.exit !== undefined) throw program.failure("ended");
    return false;
  };

  #log(): string {
    return tail(this.#programs.map(({ output }) => output).join("\n"), 30);
  }
}

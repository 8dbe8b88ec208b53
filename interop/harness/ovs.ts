/** A private Open vSwitch: its own database, its own folder, the userspace dummy datapath, no kernel module and no rights needed. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pcapPackets } from "./pcap.js";
import { OVS_SCHEMA } from "./peers.js";
import { endWithTest, type Program, type RunResult, run, start, tail } from "./process.js";
import { eventually, type WaitOptions } from "./wait.js";

/** The settings of a bridge. */
export interface BridgeOptions {
  /** The OpenFlow versions it speaks, as ovs-vsctl names them: `OpenFlow10`, `OpenFlow13`. All that Open vSwitch has by default if not given. */
  readonly protocols?: readonly string[];
  /** The controllers it connects to, such as `tcp:127.0.0.1:6653`. */
  readonly controllers?: readonly string[];
  /** `secure`, if not given: without a controller no flow is there but those that were added. `standalone`: it learns by itself then. */
  readonly failMode?: "secure" | "standalone";
  /** The datapath id. */
  readonly dpid?: bigint;
}

/** The settings of a port. */
export interface PortOptions {
  /** The OpenFlow port number to ask for. */
  readonly ofport?: number;
}

/** A running Open vSwitch. {@link stop} it in the hook that ends the test or the file; a process that is left over is killed then anyway. */
export class OpenVswitch implements AsyncDisposable {
  /** The folder with its sockets, database and captures. It is removed by {@link stop}. */
  readonly dir: string;
  /** The environment in which Open vSwitch's own tools find this instance. */
  readonly env: Readonly<Record<string, string>>;
  #server: Program | undefined;
  #vswitchd: Program | undefined;

  private constructor(dir: string) {
    this.dir = dir;
    this.env = { OVS_RUNDIR: dir, OVS_DBDIR: dir, OVS_LOGDIR: dir, OVS_SYSCONFDIR: dir };
  }

  /** Starts one. Rejects, with what its programs logged, if it does not come up. */
  static async start(): Promise<OpenVswitch> {
    const ovs = new OpenVswitch(await mkdtemp(join(tmpdir(), "ovs-")));
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
    const database = join(this.dir, "conf.db");
    await this.#tool("ovsdb-tool", ["create", database, OVS_SCHEMA]);
    const logs = ["-vconsole:info", "-vsyslog:off", "-vfile:off"];
    const server = [database, `--remote=punix:${this.#path("db.sock")}`, `--unixctl=${this.#path("ovsdb-server.ctl")}`];
    this.#server = start("ovsdb-server", [...server, ...logs], { env: this.env });
    await this.#listening("db.sock", this.#server);
    await this.#tool("ovs-vsctl", [`--db=unix:${this.#path("db.sock")}`, "--no-wait", "init"]);
    await this.startSwitch();
  }

  /** Starts ovs-vswitchd again after {@link killSwitch}. Its bridges come back without flows. */
  async startSwitch(): Promise<void> {
    const logs = ["-vconsole:info", "-vsyslog:off", "-vfile:off"];
    const vswitchd = [`unix:${this.#path("db.sock")}`, `--unixctl=${this.#path("ovs-vswitchd.ctl")}`];
    this.#vswitchd = start("ovs-vswitchd", [...vswitchd, "--disable-system", "--enable-dummy=override", ...logs], { env: this.env });
    await this.#listening("ovs-vswitchd.ctl", this.#vswitchd);
  }

  /** Kills ovs-vswitchd with SIGKILL, as a crash does, and waits until it is gone. The database goes on. */
  async killSwitch(): Promise<void> {
    this.#vswitchd?.kill();
    await this.#vswitchd?.exited;
    await rm(this.#path("ovs-vswitchd.ctl"), { force: true });
  }

  /** What ovs-vswitchd has logged so far, and ovsdb-server before it. */
  log(): string {
    return (this.#server?.output ?? "") + (this.#vswitchd?.output ?? "");
  }

  /** Adds a bridge on the dummy datapath. It is ready when the call resolves; its controllers need not be connected yet. */
  async addBridge(name: string, options: BridgeOptions = {}): Promise<void> {
    const { protocols, controllers = [], failMode = "secure", dpid } = options;
    const settings = ["datapath_type=dummy", `fail-mode=${failMode}`, "other-config:disable-in-band=true"];
    if (protocols !== undefined) settings.push(`protocols=${protocols.join(",")}`);
    if (dpid !== undefined) settings.push(`other-config:datapath-id=${dpid.toString(16).padStart(16, "0")}`);
    await this.vsctl("add-br", name, "--", "set", "bridge", name, ...settings);
    if (controllers.length > 0) await this.setControllers(name, controllers);
  }

  /** Replaces the controllers of a bridge. A connection that fails is tried again after a second. */
  async setControllers(bridge: string, controllers: readonly string[]): Promise<void> {
    await this.vsctl("set-controller", bridge, ...controllers);
    if (controllers.length === 0) return;
    const ids = (await this.vsctl("get", "bridge", bridge, "controller")).match(/[0-9a-f-]{36}/g) ?? [];
    await this.vsctl(...ids.flatMap((id) => ["--", "set", "controller", id, "max_backoff=1000"]));
  }

  /** Waits until `count` of a bridge's controllers are connected: the OpenFlow handshake is done on Open vSwitch's side. */
  async waitConnected(bridge: string, count = 1, options: WaitOptions = {}): Promise<void> {
    const ids = (await this.vsctl("get", "bridge", bridge, "controller")).match(/[0-9a-f-]{36}/g) ?? [];
    const what = () => `the connection of bridge ${bridge} to its controller\n${tail(this.log(), 20)}\n—`;
    await eventually(
      async () => {
        const states = await Promise.all(ids.map((id) => this.vsctl("get", "controller", id, "is_connected")));
        return states.filter((state) => state.trim() === "true").length >= count;
      },
      { what, ...options },
    );
  }

  /** Adds a dummy port, which sends to nobody but into a capture: see {@link sent}. */
  async addPort(bridge: string, name: string, options: PortOptions = {}): Promise<void> {
    const settings = ["type=dummy", `options:tx_pcap=${this.#path(`${name}.pcap`)}`];
    if (options.ofport !== undefined) settings.push(`ofport_request=${options.ofport}`);
    await this.vsctl("add-port", bridge, name, "--", "set", "interface", name, ...settings);
  }

  /**
   * Lets a packet arrive at a dummy port.
   * @param packet - its bytes, or as hex digits, or a flow in the datapath's syntax, such as `in_port(1),eth(…)`
   */
  async receive(port: string, packet: Uint8Array | string): Promise<void> {
    await this.appctl("netdev-dummy/receive", port, typeof packet === "string" ? packet : Buffer.from(packet).toString("hex"));
  }

  /** The packets that left by a dummy port since it was added. */
  async sent(port: string): Promise<Uint8Array[]> {
    return pcapPackets(await readFile(this.#path(`${port}.pcap`)));
  }

  /** Waits until at least `count` packets have left by a dummy port, and answers all that did. */
  async waitSent(port: string, count: number, options: WaitOptions = {}): Promise<Uint8Array[]> {
    const what = async () => `packet ${count} out of port ${port} (${(await this.sent(port)).length} came)\n${tail(this.log(), 20)}\n—`;
    return eventually(
      async () => {
        const packets = await this.sent(port);
        return packets.length >= count && packets;
      },
      { what, ...options },
    );
  }

  /** The address of a bridge's own OpenFlow listener: `unix:FILE`. */
  management(bridge: string): string {
    return `unix:${this.#path(`${bridge}.mgmt`)}`;
  }

  /** Runs ovs-vsctl and answers what it printed. Rejects if it fails, or if ovs-vswitchd does not take the change within 60 s. */
  vsctl(...args: string[]): Promise<string> {
    return this.#tool("ovs-vsctl", [`--db=unix:${this.#path("db.sock")}`, "--timeout=60", ...args]);
  }

  /** Runs ovs-appctl against ovs-vswitchd and answers what it printed. Rejects if it fails. */
  appctl(...args: string[]): Promise<string> {
    return this.#tool("ovs-appctl", ["--timeout=60", "-t", this.#path("ovs-vswitchd.ctl"), ...args]);
  }

  /**
   * Waits until a bridge's flows match, as ovs-ofctl prints them, and answers all of them. That a controller has logged "is up" is no sign that its flows are there.
   * @param protocol - as ovs-ofctl names it: `OpenFlow13`
   */
  waitFlows(bridge: string, protocol: string, pattern: RegExp, options: WaitOptions = {}): Promise<string> {
    let flows = "";
    return eventually(
      async () => {
        flows = await this.ofctl("-O", protocol, "dump-flows", bridge);
        return pattern.test(flows) && flows;
      },
      { what: () => `a flow of bridge ${bridge} that matches ${pattern} among\n${flows}\n—`, ...options },
    );
  }

  /** Waits until a bridge of OpenFlow 1.3 hands its controller what no other flow matches. A bridge of 1.0 does so from the start. */
  async waitTableMiss(bridge: string, protocol: string): Promise<void> {
    if (protocol !== "OpenFlow10") await this.waitFlows(bridge, protocol, /priority=0 actions=CONTROLLER:65535/);
  }

  /** Runs the real ovs-ofctl where it finds the bridges of this instance by name, and answers what it printed. Rejects if it fails. */
  ofctl(...args: string[]): Promise<string> {
    return this.#tool("ovs-ofctl", ["--timeout=60", ...args]);
  }

  /** Ends both programs and removes the folder. Further calls do nothing. */
  async stop(): Promise<void> {
    await Promise.all([this.#vswitchd?.stop(), this.#server?.stop()]);
    await rm(this.dir, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #path(file: string): string {
    return join(this.dir, file);
  }

  async #tool(program: string, args: readonly string[]): Promise<string> {
    const result: RunResult = await run(program, args, { env: this.env });
    if (result.status === 0) return result.stdout;
    const how = result.signal ?? `status ${result.status}`;
    const said = tail(result.stderr + result.stdout, 20);
    throw new Error(`${program} ${args.join(" ")}: ${how}\n${said}\nlog of Open vSwitch:\n${tail(this.log(), 20)}`);
  }

  /** Waits until a socket takes connections: a file that is there may not be listened on yet. */
  async #listening(file: string, program: Program): Promise<void> {
    const path = this.#path(file);
    await eventually(
      () => {
        if (program.exit !== undefined) throw program.failure(`ended before it listened on ${file}`);
        return new Promise<boolean>((resolve) => {
          const socket = connect(path);
          socket.on("connect", () => {
            socket.destroy();
            resolve(true);
          });
          socket.on("error", () => resolve(false));
        });
      },
      { what: () => program.failure(`socket ${file}`).message },
    );
  }
}

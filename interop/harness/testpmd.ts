/** DPDK's test program with one memif port. It needs root, but neither huge pages nor a network card. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { endWithTest, Program } from "./process.js";
import { eventually } from "./wait.js";

/** How testpmd is started. */
export interface TestpmdOptions {
  readonly role: "server" | "client";
  /** The socket's path. */
  readonly socket: string;
  readonly id?: number;
  readonly secret?: string;
  /** Queues each way; 1 by default. */
  readonly queues?: number;
  /** What it does with packets: "macswap" sends them back with addresses swapped, "icmpecho" answers ARP and ping, "txonly" sends by itself, "rxonly" takes them. */
  readonly forward: "macswap" | "icmpecho" | "txonly" | "rxonly";
  /** For "txonly": bytes of a packet; 64 by default. */
  readonly packetSize?: number;
}

/** A testpmd that runs, with its prompt. It ends with the test. */
export class Testpmd {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  /** Starts it and waits until it takes commands. Forwarding is started. */
  static async start(options: TestpmdOptions): Promise<Testpmd> {
    const { role, socket, id = 0, secret, queues = 1, forward, packetSize = 64 } = options;
    const dir = mkdtempSync(join(tmpdir(), "southbound-dpdk-"));
    const prefix = basename(dir);
    const device = `net_memif0,role=${role},socket=${socket},socket-abstract=no,id=${id}${secret === undefined ? "" : `,secret=${secret}`}`;
    const eal = ["--no-huge", "-m", "256", "--no-pci", "--no-telemetry", "-l", "0,1", `--file-prefix=${prefix}`, `--vdev=${device}`];
    const app = [
      "-i",
      "--total-num-mbufs=16384",
      "--port-topology=chained",
      `--rxq=${queues}`,
      `--txq=${queues}`,
      `--forward-mode=${forward}`,
    ];
    // Into a pipe it would keep what it prints until it ends.
    const program = new Program("stdbuf", ["-oL", "dpdk-testpmd", ...eal, "--", ...app, `--txpkts=${packetSize}`], {
      env: { XDG_RUNTIME_DIR: dir },
    });
    endWithTest(async () => {
      program.kill();
      await program.exited;
      for (const each of [dir, `/var/run/dpdk/${prefix}`]) rmSync(each, { recursive: true, force: true });
    });
    const testpmd = new Testpmd(program);
    await testpmd.#said(/testpmd> /);
    return testpmd;
  }

  /** Forwards packets from now on. */
  async forward(): Promise<void> {
    await this.#command("start", /TX RS bit threshold/);
  }

  /** What port 0 has counted. */
  async stats(): Promise<{ rx: number; tx: number }> {
    const [, rx, tx] = await this.#command("show port stats 0", /RX-packets: (\d+)[\s\S]*TX-packets: (\d+) /);
    return { rx: Number(rx), tx: Number(tx) };
  }

  /** Kills it at once. */
  async kill(): Promise<void> {
    this.#program.kill();
    await this.#program.exited;
  }

  /** Has it end in order. */
  async quit(): Promise<void> {
    this.#program.write("stop\nquit\n");
    await this.#program.exited;
  }

  /** Gives a command and waits for what it prints. */
  #command(command: string, pattern: RegExp): Promise<RegExpExecArray> {
    const from = this.#program.output.length;
    this.#program.write(`${command}\n`);
    return this.#said(pattern, from);
  }

  #said(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return eventually(
      () => {
        if (this.#program.exit !== undefined) throw this.#program.failure("ended");
        return pattern.exec(this.#program.output.slice(from)) ?? undefined;
      },
      { timeout: 30_000, what: () => this.#program.failure(`what matches ${pattern}`).message },
    );
  }
}

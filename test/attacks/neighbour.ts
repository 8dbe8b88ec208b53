/**
 * The well-behaved neighbour: while a peer attacks a server, another one asks it for an echo every few milliseconds, and is to be answered each time.
 *
 * The server, our controller with the learning application or our switch, runs in a process of its own, so that its thread is measured from outside; the neighbour runs in a thread of its
 * own, so that the attack, which runs in the test, does not delay it. The neighbour is set up as a switch where it talks to a controller. What it is answered in is printed; that nothing is lost and
 * its connection lives is for the test to require. No test requires a time.
 *
 * ```ts
 * const server = await startServer({ kind: "switch", flows: 65_536 });
 * try {
 *   const report = await server.beside("flow-stats", async (until) => {
 *     const peer = await rawPeer(server.port);
 *     while (!until()) await peer.say(request);  // goes on until the neighbour was answered 200 times
 *     peer.destroy();
 *   });
 *   expect(report.lost).toBe(0);
 * } finally {
 *   await server.close();
 * }
 * ```
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SecureContextOptions } from "node:tls";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { rolldown } from "rolldown";
import type { NeighbourNews, NeighbourOptions } from "./neighbour-program.js";
import type { ServerOptions, ServerReady, ServerStatus } from "./server-program.js";

/** How a neighbour fared. Times in milliseconds. */
export interface NeighbourReport {
  readonly answered: number;
  /** Echo requests without an answer, and one for a connection that ended. */
  readonly lost: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** A neighbour at work. */
export interface Neighbour {
  /** How often it was answered so far. */
  readonly answered: number;
  /** Resolves when it was answered so many times from now on. Rejects when its connection ends first. */
  more(answers: number): Promise<void>;
  /** Waits for the answers that are due still, and ends it. */
  stop(): Promise<NeighbourReport>;
}

/** How an attack is accompanied. */
export interface BesideOptions {
  /** The attack goes on until the neighbour was answered so often; default 200. */
  readonly answers?: number;
  /** Milliseconds from one echo request to the next; default 5. */
  readonly interval?: number;
  /** The neighbour's wire version; default 4. */
  readonly version?: number;
  /** The neighbour's datapath id; default 0x600d. */
  readonly datapathId?: bigint;
  /** Of the neighbour, where the server speaks TLS. */
  readonly tls?: SecureContextOptions;
}

const programs = ["server-program", "neighbour-program"] as const;

/** Makes the programs into plain files. */
async function build(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "southbound-attacks-"));
  const input = Object.fromEntries(programs.map((name) => [name, fileURLToPath(new URL(`./${name}.ts`, import.meta.url))]));
  const bundle = await rolldown({ input, platform: "node", logLevel: "silent" });
  await bundle.write({ dir: folder, format: "esm", entryFileNames: "[name].mjs" });
  await bundle.close();
  return folder;
}

/** A server in a process of its own. */
export class Server {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  constructor(child: ChildProcess, port: number, folder: string) {
    this.#child = child;
    this.port = port;
    this.#folder = folder;
  }

  /** How the server stands. Rejects when it has died. */
  async status(): Promise<ServerStatus> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error("the server has died");
    this.#child.send("status");
    return await message<ServerStatus>(this.#child);
  }

  /** Starts a neighbour, which was answered once when this resolves. */
  async neighbour(options: Omit<BesideOptions, "answers"> = {}): Promise<Neighbour> {
    const { interval = 5, version = 4, datapathId = 0x600dn, tls } = options;
    const data: NeighbourOptions = { port: this.port, interval, version, datapathId, tls };
    const worker = new Worker(join(this.#folder, "neighbour-program.mjs"), { workerData: data });
    let last: NeighbourNews = { answered: 0 };
    const waits = new Set<() => void>();
    const wake = (): void => {
      for (const w of [...waits]) w();
    };
    let over = false;
    worker.on("message", (news: NeighbourNews) => {
      last = news;
      wake();
    });
    worker.on("exit", () => {
      over = true;
      wake();
    });
    const until = (done: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!done()) return;
          waits.delete(look);
          resolve();
        };
        waits.add(look);
        look();
      });
    const neighbour: Neighbour = {
      get answered() {
        return last.answered;
      },
      async more(answers) {
        const wanted = last.answered + answers;
        await until(() => over || last.answered >= wanted);
        if (last.answered < wanted) throw new Error(`the neighbour's connection ended after ${last.answered} answers`);
      },
      async stop() {
        worker.postMessage("stop");
        await until(() => over || last.times !== undefined);
        await worker.terminate();
        const times = [...(last.times ?? [])].sort((a, b) => a - b);
        const at = (q: number): number => times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? Number.NaN;
        return { answered: last.answered, lost: last.lost ?? 1, p50: at(0.5), p99: at(0.99), max: at(1) };
      },
    };
    await neighbour.more(1);
    return neighbour;
  }

  /**
   * Runs an attack beside a neighbour, and prints how that fared.
   * @param attack - is called with a function that says when it has lasted long enough: when the neighbour was answered often enough or has lost its connection
   */
  async beside(name: string, attack: (until: () => boolean) => Promise<void>, options: BesideOptions = {}): Promise<NeighbourReport> {
    const { answers = 200, ...rest } = options;
    const neighbour = await this.neighbour(rest);
    let enough = false;
    const lasted = neighbour.more(answers).then(
      () => {
        enough = true;
      },
      () => {
        enough = true;
      },
    );
    let report: NeighbourReport;
    try {
      await attack(() => enough);
      await lasted;
    } finally {
      report = await neighbour.stop();
    }
    const { rss } = await this.status();
    const ms = (n: number): string => n.toFixed(1);
    console.log(
      `neighbour of ${name}: ${report.answered} echoes, p50 ${ms(report.p50)} ms, p99 ${ms(report.p99)} ms, max ${ms(report.max)} ms, ` +
        `${report.lost} lost; server ${Math.round(rss / 1e6)} MB`,
    );
    return report;
  }

  /** Ends the server. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Starts a server in a process of its own. Rejects with what it printed when it does not come up. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const folder = await build();
  const child = fork(join(folder, "server-program.mjs"), {
    serialization: "advanced",
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  child.send(options);
  const { port } = await message<ServerReady>(child);
  return new Server(child, port, folder);
}

/** The next message of a child. */
function message<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null, signal: string | null): void => reject(new Error(`the server has died with ${signal ?? code}`));
    child.once("exit", died);
    child.once("message", (m) => {
      child.off("exit", died);
      resolve(m as T);
    });
  });
}

/** A peer of which nothing is right but what the test sends. What it receives is counted and dropped. */
export interface RawPeer {
  readonly socket: Socket;
  /** Bytes received. */
  readonly received: number;
  /** Whether the connection has ended. */
  readonly ended: boolean;
  /** Sends bytes; resolves when the kernel has taken them, or the connection has ended. A peer whose bytes nobody reads waits here: do not await it then. */
  say(bytes: Uint8Array): Promise<void>;
  /** Resolves when so many bytes were received in all, or the connection has ended. */
  heard(bytes: number): Promise<void>;
  /** Ends the connection at once. */
  destroy(): void;
}

/** Connects to a server. @param options - `deaf`: nothing is ever read */
export async function rawPeer(port: number, options: { readonly deaf?: boolean } = {}): Promise<RawPeer> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.setNoDelay(true);
  let received = 0;
  if (options.deaf === true) socket.pause();
  else
    socket.on("data", (bytes) => {
      received += bytes.length;
      socket.emit("heard");
    });
  return {
    socket,
    get received() {
      return received;
    },
    get ended() {
      return socket.destroyed || socket.readableEnded;
    },
    say: (bytes) =>
      new Promise((resolve) => {
        if (socket.destroyed || !socket.writable) {
          resolve();
          return;
        }
        const done = (): void => {
          socket.off("close", done);
          resolve();
        };
        socket.once("close", done);
        socket.write(bytes, done);
      }),
    heard: (bytes) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (received < bytes && !socket.destroyed && !socket.readableEnded) return;
          socket.off("heard", look);
          socket.off("close", look);
          socket.off("end", look);
          resolve();
        };
        socket.on("heard", look);
        socket.on("close", look);
        socket.on("end", look);
        look();
      }),
    destroy: () => socket.destroy(),
  };
}

/** A message of a type and transaction id, with a body of bytes. */
export function frame(version: number, type: number, xid: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(8 + body.length);
  new DataView(bytes.buffer).setUint32(0, version * 0x1000000 + type * 0x10000 + bytes.length);
  new DataView(bytes.buffer).setUint32(4, xid);
  bytes.set(body, 8);
  return bytes;
}

/** Messages one behind the other. */
export function joined(messages: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(messages.reduce((sum, m) => sum + m.length, 0));
  let p = 0;
  for (const m of messages) {
    all.set(m, p);
    p += m.length;
  }
  return all;
}

import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Core, endChild, startModule } from "./children.js";
import { median } from "./median.js";
import type { MemifOrder, MemifWork } from "./memif-process.js";
import { hasTestpmd, startTestpmd } from "./memif-testpmd.js";
import { compareTransports, transportLines } from "./memif-transport.js";
import type { BenchOptions, Outcome, Suite } from "./suite.js";
import { column, table } from "./table.js";

/** One row of the table. */
export interface MemifResult {
  readonly suite: "memif";
  readonly name: string;
  /** Bytes of a packet. */
  readonly size: number;
  /** The median of all loops. */
  readonly value: number;
  readonly unit: "packets/s" | "us" | "ns";
  /** How many times what testpmd reaches with testpmd in the same run; null where there is nothing to compare. */
  readonly ratio: number | null;
  /** What it should be on a machine at rest. */
  readonly aim: string;
}

/** Milliseconds that an end may be silent. */
const PATIENCE = 30_000;
const SIZES = [64, 1500];

/** One of our ends, in its process. */
interface End {
  /** Resolves when it is connected. */
  readonly connected: Promise<unknown>;
  measure(order: MemifOrder): Promise<readonly number[]>;
  stop(): Promise<void>;
}

/** Slots of the rings, as testpmd has them by default. */
const SLOTS = 1024;
/** Slots of rings so deep that what the consumer reads has left the producer's cache: the two disturb each other less. */
const DEEP = 4096;

async function startEnd(
  role: "server" | "client",
  work: MemifWork,
  socket: string,
  size: number,
  core: Core,
  { slots = SLOTS, always = false }: { readonly slots?: number; readonly always?: boolean } = {},
): Promise<End> {
  const child = startModule("memif-process", [role, work, socket, String(size), String(slots), ...(always ? ["always"] : [])], core);
  const ended = new AbortController();
  const silent = (): Error => new Error(`the ${role} that was to ${work} ended or says nothing; what it said stands above`);
  child.once("exit", () => ended.abort(silent()));
  // Two may come at once, so that a listener set up after the first would miss the second.
  const said: unknown[] = [];
  const more = new EventEmitter();
  child.on("message", (what) => {
    said.push(what);
    more.emit("said");
  });
  const message = async (ms = 0): Promise<unknown> => {
    const late = AbortSignal.timeout(PATIENCE + ms);
    while (said.length === 0) {
      await once(more, "said", { signal: AbortSignal.any([ended.signal, late]) }).catch(() => {
        throw silent();
      });
    }
    return said.shift();
  };
  await message();
  const connected = message();
  connected.catch(() => {});
  return {
    connected,
    async measure(order) {
      const answer = message(order.ms * order.loops);
      child.send(order);
      return ((await answer) as { values: number[] }).values;
    },
    stop: () => endChild(child),
  };
}

/** Runs two ends, of which the first is a server, and stops them. */
async function between<A extends { stop(): Promise<void> }, B extends { stop(): Promise<void> }>(
  first: () => Promise<A>,
  second: () => Promise<B>,
  measure: (a: A, b: B) => Promise<number>,
): Promise<number> {
  const a = await first();
  try {
    const b = await second();
    try {
      return await measure(a, b);
    } finally {
      await b.stop();
    }
  } finally {
    await a.stop();
  }
}

class Run {
  readonly #dir: string;
  readonly #order: MemifOrder;
  readonly #seconds: number;
  #sockets = 0;

  constructor(dir: string, { quick, seconds, loops }: BenchOptions) {
    this.#dir = dir;
    this.#order = { ms: Math.max(seconds, 0.2) * 1000, loops: loops + 1 };
    this.#seconds = quick ? 1 : 3;
  }

  #socket(): string {
    return join(this.#dir, `${this.#sockets++}.sock`);
  }

  /** What an end of ours says, without its first loop. */
  async #ours(end: End): Promise<number> {
    await end.connected;
    return median((await end.measure(this.#order)).slice(1));
  }

  /** From one testpmd to another. */
  testpmd(size: number): Promise<number> {
    const socket = this.#socket();
    return between(
      () => startTestpmd({ role: "server", socket, work: "rxonly", size, core: "server" }),
      () => startTestpmd({ role: "client", socket, work: "txonly", size, core: "generator" }),
      (server) => server.rate(this.#seconds),
    );
  }

  /** From testpmd to us. */
  fromTestpmd(size: number): Promise<number> {
    const socket = this.#socket();
    return between(
      () => startEnd("server", "receive", socket, size, "server"),
      () => startTestpmd({ role: "client", socket, work: "txonly", size, core: "generator" }),
      (server) => this.#ours(server),
    );
  }

  /** From us to testpmd. */
  toTestpmd(size: number): Promise<number> {
    const socket = this.#socket();
    return between(
      () => startTestpmd({ role: "server", socket, work: "rxonly", size, core: "server" }),
      () => startEnd("client", "send", socket, size, "generator"),
      (_, client) => this.#ours(client),
    );
  }

  /** From our server to our client, whose rings have so many slots. */
  ours(size: number, slots: number): Promise<number> {
    const socket = this.#socket();
    return between(
      () => startEnd("server", "send", socket, size, "server", { always: true }),
      () => startEnd("client", "receive", socket, size, "generator", { slots }),
      (_, client) => this.#ours(client),
    );
  }

  /** A packet to our server and back, with interrupts. */
  echo(size: number): Promise<number> {
    const socket = this.#socket();
    return between(
      () => startEnd("server", "echo", socket, size, "server"),
      () => startEnd("client", "ping", socket, size, "generator"),
      (_, client) => this.#ours(client),
    );
  }

  /** Both ends in one thread. */
  async thread(size: number): Promise<number> {
    const end = await startEnd("server", "both", this.#socket(), size, "server");
    try {
      return await this.#ours(end);
    } finally {
      await end.stop();
    }
  }
}

function shown({ value, unit }: MemifResult): string {
  if (unit === "packets/s") return `${(value / 1e6).toFixed(2)} M/s`;
  return `${value.toFixed(1)} ${unit}`;
}

/** The data path of memif: by itself, and beside testpmd in the same run. */
export const MEMIF_SUITE: Suite = {
  summary: "packets through shared memory: between two processes and beside dpdk-testpmd, with interrupts, and in one thread",
  async run(options: BenchOptions, progress, signal): Promise<Outcome> {
    const dir = await mkdtemp(join(tmpdir(), "southbound-memif-"));
    const rounds = options.quick ? 1 : 3;
    const results: MemifResult[] = [];
    const add = (name: string, size: number, value: number, unit: MemifResult["unit"], aim: string, ratio: number | null = null): void => {
      results.push({ suite: "memif", name, size, value, unit, ratio, aim });
    };
    const note: string[] = [];
    try {
      const run = new Run(dir, options);
      const measured = async (what: string, measure: () => Promise<number>): Promise<number> => {
        progress(what);
        signal.throwIfAborted();
        return measure();
      };
      const peer = hasTestpmd();
      if (!peer) note.push("dpdk-testpmd is not installed: nothing to compare with");
      for (const size of SIZES) {
        // in turn, so that all meet the same state of the machine
        const [yard, from, to, own, deep]: [number[], number[], number[], number[], number[]] = [[], [], [], [], []];
        for (let round = 0; round < rounds; round++) {
          if (peer) {
            yard.push(await measured(`testpmd to testpmd, ${size} bytes`, () => run.testpmd(size)));
            from.push(await measured(`testpmd to southbound, ${size} bytes`, () => run.fromTestpmd(size)));
            to.push(await measured(`southbound to testpmd, ${size} bytes`, () => run.toTestpmd(size)));
          }
          own.push(await measured(`southbound to southbound, ${size} bytes`, () => run.ours(size, SLOTS)));
          deep.push(await measured(`southbound to southbound, ${size} bytes, deep rings`, () => run.ours(size, DEEP)));
        }
        const base = peer ? median(yard) : null;
        const ratio = (value: number): number | null => (base === null ? null : value / base);
        if (base !== null) {
          add("testpmd to testpmd", size, base, "packets/s", "", 1);
          add("testpmd to southbound", size, median(from), "packets/s", "0.9 x", ratio(median(from)));
          add("southbound to testpmd", size, median(to), "packets/s", "0.7 x", ratio(median(to)));
        }
        add("southbound to southbound", size, median(own), "packets/s", size === 64 ? "15 M/s" : "", ratio(median(own)));
        add(`southbound to southbound, ${DEEP} slots`, size, median(deep), "packets/s", size === 64 ? "15 M/s" : "", ratio(median(deep)));
      }
      add("there and back, with interrupts", 64, await measured("there and back", () => run.echo(64)), "us", "15 us");
      add("sent and received in one thread", 64, await measured("one thread", () => run.thread(64)), "ns", "35 ns");
      const transports = await compareTransports(dir, options, progress, signal);
      return {
        results: [...results, ...transports],
        lines: [
          ...table(results, [
            column("what", "left", (r) => r.name),
            column("bytes", "right", (r) => String(r.size)),
            column("value", "right", shown),
            column("of testpmd", "right", (r) => (r.ratio === null ? "-" : `${r.ratio.toFixed(2)} x`)),
            column("aim", "right", (r) => r.aim),
          ]),
          ...note,
          ...transportLines(transports),
        ],
      };
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  },
};

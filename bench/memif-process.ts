/**
 * One end of a memif connection under measurement, in a process of its own: `memif-process.js server|client WORK SOCKET SIZE SLOTS [always]`. It tells its parent when it is ready and
 * when it is connected, and answers a message, which names a number of milliseconds and how many times, with what it measured.
 */
import { type Interface, MemifClient, MemifServer, type RxRing, type TxRing } from "southbound/memif";
import { median } from "./median.js";

/** What an end does: take packets, send them, send each back, send one and wait for it to come back, or have both ends in one thread. */
export type MemifWork = "receive" | "send" | "echo" | "ping" | "both";

/** What the parent asks for. */
export interface MemifOrder {
  readonly ms: number;
  readonly loops: number;
}

const [role, work, socket = "", bytes = "64", slots = "1024"] = process.argv.slice(2) as [
  "server" | "client",
  MemifWork,
  string,
  string,
  string,
];
const size = Number(bytes);
const PACKETS_AT_ONCE = 256;
/** Bursts between two looks at the clock. */
const CHUNK = 64;
const PINGS = 200;

process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
process.on("SIGINT", () => {});

const options = { socket, reception: work === "echo" || work === "ping" ? "interrupt" : "manual" } as const;
const open = (which: "server" | "client"): Interface =>
  which === "server" ? new MemifServer(options) : new MemifClient({ ...options, ringSize: Number(slots) });
const packet = new Uint8Array(new ArrayBuffer(size)).fill(0x5a);
/** What was read of packets, so that no reading is for nothing. */
let seen = 0;

function take(ring: RxRing): number {
  const burst = ring.receive(PACKETS_AT_ONCE);
  if (burst === undefined) return 0;
  const { count } = burst;
  for (let i = 0; i < count; i++) seen += burst.chunk(i).u8[burst.start(i)]! + burst.length(i);
  burst.release();
  return count;
}

function give(ring: TxRing): number {
  for (let i = 0; i < PACKETS_AT_ONCE && ring.put(packet); i++);
  return ring.flush();
}

function giveInPlace(ring: TxRing): number {
  for (let i = 0; i < PACKETS_AT_ONCE && ring.claim(size); i++) {
    const { chunk, at } = ring;
    chunk.u8[at] = i;
  }
  return ring.flush();
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs `step` for `ms`, with turns of the event loop in between; how many packets a second. */
async function rate(ms: number, step: () => number): Promise<number> {
  const begin = performance.now();
  let packets = 0;
  let now = begin;
  for (let turns = 1; now - begin < ms; turns++) {
    for (let i = 0; i < CHUNK; i++) packets += step();
    if (turns % CHUNK === 0) await turn();
    now = performance.now();
  }
  return (packets * 1000) / (now - begin);
}

/** Microseconds of CPU time, of which other processes take nothing. */
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Nanoseconds a packet for one thread that sends and receives. */
function both(ms: number, rx: RxRing, tx: TxRing): number {
  const from = cpu();
  let packets = 0;
  while (cpu() - from < ms * 1000)
    for (let i = 0; i < CHUNK; i++) {
      giveInPlace(tx);
      packets += take(rx);
    }
  return ((cpu() - from) * 1000) / packets;
}

/** Microseconds until a packet is back, at the median. */
function ping(memif: Interface): Promise<number> {
  const times: number[] = [];
  return new Promise((resolve) => {
    let at = 0;
    const next = (): void => {
      at = performance.now();
      memif.send([packet]);
    };
    memif.receive(() => {
      times.push((performance.now() - at) * 1000);
      if (times.length < PINGS) return next();
      memif.receive(null);
      resolve(median(times));
    });
    next();
  });
}

const memif = open(role);
const other = work === "both" ? open(role === "server" ? "client" : "server") : undefined;
if (work === "echo") memif.receive((burst) => void memif.send(Array.from({ length: burst.count }, (_, i) => burst.view(i))));
process.send?.("ready");
await memif.connected();
await other?.connected();
process.send?.("connected");

async function measure(ms: number): Promise<number> {
  const { rx, tx } = memif;
  if (work === "receive") return rate(ms, () => take(rx[0]!));
  if (work === "send") return rate(ms, () => give(tx[0]!));
  if (work === "ping") return ping(memif);
  return both(ms, rx[0]!, other!.tx[0]!);
}

process.on("message", async ({ ms, loops }: MemifOrder) => {
  const values: number[] = [];
  for (let i = 0; i < loops; i++) values.push(await measure(ms));
  process.send?.({ values, seen });
});
// What is sent has to go on while the other end is measured.
if (process.argv[7] === "always")
  while (memif.state === "connected") await rate(100, () => (memif.tx[0] === undefined ? 0 : give(memif.tx[0])));

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Chunk } from "../../src/bytes/mod.js";
import type { Clock, Timer } from "../../src/clock/mod.js";
import type { SouthboundError } from "../../src/errors/mod.js";
import { connect, type Listener, listen, pipe, type Stream, type StreamOptions, TlsIdentity } from "../../src/stream/mod.js";
import { makeRings, RingSide } from "../../src/stream/ring.js";
import { RingStream } from "../../src/stream/ring-stream.js";
import { testPki } from "./certificates.js";

/** A directory for socket files, with a function that removes it. */
export function directory(): { dir: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), "southbound-"));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export function chunkOf(bytes: Uint8Array | string): Chunk {
  return new Chunk(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes.slice());
}

export function say(stream: Stream, bytes: Uint8Array | string): boolean {
  const c = chunkOf(bytes);
  return stream.write(c, c.u8.length);
}

/** Collects everything that a stream tells. */
export class Log {
  readonly pieces: Uint8Array[] = [];
  size = 0;
  opens = 0;
  drains = 0;
  readonly ends: (SouthboundError | null)[] = [];
  readonly #waiters = new Set<() => void>();
  constructor(readonly stream: Stream) {
    stream.onOpen = () => {
      this.opens++;
      this.#wake();
    };
    stream.onDrain = () => {
      this.drains++;
      this.#wake();
    };
    stream.onClose = (e) => {
      this.ends.push(e);
      this.#wake();
    };
    this.listen();
  }
  listen(): void {
    this.stream.onChunk = (chunk, n) => {
      this.pieces.push(chunk.u8.slice(0, n));
      this.size += n;
      this.#wake();
    };
  }
  #wake(): void {
    for (const w of this.#waiters) w();
  }
  get bytes(): Uint8Array {
    const all = new Uint8Array(this.size);
    let p = 0;
    for (const b of this.pieces) {
      all.set(b, p);
      p += b.length;
    }
    return all;
  }
  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }
  until(what: (log: Log) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!what(this)) return;
        this.#waiters.delete(look);
        resolve();
      };
      this.#waiters.add(look);
      look();
    });
  }
}

/** Two connected streams, both open. */
export interface Pair {
  a: Stream;
  b: Stream;
  done(): Promise<void>;
}

async function overListener(target: string, active: (l: Listener) => string, options: StreamOptions): Promise<Pair> {
  let got!: (s: Stream) => void;
  const accepted = new Promise<Stream>((r) => {
    got = r;
  });
  const listener = await listen(target, { ...options, onStream: got });
  const a = connect(active(listener), options);
  await new Promise<void>((resolve, reject) => {
    a.onOpen = resolve;
    a.onClose = reject;
  });
  a.onOpen = null;
  a.onClose = null;
  const b = await accepted;
  return {
    a,
    b,
    async done() {
      a.destroy();
      b.destroy();
      await Promise.all([a.closed, b.closed, listener.close()]);
    },
  };
}

let files = 0;
export const { dir: shared, remove: removeShared } = directory();

let identity: TlsIdentity | undefined;
/** One identity for both ends. */
export function sharedTls(): TlsIdentity {
  if (identity === undefined) {
    const { caCert, privateKey, certificate } = testPki(shared);
    identity = new TlsIdentity({ caCert, privateKey, certificate });
  }
  return identity;
}

export const TRANSPORTS: [string, (options?: StreamOptions) => Promise<Pair>][] = [
  ["tcp", (o = {}) => overListener("ptcp:0:127.0.0.1", (l) => `tcp:127.0.0.1:${l.name.split(":")[1]}`, o)],
  ["ssl", (o = {}) => overListener("pssl:0:127.0.0.1", (l) => `ssl:127.0.0.1:${l.name.split(":")[1]}`, { ...o, tls: sharedTls() })],
  ["unix", (o = {}) => overListener(`punix:${shared}/s${++files}`, (l) => l.name.slice(1), o)],
  ...(["write", "microtask"] as const).map((delivery): [string, (options?: StreamOptions) => Promise<Pair>] => [
    `pipe (${delivery})`,
    async (o = {}) => {
      const [a, b] = pipe({ ...o, delivery });
      return {
        a,
        b,
        async done() {
          a.destroy();
          b.destroy();
          await Promise.all([a.closed, b.closed]);
        },
      };
    },
  ]),
  [
    "rings",
    async (o = {}) => {
      const memory = makeRings();
      const end = (side: 0 | 1): Stream =>
        new RingStream(
          new RingSide(memory, side),
          { kind: "rings", name: `ring#${1 - side}`, local: `ring#${side}`, needsProbes: false, state: "open" },
          o,
        );
      const [a, b] = [end(0), end(1)];
      return {
        a,
        b,
        async done() {
          a.destroy();
          b.destroy();
          await Promise.all([a.closed, b.closed]);
        },
      };
    },
  ],
];

/** A clock that stands still until told. */
export class ManualClock implements Clock {
  #now = 0;
  readonly timers = new Set<{ at: number; run: () => void }>();
  now(): number {
    return this.#now;
  }
  after(ms: number, run: () => void): Timer {
    const timer = { at: this.#now + ms, run };
    this.timers.add(timer);
    return { stop: () => void this.timers.delete(timer) };
  }
  every(): Timer {
    throw new Error("not used");
  }
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.timers].filter((t) => t.at <= end).sort((x, y) => x.at - y.at)[0];
      if (due === undefined) break;
      this.timers.delete(due);
      this.#now = due.at;
      due.run();
    }
    this.#now = end;
  }
}

/** Runs `act` and returns what surfaced as an uncaught error meanwhile. */
export async function uncaught(act: () => Promise<void>): Promise<unknown[]> {
  const before = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  const seen: unknown[] = [];
  process.on("uncaughtException", (e) => seen.push(e));
  try {
    await act();
    await new Promise((r) => setTimeout(r, 5));
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const l of before) process.on("uncaughtException", l);
  }
  return seen;
}

export const tick = (ms = 0): Promise<void> => new Promise((r) => setTimeout(r, ms));

/** Waits until a stream with a peer that does not read can send no more. */
export async function stuck(stream: Stream): Promise<void> {
  for (let last = -1, calm = 0; calm < 5; calm++) {
    if (stream.queued !== last) calm = 0;
    last = stream.queued;
    await tick(2);
  }
}

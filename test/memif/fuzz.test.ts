/**
 * Our ends against a peer that breaks every rule while traffic runs, for 5 seconds, or 20 with SOAK=1. SOUTHBOUND_FUZZ_SECONDS says how long instead, SOUTHBOUND_FUZZ_SEED which numbers:
 * `SOUTHBOUND_FUZZ_SECONDS=600 npx vitest run --project unit test/memif/fuzz.test.ts`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { type Interface, MemifClient, MemifServer, MemifSocket } from "../../src/memif/mod.js";
import { scaled } from "../soak.js";
import { freshName, holdings, until } from "./raw-peer.js";

const PEER = fileURLToPath(new URL("./fuzz-peer.mjs", import.meta.url));
const ADDON = fileURLToPath(new URL(`../../native/build/${process.platform}-${process.arch}/southbound.node`, import.meta.url));
const SECONDS = Number(process.env.SOUTHBOUND_FUZZ_SECONDS ?? scaled(20));
const SEED = Number(process.env.SOUTHBOUND_FUZZ_SEED ?? Date.now() % 2 ** 31);

/** Reads every packet and sends some back; what comes is anything. */
function use(memif: Interface): { readonly packets: () => number } {
  let packets = 0;
  memif.receive((burst) => {
    for (let i = 0; i < burst.count; i++) {
      expect(burst.copy(i).length).toBe(burst.length(i));
      packets++;
    }
    if (packets % 3 === 0 && memif.tx.length > 0 && burst.length(0) < 60_000)
      memif.send([burst.view(0), [burst.copy(0), new Uint8Array(3000)]], burst.queue % memif.tx.length);
  });
  return { packets: () => packets };
}

/** Sends of its own accord to all queues, a little each turn. */
function feed(memif: Interface): void {
  const sizes = [1, 64, 2048, 2049, 9000];
  const { tx } = memif;
  for (let queue = 0; queue < tx.length && memif.state === "connected"; queue++)
    memif.send(
      sizes.map((n) => new Uint8Array(n)),
      queue,
    );
}

test(
  `${SECONDS} seconds with a hostile peer, seed ${SEED}`,
  async () => {
    const name = freshName();
    const theirs = freshName();
    const before = holdings();
    const child = spawn(process.execPath, [PEER, ADDON, name, theirs, String(SEED)], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const socket = new MemifSocket(name, { handshakeTimeout: 200 });
    const server = new MemifServer({ socket });
    await once(child.stdout!, "data");
    const theirSocket = new MemifSocket(theirs, { handshakeTimeout: 200 });
    const client = new MemifClient({
      socket: theirSocket,
      transmitQueues: 2,
      receiveQueues: 2,
      ringSize: 64,
      backoff: { min: 1, max: 10 },
    });
    onTestFinished(async () => {
      for (const one of [client, server, theirSocket, socket]) await one.close();
    });
    const [atServer, atClient] = [use(server), use(client)];
    for (const end = performance.now() + SECONDS * 1000; child.exitCode === null && performance.now() < end; await turn()) {
      feed(server);
      feed(client);
    }
    expect(child.exitCode).toBeNull();
    child.kill("SIGKILL");
    await once(child, "exit");
    for (const counters of [server.counters, client.counters]) {
      expect(counters.connections).toBeGreaterThan(0);
      expect(counters.faults).toBeGreaterThan(0);
    }
    expect(Math.min(atServer.packets(), atClient.packets())).toBeGreaterThan(0);

    // It serves the next client as if nothing had been.
    await until(() => server.state !== "connected");
    const good = new MemifClient({ socket: name, backoff: { min: 1, max: 10 } });
    onTestFinished(() => good.close());
    await Promise.all([good.connected(), server.connected()]);
    const packets = atServer.packets();
    good.send([Uint8Array.of(1, 2, 3)]);
    await until(() => atServer.packets() === packets + 1);
    for (const one of [good, client, server, theirSocket, socket]) await one.close();
    await until(() => JSON.stringify(holdings()) === JSON.stringify({ ...before, descriptors: holdings().descriptors }));
    expect(holdings().descriptors).toBeLessThanOrEqual(before.descriptors);
  },
  SECONDS * 1000 + 60_000,
);

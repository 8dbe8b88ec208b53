/** Peers in processes of their own that are killed at every step of the handshake, and behind it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { encodeMessage, type Message } from "../../src/memif/messages.js";
import { MemifClient, MemifServer } from "../../src/memif/mod.js";
import { addRing, freshName, holdings, init, until } from "./raw-peer.js";

const CHILD = fileURLToPath(new URL("./raw-child.mjs", import.meta.url));
const ADDON = fileURLToPath(new URL(`../../native/build/${process.platform}-${process.arch}/southbound.node`, import.meta.url));

/** Starts the child and waits for a line of it. */
async function start(
  role: "client" | "server",
  name: string,
  steps: readonly (readonly [Message, string])[],
  line: string,
): Promise<ChildProcess> {
  const list = steps.map(([message, what]) => [Buffer.from(encodeMessage(message)).toString("hex"), what]);
  const child = spawn(process.execPath, [CHILD, ADDON, role, name, JSON.stringify(list)], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  for await (const said of createInterface({ input: child.stdout! })) if (said === line) return child;
  throw new Error(`the child ended without "${line}"`);
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

const asClient: readonly (readonly [Message, string])[] = [
  [init(), "none"],
  [{ type: "addRegion", index: 0, size: 65_536 }, "memfd"],
  [addRing(), "eventfd"],
  [addRing({ flags: 0, offset: 0 }), "eventfd"],
  [{ type: "connect", interfaceName: "child" }, "none"],
];

test.each(asClient.map((_, i) => [i]).concat([[asClient.length]]))(
  "a server gives everything back when its client is killed after %i requests",
  async (count) => {
    const name = freshName();
    const server = new MemifServer({ socket: name });
    onTestFinished(() => server.close());
    server.receive(() => {});
    const before = holdings();
    const child = await start("client", name, asClient.slice(0, count), "ready");
    await until(() => server.state === (count === 0 ? "waiting" : count < asClient.length ? "connecting" : "connected"));
    const during = holdings();
    expect(during.mappings).toBe(before.mappings + (count > 1 ? 1 : 0));
    await kill(child);
    await until(() => server.state === "waiting" && holdings().mappings === before.mappings);
    const next = new MemifClient({ socket: name });
    await next.connected();
    await next.close();
    await until(() => server.state === "waiting");
    // The child's output is gone with it, so that only what the connection held can be left.
    expect(holdings().mappings).toBe(before.mappings);
    await until(() => holdings().descriptors <= before.descriptors);
  },
);

const asServer: readonly (readonly [Message, string])[] = [
  [
    {
      type: "hello",
      name: "child",
      minVersion: 0x0200,
      maxVersion: 0x0200,
      maxRegion: 255,
      maxM2sRing: 255,
      maxS2mRing: 255,
      maxLog2RingSize: 14,
    },
    "none",
  ],
  ...Array.from({ length: 4 }, () => [{ type: "ack" }, "none"] as const),
  [{ type: "connected", interfaceName: "child" }, "none"],
];

test.each(asServer.map((_, i) => [i + 1]))(
  "a client gives everything back when its server is killed after %i answers, and connects again",
  async (count) => {
    const name = freshName();
    const before = holdings();
    const child = await start("server", name, asServer.slice(0, count), "listening");
    const ready = createInterface({ input: child.stdout! });
    const client = new MemifClient({ socket: name });
    onTestFinished(() => client.close());
    client.receive(() => {});
    await once(ready, "line");
    if (count === asServer.length) await client.connected();
    await kill(child);
    await until(() => client.state === "waiting");
    expect(holdings().mappings).toBe(before.mappings);
    await until(() => holdings().descriptors <= before.descriptors);
    const server = new MemifServer({ socket: name });
    onTestFinished(() => server.close());
    await client.connected();
    expect(server.state).toBe("connected");
  },
);

/** Servers and clients with each other: set-up, packets, events, waiting, closing. */
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type Burst,
  MemifClient,
  type MemifClientOptions,
  type MemifError,
  MemifServer,
  type MemifServerOptions,
  MemifSocket,
} from "../../src/memif/mod.js";
import { MockClock } from "../../src/testing/mod.js";
import { freshName, holdings, until } from "./raw-peer.js";

interface Pair {
  readonly server: MemifServer;
  readonly client: MemifClient;
}

async function connectedPair(options: { server?: Partial<MemifServerOptions>; client?: Partial<MemifClientOptions> } = {}): Promise<Pair> {
  const name = freshName();
  const server = new MemifServer({ socket: name, ...options.server });
  const client = new MemifClient({ socket: name, ...options.client });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  await Promise.all([server.connected(), client.connected()]);
  return { server, client };
}

const packet = (length: number, seed = 0): Uint8Array => Uint8Array.from({ length }, (_, i) => (seed + i * 7) & 0xff);
/** All packets that come, copied. */
function collect(from: MemifServer | MemifClient): Uint8Array[] {
  const got: Uint8Array[] = [];
  from.receive((burst) => {
    for (let i = 0; i < burst.count; i++) got.push(burst.copy(i));
  });
  return got;
}

describe("set-up", () => {
  test("each learns the other's names", async () => {
    const name = freshName();
    const socket = new MemifSocket(name, { applicationName: "the server" });
    onTestFinished(() => socket.close());
    const server = new MemifServer({ socket, name: "left", secret: "geheim" });
    const own = new MemifSocket(name, { applicationName: "the client" });
    onTestFinished(() => own.close());
    const client = new MemifClient({ socket: own, name: "right", secret: "geheim" });
    await Promise.all([server.connected(), client.connected()]);
    expect(server.peer).toEqual({ application: "the client", interfaceName: "right" });
    expect(client.peer).toEqual({ application: "the server", interfaceName: "left" });
  });

  test("rings both ways are counted apart, and limits are highest numbers", async () => {
    const name = freshName();
    const socket = new MemifSocket(name, { limits: { maxReceiveQueues: 1, maxTransmitQueues: 3, maxRingSize: 64 } });
    onTestFinished(() => socket.close());
    const server = new MemifServer({ socket });
    const client = new MemifClient({ socket: name, transmitQueues: 4, receiveQueues: 4, ringSize: 1024 });
    onTestFinished(() => client.close());
    await Promise.all([server.connected(), client.connected()]);
    expect([server.rx.length, server.tx.length, client.rx.length, client.tx.length]).toEqual([1, 3, 3, 1]);
    expect(client.tx[0]!.free).toBe(64);
  });

  test("what was agreed on can be read at both ends", async () => {
    const name = freshName();
    const socket = new MemifSocket(name, { limits: { maxReceiveQueues: 1, maxTransmitQueues: 2, maxRingSize: 64 } });
    onTestFinished(() => socket.close());
    const server = new MemifServer({ socket });
    const client = new MemifClient({ socket: name, transmitQueues: 4, receiveQueues: 4, ringSize: 1024, bufferSize: 4096 });
    onTestFinished(() => client.close());
    expect([server.details, client.details]).toEqual([null, null]);
    await Promise.all([server.connected(), client.connected()]);
    const ring = 128 + 16 * 64;
    const queue = (i: number) => ({ ringSize: 64, bufferSize: 4096, region: 0, offset: i * ring, eventfd: expect.any(Number) });
    const regions = [3 * (ring + 64 * 4096)];
    expect(server.details).toEqual({ regions, rx: [queue(0)], tx: [queue(1), queue(2)] });
    expect(client.details).toEqual({ regions, rx: [queue(1), queue(2)], tx: [queue(0)] });
    expect([server.rx[0]!.size, server.tx[0]!.size, client.rx[0]!.size]).toEqual([64, 64, 64]);
    const eventfds = [server, client].flatMap(({ details }) => [...details!.rx, ...details!.tx].map(({ eventfd }) => eventfd));
    expect(new Set(eventfds.map((fd) => readlinkSync(`/proc/self/fd/${fd}`)))).toEqual(new Set(["anon_inode:[eventfd]"]));
    expect(new Set(eventfds).size).toBe(6);
    collect(server);
    client.send(Array.from({ length: 64 }, () => packet(10)));
    await until(() => server.counters.rx.packets === 64);
    expect(server.details!.rx[0]!.bufferSize).toBe(4096);
    await client.close();
    await until(() => server.state === "waiting");
    expect(server.details).toBeNull();
  });

  test.each(["ethernet", "ip", "punt"] as const)("mode %s", async (mode) => {
    const { server, client } = await connectedPair({ server: { mode }, client: { mode } });
    expect([server.mode, client.mode]).toEqual([mode, mode]);
  });

  test("several interfaces of both roles share a socket", async () => {
    const socket = new MemifSocket(freshName());
    onTestFinished(() => socket.close());
    const ids = [0, 1, 0xffff_ffff];
    const servers = ids.map((id) => new MemifServer({ socket, id, secret: `s${id}` }));
    const clients = ids.map((id) => new MemifClient({ socket, id, secret: `s${id}` }));
    await Promise.all([...servers, ...clients].map((each) => each.connected()));
    const got = servers.map(collect);
    expect(clients.map((client, i) => client.send([packet(10, i)]))).toEqual([1, 1, 1]);
    await until(() => got.every((list) => list.length === 1));
    expect(got).toEqual(ids.map((_, i) => [packet(10, i)]));
    expect(() => new MemifServer({ socket, id: 1 })).toThrow(/has a server of id 1 already/);
    expect(() => new MemifClient({ socket, id: 1 })).toThrow(/has a client of id 1 already/);
  });

  test("a client tells why it was refused, and tries again", async () => {
    const clock = new MockClock();
    const socket = new MemifSocket(freshName());
    onTestFinished(() => socket.close());
    const server = new MemifServer({ socket, secret: "right" });
    const wrong = new MemifClient({ socket: new MemifSocket(socket.name, { clock }), secret: "wrong" });
    onTestFinished(() => wrong.socket.close());
    const said: unknown[] = [];
    wrong.on("failed", (e) => said.push([e.code, (e as MemifError).reason, (e as MemifError).fromPeer]));
    wrong.on("disconnected", () => said.push("disconnected"));
    await clock.advance(0);
    await until(() => said.length === 1);
    await clock.advance(99);
    expect([wrong.state, clock.pending]).toEqual(["waiting", 1]);
    await clock.advance(1);
    await until(() => said.length === 2);
    const refused = ["EPERM", "Incorrect secret", true];
    expect(said).toEqual([refused, refused]);
    expect(server.counters.failures).toBe(2);
    expect(clock.pending).toBe(1);
    await wrong.socket.close();
    expect(clock.pending).toBe(0);
  });
});

describe("packets", () => {
  test("go both ways, whole, chained and in pieces", async () => {
    const { server, client } = await connectedPair();
    const got = collect(server);
    const back = collect(client);
    expect(client.send([packet(1), packet(9000), [packet(14), packet(5000, 3), packet(1)]])).toBe(3);
    expect(server.send([packet(64), packet(5000)])).toBe(2);
    await until(() => got.length === 3 && back.length === 2);
    expect(got).toEqual([packet(1), packet(9000), Uint8Array.from([...packet(14), ...packet(5000, 3), ...packet(1)])]);
    expect(back).toEqual([packet(64), packet(5000)]);
    expect(server.counters.rx).toMatchObject({ packets: 3, bytes: 1 + 9000 + 5015, chained: 2 });
    expect(client.counters.tx).toMatchObject({ packets: 3, bytes: 1 + 9000 + 5015 });
  });

  test.each(["interrupt", "polling"] as const)("reception %s gets them all, in order", async (reception) => {
    const { server, client } = await connectedPair({ server: { reception }, client: { ringSize: 64 } });
    const got: number[] = [];
    server.receive((burst) => {
      for (let i = 0; i < burst.count; i++) got.push(new DataView(burst.copy(i).buffer).getUint32(0));
    });
    const numbered = Array.from({ length: 5000 }, (_, i) => {
      const bytes = new Uint8Array(60);
      new DataView(bytes.buffer).setUint32(0, i);
      return bytes;
    });
    for (let sent = 0; sent < numbered.length; ) {
      sent += client.send(numbered.slice(sent));
      if (sent < numbered.length) await client.writable();
    }
    await until(() => got.length === numbered.length);
    expect(got).toEqual(numbered.map((_, i) => i));
    expect(client.counters.tx.full).toBeGreaterThan(0);
    if (reception === "polling") expect(server.counters.interrupts).toBe(0);
  });

  test("reception manual waits for the caller", async () => {
    const { server, client } = await connectedPair({ server: { reception: "manual" } });
    const got = collect(server);
    client.send([packet(5), packet(6)]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(got).toEqual([]);
    expect([server.poll(), server.poll()]).toEqual([2, 0]);
    expect(got).toEqual([packet(5), packet(6)]);
  });

  test("a packet borrowed in a handler is the peer's again behind it, unless held", async () => {
    const { server, client } = await connectedPair({ client: { ringSize: 4 } });
    const bursts: Burst[] = [];
    server.receive((burst) => bursts.push(bursts.length === 1 ? burst.hold() : burst));
    client.send([packet(3)]);
    await until(() => bursts.length === 1);
    expect(() => bursts[0]!.view(0)).toThrow(expect.objectContaining({ code: "ERR_BORROWED" }));
    client.send([packet(4), packet(5)]);
    await until(() => bursts.length === 2);
    expect(bursts[1]!.view(1)).toEqual(packet(5));
    expect(client.tx[0]!.free).toBe(2);
    bursts[1]!.release();
    expect(client.tx[0]!.free).toBe(4);
  });

  test("held packets cannot be read when the connection is gone", async () => {
    const { server, client } = await connectedPair();
    let held: Burst | undefined;
    server.receive((burst) => {
      held = burst.hold();
    });
    client.send([packet(4)]);
    await until(() => held !== undefined);
    const view = held!.view(0);
    server.disconnect();
    expect(() => held!.view(0)).toThrow(expect.objectContaining({ code: "ERR_BORROWED" }));
    expect(view.length).toBe(0);
    held!.release();
  });

  test("what a handler throws surfaces, and the next burst comes", async () => {
    const { server, client } = await connectedPair();
    const thrown: unknown[] = [];
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", (e) => thrown.push(e));
    onTestFinished(() => {
      process.removeAllListeners("uncaughtException");
      for (const listener of listeners) process.on("uncaughtException", listener);
    });
    let calls = 0;
    server.receive(() => {
      calls++;
      throw new Error("mine");
    });
    client.send([packet(1)]);
    await until(() => thrown.length === 1);
    client.send([packet(1)]);
    await until(() => thrown.length === 2);
    expect([calls, server.state, client.tx[0]!.free]).toEqual([2, "connected", 1024]);
  });

  test("stay in the rings while nobody receives, and while paused", async () => {
    const { server, client } = await connectedPair({ client: { ringSize: 4 } });
    expect(client.send(Array.from({ length: 6 }, (_, i) => packet(8, i)))).toBe(4);
    server.pause();
    const got = collect(server);
    await new Promise((resolve) => setImmediate(resolve));
    expect(got).toEqual([]);
    server.resume();
    await until(() => got.length === 4);
    expect(() => server.receive(() => {})).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
    server.receive(null);
    client.send([packet(1)]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(got.length).toBe(4);
  });

  test("that cannot fit are refused; queues too that are not there", async () => {
    const { client, server } = await connectedPair({ client: { maxPacket: 100 } });
    expect(() => client.send([packet(101)])).toThrow(expect.objectContaining({ code: "ERR_RANGE" }));
    expect(() => client.send([new Uint8Array()])).toThrow(expect.objectContaining({ code: "ERR_RANGE" }));
    expect(() => client.send([packet(1)], 1)).toThrow(expect.objectContaining({ code: "ERR_RANGE" }));
    await server.close();
    await until(() => client.state !== "connected");
    expect(client.send([packet(1)])).toBe(0);
  });

  test("a peer that writes nonsense into a ring is disconnected with the reason", async () => {
    const { server, client } = await connectedPair();
    collect(server);
    const ended = new Promise<MemifError>((resolve) => client.on("disconnected", resolve));
    const ring = client.tx[0]!;
    expect(ring.put(packet(10))).toBe(true);
    const words = new Uint32Array(ring.chunk.u8.buffer);
    words[32 + 2] = 0xffff_fff0;
    ring.flush();
    const error = await ended;
    expect(error.reason).toMatch(/^slot with 10 bytes at offset 4294967280/);
    expect(server.counters.faults).toBe(1);
    await client.connected();
  });
});

describe("as a stream", () => {
  test("of an interface that is closed already: it ends", async () => {
    const { server } = await connectedPair();
    await server.close();
    for await (const _ of server) expect.unreachable();
    const duplex = server.duplex();
    duplex.resume();
    await once(duplex, "end");
  });

  test("a duplex that is destroyed within a burst leaves the interface to another receiver", async () => {
    const { server, client } = await connectedPair({ server: { burst: 1024 } });
    const all = Array.from({ length: 600 }, (_, i) => packet(4, i));
    expect(client.send(all)).toBe(600);
    const duplex = server.duplex();
    await new Promise<void>((resolve) => {
      duplex.once("data", () => {
        duplex.destroy();
        resolve();
      });
    });
    const got = collect(server);
    client.send([packet(9)]);
    await until(() => got.length > 0);
    expect(got).toEqual([packet(9)]);
  });

  test("for await gets owned copies until the interface closes", async () => {
    const { server, client } = await connectedPair();
    client.send([packet(5), packet(3000)]);
    const got: Uint8Array[] = [];
    for await (const each of server) {
      got.push(each);
      if (got.length === 2) client.send([packet(7)]);
      if (got.length === 3) void server.close();
    }
    expect(got).toEqual([packet(5), packet(3000), packet(7)]);
  });

  test("leaving the loop leaves the interface to another receiver", async () => {
    const { server, client } = await connectedPair();
    client.send([packet(5)]);
    for await (const each of server) {
      expect(each).toEqual(packet(5));
      break;
    }
    const got = collect(server);
    client.send([packet(6)]);
    await until(() => got.length === 1);
    expect(got).toEqual([packet(6)]);
  });

  test("a duplex carries more than a ring holds, both ways", async () => {
    const { server, client } = await connectedPair({ client: { ringSize: 16 } });
    const there = client.duplex();
    const back = server.duplex();
    back.pipe(back);
    const sent = Array.from({ length: 500 }, (_, i) => packet(20 + i, i));
    const got: Uint8Array[] = [];
    there.on("data", (each: Uint8Array) => got.push(each));
    for (const each of sent) if (!there.write(each)) await once(there, "drain");
    await until(() => got.length === sent.length);
    expect(got).toEqual(sent);
    const ended = Promise.all([once(there, "close"), once(back, "close")]);
    await client.close();
    await server.close();
    await ended;
  });
});

describe("waiting and ending", () => {
  test("waits end by a signal, and when the interface closes", async () => {
    const server = new MemifServer({ socket: freshName() });
    const reason = new Error("enough");
    const stop = new AbortController();
    const waits = [server.connected({ signal: stop.signal }), server.writable(0, { signal: stop.signal })];
    stop.abort(reason);
    for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: "ERR_ABORTED", cause: reason });
    await expect(server.connected({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    const more = [server.connected(), server.writable()];
    const closed = Promise.all(more.map((wait) => expect(wait).rejects.toMatchObject({ code: "ERR_CLOSED" })));
    await server.close();
    await closed;
    await expect(server.connected()).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  test("writable waits for more room than what a packet of several buffers found too little", async () => {
    const { server, client } = await connectedPair({ client: { ringSize: 4, bufferSize: 64 } });
    expect(client.send([packet(128)])).toBe(1);
    expect([client.send([packet(192)]), client.tx[0]!.free]).toEqual([0, 2]);
    let room = false;
    const waiting = client.writable().then(() => {
      room = true;
    });
    for (let i = 0; i < 100; i++) await Promise.resolve();
    expect(room).toBe(false);
    const got = collect(server);
    await waiting;
    await until(() => client.send([packet(192)]) === 1);
    await until(() => got.length === 2);
    expect(got).toEqual([packet(128), packet(192)]);
  });

  test("poll gives nothing while paused, and while the socket is stopped", async () => {
    const { server, client } = await connectedPair({ server: { reception: "manual" } });
    const got = collect(server);
    client.send([packet(5)]);
    server.pause();
    expect(server.poll()).toBe(0);
    server.resume();
    server.socket.stop();
    expect(server.poll()).toBe(0);
    server.socket.start();
    expect([server.poll(), got]).toEqual([1, [packet(5)]]);
  });

  test("writable comes when the peer has read", async () => {
    const { server, client } = await connectedPair({ client: { ringSize: 8 }, server: { reception: "manual" } });
    expect(client.send(Array.from({ length: 9 }, () => packet(1)))).toBe(8);
    const queues: number[] = [];
    client.on("writable", (queue) => queues.push(queue));
    const wait = client.writable();
    collect(server);
    expect(server.poll()).toBe(8);
    await wait;
    expect(queues).toEqual([0]);
  });

  test("the reason of a disconnection reaches the peer, which connects again", async () => {
    const { server, client } = await connectedPair();
    const [ours, theirs] = [server, client].map((each) => new Promise<MemifError>((resolve) => each.on("disconnected", resolve)));
    server.disconnect("out of order", 4_000_000_000);
    expect(await ours).toMatchObject({ code: "ERR_CLOSED", reason: "out of order", disconnectCode: 4_000_000_000, fromPeer: false });
    expect(await theirs).toMatchObject({ code: "ECONNRESET", reason: "out of order", disconnectCode: 4_000_000_000, fromPeer: true });
    expect((await theirs!).message).toMatch(/out of order \(code 4000000000\)$/);
    expect(() => server.disconnect("", -1)).toThrow(expect.objectContaining({ code: "ERR_RANGE" }));
    expect(() => server.disconnect("", 2 ** 32)).toThrow(expect.objectContaining({ code: "ERR_RANGE" }));
    await Promise.all([server.connected(), client.connected()]);
    const got = collect(server);
    client.send([packet(9)]);
    await until(() => got.length === 1);
    expect(client.counters).toMatchObject({ connections: 2, disconnections: 1 });
  });

  test("a client that closes while it waits to try again leaves no timer", async () => {
    const clock = new MockClock();
    await using socket = new MemifSocket(freshName(), { clock });
    const client = new MemifClient({ socket });
    const failed = new Promise((resolve) => client.on("failed", resolve));
    await clock.advance(0);
    await failed;
    expect(clock.pending).toBe(1);
    await client.close();
    expect(clock.pending).toBe(0);
  });

  test("stopping the socket stops events, starting goes on where it was", async () => {
    const { server, client } = await connectedPair();
    const got = collect(server);
    server.socket.stop();
    client.send([packet(2)]);
    client.disconnect();
    await until(() => client.state === "connecting");
    expect([server.state, got.length]).toEqual(["connected", 0]);
    const connections = server.counters.connections;
    server.socket.start();
    await until(() => server.counters.connections === connections + 1);
    await client.connected();
  });

  test("a hundred connections leave nothing behind", async () => {
    const name = freshName();
    const server = new MemifServer({ socket: name });
    server.receive(() => {});
    const before = holdings();
    for (let i = 0; i < 100; i++) {
      const client = new MemifClient({ socket: name, receiveQueues: 2 });
      client.receive(() => {});
      await client.connected();
      client.send([packet(60)]);
      if (i % 2 === 0) server.disconnect();
      await client.close();
      await until(() => server.state === "waiting");
    }
    expect(holdings()).toEqual(before);
    await server.close();
    expect(holdings().descriptors).toBe(before.descriptors - 1);
  });
});

test.each([
  [{ id: -1 }, "id is -1"],
  [{ id: 2 ** 32 }, "id is 4294967296"],
  [{ name: "x".repeat(32) }, "at most 31 bytes"],
  [{ secret: "x".repeat(24) }, "1 to 23 bytes"],
  [{ mode: "radio" }, 'mode is "radio"'],
  [{ reception: "never" }, 'reception is "never"'],
  [{ ringSize: 1000 }, "powers of two"],
  [{ bufferSize: 100 }, "multiples of 64"],
  [{ transmitQueues: 0 }, "transmitQueues is 0"],
  [{ transmitQueues: 256, receiveQueues: 256, ringSize: 16_384 }, "less than 4 GiB"],
  [{ socket: "" }, "the name of a socket"],
  [{ socket: "x".repeat(108) }, "at most 107 bytes"],
])("option %j is refused", (options, message) => {
  expect(() => new MemifClient({ socket: freshName(), ...(options as Partial<MemifClientOptions>) })).toThrow(message);
});

test("a loop that stays a little behind gets all packets, in order", async () => {
  const { server, client } = await connectedPair({ client: { ringSize: 256 } });
  const total = 5000;
  let sent = 0;
  const send = async (): Promise<void> => {
    while (sent < total) {
      sent += client.send(Array.from({ length: Math.min(64, total - sent) }, (_, i) => packet(4, sent + i)));
      if (sent < total) await client.writable();
    }
  };
  const sending = send();
  let got = 0;
  for await (const each of server) {
    expect(each[0]).toBe(got & 0xff);
    if (++got === total) break;
  }
  await sending;
});

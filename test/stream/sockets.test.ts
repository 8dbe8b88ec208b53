import { createServer, connect as netConnect, type Server, type Socket } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import type { SouthboundError } from "../../src/errors/mod.js";
import { connect, listen, outbox, type Stream } from "../../src/stream/mod.js";
import { SocketStream } from "../../src/stream/socket-stream.js";
import { directory, Log, ManualClock, say, tick } from "./helpers.js";

const { dir, remove } = directory();
afterAll(remove);

const portOf = (name: string): number => Number(name.split(":")[1]);
const bound = (server: Server): Promise<number> =>
  new Promise((r) => server.listen(0, "127.0.0.1", () => r((server.address() as { port: number }).port)));

describe("one read buffer for all sockets", () => {
  test("200 peers with patterns of their own, both ends at once", async () => {
    const streams: Stream[] = [];
    const listener = await listen("ptcp:0:127.0.0.1", {
      onStream: (s) => {
        streams.push(s);
        s.onChunk = (c, n) => outbox.send(s, c.u8.subarray(0, n));
      },
    });
    const clients = Array.from({ length: 200 }, () => new Log(connect(`tcp:127.0.0.1:${portOf(listener.name)}`)));
    const sent = clients.map((_, i) => new Uint8Array(40_000 + i * 7).map((_, j) => (i * 31 + j * (i + 1)) & 255));
    for (let at = 0; at < 42_000; at += 9_001) {
      clients.forEach((c, i) => {
        const piece = sent[i]!.subarray(at, at + 9_001);
        if (piece.length !== 0) say(c.stream, piece);
      });
      await tick();
    }
    await Promise.all(clients.map((c, i) => c.until((l) => l.size >= sent[i]!.length)));
    clients.forEach((c, i) => {
      expect(Buffer.compare(c.bytes, sent[i]!)).toBe(0);
    });
    const buffers = new Set<ArrayBufferLike>();
    let came = 0;
    for (const s of [...streams, ...clients.map((c) => c.stream)]) {
      s.onChunk = (c) => {
        came++;
        buffers.add(c.u8.buffer);
      };
    }
    for (const c of clients) say(c.stream, "x");
    for (const s of streams) say(s, "y");
    await expect.poll(() => came).toBe(2 * clients.length);
    expect(buffers.size).toBe(1);
    await Promise.all([...clients.map((c) => c.stream.close()), ...streams.map((s) => s.close()), listener.close()]);
  });

  test("a socket whose handle is not to be had is read by events", async () => {
    const got = new Promise<Stream>((resolve) => {
      const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (raw) => {
        const handle = (raw as unknown as { _handle: object })._handle;
        Object.defineProperty(handle, "useUserBuffer", { value: undefined });
        resolve(SocketStream.accept(raw, { kind: "tcp", name: "tcp:x:1", needsProbes: true, state: "open" }, {}));
        server.close();
      });
      void bound(server).then((port) => {
        const s = connect(`tcp:127.0.0.1:${port}`);
        say(s, "plain");
        s.onChunk = () => void s.close();
      });
    });
    const log = new Log(await got);
    await log.until((l) => l.size === 5);
    expect(log.text).toBe("plain");
    say(log.stream, "bye");
    await log.stream.closed;
    expect(log.ends).toEqual([null]);
  });
});

describe("connect", () => {
  test("what is written while connecting is sent; onOpen comes once, after connect() has returned", async () => {
    const listener = await listen("ptcp:0:127.0.0.1", {
      onStream: (s) => {
        s.onChunk = (c, n) => outbox.send(s, c.u8.subarray(0, n));
      },
    });
    const log = new Log(connect(`tcp:127.0.0.1:${portOf(listener.name)}`));
    const { stream } = log;
    expect([stream.state, stream.local, log.opens]).toEqual(["connecting", "", 0]);
    expect(say(stream, "early")).toBe(false);
    outbox.send(stream, new TextEncoder().encode(" bird"));
    await log.until((l) => l.size === 10);
    expect([log.text, log.opens, stream.state]).toEqual(["early bird", 1, "open"]);
    expect(stream.local).toMatch(/^tcp:127\.0\.0\.1:\d+$/);
    await stream.close();
    await listener.close();
  });

  test.each([
    ["tcp:127.0.0.1:1", "ECONNREFUSED", "connecting to tcp:127.0.0.1:1 (Connection refused)"],
    ["tcp:[::1]:1", /^E(CONNREFUSED|ADDRNOTAVAIL|NETUNREACH|AFNOSUPPORT)$/, /^connecting to tcp:\[::1\]:1 \(/],
    ["unix:/nonexistent", "ENOENT", "connecting to unix:/nonexistent (No such file or directory)"],
    [`unix:/nonexistent/${"x".repeat(200)}`, "ENOENT", /^connecting to unix:\/nonexistent\/x+ \(No such/],
    [`unix:/${"x".repeat(200)}`, "ENAMETOOLONG", /choose one of at most/],
    ["tcp:no-such-host.invalid", "EHOSTUNREACH", /cannot be resolved \(No route to host\)$/],
  ])("%s fails with its errno", async (target, code, message) => {
    const log = new Log(connect(target));
    say(log.stream, "lost");
    await log.stream.closed;
    expect(log.opens).toBe(0);
    expect(log.ends.length).toBe(1);
    expect(log.ends[0]!.code).toMatch(code);
    expect(log.ends[0]!.message).toMatch(message);
  });

  test("a signal ends connecting, before and during, and has no effect after", async () => {
    const before = new Log(connect("tcp:127.0.0.1:1", { signal: AbortSignal.abort(new Error("why")) }));
    expect(before.ends).toEqual([]);
    await before.stream.closed;
    expect(before.ends[0]).toMatchObject({ code: "ERR_ABORTED", cause: new Error("why") });

    const listener = await listen("ptcp:0:127.0.0.1", { onStream: (s) => void s.closed });
    const target = `tcp:127.0.0.1:${portOf(listener.name)}`;
    const control = new AbortController();
    const during = new Log(connect(target, { signal: control.signal }));
    control.abort();
    await during.stream.closed;
    expect(during.ends[0]?.code).toBe("ERR_ABORTED");

    const late = new AbortController();
    const after = new Log(connect(target, { signal: late.signal }));
    await after.until((l) => l.opens === 1);
    late.abort();
    await tick();
    expect(after.stream.state).toBe("open");
    after.stream.destroy();
    await listener.close();
  });

  test("the time-out is ETIMEDOUT; closing while connecting is in order", async () => {
    const clock = new ManualClock();
    const slow = new Log(connect("tcp:127.0.0.1:1", { timeout: 1000, clock }));
    clock.advance(1000);
    await slow.stream.closed;
    expect(slow.ends[0]).toMatchObject({ code: "ETIMEDOUT", message: "connecting to tcp:127.0.0.1:1 (Connection timed out)" });
    const given = new Log(connect("tcp:127.0.0.1:1", { timeout: 1000, clock }));
    await given.stream.close();
    expect(given.ends).toEqual([null]);
    expect(clock.timers.size).toBe(0);
  });

  test("options are checked", () => {
    expect(() => connect("tcp:127.0.0.1", { highWater: 1, lowWater: 2 })).toThrow(/lowWater is 2/);
    expect(() => connect("tcp:127.0.0.1", { linger: Number.NaN })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
    expect(() => connect("ptcp:6653")).toThrow(expect.objectContaining({ code: "EAFNOSUPPORT" }));
  });
});

describe("broken peers", () => {
  const accept = async (): Promise<{ log: Log; peer: Socket; done: () => Promise<void> }> => {
    let got!: (s: Stream) => void;
    const accepted = new Promise<Stream>((r) => {
      got = r;
    });
    const listener = await listen("ptcp:0:127.0.0.1", { onStream: got, highWater: Number.POSITIVE_INFINITY });
    const peer = netConnect({ port: portOf(listener.name), host: "127.0.0.1", allowHalfOpen: true });
    peer.on("error", () => {});
    const log = new Log(await accepted);
    const done = async (): Promise<void> => {
      peer.destroy();
      await Promise.all([log.stream.closed, listener.close()]);
    };
    return { log, peer, done };
  };

  test("a reset is ECONNRESET", async () => {
    const { log, peer, done } = await accept();
    peer.resetAndDestroy();
    await log.stream.closed;
    expect(log.ends[0]).toMatchObject({ code: "ECONNRESET", message: `${log.stream.name}: connection dropped (Connection reset by peer)` });
    await done();
  });

  test("a half-closed peer still gets what is queued, then the end", async () => {
    const { log, peer, done } = await accept();
    peer.pause();
    for (let i = 0; i < 100; i++) say(log.stream, new Uint8Array(100_000));
    peer.end("last");
    await log.until((l) => l.size === 4);
    await expect.poll(() => log.stream.state).toBe("closing");
    let size = 0;
    peer.on("data", (b) => {
      size += b.length;
    });
    peer.resume();
    await new Promise((r) => peer.on("end", r));
    expect(size).toBe(10_000_000);
    await done();
    expect(log.ends).toEqual([null]);
  });

  test("close() waits for a half-open peer no longer than linger, without an error", async () => {
    const clock = new ManualClock();
    const peers: Socket[] = [];
    const server = createServer({ allowHalfOpen: true }, (s) => peers.push(s.resume()));
    const log = new Log(connect(`tcp:127.0.0.1:${await bound(server)}`, { clock }));
    await log.until((l) => l.opens === 1);
    say(log.stream, "bye");
    void log.stream.close();
    await tick(5);
    expect(log.stream.state).toBe("closing");
    clock.advance(5000);
    await log.stream.closed;
    expect(log.ends).toEqual([null]);
    expect(clock.timers.size).toBe(0);
    for (const p of peers) p.destroy();
    await new Promise((r) => server.close(r));
  });
});

test("long socket files work on Linux", async () => {
  if (process.platform !== "linux") return;
  const { mkdirSync, existsSync, readdirSync } = await import("node:fs");
  const deep = `${dir}/${"d".repeat(120)}`;
  mkdirSync(deep);
  const fds = readdirSync("/proc/self/fd").length;
  const listener = await listen(`punix:${deep}/s`, { onStream: (s) => void s.close() });
  expect(existsSync(`${deep}/s`)).toBe(true);
  const log = new Log(connect(`unix:${deep}/s`));
  await log.stream.closed;
  expect(log.ends).toEqual([null]);
  await listener.close();
  expect(existsSync(`${deep}/s`)).toBe(false);
  await expect.poll(() => readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(fds);
});

test("error classes", async () => {
  const log = new Log(connect("unix:/nonexistent"));
  await log.stream.closed;
  const e: SouthboundError = log.ends[0]!;
  expect(e.name).toBe("SouthboundError");
  expect((e.cause as { code: string }).code).toBe("ENOENT");
});

test("a peer that sends as fast as it can is read a bounded amount in each turn of the event loop", async () => {
  const TOTAL = 8 << 20;
  let inTurn = 0;
  let most = 0;
  let sum = 0;
  let done = false;
  const turn = (): void => {
    inTurn = 0;
    if (!done) setImmediate(turn);
  };
  const server = await new Promise<{ listener: Awaited<ReturnType<typeof listen>>; accepted: Promise<Stream> }>((resolve) => {
    let take: (s: Stream) => void;
    const accepted = new Promise<Stream>((r) => {
      take = r;
    });
    void listen("ptcp:0:127.0.0.1", { onStream: (s) => take(s) }).then((listener) => resolve({ listener, accepted }));
  });
  const client = netConnect(portOf(server.listener.name), "127.0.0.1");
  try {
    const s = await server.accepted;
    // as much as the kernel takes, before anything of it is read
    client.write(new Uint8Array(TOTAL));
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => {
      setImmediate(turn);
      s.onChunk = (_c, n) => {
        inTurn += n;
        sum += n;
        most = Math.max(most, inTurn);
        if (sum === TOTAL) resolve();
      };
    });
    expect(most).toBeLessThanOrEqual(0x20000);
    await s.close();
  } finally {
    done = true;
    client.destroy();
    await server.listener.close();
  }
});

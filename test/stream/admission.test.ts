import { afterAll, expect, test } from "vitest";
import { connect, type Listener, type ListenOptions, listen, type Stream } from "../../src/stream/mod.js";
import { directory, Log, ManualClock, say, tick } from "./helpers.js";

const { dir, remove } = directory();
afterAll(remove);

async function place(options: Partial<ListenOptions>, target = "ptcp:0:127.0.0.1") {
  const streams: Stream[] = [];
  const said: string[] = [];
  const listener: Listener = await listen(target, { onStream: (s) => streams.push(s), onError: (e) => said.push(e.message), ...options });
  const name = target.startsWith("punix") ? target.slice(1) : `tcp:127.0.0.1:${listener.name.split(":")[1]}`;
  const logs: Log[] = [];
  return {
    streams,
    said,
    listener,
    /** Connects some, and waits until all of them are in or out. */
    async come(n: number): Promise<Log[]> {
      const { accepted, refused } = listener.counts;
      const more = Array.from({ length: n }, () => new Log(connect(name)));
      logs.push(...more);
      await expect.poll(() => listener.counts.accepted + listener.counts.refused - accepted - refused, { interval: 2 }).toBe(n);
      await tick(10);
      return more;
    },
    async [Symbol.asyncDispose]() {
      for (const s of [...streams, ...logs.map((l) => l.stream)]) s.destroy();
      await listener.close();
    },
  };
}

test("maxPerSecond: bursts of as many, then the rate", async () => {
  const clock = new ManualClock();
  await using p = await place({ maxPerSecond: 3, clock });
  await p.come(5);
  expect(p.listener.counts).toMatchObject({ accepted: 3, refused: 2 });
  expect(p.said).toEqual([expect.stringMatching(/^127\.0\.0\.1 is turned away: more than 3 connections a second came \(maxPerSecond\)/)]);
  clock.advance(334);
  await p.come(2);
  expect(p.listener.counts).toMatchObject({ accepted: 4, refused: 3 });
  // Within a second of the last report nothing more is said; then the count is.
  expect(p.said.length).toBe(1);
  clock.advance(700);
  await p.come(4);
  expect(p.said[1]).toMatch(/so did 2 more since the last report$/);
  expect(p.listener.counts).toMatchObject({ accepted: 6, refused: 5 });
});

test("maxHalfOpen: until established(), or the end", async () => {
  await using p = await place({ maxHalfOpen: 2 });
  await p.come(3);
  expect(p.listener.counts).toEqual({ accepted: 2, refused: 1, failed: 0, open: 2, halfOpen: 2 });
  p.streams[0]!.established();
  p.streams[0]!.established();
  p.streams[1]!.destroy();
  await p.streams[1]!.closed;
  expect(p.listener.counts).toMatchObject({ open: 1, halfOpen: 0 });
  await p.come(2);
  expect(p.listener.counts).toMatchObject({ accepted: 4, open: 3, halfOpen: 2 });
});

test("maxPerAddress; unix sockets have no address", async () => {
  await using p = await place({ maxPerAddress: 2 });
  const [first] = await p.come(3);
  expect(p.listener.counts).toMatchObject({ accepted: 2, refused: 1 });
  expect(p.said[0]).toContain("its address has 2 connections already");
  first!.stream.destroy();
  p.streams[0]!.onChunk = () => {};
  p.streams[1]!.onChunk = () => {};
  await Promise.race(p.streams.map((s) => s.closed));
  await p.come(1);
  expect(p.listener.counts).toMatchObject({ accepted: 3, refused: 1 });
  await using q = await place({ maxPerAddress: 1 }, `punix:${dir}/s`);
  await q.come(3);
  expect(q.listener.counts).toMatchObject({ accepted: 3, refused: 0 });
});

test("maxEarlyBytes: before established() only", async () => {
  await using p = await place({ maxEarlyBytes: 1000 });
  const [a, b] = await p.come(2);
  const [early, late] = p.streams.map((s) => new Log(s));
  late!.stream.established();
  say(a!.stream, new Uint8Array(900));
  say(b!.stream, new Uint8Array(900));
  await early!.until((l) => l.size === 900);
  say(a!.stream, new Uint8Array(101));
  say(b!.stream, new Uint8Array(5000));
  const [one, other] = [early!, late!].sort((x, y) => x.stream.name.localeCompare(y.stream.name));
  expect(one).not.toBe(other);
  await early!.stream.closed;
  expect(early!.ends[0]).toMatchObject({ code: "ENOBUFS", message: expect.stringContaining("(maxEarlyBytes)") });
  await late!.until((l) => l.size === 5900);
});

test.each(["maxConnections", "maxHalfOpen", "maxPerAddress", "maxPerSecond", "maxEarlyBytes", "handshakeTimeout"])(
  "%s: 0 is refused",
  async (name) => {
    await expect(listen("ptcp:0:127.0.0.1", { onStream: () => {}, [name]: 0 })).rejects.toMatchObject({ code: "ERR_USAGE" });
  },
);

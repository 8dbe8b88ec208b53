import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import { SouthboundError } from "../../src/errors/mod.js";
import { outbox, type StreamOptions } from "../../src/stream/mod.js";
import { chunkOf, Log, ManualClock, type Pair, removeShared, say, stuck, TRANSPORTS, tick, uncaught } from "./helpers.js";

afterAll(removeShared);

describe.each(TRANSPORTS)("%s", (kind, make) => {
  let pair: Pair;
  let clock: ManualClock;
  const open = async (options: StreamOptions = {}): Promise<[Log, Log]> => {
    await pair?.done();
    pair = await make(options);
    return [new Log(pair.a), new Log(pair.b)];
  };
  beforeEach(async () => {
    clock = new ManualClock();
    pair = await make();
  });
  afterEach(() => pair.done());

  test("says what it is", async () => {
    const { a, b } = pair;
    expect([a.state, b.state]).toEqual(["open", "open"]);
    expect([a.kind, b.kind]).toEqual([kind.split(" ")[0], kind.split(" ")[0]]);
    expect(a.needsProbes).toBe(kind === "tcp" || kind === "ssl");
    if (kind === "tcp" || kind === "ssl") {
      expect([a.name, b.name]).toEqual([b.local, a.local]);
      expect(a.name).toMatch(/^(tcp|ssl):127\.0\.0\.1:\d+$/);
    } else if (kind === "unix") {
      expect(a.name).toMatch(/^unix:\/.+/);
      expect(b.name).toMatch(/^unix#\d+$/);
    } else {
      expect(a.name).toMatch(/^(pipe|ring)#\d+$/);
      expect(a.local).toBe(b.name);
    }
  });

  test("carries bytes both ways, and lends them", async () => {
    const [a, b] = await open();
    const seen: [Chunk, number][] = [];
    pair.b.onChunk = (c, n) => {
      seen.push([c, c.epoch]);
      outbox.send(pair.b, c.u8.subarray(0, n));
    };
    say(pair.a, "hello");
    await a.until((l) => l.size === 5);
    expect(a.text).toBe("hello");
    expect(seen[0]![0].epoch).toBeGreaterThan(seen[0]![1]);
    expect(b.size).toBe(0);
  });

  test("random writes arrive whole and in order", async () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(size, { maxLength: 30 }), async (sizes) => {
        const [, b] = await open();
        let x = 1;
        const next = (): number => {
          x = (x * 75 + 74) % 65537;
          return x & 255;
        };
        const sent: Uint8Array[] = sizes.map((n) => new Uint8Array(n).map(next));
        for (const bytes of sent) say(pair.a, bytes);
        const total = sizes.reduce((s, n) => s + n, 0);
        void pair.a.close();
        await b.until((l) => l.ends.length === 1);
        expect(b.size).toBe(total);
        expect(Buffer.compare(b.bytes, Buffer.concat(sent))).toBe(0);
        expect(b.ends).toEqual([null]);
      }),
      { numRuns: 6 },
    );
  });

  test("a kept chunk is not touched by the sender's next bytes", async () => {
    const [, b] = await open();
    pair.b.pause();
    const expected: number[] = [];
    for (let i = 0; i < 300; i++) {
      outbox.send(pair.a, new Uint8Array(50_000).fill(i));
      expected.push(i & 255);
    }
    await tick();
    pair.b.resume();
    await b.until((l) => l.size === 15_000_000);
    const bytes = b.bytes;
    for (let i = 0; i < 300; i++) {
      const piece = bytes.subarray(i * 50_000, (i + 1) * 50_000);
      expect(Buffer.compare(piece, new Uint8Array(50_000).fill(expected[i]!))).toBe(0);
    }
  });

  test("pause holds bytes back, also before onChunk is set", async () => {
    pair.b.pause();
    const b = new Log(pair.b);
    pair.b.onChunk = null;
    say(pair.a, "one");
    await tick(5);
    pair.b.resume();
    await tick(5);
    expect(b.size).toBe(0);
    b.listen();
    expect(b.size).toBe(0);
    await b.until((l) => l.size === 3);
    pair.b.pause();
    say(pair.a, "two");
    await tick(5);
    expect(b.text).toBe("one");
    pair.b.resume();
    await b.until((l) => l.size === 6);
    expect(b.text).toBe("onetwo");
  });

  test("a close inside a handler stops the reading", async () => {
    const [, b] = await open();
    let calls = 0;
    pair.b.onChunk = () => {
      calls++;
      void pair.b.close();
    };
    for (let i = 0; i < 20; i++) say(pair.a, new Uint8Array(100_000));
    await b.until((l) => l.ends.length === 1);
    expect(calls).toBe(1);
  });

  test("close() flushes the outbox and the queue, then ends; both onClose come once", async () => {
    const [a, b] = await open();
    for (let i = 0; i < 40; i++) say(pair.a, new Uint8Array(100_000).fill(i));
    outbox.send(pair.a, new Uint8Array(7));
    const closed = pair.a.close();
    expect(["closing", "closed"]).toContain(pair.a.state);
    expect(a.ends).toEqual([]);
    await Promise.all([closed, pair.b.closed]);
    expect(b.size).toBe(4_000_007);
    expect([a.ends, b.ends]).toEqual([[null], [null]]);
    expect([pair.a.state, pair.b.state]).toEqual(["closed", "closed"]);
    pair.a.destroy(new SouthboundError("ERR_ABORTED", "late"));
    await pair.a[Symbol.asyncDispose]();
    expect(a.ends).toEqual([null]);
    expect(say(pair.a, "dropped")).toBe(true);
  });

  test("the peer's end lets the queue out first", async () => {
    const [a, b] = await open();
    pair.b.pause();
    for (let i = 0; i < 40; i++) say(pair.a, new Uint8Array(100_000).fill(i));
    // b ends its direction, and what a still sends is dropped by it.
    void pair.b.close();
    await a.until((l) => l.ends.length === 1);
    expect(a.ends).toEqual([null]);
    await pair.b.closed;
    expect(b.ends).toEqual([null]);
  });

  test("destroy() drops the queue and hands over its error", async () => {
    const [a, b] = await open();
    pair.b.pause();
    for (let i = 0; i < 100; i++) say(pair.a, new Uint8Array(100_000));
    expect(pair.a.queued).toBeGreaterThan(0);
    const error = new SouthboundError("ERR_ABORTED", "enough");
    pair.a.destroy(error);
    expect([pair.a.state, pair.a.queued, a.ends.length]).toEqual(["closed", 0, 0]);
    pair.b.resume();
    await Promise.all([pair.a.closed, pair.b.closed]);
    expect(a.ends).toEqual([error]);
    expect(b.ends.length).toBe(1);
    expect([undefined, "ECONNRESET"]).toContain(b.ends[0]?.code);
  });

  test("congestion stops reading this peer, and onDrain tells its end", async () => {
    const [a, b] = await open({ highWater: 300_000, lowWater: 100_000 });
    pair.b.pause();
    let i = 0;
    // The kernel takes some of it at first, with TLS in later turns, so that it may have drained before.
    do {
      for (; !pair.a.congested; i++) say(pair.a, new Uint8Array(100_000));
      expect(pair.a.queued).toBeGreaterThan(300_000);
      await stuck(pair.a);
    } while (!pair.a.congested);
    // Congestion that began above the high mark lasts until the low one.
    expect(pair.a.queued).toBeGreaterThan(100_000);
    const drains = a.drains;
    say(pair.b, "held back");
    await tick(5);
    expect(a.size).toBe(0);
    pair.b.resume();
    await a.until((l) => l.drains === drains + 1);
    expect(pair.a.congested).toBe(false);
    expect(pair.a.queued).toBeLessThanOrEqual(100_000);
    await a.until((l) => l.size === 9);
    await b.until((l) => l.size === i * 100_000);
    expect(pair.a.queued).toBe(0);
  });

  test("a peer that never reads: ETIMEDOUT after stallTimeout, and no timer stays", async () => {
    const [a] = await open({ clock });
    pair.b.pause();
    for (let i = 0; i < 100; i++) say(pair.a, new Uint8Array(100_000));
    await stuck(pair.a);
    clock.advance(29_999);
    await tick();
    expect(pair.a.state).toBe("open");
    clock.advance(7_501);
    await pair.a.closed;
    expect(a.ends[0]?.code).toBe("ETIMEDOUT");
    expect(a.ends[0]?.message).toMatch(/took none of \d+ bytes for 30000 ms \(Connection timed out\)/);
    await pair.done();
    expect(clock.timers.size).toBe(0);
  });

  test("close() against a peer that never reads is bounded by linger", async () => {
    const [a] = await open({ clock });
    pair.b.pause();
    for (let i = 0; i < 100; i++) say(pair.a, new Uint8Array(100_000));
    void pair.a.close();
    await tick();
    expect(pair.a.state).toBe("closing");
    clock.advance(5_000);
    await pair.a.closed;
    expect(a.ends[0]?.code).toBe("ETIMEDOUT");
    await pair.done();
    expect(clock.timers.size).toBe(0);
  });

  test("a handler that throws surfaces, and ends the stream", async () => {
    const [, b] = await open();
    pair.b.onChunk = () => {
      throw new Error("fault");
    };
    const seen = await uncaught(async () => {
      say(pair.a, "x");
      await b.until((l) => l.ends.length === 1);
    });
    expect(seen.map(String)).toEqual(["Error: fault"]);
    expect(b.ends[0]?.code).toBe("ECONNABORTED");
    expect(String(b.ends[0]?.cause)).toBe("Error: fault");
    await pair.a.closed;
  });

  test("the outbox gathers what one chunk caused into one write, in order across streams", async () => {
    const [a, b] = await open();
    let writes = 0;
    const write = pair.b.write.bind(pair.b);
    pair.b.write = (c, n) => {
      writes++;
      return write(c, n);
    };
    pair.b.onChunk = () => {
      for (let i = 0; i < 100; i++) outbox.send(pair.b, chunkOf(`${i},`).u8);
      expect(writes).toBe(0);
    };
    say(pair.a, "go");
    await a.until((l) => l.size >= 290);
    expect(a.text).toBe(Array.from({ length: 100 }, (_, i) => `${i},`).join(""));
    expect(writes).toBe(1);
    expect(b.size).toBe(0);
  });

  test("refuses a length outside the chunk", () => {
    expect(() => pair.a.write(new Chunk(4), 5)).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
    expect(() => pair.a.write(new Chunk(4), -1)).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });
});

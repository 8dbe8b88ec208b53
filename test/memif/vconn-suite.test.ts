/** The compliance suite of OpenFlow connections over memif, with either end under test, and what peers may do to a stream. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import type { SouthboundError } from "../../src/errors/mod.js";
import { MemifClient, MemifServer, registerMemif } from "../../src/memif/mod.js";
import { connect, type Listener, type ListenOptions, listen, type Stream } from "../../src/stream/mod.js";
import { registerVconnSuite } from "../../src/testing/mod.js";
import { RawClient } from "./raw-client.js";
import { freshName, holdings, until } from "./raw-peer.js";

registerMemif();

/** A listener and what it has accepted. */
class Place implements AsyncDisposable {
  readonly file: string;
  readonly errors: SouthboundError[] = [];
  listener!: Listener;
  #accepted: Stream[] = [];
  #wake: (() => void) | undefined;

  constructor(file = freshName()) {
    this.file = file;
  }

  static async open(options: Partial<ListenOptions> = {}, file?: string, id = 0): Promise<Place> {
    const place = new Place(file);
    place.listener = await listen(`pmemif:${place.file}?id=${id}`, {
      onError: (error) => place.errors.push(error),
      ...options,
      onStream: (stream) => {
        place.#accepted.push(stream);
        place.#wake?.();
      },
    });
    return place;
  }

  async next(): Promise<Stream> {
    while (this.#accepted.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#accepted.shift()!;
  }

  /** A connected pair: the end that has connected, and the one that was accepted. */
  async pair(): Promise<readonly [Stream, Stream]> {
    const tested = connect(`memif:${this.file}`);
    return [tested, await this.next()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.close();
  }
}

/** Waits until connecting has succeeded. */
async function opened(stream: Stream): Promise<void> {
  if (stream.state !== "connecting") return;
  await new Promise<void>((resolve) => {
    stream.onOpen = resolve;
  });
}

/** How a stream ends. */
const endOf = (stream: Stream): Promise<SouthboundError | null> =>
  new Promise((resolve) => {
    stream.onClose = resolve;
  });

/** What a stream has received. */
class Received {
  length = 0;
  readonly #parts: Uint8Array[] = [];

  constructor(stream: Stream) {
    stream.onChunk = (chunk, n) => {
      this.#parts.push(chunk.u8.slice(0, n));
      this.length += n;
    };
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }
}
const collect = (stream: Stream): Received => new Received(stream);

const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7) & 0xff);
const write = (stream: Stream, bytes: Uint8Array): void => void stream.write(new Chunk(bytes.slice()), bytes.length);

/** A place that is closed with the test. */
async function freshPlace(options: Partial<ListenOptions> = {}, file?: string, id?: number): Promise<Place> {
  const fresh = await Place.open(options, file, id);
  onTestFinished(() => fresh.listener.close().then(() => {}));
  return fresh;
}

let place: Place;
beforeAll(async () => {
  place = await Place.open();
});
afterAll(() => place[Symbol.asyncDispose]());

const refused = async (): Promise<Stream> => {
  const closing = await Place.open();
  const stream = connect(`memif:${closing.file}`);
  await closing.listener.close();
  return stream;
};
const runner = { describe, it: test };

registerVconnSuite("memif", { pair: () => place.pair(), refused }, runner);
registerVconnSuite(
  "memif, the accepted end",
  {
    pair: async () => {
      const [connected, accepted] = await place.pair();
      await opened(connected);
      return [accepted, connected];
    },
  },
  runner,
);

describe("a stream through rings", () => {
  test("carries more than the rings hold, and stops who writes while nobody reads", async () => {
    const [a, b] = await (await freshPlace()).pair();
    await opened(a);
    const bytes = pattern(3_000_000);
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const got = collect(to);
      to.pause();
      write(from, bytes);
      expect([from.congested, from.queued]).toEqual([true, bytes.length]);
      to.resume();
      await until(() => from.queued === 0);
      await until(() => got.length === bytes.length);
      expect(Buffer.compare(got.bytes(), bytes)).toBe(0);
    }
    await Promise.all([a.close(), b.closed]);
  });

  test("what was sent before an end is read behind it, by who was not reading at the time", async () => {
    const [a, b] = await (await freshPlace()).pair();
    await opened(a);
    const bytes = pattern(400_000);
    const got = collect(b);
    b.pause();
    write(a, bytes);
    await a.close();
    const end = endOf(b);
    expect(b.state).toBe("open");
    b.resume();
    expect(await end).toBe(null);
    expect(Buffer.compare(got.bytes(), bytes)).toBe(0);
  });

  test("reading that stops within a burst goes on there", async () => {
    const [a, b] = await (await freshPlace()).pair();
    await opened(a);
    const bytes = pattern(200_000);
    const parts: Uint8Array[] = [];
    b.onChunk = (chunk, n) => {
      parts.push(chunk.u8.slice(0, n));
      b.pause();
      setImmediate(() => b.resume());
    };
    write(a, bytes);
    await until(() => parts.reduce((sum, part) => sum + part.length, 0) === bytes.length);
    expect(Buffer.compare(Buffer.concat(parts), bytes)).toBe(0);
    // Stopped once more, with an end behind it.
    b.onChunk = (chunk, n) => {
      parts.push(chunk.u8.slice(0, n));
      b.pause();
    };
    write(a, bytes);
    await until(() => parts.length > 0 && parts.reduce((sum, part) => sum + part.length, 0) > bytes.length);
    await a.close();
    const rest = collect(b);
    b.resume();
    await b.closed;
    const both = new Uint8Array(Buffer.concat([...parts, rest.bytes()]));
    expect(both.length).toBe(2 * bytes.length);
    expect(Buffer.compare(both.subarray(bytes.length), bytes)).toBe(0);
  });

  test("an abort is told as an error, behind what had come", async () => {
    const [a, b] = await (await freshPlace()).pair();
    await opened(a);
    const got = collect(b);
    const end = endOf(b);
    write(a, pattern(100));
    a.destroy();
    expect((await end)?.code).toBe("ECONNRESET");
    expect(got.bytes()).toEqual(pattern(100));
  });
});

describe("a listener", () => {
  test("has one stream at a time, and then the next", async () => {
    const here = await freshPlace();
    const [first, accepted] = await here.pair();
    await opened(first);
    const second = connect(`memif:${here.file}`);
    const refusal = await endOf(second);
    expect(refusal?.code).toBe("ECONNREFUSED");
    expect(refusal?.message).toContain("Already connected");
    expect(here.errors.map(({ code }) => code)).toEqual(["EBUSY"]);
    expect(accepted.state).toBe("open");
    await first.close();
    await accepted.closed;
    const [third, again] = await here.pair();
    await opened(third);
    expect([accepted.name, again.name].map((name) => /^memif#\d+$/.test(name))).toEqual([true, true]);
    expect(again.local).toBe(`memif:${here.file}`);
    expect(here.listener.counts).toEqual({ accepted: 2, refused: 0, failed: 1, open: 1, halfOpen: 1 });
    again.destroy();
  });

  test("shares its file with listeners of other ids", async () => {
    const zero = await freshPlace();
    const one = await freshPlace({}, zero.file, 1);
    const a = connect(`memif:${zero.file}?id=1`);
    const b = connect(`memif:${zero.file}`);
    const [streamA, streamB] = [await one.next(), await zero.next()];
    expect([streamA.local, streamB.local]).toEqual([`memif:${zero.file}?id=1`, `memif:${zero.file}`]);
    await expect(listen(`pmemif:${zero.file}`, { onStream: () => {} })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await zero.listener.close();
    const c = connect(`memif:${zero.file}`);
    expect((await endOf(c))?.code).toBe("ECONNREFUSED");
    for (const stream of [a, b]) stream.destroy();
  });

  test("that closes takes its file away and leaves its stream", async () => {
    const dir = mkdtempSync(join(tmpdir(), "southbound-memif-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const before = holdings();
    const here = await Place.open({}, join(dir, "s"));
    const [a, b] = await here.pair();
    await opened(a);
    await here.listener.close();
    expect(existsSync(here.file)).toBe(false);
    expect((await endOf(connect(`memif:${here.file}`)))?.code).toBe("ENOENT");
    const got = collect(b);
    write(a, pattern(10));
    await until(() => got.length === 10);
    await a.close();
    await b.closed;
    await until(() => holdings().mappings <= before.mappings && holdings().descriptors <= before.descriptors);
  });

  test("turns peers away by its admission, and bounds what they send before they are set up", async () => {
    const here = await freshPlace({ maxPerSecond: 1, maxEarlyBytes: 64 });
    const [a, b] = await here.pair();
    await opened(a);
    b.onChunk = () => {};
    const end = endOf(b);
    write(a, pattern(65));
    expect((await end)?.code).toBe("ENOBUFS");
    await a.closed;
    const turned = connect(`memif:${here.file}`);
    expect((await endOf(turned))?.message).toContain("Turned away");
    expect(here.listener.counts).toMatchObject({ accepted: 1, refused: 1 });
  });
});

describe("peers of another kind", () => {
  test("an interface for frames and a stream turn each other away", async () => {
    const here = await freshPlace();
    const client = new MemifClient({ socket: here.file });
    onTestFinished(() => client.close());
    const reason = await new Promise<string>((resolve) => client.on("failed", (error) => resolve(error.message)));
    expect(reason).toContain("Mode mismatch: this is an interface of mode punt");
    const server = new MemifServer({ socket: freshName() });
    onTestFinished(() => server.close());
    const end = await endOf(connect(`memif:${server.socket.name}`));
    expect(end?.message).toContain("Mode mismatch: this is an interface of mode ethernet");
  });

  test("a client without a ring in one direction", async () => {
    const here = await freshPlace();
    const client = await RawClient.connect(here.file, { m2s: false });
    expect(await client.peer.reason()).toBe("OpenFlow takes a ring each way");
    expect(here.listener.counts.accepted).toBe(0);
  });

  test("long packets, and packets over several buffers", async () => {
    const here = await freshPlace();
    const client = await RawClient.connect(here.file);
    const got = collect(await here.next());
    const bytes = pattern(20_000);
    expect(client.tx.put(bytes)).toBe(true);
    client.tx.put(bytes.subarray(0, 1));
    client.tx.flush();
    await until(() => got.length === 20_001);
    expect(got.bytes().subarray(0, 20_000)).toEqual(bytes);
  });
});

describe("hostile peers", () => {
  test("one that is killed: what it had sent is read, then the connection has broken, and the next one is served", async () => {
    const here = await freshPlace();
    const before = holdings();
    const client = await RawClient.connect(here.file);
    const stream = await here.next();
    const got = collect(stream);
    stream.pause();
    client.tx.put(pattern(500));
    client.tx.flush();
    client.peer.close();
    const end = endOf(stream);
    await until(() => holdings().mappings === before.mappings + 1);
    stream.resume();
    expect(await end).toMatchObject({ code: "ECONNRESET" });
    expect(got.bytes()).toEqual(pattern(500));
    const [a] = await here.pair();
    await opened(a);
    a.destroy();
  });

  const DAMAGE: Record<string, (client: RawClient) => void> = {
    "a packet without bytes": (client) => client.slot(0, { length: 0 }),
    "a packet beyond its region": (client) => client.slot(0, { length: 2048, offset: client.bytes - 2047 }),
    "a packet in a region that is not there": (client) => client.slot(0, { region: 7, length: 10 }),
    "a packet of more than 64 KiB": (client) => client.slot(0, { length: 65_537, offset: 0 }),
    "a chain without an end": (client) => {
      for (let i = 0; i < 16; i++) client.slot(i, { flags: 1, length: 10 });
      client.head = 16;
    },
  };
  for (const [what, damage] of Object.entries(DAMAGE))
    test(`${what}: EPROTO, and the peer is told`, async () => {
      const here = await freshPlace();
      const client = await RawClient.connect(here.file);
      const stream = await here.next();
      const end = endOf(stream);
      collect(stream);
      damage(client);
      if (client.head === 0) client.head = 1;
      client.interrupt();
      const error = await end;
      expect(error?.code).toBe("EPROTO");
      expect(error?.message).toContain(await client.peer.reason());
    });

  test("posted buffers that lie elsewhere: EPROTO when something is written", async () => {
    const here = await freshPlace();
    const client = await RawClient.connect(here.file);
    const stream = await here.next();
    const end = endOf(stream);
    client.post(0, { region: 3, offset: 0, length: 2048 });
    write(stream, pattern(10));
    expect((await end)?.code).toBe("EPROTO");
  });

  test("a ring that is rewritten when its maker goes: one ring full at most is read", async () => {
    const here = await freshPlace();
    const client = await RawClient.connect(here.file);
    const stream = await here.next();
    const got = collect(stream);
    const end = endOf(stream);
    stream.pause();
    for (let i = 0; i < 16; i++) client.slot(i, { length: 2048 });
    client.head = 0xffff;
    client.peer.close();
    stream.resume();
    expect((await end)?.code).toBe("ECONNRESET");
    expect(got.length).toBe(16 * 2048);
  });
});

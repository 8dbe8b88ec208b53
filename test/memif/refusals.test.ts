/** What a server answers to clients that break the rules, and that nothing of theirs stays behind. */
import * as fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import type { SouthboundError } from "../../src/errors/mod.js";
import { encodeMessage, type Message } from "../../src/memif/messages.js";
import { MemifServer, type MemifServerOptions, MemifSocket, type MemifSocketOptions } from "../../src/memif/mod.js";
import { MockClock } from "../../src/testing/mod.js";
import { scaled } from "../soak.js";
import { addRing, calls, freshName, holdings, init, owned, RawPeer, until } from "./raw-peer.js";

interface Setting {
  readonly name: string;
  readonly server: MemifServer;
  readonly errors: SouthboundError[];
}

function serve(options: Partial<MemifServerOptions> = {}, socketOptions: MemifSocketOptions = {}): Setting {
  const name = freshName();
  const errors: SouthboundError[] = [];
  const socket = new MemifSocket(name, { onError: (e) => errors.push(e), ...socketOptions });
  const server = new MemifServer({ socket, ...options });
  server.on("failed", (e) => errors.push(e));
  onTestFinished(() => socket.close());
  return { name, server, errors };
}

const memfd = (size = 65_536): number => owned(calls.memfdCreate("test", size));
const eventfd = (): number => owned(calls.eventfdCreate());
const secretOf = (text: string): Uint8Array => {
  const bytes = new Uint8Array(24);
  bytes.set(Buffer.from(text));
  return bytes;
};

/** One step of a client: a message, raw bytes, and what goes with it. */
type Step = readonly [Message | Uint8Array, (() => number)?];

/** Sends all steps; each but the last has to be acknowledged. Answers the reason that the last one gets. */
async function refusal(name: string, steps: readonly Step[]): Promise<string> {
  const peer = RawPeer.connect(name);
  await peer.expect("hello");
  for (const [i, [message, descriptor]] of steps.entries()) {
    const bytes = message instanceof Uint8Array ? message : encodeMessage(message);
    expect(peer.sendBytes(bytes, descriptor?.() ?? -1)).toBe(bytes.length);
    if (i < steps.length - 1) await peer.expect("ack");
  }
  const reason = await peer.reason();
  peer.close();
  return reason;
}

const region = (index = 0, size = 65_536): Message => ({ type: "addRegion", index, size });
const ring = (more: Parameters<typeof addRing>[0] = {}): Step => [addRing(more), eventfd];
const connect: Step = [{ type: "connect", interfaceName: "raw" }];
const [hello, there]: Step[] = [[init()], [region(), memfd]] as [Step, Step];

describe("a server refuses", () => {
  test.each<[string, readonly Step[], string, Partial<MemifServerOptions>?]>([
    ["another version", [[init({ version: 0x0100 })]], "Incompatible memif version"],
    ["an unknown id", [[init({ id: 7 })]], "Interface id 7 not found"],
    ["the largest id", [[init({ id: 0xffff_ffff })]], "Interface id 4294967295 not found"],
    ["no secret", [[init()]], "Secret required", { secret: "right" }],
    ["a wrong secret", [[init({ secret: secretOf("wrong") })]], "Incorrect secret", { secret: "right" }],
    ["a secret that only begins right", [[init({ secret: secretOf("right!") })]], "Incorrect secret", { secret: "right" }],
    ["another mode", [[init({ mode: 1 })]], "Mode mismatch: this is an interface of mode ethernet"],
    ["a mode that is none", [[init({ mode: 9 })]], "Mode mismatch: this is an interface of mode ethernet"],
    ["a region before INIT", [[region(), memfd]], "Unexpected message addRegion"],
    ["a ring before INIT", [ring()], "Unexpected message addRing"],
    ["CONNECT before INIT", [connect], "Unexpected message connect"],
    ["a second INIT", [hello, hello], "Unexpected message init"],
    ["an ACK", [hello, [{ type: "ack" }]], "Unexpected message ack"],
    ["a message of type 0", [[new Uint8Array(128)]], "Unknown message type 0"],
    ["a message of type 9", [hello, [Uint8Array.from({ length: 128 }, (_, i) => (i === 0 ? 9 : 0))]], "Unknown message type 9"],
    ["a message of a type of two bytes", [[Uint8Array.from({ length: 128 }, () => 0xfe)]], "Unknown message type 65278"],
    ["a short message", [[new Uint8Array(10)]], "Invalid message size"],
    ["a long message", [[new Uint8Array(129)]], "Invalid message size"],
    ["a region without descriptor", [hello, [region()]], "Missing region descriptor"],
    ["a region of another index than allowed", [hello, [region(256), memfd]], "Region index 256 is too large"],
    ["the same region twice", [hello, there, there], "Region 0 was announced twice"],
    ["an empty region", [hello, [region(0, 0), memfd]], "Region 0 is empty"],
    ["a region that is smaller than announced", [hello, [region(0, 65_537), memfd]], "Region 0 is smaller than announced"],
    ["an eventfd as region", [hello, [region(), eventfd]], "Region 0 is not sealed against shrinking"],
    [
      "an eventfd as region that need not be sealed",
      [hello, [region(), eventfd]],
      "Region 0 is no file in memory",
      { allowUnsealed: true },
    ],
    ["too much memory", [hello, there, [region(1), memfd]], "Regions exceed 100000 bytes", { maxMapping: 100_000 }],
    ["more memory than the default", [hello, [region(0, 2 ** 30 + 1), memfd]], "Regions exceed 1073741824 bytes"],
    ["a region beyond what one ArrayBuffer holds", [hello, [region(0, 2 ** 40), memfd]], "Region 0 is too large", { maxMapping: 2 ** 50 }],
    ["a ring without descriptor", [hello, [addRing()]], "Missing ring descriptor"],
    ["a ring with a file for eventfd", [hello, [addRing({ index: 3 }), memfd]], "The descriptor of S2M ring 3 is no eventfd"],
    ["private headers", [hello, ring({ privateHeader: 8 })], "Private headers are not supported"],
    ["a ring of another index than allowed", [hello, ring({ index: 32 })], "S2M ring index 32 is too large"],
    ["the same ring twice", [hello, ring({ flags: 0 }), ring({ flags: 0 })], "M2S ring 0 was announced twice"],
    ["too many slots", [hello, ring({ log2Size: 15 })], "S2M ring 0 has too many slots"],
    ["slots beyond counting", [hello, ring({ log2Size: 255 })], "S2M ring 0 has too many slots"],
    ["a gap between rings", [hello, there, ring({ index: 1 }), connect], "Missing S2M ring 0"],
    ["a gap between regions", [hello, [region(1), memfd], connect], "Missing region 0"],
    ["a ring in no region", [hello, there, ring({ region: 1 }), connect], "ring in region 1, which was not announced"],
    ["a crooked ring", [hello, there, ring({ offset: 2 }), connect], "ring at offset 2, which is not a multiple of 4"],
    [
      "a ring beyond its region",
      [hello, there, ring({ offset: 0xffff_fffc }), connect],
      "ring at offset 4294967292 exceeds its region of 65536 bytes",
    ],
    ["a ring without cookie", [hello, there, ring(), connect], "ring with cookie 0x0"],
  ])("%s", async (_what, steps, reason, options) => {
    const { name, errors, server } = serve(options);
    const before = holdings();
    expect(await refusal(name, steps)).toBe(reason);
    await until(() => errors.length > 0);
    expect(errors.map((e) => (e as { reason?: string }).reason)).toEqual([reason]);
    expect(errors[0]!.code).toBe(/secret/i.test(reason) ? "EPERM" : /^Interface id/.test(reason) ? "ECONNREFUSED" : "EPROTO");
    expect([server.state, holdings().mappings]).toEqual(["waiting", before.mappings]);
  });

  test("memory that can shrink, unless it is allowed", async () => {
    const { openSync, unlinkSync, ftruncateSync, closeSync } = await import("node:fs");
    const file = `/dev/shm/southbound-test-${process.pid}`;
    const fd = openSync(file, "w+");
    unlinkSync(file);
    onTestFinished(() => closeSync(fd));
    ftruncateSync(fd, 65_536);
    expect(await refusal(serve().name, [hello!, [region(), () => fd]])).toBe("Region 0 is not sealed against shrinking");
    expect(await refusal(serve({ allowUnsealed: true }).name, [hello!, [region(), () => fd], hello!])).toBe("Unexpected message init");
  });

  test("a second client of an id", async () => {
    const { name, server } = serve();
    const first = RawPeer.connect(name);
    await first.expect("hello");
    first.send(init());
    await first.expect("ack");
    expect(await refusal(name, [hello!])).toBe("Already connected");
    expect(server.state).toBe("connecting");
    first.close();
    await until(() => server.state === "waiting");
  });

  test("a client that does not come to an end", async () => {
    const clock = new MockClock();
    const { name, errors } = serve({}, { clock, handshakeTimeout: 500 });
    const peer = RawPeer.connect(name);
    await peer.expect("hello");
    await clock.advance(500);
    expect(await peer.reason()).toBe("Handshake timed out");
    expect(errors.map((e) => e.code)).toEqual(["ETIMEDOUT"]);
    expect(clock.pending).toBe(0);
  });

  test("more half-open connections than allowed", async () => {
    const { name } = serve({}, { maxHalfOpen: 2 });
    const peers = [RawPeer.connect(name), RawPeer.connect(name)];
    for (const peer of peers) await peer.expect("hello");
    const third = RawPeer.connect(name);
    await third.expect("hello");
    expect(await third.reason()).toBe("Too many connections");
    peers[0]!.send(init());
    await peers[0]!.expect("ack");
    await RawPeer.connect(name).expect("hello");
  });
});

test("a server with a socket of its own is told of those too that ask for another id", async () => {
  const name = freshName();
  const server = new MemifServer({ socket: name, id: 1 });
  onTestFinished(() => server.close());
  const told = new Promise<SouthboundError>((resolve) => server.on("failed", resolve));
  await refusal(name, [[init({ id: 2 })]]);
  expect(await told).toMatchObject({ code: "ECONNREFUSED", reason: "Interface id 2 not found" });
});

test("a client that connects without rings is connected", async () => {
  const { name, server } = serve();
  const peer = RawPeer.connect(name);
  await peer.expect("hello");
  peer.send(init({ name: "raw app" }));
  await peer.expect("ack");
  peer.send({ type: "connect", interfaceName: "raw0" });
  expect(await peer.expect("connected")).toEqual({ type: "connected", interfaceName: "southbound0" });
  expect([server.state, server.peer, server.rx, server.tx]).toEqual([
    "connected",
    { application: "raw app", interfaceName: "raw0" },
    [],
    [],
  ]);
  peer.send({ type: "ack" });
  expect(await peer.reason()).toBe("Unexpected message ack");
});

test("a client that hangs up behind as many messages as are read in one turn, with some of ours unread, is gone", async () => {
  const { name, server } = serve();
  const peer = RawPeer.connect(name);
  // The second one is greeted after the first.
  await RawPeer.connect(name).expect("hello");
  const before = holdings();
  const fd = memfd();
  peer.send(init());
  for (let i = 0; i < 61; i++) peer.send(region(i), fd);
  peer.send({ type: "connect", interfaceName: "raw" });
  peer.close();
  await until(() => server.counters.disconnections === 1);
  expect([server.state, server.counters.connections, holdings().mappings]).toEqual(["waiting", 1, before.mappings]);
});

test("clients that have not asked for an interface yet are let go of with the last one", async () => {
  const { name, server, errors } = serve();
  const peer = RawPeer.connect(name);
  await peer.expect("hello");
  await server.close();
  expect(await peer.reason()).toBe("Nobody listens any more");
  expect(errors).toEqual([]);
});

test("descriptors that come where none belongs are closed", async () => {
  const { name } = serve();
  const peer = RawPeer.connect(name);
  await peer.expect("hello");
  const given = eventfd();
  const before = holdings().descriptors;
  peer.send(init(), given);
  await peer.expect("ack");
  expect(holdings().descriptors).toBe(before);
  peer.sendBytes(new Uint8Array(3), given);
  expect(await peer.reason()).toBe("Invalid message size");
});

test("nonsense leaves no descriptor, no mapping and no connection behind", async () => {
  const { name, server } = serve();
  await refusal(name, [[init({ id: 99 })]]);
  const before = holdings();
  const fd = { none: -1, memfd: calls.memfdCreate("test", 65_536), eventfd: calls.eventfdCreate() };
  const step = fc.record({
    bytes: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.tuple(fc.nat(9), fc.uint8Array({ minLength: 127, maxLength: 127 })).map(([t, b]) => Uint8Array.of(t, ...b)),
      },
      { weight: 2, arbitrary: fc.constant(encodeMessage(init())) },
      {
        weight: 2,
        arbitrary: fc
          .record({ index: fc.nat(3), size: fc.constantFrom(1, 65_536, 65_537) })
          .map((r) => encodeMessage({ type: "addRegion", ...r })),
      },
      { weight: 2, arbitrary: fc.record({ index: fc.nat(3), flags: fc.nat(1), region: fc.nat(2) }).map((r) => encodeMessage(addRing(r))) },
      { weight: 1, arbitrary: fc.constant(encodeMessage({ type: "connect", interfaceName: "" })) },
      { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 300 }) },
    ),
    with: fc.constantFrom<keyof typeof fd>("none", "memfd", "eventfd"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const raw = calls.seqpacketConnect(name);
      for (const s of steps) calls.seqpacketSend(raw, s.bytes, fd[s.with]);
      calls.fdClose(raw);
      // Who comes later is answered later.
      expect(await refusal(name, [[init({ id: 99 })]])).toBe("Interface id 99 not found");
      await until(() => server.state === "waiting" && holdings().descriptors === before.descriptors + 2);
      expect(holdings().mappings).toBe(before.mappings);
    }),
    { numRuns: scaled(300) },
  );
  calls.fdClose(fd.memfd);
  calls.fdClose(fd.eventfd);
  expect(holdings()).toEqual(before);
});

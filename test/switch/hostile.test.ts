/**
 * Peers that lie: about lengths, versions, types and everything else. Each gets the error that the protocol has, or loses its own connection, with one
 * line in the log; all others are undisturbed.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Chunk, fromHex } from "../../src/bytes/mod.js";
import {
  apply,
  BarrierRequest,
  DescRequest,
  decodeBytes,
  EchoRequest,
  type ErrorMessage,
  encodeMessage,
  errorNameOf,
  FeaturesRequest,
  FlowMod,
  FlowStatsRequest,
  GetConfigRequest,
  Match,
  type Message,
  Output,
  oxmOf,
  PacketOut,
  PortDescRequest,
  PortStatsRequest,
  SetConfig,
  SetField,
  TableFeaturesRequest,
  TableStatsRequest,
} from "../../src/ofp/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { pipe, type Stream } from "../../src/stream/mod.js";
import { scaled } from "../soak.js";
import { agent, settle } from "./peer.js";

/** A peer that speaks bytes. */
class RawPeer {
  readonly #stream: Stream;
  #bytes: number[] = [];
  closed = false;

  constructor(stream: Stream) {
    this.#stream = stream;
    stream.onChunk = (c, n) => this.#bytes.push(...c.u8.subarray(0, n));
    stream.onClose = () => {
      this.closed = true;
    };
  }

  async say(bytes: Uint8Array | string): Promise<void> {
    const u8 = typeof bytes === "string" ? fromHex(bytes.replaceAll(" ", "")) : bytes.slice();
    this.#stream.write(new Chunk(u8), u8.length);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The messages so far, which are taken out, but hello. */
  messages(): Message[] {
    const found: Message[] = [];
    const u8 = Uint8Array.from(this.#bytes);
    let p = 0;
    while (p + 8 <= u8.length) {
      const end = p + (u8[p + 2]! << 8) + u8[p + 3]!;
      if (u8[p + 1] !== 0) found.push(decodeBytes(u8.slice(p, end)));
      p = end;
    }
    this.#bytes = [];
    return found;
  }

  errors(): string[] {
    return this.messages().flatMap((m) => (m.type === "error" ? [errorNameOf(m as ErrorMessage)] : []));
  }
}

const HELLO: Readonly<Record<number, string>> = { 1: "0100000800000001", 4: "0400000800000001" };

function raw(options: Parameters<typeof agent>[0] = {}) {
  const a = agent(options);
  const rawPeer = (): RawPeer => {
    const [ours, theirs] = pipe();
    a.sw.attach(ours);
    return new RawPeer(theirs);
  };
  const shaken = async (version: Version): Promise<RawPeer> => {
    const peer = rawPeer();
    await peer.say(HELLO[version]!);
    peer.messages();
    return peer;
  };
  return { ...a, rawPeer, shaken };
}

describe("before the hello is done", () => {
  test("silence ends the connection after 10 s", async () => {
    const { rawPeer, clock, lines } = raw();
    const peer = rawPeer();
    await settle();
    clock.advance(9_999);
    expect(peer.closed).toBe(false);
    clock.advance(10);
    await settle();
    expect(peer.closed).toBe(true);
    expect(lines.filter((l) => /no hello within/.test(l)).length).toBe(1);
    expect(lines.length).toBe(1);
  });

  test.each([
    ["a message before the hello", "0405000800000001", []],
    ["a length under 8", "0400000700000001", []],
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n").toString("hex"), []],
    ["TLS", "16030102000100", []],
    ["version 0", "0000000800000001", []],
    ["a version that is not in common", "0700001000000001 0001000800000080", ["OFPHFC_INCOMPATIBLE"]],
    ["an element of length 0", "0400001000000001 0001000000000000", []],
  ])("%s", async (_name, bytes, errors) => {
    const { rawPeer, peer, lines } = raw();
    const other = await peer(4);
    lines.length = 0;
    const bad = rawPeer();
    await bad.say(bytes);
    const said = bad.errors();
    if (errors.length > 0) expect(said).toEqual(errors);
    expect(lines.filter((l) => l.startsWith("warn")).length).toBeLessThanOrEqual(1);
    expect(await other.tell(FlowMod.of())).toBe("done");
  });
});

describe.each<[string, Version]>([
  ["1.0", 1],
  ["1.3", 4],
])("OpenFlow %s", (_name, version) => {
  const requests: Message[] = [
    EchoRequest.of({ data: new Uint8Array(9) }),
    FeaturesRequest.of(),
    GetConfigRequest.of(),
    SetConfig.of(),
    BarrierRequest.of(),
    DescRequest.of(),
    FlowStatsRequest.of({ match: Match.of({ inPort: 1 }) }),
    TableStatsRequest.of(),
    PortStatsRequest.of(),
    PortDescRequest.of(),
    ...(version === 4 ? [TableFeaturesRequest.of()] : []),
    PacketOut.of({ inPort: 1, actions: [Output.of({ port: 2 })], data: new Uint8Array(60) }),
    FlowMod.of({
      match: Match.of({ inPort: 1, ethType: 0x0800, ipv4Src: 1 }),
      instructions: [apply(Output.of({ port: 1 }), ...(version === 4 ? [SetField.of({ field: oxmOf({ ethDst: 5 }) })] : []))],
    }),
  ];
  const bytesOf = (m: Message) => encodeMessage(m, version);

  test("a length under 8 after the hello is answered and ends the connection", async () => {
    const { shaken, lines } = raw();
    const peer = await shaken(version);
    lines.length = 0;
    await peer.say(new Uint8Array([version, 2, 0, 3, 0, 0, 0, 1]));
    expect(peer.errors()).toEqual(["OFPBRC_BAD_LEN"]);
    expect(peer.closed).toBe(true);
    expect(lines.length).toBe(1);
  });

  test("another version than the negotiated one is answered, and the connection stays", async () => {
    const { shaken } = raw();
    const peer = await shaken(version);
    for (const lie of [2, 3, 5, 6]) await peer.say(new Uint8Array([lie, 5, 0, 8, 0, 0, 0, 7]));
    expect(peer.errors().length).toBe(4);
    await peer.say(new Uint8Array([6, 0, 0, 8, 0, 0, 0, 8]));
    await peer.say(bytesOf(BarrierRequest.of()));
    expect(peer.messages().map((m) => m.type)).toEqual(["barrier-reply"]);
  });

  test("each request with a length that is too short or too long", async () => {
    for (const request of requests) {
      const good = bytesOf(request);
      for (const lie of [8, 9, good.length - 1, good.length + 1, good.length + 8]) {
        const { shaken, peer } = raw();
        const other = await peer(4);
        const bad = await shaken(version);
        const length = Math.max(8, lie);
        const bytes = new Uint8Array(length);
        bytes.set(good.subarray(0, Math.min(length, good.length)));
        bytes[2] = length >>> 8;
        bytes[3] = length & 255;
        await bad.say(bytes);
        await bad.say(bytesOf(BarrierRequest.of()));
        expect(bad.messages().at(-1)?.type, `${request.type} of ${length} bytes for ${good.length}`).toBe("barrier-reply");
        expect(await other.tell(SetConfig.of())).toBe("done");
      }
    }
  });

  test("every type of message, empty and with a body of zeros or ones", async () => {
    const { shaken, lines } = raw();
    const bad = await shaken(version);
    for (let type = 2; type < 256; type++) {
      for (const [size, fill] of [
        [8, 0],
        [16, 0],
        [64, 0],
        [64, 255],
        [1024, 255],
      ] as const) {
        const bytes = new Uint8Array(size).fill(fill);
        bytes.set([version, type, size >>> 8, size & 255, 0, 0, 0, 9]);
        await bad.say(bytes);
      }
      bad.messages();
      expect(bad.closed).toBe(false);
    }
    expect(lines.filter((l) => l.startsWith("warn")).length).toBeLessThan(40);
    await bad.say(bytesOf(BarrierRequest.of()));
    expect(bad.messages().map((m) => m.type)).toEqual(["barrier-reply"]);
  });

  test("any bytes behind a good header: an answer or an error, and the switch lives", async () => {
    const { shaken, sw } = raw({ maxFlows: 50 });
    const bad = await shaken(version);
    const type = fc.integer({ min: 0, max: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(type, fc.uint8Array({ maxLength: 200 })), { minLength: 1, maxLength: 8 }), async (list) => {
        for (const [t, body] of list) {
          const bytes = new Uint8Array(8 + body.length);
          bytes.set([version, t, 0, 8 + body.length, 0, 0, 0, 9]);
          bytes.set(body, 8);
          await bad.say(bytes);
        }
        await bad.say(bytesOf(BarrierRequest.of()));
        expect(bad.messages().at(-1)?.type).toBe("barrier-reply");
      }),
      { numRuns: scaled(40) },
    );
    expect(sw.tables[0]!.size).toBeLessThanOrEqual(50);
  });

  test("good messages with some bytes changed", async () => {
    const { shaken } = raw({ maxFlows: 50 });
    const bad = await shaken(version);
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1, 4, 127, 128, 255));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...requests), fc.array(change, { minLength: 1, maxLength: 4 })), { maxLength: 8 }),
        async (list) => {
          for (const [request, changes] of list) {
            const bytes = bytesOf(request).slice();
            for (const [at, value] of changes) if (bytes.length > 8) bytes[8 + (at % (bytes.length - 8))] = value;
            await bad.say(bytes);
          }
          await bad.say(bytesOf(BarrierRequest.of()));
          expect(bad.messages().at(-1)?.type).toBe("barrier-reply");
        },
      ),
      { numRuns: scaled(100) },
    );
  });

  test("one byte at a time, and many messages at once", async () => {
    const { shaken } = raw();
    const peer = await shaken(version);
    const bytes = bytesOf(FeaturesRequest.of());
    for (const byte of bytes) await peer.say(new Uint8Array([byte]));
    expect(peer.messages().map((m) => m.type)).toEqual(["features-reply"]);
    const many = new Uint8Array(8 * 5000);
    for (let n = 0; n < 5000; n++) many.set(bytesOf(BarrierRequest.of()), 8 * n);
    await peer.say(many);
    expect(peer.messages().length).toBe(5000);
  });
});

describe("match fields of OpenFlow 1.3 that lie", () => {
  /** A flow-mod whose match is made of these bytes. */
  const flowMod = (oxms: string): Uint8Array => {
    const list = fromHex(oxms.replaceAll(" ", ""));
    const padded = (4 + list.length + 7) & ~7;
    const bytes = new Uint8Array(48 + padded);
    const dv = new DataView(bytes.buffer);
    bytes.set([4, 14, 0, bytes.length, 0, 0, 0, 5]);
    dv.setUint32(32, 0xffffffff);
    dv.setUint32(36, 0xffffffff);
    dv.setUint32(40, 0xffffffff);
    dv.setUint16(48, 1);
    dv.setUint16(50, 4 + list.length);
    bytes.set(list, 52);
    return bytes;
  };
  test.each([
    ["an unknown class", "12340004 00000001", "OFPBMC_BAD_FIELD"],
    ["an unknown field", "8000fe04 00000001", "OFPBMC_BAD_FIELD"],
    ["a length that does not fit", "80000002 0001", "OFPBMC_BAD_FIELD"],
    ["a length beyond the end", "800000ff 00000001", "OFPBMC_BAD_LEN"],
    ["a field twice", "80000004 00000001 80000004 00000002", "OFPBMC_DUP_FIELD"],
    ["a mask where none may be", "80000108 00000001 ffffffff", "OFPBMC_BAD_MASK"],
    ["bits outside the mask", "8000070c 010203040506 000000000000", "OFPBMC_BAD_WILDCARDS"],
    ["a value that is too big", "80000a02 0800 80001001 ff", "OFPBMC_BAD_VALUE"],
    ["a prerequisite that is missing", "80001604 0a000001", "OFPBMC_BAD_PREREQ"],
  ])("%s", async (_name, oxms, reason) => {
    const { shaken, sw } = raw();
    const peer = await shaken(4);
    await peer.say(flowMod(oxms));
    expect(peer.errors()).toEqual([reason]);
    expect(sw.tables[0]!.size).toBe(0);
  });
});

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fromHex } from "../../src/bytes/mod.js";
import { Controller, type Datapath } from "../../src/controller/mod.js";
import { encodeMessage, FeaturesReply, Match, messageCodec, PacketIn, Port, PortDescReply, PortStatus } from "../../src/ofp/mod.js";
import { defaultMode } from "../../src/schema/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { MockClock, settle } from "../../src/testing/mock-clock.js";
import { scaled } from "../soak.js";
import { FakeSwitch } from "./fake-switch.js";

/** One connection whose framing is lost, or that does not get set up, must end, with one line and the right error, and leave the others alone; a message that cannot be read must not end it. */
describe("bad input", () => {
  let clock: MockClock;
  let lines: string[];
  let controller: Controller;
  let good: FakeSwitch;
  let packetIns: number;

  beforeEach(async () => {
    clock = new MockClock();
    lines = [];
    packetIns = 0;
    controller = new Controller({ clock, log: (level, text) => (level === "warn" || level === "error") && lines.push(text) });
    controller.on("up", (dp) => {
      dp.on("packet-in", () => {
        packetIns += 1;
      });
    });
    good = new FakeSwitch(controller);
    await good.setUp(0x600dn);
    await settle();
    expect([...controller.datapaths.keys()]).toEqual([0x600dn]);
  });

  afterEach(async () => {
    await settle();
    expect(controller.datapaths.get(0x600dn)?.connected).toBe(true);
    const before = packetIns;
    good.send(PacketIn.of({ match: Match.of({ inPort: 1 }), data: new Uint8Array(60) }));
    await settle();
    expect(packetIns).toBe(before + 1);
    good.wire.stream.destroy();
    await controller.close();
    expect(controller.connections).toBe(0);
    expect(clock.pending).toBe(0);
  });

  const ended = async (bad: FakeSwitch, line: RegExp): Promise<void> => {
    await bad.wire.end();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(line);
    expect(lines[0]).toMatch(/pipe#\d+/);
    expect(controller.connections).toBe(1);
  };

  test("no hello within 10 s", async () => {
    const bad = new FakeSwitch(controller);
    await bad.wire.next();
    await clock.advance(9_999);
    expect(controller.connections).toBe(2);
    await clock.advance(1);
    await ended(bad, /no hello within 10000 ms/);
  });

  test("a hello, and then no features within 30 s", async () => {
    const bad = new FakeSwitch(controller);
    await bad.wire.next();
    bad.raw("0400000800000001");
    await bad.request("05");
    await clock.advance(30_000);
    await ended(bad, /not set up within 30000 ms/);
  });

  test("a length under 8, before and after set-up", async () => {
    const early = new FakeSwitch(controller);
    await early.wire.next();
    early.raw("0400000000000001");
    await ended(early, /received too-short ofp_header \(0 bytes\)/);
    lines.length = 0;
    const late = new FakeSwitch(controller);
    await late.setUp(2n);
    late.raw("040a000400000001");
    expect((await late.wire.next()).slice(0, 24)).toBe("040100100000000000010006");
    await ended(late, /received too-short ofp_header \(4 bytes\)/);
  });

  test("no version in common", async () => {
    const bad = new FakeSwitch(controller);
    await bad.wire.next();
    bad.raw("0600001000000001000100080000004c");
    bad.raw("");
    await settle();
    expect(controller.connections).toBe(1 + 0);
    expect((await bad.wire.next()).slice(0, 24)).toMatch(/^0601....0000000000000000$/);
    await bad.wire.end();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /pipe#\d+: version negotiation failed \(we support versions 0x01, 0x04, peer supports versions 0x02, 0x03, 0x06\)$/,
    );
    expect(lines[1]).toMatch(/protocols=/);
    expect(controller.connections).toBe(1);
  });

  const wrongMatch = encodeMessage(PacketIn.of({ match: Match.of({ inPort: 1 }) }), 4);
  wrongMatch[31] = 200;
  test.each([
    [
      "a message that is too short for its type",
      fromHex("040a001000000007 0000000000000000"),
      /packet-in is dropped.*cut short at byte \d+ \(OFPBRC_BAD_LEN\)/,
    ],
    [
      "a reply that nobody waits for, with bytes too many",
      fromHex("0415000c00000007 00000000"),
      /barrier-reply is dropped.*bytes behind BarrierReply at byte 8/,
    ],
    ["a match whose field says it is longer than the match", wrongMatch, /packet-in is dropped.*match.*OFPBMC_BAD_LEN/],
  ])("%s: dropped, counted, told once, and the connection goes on", async (_name, bytes, line) => {
    const bad = new FakeSwitch(controller);
    await bad.setUp(2n);
    for (let i = 0; i < 3; i++) bad.raw(bytes);
    bad.raw("0402000800000009");
    expect(await bad.wire.next()).toBe("0403000800000009");
    expect(lines).toEqual([expect.stringMatching(line)]);
    expect(controller.datapaths.get(2n)).toMatchObject({ connected: true, faults: 3 });
    bad.wire.stream.destroy();
    await settle();
  });

  test("a request of the switch's that cannot be read has its error, with the request in it", async () => {
    const bad = new FakeSwitch(controller);
    await bad.setUp(2n);
    bad.raw("040e001000000007 0000000000000000");
    expect(await bad.wire.next()).toBe("0401001c0000000700010006040e0010000000070000000000000000");
    expect(lines).toEqual([expect.stringMatching(/flow-mod is answered with an error/)]);
    expect(controller.datapaths.get(2n)).toMatchObject({ connected: true, faults: 1 });
    bad.wire.stream.destroy();
    await settle();
  });

  test("a message before set-up, and a part of the list of ports", async () => {
    controller.on("presetup", () => {});
    const bad = new FakeSwitch(controller);
    await bad.wire.next();
    bad.raw("0400000800000001 040a000800000000");
    bad.reply(await bad.request("05"), FeaturesReply.of({ datapathId: 2n }));
    const xid = await bad.request("12");
    const head = (length: string, flags: string) => `0413${length}${xid.toString(16).padStart(8, "0")}000d${flags}00000000`;
    bad.raw(head("0018", "0001") + "00".repeat(8));
    bad.reply(xid, PortDescReply.of({ ports: [Port.of({ portNo: 5 })], flags: 1 }));
    bad.raw(head("0018", "0000") + "00".repeat(8));
    await expect.poll(() => controller.datapaths.get(2n)?.ports.size).toBe(1);
    expect(controller.datapaths.get(2n)).toMatchObject({ connected: true, faults: 3 });
    expect(lines).toEqual([expect.stringMatching(/packet-in is dropped/), expect.stringMatching(/port-desc-reply is dropped/)]);
    bad.wire.stream.destroy();
    await settle();
  });

  test.each(["05", "12"])(
    "an error about request %s of the set-up that cannot be read refuses it all the same, and is not answered",
    async (at) => {
      const bad = new FakeSwitch(controller);
      await bad.wire.next();
      bad.raw("0400000800000001");
      let xid = await bad.request("05");
      if (at === "12") {
        bad.reply(xid, FeaturesReply.of({ datapathId: 9n }));
        xid = await bad.request("12");
      }
      bad.raw(`0401000a${xid.toString(16).padStart(8, "0")}0001`);
      await bad.wire.end();
      expect(bad.wire.messages).toEqual([]);
      expect(controller.datapaths.has(9n)).toBe(false);
    },
  );

  test("too many in a row end it; what was kept until set-up counts in its place", async () => {
    const own = new Controller({ clock, maxFaults: 2, log: (level, text) => level === "warn" && lines.push(text) });
    const early = new FakeSwitch(own);
    await early.wire.next();
    const [good_, bad_] = ["0415000800000000", "040c000800000000"];
    early.raw(`0400000800000001${[bad_, bad_, good_, bad_, bad_, good_].join("")}`);
    early.reply(await early.request("05"), FeaturesReply.of({ datapathId: 3n }));
    early.reply(await early.request("12"), PortDescReply.of());
    await expect.poll(() => own.datapaths.get(3n)?.faults).toBe(4);
    early.raw([bad_, bad_, "0402000800000009", bad_, bad_].join(""));
    expect(await early.wire.next()).toBe("0403000800000009");
    expect(own.datapaths.get(3n)?.connected).toBe(true);
    early.raw(bad_);
    await early.wire.end();
    expect(lines.at(-1)).toMatch(/3 messages in a row could not be read, the last one: .*OFPBRC_BAD_LEN/);
    await own.close();
  });

  test.each(["decode", "packet-in"])("a fault of ours in decoding (%s) ends one connection, with a line to report", async (which) => {
    const errors: string[] = [];
    const own = new Controller({ clock, log: (level, text) => level === "error" && errors.push(text) });
    let packets = 0;
    own.on("packet-in", () => packets++);
    const codec: { decode: unknown } = which === "decode" ? messageCodec(4) : PacketIn.codec(4, defaultMode());
    const { decode } = codec;
    const broken = () => {
      throw new RangeError("Offset is outside the bounds of the DataView");
    };
    const [one, two] = [new FakeSwitch(own), new FakeSwitch(own)];
    try {
      await two.setUp(6n);
      if (which === "packet-in") codec.decode = broken;
      await one.setUp(5n);
      const closed = own.datapaths.get(5n)!.closed;
      codec.decode = broken;
      if (which === "decode") one.raw(`04150500 00000007 ${"ab".repeat(1272)}`);
      else one.send(PacketIn.of({ match: Match.of({ inPort: 1 }), data: new Uint8Array(1000) }));
      await closed;
      codec.decode = decode;
      expect(errors).toEqual([
        expect.stringMatching(
          /^pipe#\d+: southbound failed to handle a message, and ends the connection; please report this line: RangeError: Offset is outside the bounds of the DataView at .*; the message: 04(15|0a)[0-9a-f]{1020}… \(1\d+ bytes\)$/,
        ),
      ]);
      two.send(PacketIn.of({ match: Match.of({ inPort: 1 }) }));
      await expect.poll(() => packets).toBe(1);
      expect([...own.datapaths.keys()]).toEqual([6n]);
    } finally {
      codec.decode = decode;
      two.wire.stream.destroy();
      await own.close();
    }
  });

  test.each([
    ["not taken: a line says so at once and at the end of the time", false],
    ["taken where the option says so", true],
  ])("a features reply with a foreign xid is %s", async (_name, anyFeaturesXid) => {
    for (const version of [1, 4] as const) {
      lines.length = 0;
      const own = new Controller({ clock, anyFeaturesXid, log: (level, text) => level === "warn" && lines.push(text) });
      const old = new FakeSwitch(own, version);
      await old.wire.next();
      old.raw(`0${version}00000800000001`);
      const xid = await old.request("05");
      for (let i = 0; i < 2; i++) old.reply(0x77 * i, FeaturesReply.of({ datapathId: 8n }));
      if (anyFeaturesXid) {
        if (version === 4) old.reply(await old.request("12"), PortDescReply.of());
        await expect.poll(() => own.datapaths.has(8n)).toBe(true);
        expect(lines).toEqual([]);
      } else {
        await settle();
        const said = `a features reply came with xid 0x0 where 0x${xid.toString(16)} was asked for`;
        expect(lines).toEqual([expect.stringMatching(`^pipe#\\d+: ${said}, and is not taken: the option anyFeaturesXid takes it$`)]);
        await clock.advance(30_000);
        await old.wire.end();
        expect(lines[1]).toMatch(new RegExp(`not set up within 30000 ms: ${said}`));
      }
      old.wire.stream.destroy();
      await own.close();
    }
  });

  test("a features reply that is malformed", async () => {
    const bad = new FakeSwitch(controller);
    await bad.wire.next();
    bad.raw("0400000800000001");
    const xid = await bad.request("05");
    bad.raw(`0406000c${xid.toString(16).padStart(8, "0")}00000000`);
    expect((await bad.wire.next()).slice(16, 24)).toBe("00010006");
    await ended(bad, /OFPBRC_BAD_LEN/);
  });

  test("an error in answer to the set-up", async () => {
    const bad = new FakeSwitch(controller);
    await bad.wire.next();
    bad.raw("0400000800000001");
    const xid = await bad.request("05");
    bad.raw(`0401000c${xid.toString(16).padStart(8, "0")}00010005`);
    await ended(bad, /answered the set-up by error with OFPBRC_EPERM/);
  });

  test("a flood of messages before set-up is bounded, and what was kept is delivered after it, in order", async () => {
    const seen: number[] = [];
    controller.on("up", (dp) => {
      dp.on("packet-in", (m) => seen.push(m.totalLen));
    });
    const early = new FakeSwitch(controller);
    await early.wire.next();
    early.raw("0400000800000001");
    for (let i = 0; i < 5_000; i++) early.send(PacketIn.of({ totalLen: i, match: Match.of({ inPort: 1 }) }));
    early.send(FeaturesReply.of({ datapathId: 3n, ...{ xid: await early.request("05") } }));
    early.send(PortDescReply.of({ ...{ xid: await early.request("12") } }));
    await settle();
    expect(controller.datapaths.has(3n)).toBe(true);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
    early.wire.stream.destroy();
    await settle();
  });

  test("a hello, and then megabytes instead of features: little is kept, one line says so, and it ends with the set-up's time", async () => {
    const bad = new FakeSwitch(controller);
    await bad.wire.next();
    bad.raw("0400000800000001");
    await bad.request("05");
    const packetIn = encodeMessage(PacketIn.of({ match: Match.of({ inPort: 1 }), data: new Uint8Array(60_000) }), 4);
    for (let i = 0; i < 200; i++) {
      bad.raw(packetIn);
      if (i % 10 === 0) await settle();
    }
    await settle();
    // 256 KiB hold four of them
    expect(lines).toEqual([
      expect.stringMatching(/sends more before it is set up than is kept \(4 messages\); what comes beyond is dropped/),
    ]);
    await clock.advance(30_000);
    await bad.wire.end();
    expect(lines.slice(1)).toEqual([expect.stringMatching(/not set up within 30000 ms/)]);
    expect(controller.connections).toBe(1);
  });

  test("a list of ports whose parts are empty and do not end", async () => {
    const bad = new FakeSwitch(controller);
    await bad.wire.next();
    bad.raw("0400000800000001");
    const features = await bad.request("05");
    bad.reply(features, FeaturesReply.of({ datapathId: 2n }));
    const desc = await bad.request("12");
    for (let i = 0; i < 17; i++) bad.reply(desc, PortDescReply.of({ flags: 1 }));
    await ended(bad, /its list of ports does not end/);
  });

  test("lists of ports that are too long together: the longest is given up, not the short one", async () => {
    const lists: { readonly by: FakeSwitch; readonly xid: number }[] = [];
    for (let i = 0; i < 4; i++) {
      const by = new FakeSwitch(controller);
      await by.wire.next();
      by.raw("0400000800000001");
      by.reply(await by.request("05"), FeaturesReply.of({ datapathId: BigInt(i + 2) }));
      lists.push({ by, xid: await by.request("12") });
    }
    const [short, ...long] = lists;
    short!.by.reply(short!.xid, PortDescReply.of({ flags: 1, ports: [Port.of({ portNo: 1 })] }));
    for (let sent = 0; sent < 45_000; sent += 1_000) {
      const ports = Array.from({ length: 1_000 }, (_, i) => Port.of({ portNo: sent + i + 1 }));
      for (const { by, xid } of long) if (by.wire.stream.state === "open") by.reply(xid, PortDescReply.of({ flags: 1, ports }));
      await settle();
    }
    expect(lines).toEqual([expect.stringMatching(/its list of ports is the longest .* more than 131072 ports together/)]);
    short!.by.reply(short!.xid, PortDescReply.of({ ports: [] }));
    await settle();
    expect(controller.datapaths.get(2n)?.ports.size).toBe(1);
    for (const { by } of lists) by.wire.stream.destroy();
    await settle();
    lines.length = 0;
  });

  test("more ports than there can be", async () => {
    const bad = new FakeSwitch(controller);
    await bad.setUp(2n);
    for (let portNo = 1; portNo <= 0x10001; portNo++) {
      bad.send(PortStatus.of({ port: Port.of({ portNo }) }));
      if (portNo % 1000 === 0) await settle();
    }
    await ended(bad, /it has more than 65536 ports/);
  });

  test("a flood of messages that no switch sends is answered, and does not flood the log", async () => {
    const bad = new FakeSwitch(controller);
    await bad.setUp(2n);
    for (let i = 0; i < 1000; i++) bad.raw("0463000800000007");
    await settle();
    expect(bad.wire.messages).toHaveLength(1000);
    expect(lines).toHaveLength(10);
    expect(lines[0]).toMatch(/a message of type 99, which no switch sends/);
    expect(lines.at(-1)).toMatch(/\(512 so far\)/);
    bad.wire.stream.destroy();
    await settle();
  });

  test("a stream that has closed already is not taken", async () => {
    const [, there] = pipe();
    there.destroy();
    await there.closed;
    controller.accept(there);
    expect(controller.connections).toBe(1);
  });

  test("any bytes at all: the connection lives or ends, and nothing throws", async () => {
    let next = 16n;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.boolean(), async (bytes, setUp) => {
        const bad = new FakeSwitch(controller);
        if (setUp) {
          await bad.setUp(next++);
          // as a message of our version and of any type, with a length that is right
          const message = new Uint8Array(Math.max(8, bytes.length));
          message.set(bytes);
          message[0] = 4;
          message[2] = message.length >> 8;
          message[3] = message.length & 255;
          bad.raw(message);
        } else bad.raw(bytes);
        await settle();
        bad.wire.stream.destroy();
        await settle();
        expect(controller.connections).toBe(1);
      }),
      { numRuns: scaled(300) },
    );
  });

  test("a listener that throws hurts neither its connection nor the other listeners", async () => {
    const errors: string[] = [];
    const own = new Controller({ clock, log: (level, text) => level === "error" && text.includes("threw") && errors.push(text) });
    let seen = 0;
    own.on("up", (dp: Datapath) => {
      dp.on("packet-in", () => {
        throw new Error("broken app");
      });
      dp.on("packet-in", () => {
        seen += 1;
      });
    });
    const sw = new FakeSwitch(own);
    await sw.setUp(9n);
    for (let i = 0; i < 3; i++) sw.send(PacketIn.of({ match: Match.of({ inPort: 1 }) }));
    await settle();
    expect(seen).toBe(3);
    expect(errors).toHaveLength(3);
    expect(own.datapaths.get(9n)?.connected).toBe(true);
    sw.wire.stream.destroy();
    await own.close();
  });
});

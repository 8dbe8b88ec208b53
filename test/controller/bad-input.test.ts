import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Controller, type Datapath } from "../../src/controller/mod.js";
import { encodeMessage, FeaturesReply, Match, PacketIn, Port, PortDescReply, PortStatus } from "../../src/ofp/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { MockClock, settle } from "../../src/testing/mock-clock.js";
import { FakeSwitch } from "./fake-switch.js";

/** One connection that misbehaves must end, with one line and the right error, and leave the others alone. */
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
    controller = new Controller({ clock, log: (level, text) => level === "warn" && lines.push(text) });
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
    await ended(early, /a header that says 0 bytes/);
    lines.length = 0;
    const late = new FakeSwitch(controller);
    await late.setUp(2n);
    late.raw("040a000400000001");
    expect((await late.wire.next()).slice(0, 24)).toBe("040100100000000000010006");
    await ended(late, /a header that says 4 bytes/);
  });

  test("no version in common", async () => {
    const bad = new FakeSwitch(controller);
    await bad.wire.next();
    bad.raw("0600001000000001000100080000004c");
    bad.raw("");
    await settle();
    expect(controller.connections).toBe(1 + 0);
    expect((await bad.wire.next()).slice(0, 24)).toMatch(/^0601....0000000000000000$/);
    await ended(bad, /version negotiation failed \(we support versions 0x01, 0x04, peer supports versions 0x02, 0x03, 0x06\)$/);
  });

  test("a message that is too short for its type", async () => {
    const bad = new FakeSwitch(controller);
    await bad.setUp(2n);
    bad.raw("040a001000000007 0000000000000000");
    expect(await bad.wire.next()).toBe(`0401001c000000070001000${"6"}040a0010000000070000000000000000`);
    await ended(bad, /cut short at byte \d+ \(OFPBRC_BAD_LEN\)/);
  });

  test("a message with bytes too many", async () => {
    const bad = new FakeSwitch(controller);
    await bad.setUp(2n);
    bad.raw("0415000c00000007 00000000");
    expect((await bad.wire.next()).slice(0, 24)).toBe("0401001800000007" + "00010006");
    await ended(bad, /bytes behind BarrierReply at byte 8/);
  });

  test("a match whose field says it is longer than the match", async () => {
    const bad = new FakeSwitch(controller);
    await bad.setUp(2n);
    const bytes = encodeMessage(PacketIn.of({ match: Match.of({ inPort: 1 }) }), 4);
    bytes[31] = 200;
    bad.raw(bytes);
    expect((await bad.wire.next()).slice(16, 24)).toBe("00040001");
    await ended(bad, /match.*OFPBMC_BAD_LEN/);
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
      { numRuns: 300 },
    );
  });

  test("a listener that throws hurts neither its connection nor the other listeners", async () => {
    const errors: string[] = [];
    const own = new Controller({ clock, log: (level, text) => level === "error" && errors.push(text) });
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

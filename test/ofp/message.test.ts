import { describe, expect, test } from "vitest";
import { Chunk, fromHex, toHex, Writer } from "../../src/bytes/mod.js";
import { DecodeError } from "../../src/errors/mod.js";
import {
  apply,
  decodeBytes,
  decodeMessage,
  EchoRequest,
  encodeInto,
  encodeMessage,
  FlowMod,
  FlowStatsReply,
  Hello,
  messageCodec,
  Output,
  PacketIn,
  PacketOut,
} from "../../src/ofp/mod.js";
import { UnknownElement } from "../../src/schema/mod.js";
import { thrown } from "../schema/helpers.js";

describe("the header", () => {
  test.each([
    ["", "OFPBRC_BAD_LEN"],
    ["04000008000000", "OFPBRC_BAD_LEN"],
    ["0400000700000001", "OFPBRC_BAD_LEN"],
    ["0400000000000001", "OFPBRC_BAD_LEN"],
    ["0400000900000001", "OFPBRC_BAD_LEN"],
    ["0000000800000001", "OFPBRC_BAD_VERSION"],
    ["0700000800000001", "OFPBRC_BAD_VERSION"],
    ["ff00000800000001", "OFPBRC_BAD_VERSION"],
  ])("%s is refused", (hex, reason) => {
    expect(thrown(() => decodeBytes(fromHex(hex)))).toMatchObject({ code: "ERR_DECODE", reason });
  });

  test("messages that no table knows come back byte for byte", () => {
    for (const hex of ["0463000c00000001aabbccdd", "041300180000000100630000000000000102030405060708", "0120000800000001"]) {
      const m = decodeBytes(fromHex(hex));
      expect(m).toBeInstanceOf(UnknownElement);
      expect(toHex(encodeMessage(m, Number.parseInt(hex.slice(1, 2), 16) as 1))).toBe(hex);
    }
  });

  test("an experimenter's multipart message is not known further, or cut short, and ends", () => {
    for (const version of [1, 4] as const)
      for (let length = version === 1 ? 12 : 16; length < 60; length += 4) {
        const bytes = new Uint8Array(length).fill(255);
        bytes.set([version, version === 1 ? 17 : 19, 0, length]);
        for (const [type, name] of [
          [version === 1 ? 17 : 19, "experimenter-stats-reply"],
          [version === 1 ? 16 : 18, "experimenter-stats-request"],
        ] as const) {
          bytes[1] = type;
          // its own header: the experimenter, and since 1.1 a type of its own
          const whole = version === 1 ? 16 : 24;
          if (length < whole) expect(() => decodeBytes(bytes)).toThrow(/OFPBRC_BAD_LEN/);
          else expect(decodeBytes(bytes).type).toBe(name);
        }
      }
  });
});

describe("hostile lengths that have hung other decoders", () => {
  // each a valid message but for one length of zero
  const cases = {
    "hello element": "0400001000000001000100000000001e",
    "flow-mod instruction":
      "040e004800000001".padEnd(2 * 48, "0") + "0001000400000000".padEnd(16, "0") + "0004000000000000".padEnd(32, "0"),
    "multipart body": "041300480000000100010000000000000000".padEnd(2 * 72, "0"),
    "packet-out action": "040d002000000001ffffffff000000010008000000000000000000000000000000",
  };
  test.each(Object.entries(cases))("%s", (_name, hex) => {
    const bytes = fromHex(hex.slice(0, 2 * Number.parseInt(hex.slice(4, 8), 16)));
    expect(thrown(() => decodeBytes(bytes))).toBeInstanceOf(DecodeError);
  });
});

describe("errors of decoding", () => {
  test("tell the offset in the message and the path of the field, wherever the message lies", () => {
    const good = encodeMessage(FlowMod.of({ instructions: [apply(Output.of({ port: 1 }), Output.of({ port: 2 }))] }), 4);
    const bad = good.slice();
    bad[56 + 8 + 16 + 3] = 12;
    const chunk = new Chunk(1000);
    chunk.u8.set(bad, 500);
    const e = thrown(() => decodeMessage(chunk, 500, 500 + bad.length)) as DecodeError;
    expect(e).toMatchObject({ reason: "OFPBAC_BAD_LEN", offset: 80, path: "instructions[0].actions[1]" });
  });
});

describe("encoding", () => {
  test("literals may give the transaction id, and multipart flags", () => {
    expect(EchoRequest.of({ xid: 7 }).xid).toBe(7);
    expect(FlowStatsReply.of({ xid: 7, flags: 1 })).toMatchObject({ xid: 7, flags: 1, flows: [] });
  });

  test("goes behind what a writer holds, which grows", () => {
    const writer = new Writer(16);
    writer.bytes(Uint8Array.of(1, 2, 3));
    const m = EchoRequest.of({ xid: 1, data: new Uint8Array(60_000).fill(7) });
    const end = encodeInto(writer, m, 4);
    expect(end).toBe(3 + 60_008);
    expect([...writer.chunk.u8.subarray(0, 5)]).toEqual([1, 2, 3, 4, 2]);
  });

  test("the longest message is 65535 bytes", () => {
    expect(encodeMessage(EchoRequest.of({ data: new Uint8Array(65527) }), 4).length).toBe(65535);
    for (const size of [65528, 66_000, 70_000, 200_000])
      expect(thrown(() => encodeMessage(EchoRequest.of({ data: new Uint8Array(size) }), 4)).code).toBe("ERR_TOO_LONG");
    const actions = Array.from({ length: 5000 }, () => Output.of({ port: 1 }));
    for (const version of [1, 4] as const)
      expect(encodeMessage(PacketOut.of({ actions: actions.slice(0, 4000) }), version).length).toBeGreaterThan(32_000);
    expect(thrown(() => encodeMessage(PacketOut.of({ actions }), 4)).code).toBe("ERR_TOO_LONG");
  });

  test("a value that does not fit is named with the whole way to it", () => {
    const m = FlowMod.of({ instructions: [apply(Output.of(), Output.of({ maxLen: 70_000 }))] });
    const e = thrown(() => encodeMessage(m, 4));
    expect(e.code).toBe("ERR_RANGE");
    expect(e.message).toBe("FlowMod.instructions: [0] ApplyActions.actions: [1] Output.maxLen: 70000 does not fit u16");
    expect(thrown(() => messageCodec(4, "interpreted").encode(new Chunk(1000), 0, m)).message).toBe(e.message);
  });

  test("what a version lacks is named with the versions that have it", () => {
    const e = thrown(() => encodeMessage(FlowMod.of({ importance: 5 }), 4));
    expect(e).toMatchObject({ code: "ERR_UNSUPPORTED", message: "OpenFlow 1.3 has no FlowMod.importance: use OpenFlow 1.4 to 1.5" });
    // the version that lacks it is no advice, but its other form is
    expect(thrown(() => encodeMessage(FlowMod.of({ cookieMask: 2n }), 1))).toMatchObject({
      code: "ERR_UNSUPPORTED",
      message: 'OpenFlow 1.0 has no FlowMod.cookieMask: use format: "nxt", or OpenFlow 1.1 to 1.5',
    });
    expect(thrown(() => encodeMessage(PacketOut.of({ actions: [Output.of({ port: 70_000 })] }), 1)).code).toBe("ERR_RANGE");
  });

  test("a packet that arrived is refused once its handler has returned, unless it was owned", () => {
    const bytes = encodeMessage(PacketIn.of({ data: Uint8Array.of(1, 2, 3) }), 4);
    const chunk = new Chunk(bytes);
    const [lost, kept] = [decodeMessage(chunk) as PacketIn, decodeMessage(chunk) as PacketIn];
    kept.own();
    chunk.epoch += 1;
    bytes.fill(0);
    expect(thrown(() => lost.data).code).toBe("ERR_BORROWED");
    expect(thrown(() => lost.inPort).code).toBe("ERR_BORROWED");
    expect(thrown(() => encodeMessage(lost, 4)).code).toBe("ERR_BORROWED");
    expect([...kept.data]).toEqual([1, 2, 3]);
    expect(Hello.of().own()).toBeInstanceOf(Hello);
  });
});

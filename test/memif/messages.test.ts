/** The table of messages against the layout that all peers use. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage, type Message, takesDescriptor } from "../../src/memif/messages.js";

const hex = (bytes: Uint8Array, from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString("hex");
const name = fc.string({ unit: "grapheme-ascii", maxLength: 31 });
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const u8 = fc.nat(0xff);

const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: fc.constant("ack" as const) }),
  fc.record({
    type: fc.constant("hello" as const),
    name,
    minVersion: u16,
    maxVersion: u16,
    maxRegion: u16,
    maxM2sRing: u16,
    maxS2mRing: u16,
    maxLog2RingSize: u8,
  }),
  fc.record({
    type: fc.constant("init" as const),
    version: u16,
    id: u32,
    mode: u8,
    secret: fc.uint8Array({ minLength: 24, maxLength: 24 }),
    name,
  }),
  fc.record({ type: fc.constant("addRegion" as const), index: u16, size: fc.maxSafeNat() }),
  fc.record({
    type: fc.constant("addRing" as const),
    flags: u16,
    index: u16,
    region: u16,
    offset: u32,
    log2Size: u8,
    privateHeader: u16,
  }),
  fc.record({ type: fc.constantFrom("connect" as const, "connected" as const), interfaceName: name }),
  fc.record({ type: fc.constant("disconnect" as const), code: u32, reason: fc.string({ unit: "grapheme-ascii", maxLength: 95 }) }),
);

describe("messages", () => {
  test("survive the way there and back", () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeMessage(encodeMessage(message))).toEqual(message);
      }),
    );
  });

  test("any 128 bytes are read, or are of no known type", () => {
    fc.assert(
      fc.property(fc.nat(9), fc.uint8Array({ minLength: 128, maxLength: 128 }), (type, bytes) => {
        bytes[0] = type;
        bytes[1] = 0;
        const message = decodeMessage(bytes);
        expect(message === undefined).toBe(type === 0 || type === 9);
      }),
    );
  });

  test("stand where memif 2.0 has them", () => {
    const hello = encodeMessage({
      type: "hello",
      name: "app",
      minVersion: 0x0102,
      maxVersion: 0x0304,
      maxRegion: 0x0506,
      maxM2sRing: 0x0708,
      maxS2mRing: 0x090a,
      maxLog2RingSize: 14,
    });
    expect(hello.length).toBe(128);
    expect(hex(hello, 0, 6)).toBe("020061707000");
    expect(hex(hello, 34, 46)).toBe("0201040306050807" + "0a09" + "0e00");
    const init = encodeMessage({ type: "init", version: 0x0200, id: 0x01020304, mode: 1, secret: Buffer.from("geheim"), name: "x" });
    expect(hex(init, 0, 16)).toBe("0300" + "0002" + "04030201" + "01" + "67656865696d00");
    expect(hex(init, 33, 35)).toBe("7800");
    const region = encodeMessage({ type: "addRegion", index: 1, size: 0x1_0000_0002 });
    expect(hex(region, 0, 12)).toBe("0400" + "0100" + "0200000001000000");
    const ring = encodeMessage({ type: "addRing", flags: 1, index: 2, region: 3, offset: 0x40, log2Size: 10, privateHeader: 5 });
    expect(hex(ring, 0, 16)).toBe("0500" + "0100" + "0200" + "0300" + "40000000" + "0a" + "0500" + "00");
    expect(hex(encodeMessage({ type: "disconnect", code: 0, reason: "so" }), 0, 9)).toBe("0800" + "00000000" + "736f00");
  });

  test("text is cut at a whole character and keeps its NUL", () => {
    const bytes = encodeMessage({ type: "connect", interfaceName: "ä".repeat(20) });
    expect(decodeMessage(bytes)).toEqual({ type: "connect", interfaceName: "ä".repeat(15) });
    expect(bytes.subarray(32, 36)).toEqual(new Uint8Array(4));
  });

  test("a text without an end, or with control characters, is still read", () => {
    const bytes = new Uint8Array(128).fill(0x1b);
    bytes.set([6, 0]);
    expect(decodeMessage(bytes)).toEqual({ type: "connect", interfaceName: "?".repeat(32) });
  });

  test("regions and rings alone carry descriptors", () => {
    const all = ["ack", "hello", "init", "addRegion", "addRing", "connect", "connected", "disconnect"] as const;
    expect(all.filter(takesDescriptor)).toEqual(["addRegion", "addRing"]);
  });
});

/** A continuation is private to the switch that sent it: whatever it is, it goes back in the message that resumes the packet as it came. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Chunk, fromHex, toHex } from "../../src/bytes/mod.js";
import { decodeBytes, encodeMessage, messageFromJSON, type PacketIn, Resume } from "../../src/ofp/mod.js";
import { VERSIONS, type Version } from "../../src/schema/mod.js";
import { encoded, outcome } from "./helpers.js";

/** A packet-in in Nicira's second form with this continuation. */
function packetIn(continuation: Uint8Array, version: Version): Uint8Array {
  const length = 8 + continuation.length;
  const chunk = new Chunk(16 + 8 + 8 + ((length + 7) & ~7));
  chunk.u8.set([version, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0x23, 0x20, 0, 0, 0, 30]);
  chunk.dv.setUint16(2, chunk.u8.length);
  chunk.u8.set([0, 0, 0, 6, 0xab, 0xcd, 0, 0], 16);
  chunk.u8.set([0, 3, 0, 5, 2, 0, 0, 0], 24);
  chunk.dv.setUint16(32, 8);
  chunk.dv.setUint16(34, length);
  chunk.u8.set(continuation, 40);
  return chunk.u8;
}

const resumed = (m: PacketIn): Resume => Resume.of({ data: m.data, tableId: m.tableId, continuation: m.continuation });

/** What Open vSwitch 3.1 sends for `controller(pause),write_actions(output:2)`: an instruction in a list of actions. */
const INSTRUCTION =
  "80000014d2c6edc91d4c15c8d9135f84b8bd4792000000008006002000000000000300180000000000000010000000020000000000000000 8008000800000001";

const ODD: readonly (readonly [string, string])[] = [
  ["an instruction where an action is wanted", INSTRUCTION],
  ["nothing", ""],
  ["one byte", "01"],
  ["a property of no length", "80000000"],
  ["a property that ends behind the continuation", "8002000c00000001"],
  ["a property of a length of its own", "8002000a0000000100010000000000"],
  ["no properties at all", "deadbeefdeadbeefdeadbeef"],
  ["padding that is not zero", "8004000502abcdef"],
  ["bytes behind a flag", "8003000801020304"],
  ["a property that nobody knows", "80ff000c0102030405060708ffffffff"],
  ["the same property twice, and in another order", "800800080000000180040005020000008008000800000002"],
];

describe.each(VERSIONS)("wire version %i", (version) => {
  test.each(ODD)("%s goes back unchanged, as JSON too", (_what, hex) => {
    const continuation = fromHex(hex);
    const bytes = packetIn(continuation, version);
    const m = decodeBytes(bytes) as PacketIn;
    expect(m.type).toBe("packet-in");
    expect(toHex(m.data)).toBe("abcd");
    expect(toHex(encodeMessage(m, version))).toBe(toHex(bytes));
    expect(toHex(encodeMessage(resumed(m), version))).toContain(toHex(continuation));
    const again = messageFromJSON(JSON.parse(JSON.stringify(m.toJSON())));
    for (const mode of ["specialised", "interpreted"] as const) {
      expect(toHex(encoded(again, version, mode))).toBe(toHex(bytes));
      expect(outcome(new Chunk(bytes), 0, bytes.length, version, mode)).toMatchObject({ m: m.toJSON() });
    }
  });

  test("any bytes do", () => {
    const property = fc
      .tuple(fc.integer({ min: 0x7fff, max: 0x8009 }), fc.uint8Array({ maxLength: 40 }))
      .map(([type, body]) => [
        type >>> 8,
        type & 255,
        0,
        4 + body.length,
        ...body,
        ...new Array((8 - ((4 + body.length) & 7)) & 7).fill(0),
      ]);
    const properties = fc.array(property, { maxLength: 4 }).map((list) => Uint8Array.from(list.flat()));
    fc.assert(
      fc.property(fc.oneof(properties, fc.uint8Array({ maxLength: 100 })), (continuation) => {
        const m = decodeBytes(packetIn(continuation, version)) as PacketIn;
        const back = decodeBytes(encodeMessage(resumed(m), version)) as Resume;
        expect(toHex(encodeMessage(resumed(m), version))).toContain(toHex(continuation));
        expect(JSON.stringify(back.continuation)).toBe(JSON.stringify(m.continuation));
      }),
      { numRuns: 300 },
    );
  });
});

test("one that can be read is told by its properties", () => {
  const m = decodeBytes(packetIn(fromHex("80040005020000008008000800000001"), 4)) as PacketIn;
  expect(m.toJSON()).toMatchObject({
    continuation: [
      { type: "table", tableId: 2 },
      { type: "datapath-port", port: 1 },
    ],
  });
});

import { describe, expect, test } from "vitest";
import { Chunk, fromHex, toHex } from "../../src/bytes/mod.js";
import { SouthboundError } from "../../src/errors/mod.js";
import {
  BundleAddMessage,
  decodeBytes,
  encodeMessage,
  FlowMod,
  GroupMod,
  type Message,
  MeterMod,
  messageCodec,
  RequestForward,
} from "../../src/ofp/mod.js";
import { VERSIONS, type Version, versionName } from "../../src/schema/mod.js";
import { arbitraryMessage, messageClasses, seededSource } from "../../src/testing/mod.js";
import { thrown } from "../schema/helpers.js";
import { mutated } from "./mutate.js";
import { fault } from "./stable.js";

const SOAK = process.env.SOAK === "1" ? 100 : 1;

/** Bytes of a message in another version than it was received in; undefined where that is refused, for which only these two codes are right. */
function inOther(m: Message, version: Version, codes: readonly string[]): Uint8Array | undefined {
  try {
    return encodeMessage(m, version);
  } catch (e) {
    if (!SouthboundError.is(e) || !codes.includes(e.code)) throw e;
    const explained = thrown(() => messageCodec(version, "interpreted").encode(new Chunk(70_000), 0, m));
    expect(explained.code).toBe(e.code);
    return undefined;
  }
}

describe.each(VERSIONS)("what was received in wire version %i", (from) => {
  test("is sent in another version so that it decodes there, or refused", () => {
    const source = seededSource(from);
    for (const { entryName: type } of messageClasses(from)) {
      for (let i = 0; i < 3 * SOAK; i++) {
        const m = decodeBytes(
          encodeMessage(arbitraryMessage(source, from, { type, maxElements: 2, maxBytes: 8, sensible: i % 2 === 0 }), from),
        );
        for (const to of VERSIONS) {
          const bytes = to === from ? undefined : inOther(m, to, ["ERR_UNSUPPORTED", "ERR_RANGE"]);
          if (bytes === undefined) continue;
          expect(decodeBytes(bytes)).toMatchObject({ type, version: to });
          expect(`${type} to ${versionName(to)}: ${fault(bytes)}`).toBe(`${type} to ${versionName(to)}: undefined`);
        }
      }
    }
  });

  test.each([RequestForward, BundleAddMessage])(
    "and lies within another message: it is sent in that one's version, or refused by its name",
    (Outer) => {
      const source = seededSource(from * 7);
      if (!Outer.versions.includes(from)) return;
      for (let i = 0; i < 150 * SOAK; i++) {
        const outer = encodeMessage(
          arbitraryMessage(source, from, { type: Outer.entryName, maxElements: 2, maxBytes: 8, sensible: i % 2 === 0 }),
          from,
        );
        const bytes = i % 3 === 0 ? mutated(source, outer) : outer;
        let m: Message;
        try {
          m = decodeBytes(bytes);
        } catch {
          continue;
        }
        if (!Outer.is(m)) continue;
        for (const to of VERSIONS) {
          if (to === from) continue;
          const sent = inOther(m as Message, to, ["ERR_UNSUPPORTED"]);
          if (sent === undefined) continue;
          expect(fault(sent)).toBe(undefined);
          expect(decodeBytes(sent)).toMatchObject({
            type: Outer.entryName,
            version: to,
            message: { type: (m.message as Message).type, version: to },
          });
        }
      }
    },
  );
});

test("a group-mod that is forwarded has the version of the forwarding message", () => {
  const received = decodeBytes(encodeMessage(RequestForward.of({ message: GroupMod.of({ groupId: 7 }) }), 5));
  for (const version of VERSIONS) {
    const back = decodeBytes(encodeMessage(received, version));
    expect(back).toMatchObject({ version, message: { type: "group-mod", version, groupId: 7 } });
  }
});

describe("within another message is refused by its name", () => {
  const received = (message: Message, version: Version): Message => decodeBytes(encodeMessage(RequestForward.of({ message }), version));

  test("what the version lacks", () => {
    const e = thrown(() => encodeMessage(received(MeterMod.of({ meterId: 1 }), 5), 1));
    expect(e.code).toBe("ERR_UNSUPPORTED");
    expect(e.message).toContain("meter-mod");
  });

  test("what the version has no room for", () => {
    const e = thrown(() => encodeMessage(received(FlowMod.of({ outPort: 70_000 }), 5), 1));
    expect(e.code).toBe("ERR_UNSUPPORTED");
    expect(e.message).toMatch(/the flow-mod within, which was received in OpenFlow 1.4, cannot be said in OpenFlow 1.0: .*outPort/);
  });

  test("what no table knows, and is sent as its bytes", () => {
    const m = decodeBytes(fromHex("0520001400000001" + "0563000c00000002aabbccdd"));
    expect(toHex(encodeMessage(m, 5))).toBe("05200014000000010563000c00000002aabbccdd");
    const e = thrown(() => encodeMessage(m, 6));
    expect(e.code).toBe("ERR_UNSUPPORTED");
    expect(e.message).toMatch(/unknown message 99 of OpenFlow 1.4/);
  });
});

test("a message that no table knows is refused in another version", () => {
  const m = decodeBytes(fromHex("0463000c00000001aabbccdd"));
  expect(thrown(() => encodeMessage(m, 5))).toMatchObject({ code: "ERR_UNSUPPORTED" });
});

test("an element that no table of its version knows is refused where another version knows it", () => {
  // action 29 is the meter of OpenFlow 1.5
  const m = decodeBytes(fromHex("040d002800000001ffffffff0000000100100000000000000" + "01d00100000000700000000000000" + "00"));
  expect(toHex(encodeMessage(m, 4)).slice(48, 56)).toBe("001d0010");
  expect(thrown(() => encodeMessage(m, 6))).toMatchObject({
    code: "ERR_UNSUPPORTED",
    message: expect.stringMatching(/unknown action 29 is meter in OpenFlow 1.5/),
  });
});

describe("an experimenter's message that no table knows", () => {
  test.each([
    ["is a bundle-control there", 3, 4, "0304001800000007" + "4f4e4600000008fc" + "0000000100000001"],
    ["is too short for that there", 3, 4, "0304001100000007" + "4f4e4600000008fc00"],
    ["has its type elsewhere there", 1, 4, "0104001400000007" + "00abcdef0000000501020304"],
    ["statistics", 4, 5, "0412001c00000007" + "ffff000000000000" + "00abcdef0000000501020304"],
  ] as const)("%s: it is sent in its own version alone", (_what, from, to, hex) => {
    const m = decodeBytes(fromHex(hex));
    expect(m.type).toMatch(/^experimenter/);
    expect(toHex(encodeMessage(m, from))).toBe(hex);
    for (const mode of ["specialised", "interpreted"] as const) {
      const e = thrown(() => messageCodec(to, mode).encode(new Chunk(1000), 0, m));
      expect([e.code, e.message]).toEqual(["ERR_UNSUPPORTED", expect.stringContaining("send it in its own version")]);
    }
    const made = Object.assign(Object.create(Object.getPrototypeOf(m)), m, { version: 0 });
    expect(() => encodeMessage(made, from)).not.toThrow();
  });
});

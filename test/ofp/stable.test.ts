import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes/mod.js";
import {
  apply,
  decodeBytes,
  encodeMessage,
  FlowMod,
  type FlowRemoved,
  Learn,
  LearnSpec,
  Match,
  type Message,
  OXM,
  PacketIn,
  type PortMod,
  type QueueDescReply,
  type Resume,
  Subfield,
  type TableMod,
  type TableStatus,
} from "../../src/ofp/mod.js";
import { VERSIONS, type Version } from "../../src/schema/mod.js";
import { thrown } from "../schema/helpers.js";
import { fault } from "./stable.js";

/** A message with its length. */
function framed(version: number, type: number, body: string): string {
  const length = (8 + body.length / 2).toString(16).padStart(4, "0");
  return `0${version}${type.toString(16).padStart(2, "0")}${length}00000009${body}`;
}

/** Decodes a message that comes back as the same bytes. */
function same(hex: string): Message {
  const bytes = fromHex(hex);
  expect(fault(bytes)).toBe(undefined);
  const m = decodeBytes(bytes);
  expect(toHex(encodeMessage(m, bytes[0] as Version))).toBe(hex);
  return m;
}

describe("properties that the fields cannot say come back as they came", () => {
  const EVICTION = "0002000800000003";
  const NO_EVICTION = "0002000800000000";
  const VACANCY = "0003000801020300";
  const NO_VACANCY = "0003000800000000";
  const UNKNOWN = "00010008677275ff";
  const table = { evictionFlags: 3, vacancyDown: 1, vacancyUp: 2, vacancy: 3 };

  test.each([
    ["initial values around an unknown one", [NO_EVICTION, UNKNOWN, NO_VACANCY], 3, { evictionFlags: 0, vacancyUp: 0 }],
    ["an unknown one first", [UNKNOWN, EVICTION], 2, { evictionFlags: 3 }],
    ["a repeat", [NO_EVICTION, EVICTION], 2, { evictionFlags: 3 }],
    ["a repeat that says nothing", [EVICTION, NO_EVICTION], 2, { evictionFlags: 0 }],
    ["the same twice", [EVICTION, EVICTION], 2, { evictionFlags: 3 }],
    ["repeats among each other", [EVICTION, VACANCY, UNKNOWN, NO_VACANCY, NO_EVICTION, VACANCY, EVICTION], 7, table],
    ["another order", [VACANCY, EVICTION], 2, table],
    ["the usual order", [EVICTION, VACANCY, UNKNOWN, UNKNOWN], 2, table],
  ])("table-mod and table-status: %s", (_what, properties, kept, fields) => {
    const all = properties.join("");
    const mod = same(framed(5, 17, `0700000000000004${all}`)) as TableMod;
    expect(mod).toMatchObject(fields);
    expect(mod.properties).toHaveLength(kept);
    const length = (8 + all.length / 2).toString(16).padStart(4, "0");
    const status = same(framed(5, 31, `0300000000000000${length}070000000004${all}`)) as TableStatus;
    expect(status.table).toMatchObject(fields);
    expect(status.table.properties).toHaveLength(kept);
  });

  test("a field that was changed since counts", () => {
    const m = same(framed(5, 17, `0700000000000004${[UNKNOWN, EVICTION, NO_VACANCY].join("")}`)) as TableMod;
    m.evictionFlags = 1;
    m.vacancyUp = 9;
    expect(decodeBytes(encodeMessage(m, 5))).toMatchObject({ evictionFlags: 1, vacancyUp: 9 });
  });

  test("two rates of a queue", () => {
    const queue = (version: number, properties: string): string =>
      framed(version, 19, `000f000000000000000000010000000200${(16 + properties.length / 2).toString(16)}000000000000${properties}`);
    const m = same(queue(5, "00020008006400000002000801f40000")) as QueueDescReply;
    expect(m.queues[0]).toMatchObject({ maxRate: 500 });
    expect(same(queue(6, "00020008ffff0000000100080064000000020008ffff0000"))).toMatchObject({ queues: [{ minRate: 100 }] });
  });

  test("a port's Ethernet twice", () => {
    const mod = same(framed(6, 16, `00000001${"00".repeat(20)}0000000800000001${"7777000800000000"}0000000800000002`));
    expect((mod as PortMod).advertise).toBe(2);
  });
});

describe("what is absent stays absent", () => {
  const PACKET_IN2 = "000023200000001e";
  const RESUME = "000023200000001c";
  const PACKET = "0000000801020304";
  const TABLE = "0003000507000000";
  const NO_REASON = "0005000500000000";
  const CONTINUATION = "0008001000000000" + "8008000800000001";

  test.each(VERSIONS)("packet-in2 and resume of wire version %i", (version) => {
    for (const type of [PACKET_IN2, RESUME])
      for (const properties of [
        [],
        [PACKET],
        [TABLE],
        [TABLE, PACKET],
        [NO_REASON],
        ["7777000400000000"],
        [PACKET, TABLE, NO_REASON],
        [CONTINUATION, CONTINUATION],
        [CONTINUATION, "0008000800000000", PACKET, CONTINUATION],
        ["0001000800000004", PACKET],
        ["0001000800000009", "0001000800000000", PACKET],
        ["0007000400000000"],
      ]) {
        const m = same(framed(version, 4, `${type}${properties.join("")}`)) as PacketIn | Resume;
        expect(m.tableId).toBe(properties.includes(TABLE) ? 7 : 0);
        expect(m.data.length).toBe(properties.includes(PACKET) ? 4 : 0);
        if (properties.includes(PACKET)) expect(m.totalLen).toBe(4);
      }
  });

  test("and is sent once it is set", () => {
    const m = same(framed(4, 4, PACKET_IN2)) as PacketIn;
    m.reason = 1;
    m.data = Uint8Array.of(1);
    const back = decodeBytes(encodeMessage(m, 4)) as PacketIn;
    expect(back).toMatchObject({ reason: 1, data: Uint8Array.of(1) });
  });
});

describe("statistics as OXS that repeat", () => {
  const stat = (id: number, value: string): string =>
    `8002${(2 * id).toString(16).padStart(2, "0")}${(value.length / 2).toString(16).padStart(2, "0")}${value}`;
  const FIVE = stat(0, "0000000500000000");
  const SIX = stat(0, "0000000600000001");
  const UNTOLD = stat(0, "ffffffffffffffff");
  const OTHER = "ffff020400000001";
  const PACKETS = stat(4, "0000000000000007");

  test.each([
    ["the last counts", [FIVE, SIX], 6],
    ["behind others", [FIVE, OTHER, PACKETS, SIX], 6],
    ["one that says nothing counts as well", [FIVE, UNTOLD], 0xffffffff],
    ["and says nothing further", [UNTOLD, FIVE, PACKETS], 5],
    ["three times", [SIX, SIX, FIVE], 5],
  ])("%s", (_what, stats, sec) => {
    const all = stats.join("");
    const size = 4 + all.length / 2;
    const oxs = `0000${size.toString(16).padStart(4, "0")}${all}`.padEnd(2 * ((size + 7) & ~7), "0");
    const bytes = fromHex(framed(6, 11, `${"00".repeat(16)}0001000400000000${oxs}`));
    expect(fault(bytes)).toBe(undefined);
    const m = decodeBytes(bytes) as FlowRemoved;
    expect(m.durationSec).toBe(sec);
    m.durationSec = 9;
    expect(decodeBytes(encodeMessage(m, 6))).toMatchObject({ durationSec: 9 });
  });
});

test("the match of OpenFlow 1.1's packet-in: what has no place there is named", () => {
  const m = PacketIn.of({ match: Match.of({ inPort: 1, metadata: 5n }) });
  expect(thrown(() => encodeMessage(m, 2))).toMatchObject({
    code: "ERR_UNSUPPORTED",
    message: expect.stringMatching(/Match\.metadata is not in a packet-in of OpenFlow 1\.1/),
  });
});

describe("a learned flow's part of no bits", () => {
  const flow = (specs: readonly LearnSpec[]) => FlowMod.of({ instructions: [apply(Learn.of({ specs }))] });
  const dst = new Subfield(OXM.ethDst, 0, 0);
  const wide = new Subfield(OXM.ethDst, 0, 48);

  test.each(VERSIONS)("is refused in wire version %i, decoded and encoded", (version) => {
    expect(thrown(() => encodeMessage(flow([new LearnSpec(dst, "load", dst, 0)]), version)).code).toBe("ERR_RANGE");
    const bytes = encodeMessage(flow([LearnSpec.load(wide, wide)]), version);
    const head = toHex(bytes).indexOf("0830") / 2;
    // bits beside them that mean nothing, which no end of the parts has
    for (const word of [0x8000, 0x4000, 0x0400, 0xc400, 0x0800, 0x2000]) {
      const odd = bytes.slice();
      odd[head] = word >>> 8;
      odd[head + 1] = word & 255;
      expect(thrown(() => decodeBytes(odd))).toMatchObject({
        code: "ERR_DECODE",
        reason: expect.stringMatching(/^OFPBAC_BAD_(SET_LEN|ARGUMENT)$/),
      });
      if (version < 5) continue;
      const within = fromHex(framed(version, 34, `0000000100000000${toHex(odd)}`));
      expect(thrown(() => decodeBytes(within))).toMatchObject({ code: "ERR_DECODE", path: expect.stringMatching(/^message/) });
    }
  });
});

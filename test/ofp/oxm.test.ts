/** The headers of match fields: Nicira's, the standard's and experimenters', in lists of OXMs and of Nicira's messages, and the structures of OpenFlow 1.0 and 1.1. */
import { describe, expect, test } from "vitest";
import { Chunk, fromHex, toHex } from "../../src/bytes/mod.js";
import { checkMatch, STANDARD } from "../../src/ofp/check/mod.js";
import { type Match as AnyMatch, Match, MatchEntry, masked, OXM, OXM_FIELDS } from "../../src/ofp/mod.js";
import { NX_MATCH, OXM_LIST, OXM_MATCH } from "../../src/ofp/oxm/codec.js";
import { MATCH10 } from "../../src/ofp/oxm/match10.js";
import { MATCH11 } from "../../src/ofp/oxm/match11.js";
import type { Kind, Version } from "../../src/schema/mod.js";
import { thrown } from "../schema/helpers.js";

function write(kind: Kind<AnyMatch>, match: AnyMatch, version: Version): string {
  const chunk = new Chunk(512);
  const end = kind.codec(version, "interpreted").encode(chunk, 0, match);
  return toHex(chunk.u8.slice(0, end));
}

function read(kind: Kind<AnyMatch>, hex: string, version: Version): AnyMatch {
  const bytes = fromHex(hex.replaceAll(" ", ""));
  return kind.codec(version, "interpreted").decode(new Chunk(bytes), 0, bytes.length);
}

const again = (match: AnyMatch): AnyMatch => Match.fromJSON(JSON.parse(JSON.stringify(match)));

describe("each version's own header", () => {
  test.each([
    [{ tunnelId: 1n }, ["000120080000000000000001", "80004c080000000000000001", "80004c080000000000000001"], "000120080000000000000001"],
    [
      { ethType: 0x0800, ipProto: 6, tcpFlags: 2 },
      ["80000a02080080001401060001440200" + "02", "80000a0208008000140106ffff54064f4e46000002", "80000a02080080001401068000540200" + "02"],
      "00000602080000000c010600014402" + "0002",
    ],
    [{ actsetOutput: 1 }, [undefined, "ffff56084f4e460000000001", "8000560400000001"], "ffff56084f4e460000000001"],
    [{ inPort: 0xfffffffe }, ["80000004fffffffe", "80000004fffffffe", "80000004fffffffe"], "00000002fffe"],
    [
      { ethType: 0x86dd, ipDscp: 5 },
      ["80000a0286dd8000100105", "80000a0286dd8000100105", "80000a0286dd8000100105"],
      "0000060286dd00000a0114",
    ],
    [
      { reg3: masked(1, 3) },
      ["000107080000000100000003", "000107080000000100000003", "000107080000000100000003"],
      "000107080000000100000003",
    ],
    [{ metadata: 5n }, ["800004080000000000000005", "800004080000000000000005", "800004080000000000000005"], "800004080000000000000005"],
    [{ tunMetadata1: Uint8Array.of(1, 2) }, ["000152020102", "000152020102", "000152020102"], "000152020102"],
    [{ cookie: masked(1n, 255n) }, [undefined, undefined, undefined], "00013d10000000000000000100000000000000ff"],
  ] as const)("of %o", (init, oxm, nicira) => {
    const match = Match.of(init as never);
    for (const [i, version] of ([3, 4, 6] as const).entries()) {
      const hex = oxm[i];
      if (hex === undefined) expect(thrown(() => write(OXM_LIST, match, version)).code).toBe("ERR_UNSUPPORTED");
      else {
        expect(write(OXM_LIST, match, version)).toBe(hex);
        expect(JSON.stringify(read(OXM_LIST, hex, version))).toBe(JSON.stringify(match));
      }
    }
    expect(write(NX_MATCH, match, 1)).toBe(nicira);
    expect(JSON.stringify(read(NX_MATCH, nicira, 1))).toBe(JSON.stringify(match));
  });

  test("is told in the table, and no two fields have the same", () => {
    const seen = new Set<string>();
    for (const { forms, written, versions } of OXM_FIELDS) {
      for (const form of forms) {
        const key = `${form.header.toString(16)}:${form.experimenter}`;
        expect(seen.has(key)).toBe(false);
        seen.add(key);
      }
      expect(written[0]).toBeDefined();
      for (const version of versions) expect(forms).toContain(written[version]);
    }
  });
});

describe("another header than the version's", () => {
  test.each([
    ["Nicira's of the standard's", "00000602080000000e04c0a80001".slice(0, 12)],
    ["a port of 16 bits", "000000020005"],
    ["the standard's of a later version", "80000a0208008000140106800054020002"],
    ["an experimenter's", "ffff000800002320" + "00000007"],
    ["one with a mask", "000007 0c ffffffffffff 00ff00ff00ff".replaceAll(" ", "").replace("0000070c", "0000050c")],
    ["one that no table knows", "123402020102"],
    ["one of another length than the field", "80000002" + "0001"],
    ["a type of service with ECN bits", "00000a0115"],
  ])("%s is sent again as it came, also through JSON", (_what, hex) => {
    const match = read(OXM_LIST, hex, 4);
    expect(write(OXM_LIST, match, 4)).toBe(hex);
    expect(write(OXM_LIST, again(match), 4)).toBe(hex);
  });

  test("is the same field", () => {
    const match = read(OXM_LIST, "00000002fffe", 4);
    expect(match.inPort).toBe(0xfffffffe);
    expect(match.equals(Match.of({ inPort: 0xfffffffe }))).toBe(true);
    expect(match.toJSON()).toEqual({ inPort: { value: "LOCAL", header: "00000002" } });
  });

  test("has to be one of the field's", () => {
    const entry = new MatchEntry(OXM.ethType as never, 0x80000004, 1, undefined);
    expect(thrown(() => write(OXM_LIST, new Match([entry]), 4)).code).toBe("ERR_RANGE");
    expect(thrown(() => Match.fromJSON({ ethType: { value: 1, header: "x" } })).code).toBe("ERR_USAGE");
  });
});

describe("the options of tunnels", () => {
  test("are bytes, and masked by as many", () => {
    const match = Match.of({ tunMetadata63: masked(Uint8Array.of(1, 0xff), Uint8Array.of(3, 0x0f)) });
    expect(write(OXM_LIST, match, 4)).toBe("0001cf04010f030f");
    expect(again(match).equals(match)).toBe(true);
    expect(checkMatch(match, STANDARD)).toBeUndefined();
  });

  test("have 1 to 124 of them", () => {
    for (const bytes of [0, 125]) expect(thrown(() => Match.of({ tunMetadata0: new Uint8Array(bytes) })).code).toBe("ERR_RANGE");
    expect(thrown(() => Match.of({ tunMetadata0: { value: new Uint8Array(2), mask: new Uint8Array(1).fill(1) } })).code).toBe("ERR_RANGE");
    expect(thrown(() => Match.of({ tunMetadata0: 1 as never })).code).toBe("ERR_RANGE");
  });
});

const M11 = `0000 0058 00000001 000003fe 000000000000ffffffffffff 000000000000ffffffffffff 0000 00 00 0000 00 00
  00000000ffffffff 00000000ffffffff 0000 0000 00000000 00 000000 0000000000000000ffffffffffffffff`.replaceAll(/\s/g, "");

describe("OpenFlow 1.1", () => {
  test.each([
    {},
    { inPort: 1 },
    { metadata: masked(5n, 7n), ethDst: masked(0x010000000000, 0x010000000000), ethSrc: 5 },
    { vlanVid: 0 },
    { vlanVid: masked(0x1000, 0x1000), vlanPcp: 3 },
    { ethType: 0x0800, ipDscp: 63, ipProto: 132, ipv4Src: masked(0x0a000001, 0xff0000ff), sctpDst: 9 },
    { ethType: 0x0800, ipProto: 1, icmpv4Type: 3, icmpv4Code: 255 },
    { ethType: 0x0806, arpOp: 2, arpSpa: 1 },
    { ethType: 0x8848, mplsLabel: 0xfffff, mplsTc: 7 },
  ])("says %o", (init) => {
    const match = Match.of(init as never);
    const hex = write(MATCH11, match, 2);
    expect(hex.length).toBe(2 * 88);
    expect(read(MATCH11, hex, 2).equals(match)).toBe(true);
    expect(read(MATCH11, hex, 2).wire).toBeUndefined();
  });

  test.each([
    [{ tunnelId: 1n }, "tunnelId"],
    [{ ethType: 0x86dd, ipv6Src: 1n }, "ipv6Src"],
    [{ ethType: 0x86dd, ipProto: 6 }, "without ethType=0x800"],
    [{ ethType: 0x0800, ipProto: 6, tcpDst: masked(1, 1) }, "tcpDst with a mask"],
    [{ vlanPcp: 1 }, "without a tag"],
    [{ vlanVid: masked(0x1001, 0x1001) }, "with that mask"],
  ])("cannot say %o", (init, why) => {
    const e = thrown(() => write(MATCH11, Match.of(init as never), 2));
    expect(`${e.code} ${e.message}`).toContain("ERR_UNSUPPORTED");
    expect(e.message).toContain(why);
  });

  test("keeps what counts for nothing", () => {
    const hex = `${M11.slice(0, 16)}000003fe${M11.slice(24, 120)}0050${M11.slice(124)}`;
    const match = read(MATCH11, hex, 2);
    expect(match.entries.length).toBe(1);
    expect(match.wire?.version).toBe(2);
    expect(write(MATCH11, again(match), 2)).toBe(hex);
  });

  test("reads a list of OXMs too", () => {
    const hex = "0001000c800000040000000100000000";
    const match = read(MATCH11, hex, 2);
    expect(match.inPort).toBe(1);
    expect(write(MATCH11, again(match), 2)).toBe(hex);
  });

  test.each([
    ["0000 0057", "OFPBMC_BAD_LEN"],
    ["0002 0058", "OFPBMC_BAD_TYPE"],
  ])("refuses a match that starts with %s", (start, reason) => {
    const bytes = fromHex(start.replace(" ", "") + M11.slice(8));
    const codec = MATCH11.codec(2, "interpreted");
    expect(() => codec.extent(new Chunk(bytes), 0, bytes.length)).toThrow(expect.objectContaining({ reason }));
  });
});

describe("OpenFlow 1.0", () => {
  test("keeps ports without a protocol and values that do not count", () => {
    const hex = `003820ff${"ab".repeat(36)}`;
    const match = read(MATCH10, hex, 1);
    expect(match.wire?.version).toBe(1);
    expect(write(MATCH10, again(match), 1)).toBe(hex);
    expect(match.with({ inPort: 1 }).wire).toBeUndefined();
  });

  test("keeps the bytes just where the fields do not tell them all, for every bit", () => {
    const ip = { ethType: 0x0800, ipv4Src: masked(0x0a000000, 0xffffff00), ipv4Dst: 0x0a000001 };
    const matches = [
      {},
      { inPort: 0xfffffffe, ethDst: 1, ethSrc: 2 },
      { vlanVid: 0x1abc, vlanPcp: 5, ethType: 0x86dd },
      { vlanVid: 0 },
      { vlanVid: masked(0x1000, 0x1000), vlanPcp: 3 },
      { ...ip, ipDscp: 63 },
      { ...ip, ipProto: 6, tcpSrc: 80, tcpDst: 0xffff },
      { ...ip, ipProto: 1, icmpv4Type: 3, icmpv4Code: 255 },
      { ...ip, ipProto: 58 },
      { ethType: 0x0806, arpOp: 2, arpSpa: 1, arpTpa: masked(0x0a000000, 0x80000000) },
    ];
    let kept = 0;
    for (const init of matches) {
      const whole = fromHex(write(MATCH10, Match.of(init as never), 1));
      expect(read(MATCH10, toHex(whole), 1).wire).toBeUndefined();
      for (let bit = 0; bit < 8 * whole.length; bit++) {
        const bytes = whole.slice();
        bytes[bit >> 3]! ^= 0x80 >> (bit & 7);
        const hex = toHex(bytes);
        const match = read(MATCH10, hex, 1);
        expect(write(MATCH10, match, 1)).toBe(hex);
        const told = ((): string | undefined => {
          try {
            return write(MATCH10, new Match(match.entries), 1);
          } catch {
            return undefined;
          }
        })();
        if (told !== undefined) expect(match.wire === undefined, hex).toBe(told === hex);
        if (match.wire !== undefined) kept++;
      }
    }
    expect(kept).toBeGreaterThan(1000);
  });
});

test.each(["00000000", "00000200", "0000fe00", "80000000", "fffffe00"])(
  "an OXM %s without a value is kept, at the very end of its chunk too",
  (hex) => {
    for (const [kind, version] of [
      [NX_MATCH, 1],
      [OXM_LIST, 3],
      [OXM_LIST, 6],
    ] as const) {
      const match = read(kind, hex, version);
      expect(match.entries.map((e) => e.field)).toEqual([undefined]);
      expect(write(kind, match, version)).toBe(hex);
    }
  },
);

test("a list that is cut short is refused", () => {
  for (const [kind, hex] of [
    [NX_MATCH, "800000"],
    [NX_MATCH, "8000000400"],
    [OXM_MATCH, "0001000980000004000000010000"],
  ] as const)
    expect(() => read(kind, hex, 4)).toThrow(expect.objectContaining({ reason: "OFPBMC_BAD_LEN" }));
});

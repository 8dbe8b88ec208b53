import { describe, expect, test } from "vitest";
import { toHex } from "../../src/bytes/mod.js";
import {
  decodeBytes,
  encodeMessage,
  FlowMod,
  Match,
  MatchEntry,
  masked,
  OXM,
  type OxmField,
  oxmOf,
  PortNo,
  prefix,
  SetEthDst,
} from "../../src/ofp/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { seededSource } from "../../src/testing/mod.js";
import { thrown } from "../schema/helpers.js";

const through = (match: Match, version: Version): Match => (decodeBytes(encodeMessage(FlowMod.of({ match }), version)) as FlowMod).match;
const refused = (match: Match, version: Version): string => {
  const e = thrown(() => encodeMessage(FlowMod.of({ match }), version));
  return `${e.code} ${e.message}`;
};

describe("OpenFlow 1.0", () => {
  test.each([
    {},
    { inPort: PortNo.Local },
    { vlanVid: 0 },
    { vlanVid: 0x1064, vlanPcp: 5 },
    { vlanVid: masked(0x1000, 0x1000), vlanPcp: 5 },
    { ethType: 0x0800, ipDscp: 63, ipv4Src: masked(0x0a000000, 0xff000000), ipv4Dst: 1 },
    { ethType: 0x0806, arpOp: 2, arpSpa: 3, arpTpa: masked(0x80000000, 0x80000000) },
    { ethType: 0x0800, ipProto: 6, tcpSrc: 1, tcpDst: 65535 },
    { ethType: 0x0800, ipProto: 1, icmpv4Type: 3, icmpv4Code: 4 },
    { ethType: 0x86dd },
    { ethType: 0x86dd, ipDscp: 46, ipProto: 17 },
    { ethType: 0x86dd, ipProto: 6, tcpDst: 80 },
    { ethType: 0x86dd, ipProto: 17, udpSrc: 1, udpDst: 53 },
    { ethType: 0x86dd, ipProto: 132, sctpSrc: 1 },
    { ethType: 0x86dd, ipProto: 58, icmpv6Type: 135, icmpv6Code: 0 },
  ])("says %j", (init) => {
    expect(through(Match.of(init), 1).toJSON()).toEqual(Match.of(init).toJSON());
  });

  test.each([
    [{ tcpDst: 80 }, "tcpDst without ethType"],
    [{ ethType: 0x0800, ipProto: 6, udpDst: 53 }, "udpDst without ipProto"],
    [{ ethType: 0x86dd, ipProto: 58, icmpv4Type: 1 }, "icmpv4Type without ethType=0x800"],
    [{ ethType: 0x0800, ipProto: 58, icmpv6Type: 1 }, "icmpv6Type without ethType=0x86dd"],
    [{ ipv4Src: 1 }, "ipv4Src without ethType"],
    [{ ethType: 0x0800, arpOp: 1 }, "arpOp without ethType"],
    [{ metadata: 1n }, "metadata"],
    [{ ethDst: masked(1, 1) }, "ethDst with a mask"],
    [{ ethType: 0x0800, ipv4Src: masked(0x01000001, 0x0f00000f) }, "no prefix"],
    [{ inPort: 0x12345 }, "inPort"],
    [{ vlanVid: 0, vlanPcp: 5 }, "vlanPcp"],
    [{ vlanVid: masked(0x1000, 0x1000) }, "vlanVid with a mask"],
    [{ ethType: 0x0806, arpOp: 256 }, "arpOp"],
    [{ ethType: 0x86dd, ipv6Src: 1n }, "ipv6Src"],
  ])("cannot say %s, and never says something else instead", (init, why) => {
    expect(refused(Match.of(init as never), 1)).toContain("ERR_UNSUPPORTED");
    expect(refused(Match.of(init as never), 1)).toContain(why);
  });

  test("a maker has the same limits, and a VLAN without the bit of a tag is refused there too", () => {
    expect(refused(Match.maker("vlanVid")({ vlanVid: 5 }), 1)).toContain("vlanVid");
    expect(refused(Match.maker("tcpDst")({ tcpDst: 80 }), 1)).toContain("tcpDst without ethType");
    const match = Match.maker("ethType", "ipProto", "tcpDst")({ ethType: 0x0800, ipProto: 6, tcpDst: 80 });
    expect(through(match, 1).toJSON()).toEqual(match.toJSON());
  });
});

describe("OXM", () => {
  test("a value that its header does not fit is not sent", () => {
    const { ethType, ipv6Src, ipv4Src } = OXM as unknown as Record<string, OxmField>;
    for (const entry of [
      new MatchEntry(ethType, ethType!.header, 0x12345, undefined),
      new MatchEntry(ethType, ethType!.header, 1n, undefined),
      new MatchEntry(ethType, ethType!.header, -1, undefined),
      new MatchEntry(ipv6Src, ipv6Src!.header, 1, undefined),
      new MatchEntry(ipv6Src, ipv6Src!.header, 2n ** 128n, undefined),
      new MatchEntry(ipv4Src, ipv4Src!.header, 1, 1),
      new MatchEntry(ipv4Src, ipv4Src!.maskedHeader, 1, undefined),
      new MatchEntry(ipv4Src, ipv4Src!.maskedHeader, 1, 2 ** 32),
      new MatchEntry(undefined, 0x12340002, Uint8Array.of(1), undefined),
    ])
      expect(refused(new Match([entry]), 4)).toMatch(/ERR_RANGE .*Match\./);
  });

  test("values out of range and masks that a field does not take are refused when a match is made", () => {
    for (const init of [
      { ethType: 65536 },
      { vlanVid: 0x2000 },
      { ipDscp: 64 },
      { ethType: masked(1, 3) },
      { metadata: 1.5 },
      { vlanVid: 5 },
      { ipv4Src: 1.5 },
      { ipv4Src: "10.0.0.0/33" },
      { ethDst: "00:11:22:33:44" },
    ])
      expect(thrown(() => Match.of(init as never)).code).toBe("ERR_RANGE");
    for (const init of [{}, { ethType: 1, inPort: 2 }]) expect(thrown(() => oxmOf(init)).code).toBe("ERR_USAGE");
  });

  test("fields of a later version are refused by name", () => {
    expect(refused(Match.of({ mplsBos: 1 }), 3)).toBe("ERR_UNSUPPORTED OpenFlow 1.2 has no match field mplsBos: use OpenFlow 1.3 to 1.5");
    expect(refused(Match.maker("mplsBos")({ mplsBos: 1 }), 3)).toContain("mplsBos");
  });

  test("JSON holds fields that stand twice, unknown ones and their order", () => {
    const unknown = new MatchEntry(undefined, 0x12340001, Uint8Array.of(9), undefined);
    const twice = [...Match.of({ ethType: 1 }).entries, unknown, ...Match.of({ ethType: 2, ipv4Src: masked(1, 1) }).entries];
    for (const entries of [
      twice,
      [unknown, ...Match.of({ inPort: 1 }).entries],
      [...Match.of({ inPort: 1 }).entries, unknown],
      [unknown, unknown],
    ]) {
      const match = new Match(entries);
      const again = Match.fromJSON(JSON.parse(JSON.stringify(match)));
      const hex = (m: Match): string => toHex(encodeMessage(FlowMod.of({ match: m }), 4));
      expect(hex(again)).toBe(hex(match));
      expect(through(match, 4).toJSON()).toEqual(match.toJSON());
    }
    expect(Match.of({ inPort: 1 }).toJSON()).toEqual({ inPort: 1 });
    for (const bad of [7, null, "x", { nope: 1 }, { inPort: "x" }, [{ nope: 1 }], ["00"], ["zz"], [7]])
      expect(thrown(() => Match.fromJSON(bad as never)).code).toBe("ERR_USAGE");
  });

  test("a maker writes what the same match of any form writes", () => {
    const source = seededSource(3);
    const make = Match.maker("ethDst", "inPort", "ethType", "metadata");
    for (let i = 0; i < 50; i++) {
      const values = {
        ethDst: source.integer(0, 2 ** 48 - 1),
        inPort: source.integer(0, 0xffff),
        ethType: source.integer(0, 65535),
        metadata: 5n,
      };
      const match = make(values);
      const plain = Match.of(values);
      expect(match.equals(plain)).toBe(true);
      expect([match.ethDst, match.metadata, match.ipv4Dst, match.get("inPort")]).toEqual([values.ethDst, 5n, undefined, values.inPort]);
      for (const version of [3, 4, 6] as const)
        expect(toHex(encodeMessage(FlowMod.of({ match }), version))).toBe(toHex(encodeMessage(FlowMod.of({ match: plain }), version)));
    }
    expect(refused(make({ ethDst: 2 ** 48, inPort: 1, ethType: 1, metadata: 1n }), 4)).toContain("ERR_RANGE");
  });
});

describe("values as people write them", () => {
  test("addresses with a prefix or a mask, and safe integers for 64 bits", () => {
    const m = Match.of({ ethDst: "00:11:22:33:44:55", ipv4Dst: "10.0.0.1/24", metadata: 7, ipv4Src: "10.0.0.0/255.0.255.0" });
    expect([m.ethDst, m.ipv4Dst, m.maskOf("ipv4Dst"), m.metadata]).toEqual([0x001122334455, 0x0a000000, 0xffffff00, 7n]);
    expect(m.maskOf("ipv4Src")).toBe(0xff00ff00);
    const six = Match.of({ ipv6Dst: "fe80::1/10", ethSrc: "01:00:00:00:00:00/01:00:00:00:00:00" });
    expect([six.ipv6Dst, six.maskOf("ipv6Dst")]).toEqual([0xfe80n << 112n, 0xffc0n << 112n]);
    expect(six.maskOf("ethSrc")).toBe(0x010000000000);
    expect(Match.of({ ipv4Dst: prefix("10.0.0.0/8") }).equals(Match.of({ ipv4Dst: masked(0x0a000000, 0xff000000) }))).toBe(true);
    expect(Match.of({ ipv6Dst: prefix("::/0") }).isEmpty).toBe(true);
    expect(Match.of({ ipv4Dst: "10.0.0.1/32" }).maskOf("ipv4Dst")).toBeUndefined();
    expect(SetEthDst.of({ address: "00:11:22:33:44:55" }).address).toBe(0x001122334455);
    expect(FlowMod.of({ cookie: 5 }).cookie).toBe(5n);
  });

  test("undefined stays as it is in with, and is refused in of", () => {
    const m = Match.of({ inPort: 3 });
    expect(m.with({ inPort: undefined, ethType: 5 }).inPort).toBe(3);
    expect(thrown(() => Match.of({ inPort: undefined } as never)).code).toBe("ERR_USAGE");
  });
});

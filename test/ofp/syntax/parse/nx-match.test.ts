import { describe, expect, test } from "vitest";
import { toHex } from "../../../../src/bytes/mod.js";
import { Pairs, parseNxMatch, rewriteFields } from "../../../../src/ofp/syntax/mod.js";

describe("a list of fields in text", () => {
  test.each([
    ["<any>", ""],
    ["NXM_OF_IN_PORT(0001)", "000000020001"],
    ["NXM_OF_ETH_DST_W(010000000000/010000000000), NXM_OF_ETH_TYPE(0800)", "0000030c0100000000000100000000000000060208 00"],
    ["OXM_OF_IN_PORT(00000001)", "8000000400000001"],
    ["NXOXM_NSH_SI(05)", "ffff0a05005ad65005"],
    ["NXM_NX_TUN_METADATA0(1234)", "000150021234"],
    ["NXM_NX_TUN_METADATA0_W(1234/ffff)", "000151041234ffff"],
    ["00003c00()", "00003c00"],
  ])("%s", (text, hex) => {
    expect(toHex(parseNxMatch(text))).toBe(hex.replaceAll(" ", ""));
  });

  test.each([
    ["NXM_OF_IN_PORT", "NXM_OF_IN_PORT: missing ( at end of nx_match"],
    ["FOO(01)", "FOO(01): unknown field `FOO'"],
    ["NXM_OF_IN_PORT_W(01/01)", "NXM_OF_IN_PORT_W(01/01): unknown field `NXM_OF_IN_PORT_W'"],
    ["NXM_OF_IN_PORT(01)", "expected to read 2 bytes but got 1"],
    ["NXM_OF_ETH_SRC_W(010203040506)", "NXM_OF_ETH_SRC_W(010203040506): missing / in masked field NXM_OF_ETH_SRC_W"],
    ["NXM_OF_IN_PORT(0001", "NXM_OF_IN_PORT(0001: missing ) following field NXM_OF_IN_PORT"],
  ])("%s is refused", (text, message) => {
    expect(() => parseNxMatch(text)).toThrow(message);
  });
});

describe("a list of fields read and written again", () => {
  test.each([
    ["NXM_OF_VLAN_TCI_W(1005/1fff)", 0, "NXM_OF_VLAN_TCI_W(1005/1fff)"],
    ["OXM_OF_VLAN_VID(1005)", 4, "OXM_OF_VLAN_VID(1005)"],
    ["NXM_NX_REG0(00000001), NXM_NX_REG1(00000002)", 6, "OXM_OF_PKT_REG0(0000000100000002)"],
    ["OXM_OF_IPV4_SRC(01020304)", 4, "OFPBMC_BAD_PREREQ"],
    [
      "NXM_NX_COOKIE_W(05/ff)".replace("05/ff", "0000000000000005/00000000000000ff"),
      0,
      "NXM_NX_COOKIE_W(0000000000000005/00000000000000ff)",
    ],
    ["NXM_OF_ETH_TYPE(0800) NXM_OF_IP_TOS(fc)", 4, "OXM_OF_ETH_TYPE(0800), OXM_OF_IP_DSCP(3f)"],
    ["NXM_OF_ETH_DST_W(ffffffffffff/010000000000)", 0, "OFPBMC_BAD_WILDCARDS"],
  ] as const)("%s", (text, list, printed) => {
    const found = rewriteFields(parseNxMatch(text), list, true);
    expect(typeof found === "string" ? found : found.text).toBe(printed);
  });

  test("leaves out what no table knows unless it is strict", () => {
    const bytes = parseNxMatch("00fe3401(01), NXM_OF_IN_PORT(0001)");
    expect(rewriteFields(bytes, 0, true)).toBe("OFPBMC_BAD_FIELD");
    expect(rewriteFields(bytes, 0, false)).toMatchObject({ text: "NXM_OF_IN_PORT(0001)" });
  });
});

describe("pairs", () => {
  test.each([
    [
      "a(b(c),d)e=f",
      [
        ["a", "b(c),d"],
        ["e", "f"],
      ],
    ],
    [
      "a(5)->NXM_NX_REG0[],b",
      [
        ["a", "5)->NXM_NX_REG0[]"],
        ["b", ""],
      ],
    ],
    ["a(b", [["a", "b"]]],
    [" ,\ta:b\n", [["a", "b"]]],
  ] as const)("of %s", (text, expected) => {
    const found: string[][] = [];
    for (const pairs = new Pairs(text); pairs.next(); ) {
      expect(text.startsWith(pairs.key, pairs.at)).toBe(true);
      expect(text.startsWith(pairs.value, pairs.valueAt)).toBe(true);
      found.push([pairs.key, pairs.value]);
    }
    expect(found).toEqual(expected);
  });
});

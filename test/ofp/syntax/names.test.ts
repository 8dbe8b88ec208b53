/** The names of match fields in lists of OXMs, and the numbers of learned flows. interop/ofctl-print.test.ts holds them to the real ovs-ofctl. */
import { describe, expect, test } from "vitest";
import { fromHex } from "../../../src/bytes/mod.js";
import { Learn, LearnSpec, Subfield } from "../../../src/ofp/mod.js";
import { formatActions, printBytes } from "../../../src/ofp/syntax/mod.js";

describe("names of match fields", () => {
  test("two that share a number are told apart by their length", () => {
    const head = "0104004000000001000023200000000d00000000000000000003000000000000ffffffffffff0000";
    const printed = (length: string, oxms: string) => printBytes(fromHex(`${head}${length}000000000000${oxms}`), { verbosity: 3 });
    expect(printed("000b", `0000060288470001 3c0107${"00".repeat(5)}`)).toContain("NXM_OF_ETH_TYPE(8847), NXM_NX_MPLS_TTL(07)");
    expect(printed("000c", `00013c080000000000000007${"00".repeat(4)}`)).toContain("NXM_NX_COOKIE(0000000000000007)");
  });
});

test("a number in a learned flow is 0, or has 0x in front", () => {
  const text = (...specs: LearnSpec[]): string => formatActions([Learn.of({ tableId: 20, specs })]);
  expect(
    text(
      LearnSpec.load(Subfield.of("vlanTci"), 0n),
      LearnSpec.load(Subfield.of("tunnelId"), 0n),
      LearnSpec.load(Subfield.of("xxreg0"), 0n),
      LearnSpec.load(Subfield.of("reg1", 3, 3), 5n),
      LearnSpec.match(Subfield.of("vlanTci", 0, 12), 0n),
      LearnSpec.match(Subfield.of("reg0"), 0n),
    ),
  ).toBe(
    "learn(table=20,load:0->NXM_OF_VLAN_TCI[],load:0->NXM_NX_TUN_ID[],load:0->NXM_NX_XXREG0[],load:0x5->NXM_NX_REG1[3..5],NXM_OF_VLAN_TCI[0..11]=0,reg0=0)",
  );
});

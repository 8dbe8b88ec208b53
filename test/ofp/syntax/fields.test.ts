import { describe, expect, test } from "vitest";
import { decodeBytes, encodeMessage, FlowMod, Match, masked, OXM, OXM_FIELDS } from "../../../src/ofp/mod.js";
import { LISTED_ORDER } from "../../../src/ofp/oxm/field-table.js";
import { formatMatch, printBytes } from "../../../src/ofp/syntax/mod.js";

const FAMILY = /^(reg|xreg|xxreg|tun_metadata)\d+$/;
const rowName = (name: string): string => name.replace(FAMILY, "$1*");

describe("the rows of fields", () => {
  test("have the names that Open vSwitch lists, each in one place of its order", () => {
    const forms = OXM_FIELDS.filter((f) => f.ovs !== undefined).flatMap((f) => f.forms);
    expect(new Set(forms.map((f) => rowName(f.name)))).toEqual(new Set(LISTED_ORDER));
    expect(forms.filter((f) => f.listed < 0).map((f) => f.name)).toEqual([]);
    const places = new Map(forms.map((f) => [f.listed, f.name]));
    for (const f of forms) expect(places.get(f.listed)).toBe(f.name);
  });

  test("have constants that differ, but for the two headers of a field of the same name", () => {
    const seen = new Map<string, string>();
    for (const form of OXM_FIELDS.flatMap((f) => f.forms)) {
      const key = `${form.oxmClass}:${form.experimenter}:${form.id}:${form.size}`;
      expect(seen.get(form.constant) ?? key).toBe(key);
      seen.set(form.constant, key);
    }
  });

  test.each([
    ["mplsTtl", ["NXM_NX_MPLS_TTL"]],
    ["cookie", ["NXM_NX_COOKIE"]],
    ["ipv4Src", ["NXM_OF_IP_SRC", "OXM_OF_IPV4_SRC"]],
    ["ipDscp", ["NXM_OF_IP_TOS", "OXM_OF_IP_DSCP"]],
    ["ipv6Flabel", ["NXM_NX_IPV6_LABEL", "OXM_OF_IPV6_FLABEL"]],
    ["ipv6NdReserved", ["ERICOXM_OF_ICMPV6_ND_RESERVED"]],
    ["tunErspanIdx", ["NXOXM_ET_ERSPAN_IDX"]],
    ["tunnelId", ["NXM_NX_TUN_ID", "OXM_OF_TUNNEL_ID"]],
    ["nshC3", ["NXOXM_NSH_C3"]],
    ["actsetOutput", ["ONFOXM_ET_ACTSET_OUTPUT", "OXM_OF_ACTSET_OUTPUT"]],
    ["xreg9", ["OXM_OF_PKT_REG9"]],
    ["reg31", ["NXOXM_ET_REG31"]],
  ] as const)("%s is %o", (name, constants) => {
    expect(OXM[name].forms.map((f) => f.constant)).toEqual(constants);
  });

  test("point at places that there are", () => {
    for (const { ovs } of OXM_FIELDS) if (ovs !== undefined) expect(Object.hasOwn(OXM, ovs.at)).toBe(true);
  });
});

describe("a field at verbosity 3", () => {
  test("has the constant of its header", () => {
    const message = encodeMessage(FlowMod.of({ format: "nxt", match: Match.of({ ethType: 0x8847, mplsTtl: 64 }) }), 1);
    expect(printBytes(message, { verbosity: 3 })).toContain("NXM_OF_ETH_TYPE(8847), NXM_NX_MPLS_TTL(40)");
  });
});

describe("registers from 16 on", () => {
  const match = Match.of({ reg16: 5, reg31: masked(0x10, 0xf0), xxreg5: 1n });

  test.each([4, 5, 6] as const)("of version %i go there and back", (version) => {
    const back = decodeBytes(encodeMessage(FlowMod.of({ match }), version)) as FlowMod;
    expect(back.match.equals(match)).toBe(true);
  });

  test("print as registers, wider ones as those that they lie over", () => {
    expect(formatMatch(match)).toBe("reg16=0x5,reg20=0,reg21=0,reg22=0,reg23=0x1,reg31=0x10/0xf0");
    expect(formatMatch(Match.of({ xreg15: 0x0000000700000009n }))).toBe("reg30=0x7,reg31=0x9");
  });
});

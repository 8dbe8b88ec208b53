import { expect, test } from "vitest";
import { apply, CopyField, decodeBytes, encodeMessage, FlowMod, Match, OXM, type OxmField, Subfield } from "../../../../src/ofp/mod.js";
import { print, printBytes } from "../../../../src/ofp/syntax/mod.js";

const ofIp = Match.of({ ethType: 0x0800 });

/** What is printed of a copy from a part to register 0, which is the same for the object, what is made of its bytes, and the bytes. */
function copied(version: 4 | 5 | 6, format: "" | "onf", name: "ipDscp" | "inPort", header: number, offset: number, bits: number): string {
  const src = new Subfield(OXM[name] as OxmField, offset, bits, header);
  const dst = new Subfield(OXM.reg0 as OxmField, 0, bits);
  const m = FlowMod.of({ match: ofIp, instructions: [apply(CopyField.of({ format, src, dst }))] });
  const bytes = encodeMessage(m, version);
  const [first] = printBytes(bytes).split("\n");
  if (!first!.includes("error")) {
    expect(print(m, { version })).toBe(`${first}\n`);
    expect(print(decodeBytes(bytes))).toBe(`${first}\n`);
  }
  return /actions=move:(.*)->|error: (.*)\*\*\*/.exec(first!)!.slice(1).find(Boolean)!;
}

const NXM_TOS = 0x00000a01;
const NXM_IN_PORT = 0x00000002;

// what ovs-ofctl 3.1 ofp-print has for the same bytes
test.each([
  [6, ""],
  [5, "onf"],
  [4, "onf"],
] as const)(
  "a field without a header of its own is that of the version's list, which may have other bits than Nicira's: version %d %s",
  (version, format) => {
    expect(copied(version, format, "ipDscp", 0, 0, 6)).toBe("OXM_OF_IP_DSCP[]");
    expect(copied(version, format, "ipDscp", 0, 2, 2)).toBe("OXM_OF_IP_DSCP[2..3]");
    expect(copied(version, format, "ipDscp", 0, 0, 8)).toBe("OFPBAC_BAD_SET_LEN");
    expect(copied(version, format, "ipDscp", NXM_TOS, 2, 6)).toBe("NXM_OF_IP_TOS[2..7]");
    expect(copied(version, format, "inPort", 0, 0, 32)).toBe("OXM_OF_IN_PORT[]");
    expect(copied(version, format, "inPort", 0, 16, 16)).toBe("OXM_OF_IN_PORT[16..31]");
    expect(copied(version, format, "inPort", NXM_IN_PORT, 0, 16)).toBe("NXM_OF_IN_PORT[]");
    expect(copied(version, format, "inPort", NXM_IN_PORT, 16, 16)).toBe("OFPBAC_BAD_SET_LEN");
  },
);

test("in Nicira's action it is Nicira's in every version", () => {
  for (const version of [4, 5] as const) {
    expect(copied(version, "", "ipDscp", 0, 0, 8)).toBe("NXM_OF_IP_TOS[]");
    expect(copied(version, "", "ipDscp", 0, 0, 6)).toBe("NXM_OF_IP_TOS[0..5]");
    expect(copied(version, "", "inPort", 0, 0, 32)).toBe("OFPBAC_BAD_SET_LEN");
    expect(copied(version, "", "inPort", 0, 16, 16)).toBe("OFPBAC_BAD_SET_LEN");
  }
});

import { expect, test } from "vitest";
import { Chunk, fromHex } from "../../src/bytes/mod.js";
import { ACTIONS } from "../../src/ofp/mod.js";
import type { Version } from "../../src/schema/mod.js";

/** What is wrong with an action by its row; the same bytes decode without a check. */
function refused(hex: string, version: Version = 4): string {
  const bytes = fromHex(hex.replaceAll(" ", ""));
  const reason = (mode: "interpreted" | "checked"): string => {
    const codec = ACTIONS.codec(version, mode);
    try {
      const c = new Chunk(bytes);
      codec.decode(c, 0, codec.extent(c, 0, bytes.length));
      return "";
    } catch (e) {
      return (e as { reason: string }).reason;
    }
  };
  expect(reason("interpreted")).toBe("");
  return reason("checked");
}

const NICIRA = "00002320";
const REG0 = "00010004";
const UNKNOWN = "00ff0004";

// each is what ovs-ofctl 3.1 ofp-print has for the same bytes
test("the rows of actions refuse a field that is not known, or has a mask, where they read it", () => {
  const move = (src: string, dst: string): string => refused(`ffff 0018 ${NICIRA} 0006 0008 0000 0000 ${src} ${dst}`);
  expect([move(REG0, REG0), move(UNKNOWN, REG0), move(REG0, UNKNOWN), move("00010108", UNKNOWN)]).toEqual([
    "",
    "OFPBMC_BAD_FIELD",
    "OFPBMC_BAD_FIELD",
    "OFPBMC_BAD_MASK",
  ]);
  const push = (src: string): string => refused(`ffff 0018 ${NICIRA} 001b 0000 ${src} 0010 000000000000`);
  expect([push(REG0), push(UNKNOWN), push("00010108")]).toEqual(["", "OFPBMC_BAD_FIELD", "OFPBMC_BAD_MASK"]);
  expect(refused(`ffff 0018 ${NICIRA} 0031 0064 0000 ${UNKNOWN} 000000000000`)).toBe("OFPBMC_BAD_FIELD");
  expect(refused(`ffff 0018 ${NICIRA} 0020 000f 0000 ${UNKNOWN} 000000000000`)).toBe("OFPBMC_BAD_FIELD");
});

test("the rows of learn and encap refuse what no flow can have, in Open vSwitch's order", () => {
  const learn = (flags: string, table: string, spec: string): string =>
    refused(`ffff 0030 ${NICIRA} 0010 0000 0000 8000 0000000000000000 ${flags} ${table} 00 0000 0000 ${spec} 0000`);
  expect(learn("0000", "01", `0010 ${REG0} 0000 ${REG0} 0000`)).toBe("");
  expect(learn("0000", "01", `0010 ${UNKNOWN} 0000 ${REG0} 0000`)).toBe("OFPBAC_BAD_SET_TYPE");
  expect(learn("0000", "ff", `0010 ${UNKNOWN} 0000 ${REG0} 0000`)).toBe("OFPBAC_BAD_ARGUMENT");
  expect(learn("0008", "01", `0010 ${UNKNOWN} 0000 ${REG0} 0000`)).toBe("OFPBAC_BAD_ARGUMENT");
  const encap = (type: string, property: string): string => refused(`ffff 0018 ${NICIRA} 002e 0000 ${type} ${property}`);
  expect([encap("0001894f", "0004 01 05 01 000000"), encap("0000fffe", "0004 09 08 00000000")]).toEqual(["", "NXBAC_BAD_HEADER_TYPE"]);
  expect(encap("0001894f", "0004 09 08 00000000")).toBe("NXBAC_UNKNOWN_ED_PROP");
});

import { expect, test } from "vitest";
import { Chunk } from "../../../src/bytes/mod.js";
import type { Instruction } from "../../../src/ofp/mod.js";
import { INSTRUCTIONS } from "../../../src/ofp/mod.js";
import { actionsFault, formatInstructions, printBytes } from "../../../src/ofp/syntax/mod.js";
import { type Element, listKind, type Version } from "../../../src/schema/mod.js";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const print = (hex: string): string => printBytes(bytes(hex), { verbosity: 2 });

function fault(hex: string, version: Version): string | undefined {
  const b = bytes(hex);
  return actionsFault(new Chunk(b), 0, b.length, version);
}

test.each<[what: string, hex: string, version: Version, reason: string]>([
  ["a field that nobody knows, beside fields of another length", "0019 0008 8000fe08", 6, "OFPBAC_BAD_SET_LEN"],
  ["a field that nobody knows, of another class", "0019 0010 00010203 0405000000000000", 4, "OFPBAC_BAD_SET_LEN"],
  ["a field that nobody knows, alone in its bucket", "0019 0010 8000e000 0000000000000000", 4, "OFPBAC_BAD_SET_TYPE"],
  [
    "a mask of fewer bits than the value before padding",
    "0019 0020 8000090c 001000001234 000000080804 0108ff020201ffff00000000",
    6,
    "OFPBMC_BAD_WILDCARDS",
  ],
  ["a masked value of an odd length", "001900188000090d 3a000000123400000002ffff00000000", 3, "OFPBMC_BAD_WILDCARDS"],
  [
    "a bundle of more members than there is room for",
    "ffff003000002320000c000100000000 0000000200740404ef047fbb08020000 00000000000000000004000800000000",
    3,
    "OFPBAC_BAD_LEN",
  ],
  [
    "a property that nobody knows before a malformed one",
    "ffff0040 00002320 0025 000000000000 0800000804d20000 00018008162e0000 0002000502000000 0003000901020304 0500000000000000 0004000400000000",
    5,
    "OFPBPC_BAD_TYPE",
  ],
  ["a move without headers", "ffff0010 00002320 0006 002000000000", 4, "OFPBMC_BAD_LEN"],
  ["a slow path that is too long, before it is found to be off", "ffff0810 00002320 00fe 000000000000", 2, "OFPBAC_BAD_LEN"],
  ["a slow path that is off", "ffff0010 00002320 00fe 000000000000", 2, "OFPBAC_BAD_VENDOR_TYPE"],
  ["an action that Open vSwitch does not have, before its length", "000b0010 00000000", 4, "OFPBAC_BAD_TYPE"],
  [
    "a push on the stack of another length than all",
    "ffff0020 00002320 001b 0000 00000602 0000 000000000000 0000000000000000",
    4,
    "OFPBAC_BAD_LEN",
  ],
  ["a copy from a field that nobody knows", "001c0010 0020 0000 0000 0000 00000000", 6, "OFPBMC_BAD_FIELD"],
])("%s is refused as Open vSwitch refuses it", (_what, hex, version, reason) => {
  expect(fault(hex, version)).toBe(reason);
});

test("statistics of a version that is not there are an unknown type", () => {
  expect(print("0012001000000002 0008000000000000")).toContain("***decode error: OFPBRC_BAD_TYPE***");
});

test("the number of a meter is a meter in OpenFlow 1.1, told before the actions", () => {
  const hex =
    "020e0040cffe6b86 0000000000000000 0000000000000000 00000000000003e8 ffffffffffffffff ffffffff00000000 0001000400000000 0006000800000001";
  expect(print(hex)).toBe("OFPT_FLOW_MOD (OF1.1) (xid=0xcffe6b86): ADD priority=1000 actions=meter:1\n");
  const list = bytes("0001000803000000 0006000800000001");
  const instructions = listKind(INSTRUCTIONS as Element<Instruction>)
    .codec(3, "interpreted")
    .decode(new Chunk(list), 0, list.length);
  expect(formatInstructions(instructions, { version: 3 })).toBe("meter:1,goto_table:3");
  // of another length than a meter's it is a meter still, in a flow of OpenFlow 1.2 as well
  expect(
    print(
      "0313006000000002000100000000000000500000000000010000000003e8000000000000000000000000000000000000000000000000000000000000000000000001000400000000000600180000000100000000000000000000000000000000",
    ),
  ).toContain("OFPST_FLOW reply (OF1.2) (xid=0x2): ***decode error: OFPBIC_BAD_LEN***");
});

const MATCH =
  "0000005800000000000003f7000000000000ffffffffffff000000000000ffffffffffff0000000008060000c0a88000000000ff00000000ffffffff0000000000000000000000000000000000000000ffffffffffffffff";

test("the match of OpenFlow 1.1 is taken in a later version", () => {
  const hex = `040e009001020304da1aa3e035d87158ffffffffffffffff0201003c00789c40ffffffffffffffffffffffff00030000${MATCH}0001000803000000`;
  expect(print(hex)).toBe(
    "OFPT_FLOW_MOD (OF1.3) (xid=0x1020304): MOD table:2 priority=40000,arp,arp_spa=192.168.128.0/24 cookie:0xda1aa3e035d87158/0xffffffffffffffff idle:60 hard:120 send_flow_rem check_overlap actions=goto_table:3\n",
  );
});

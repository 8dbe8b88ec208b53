/** Groups in bytes that are odd: what Open vSwitch reads all the same, and what it refuses. The texts are those of `ovs-ofctl ofp-print`. */
import { describe, expect, test } from "vitest";
import { fromHex } from "../../../src/bytes/mod.js";
import { printBytes } from "../../../src/ofp/syntax/mod.js";

const u16 = (n: number): string => n.toString(16).padStart(4, "0");
const size = (hex: string): number => hex.length / 2;
const padded = (hex: string): string => hex.padEnd(Math.ceil(size(hex) / 8) * 16, "0");

/** A property: its length does not count the padding. */
const property = (type: number, body: string): string => padded(u16(type) + u16(4 + size(body)) + body);
const bucket = (id: number, properties = ""): string =>
  `${u16(16 + size(properties))}0008${id.toString(16).padStart(8, "0")}0000000800030000${properties}`;
const selection = (fields: string): string =>
  property(0xffff, `0000154d0000000100000000${"68617368".padEnd(32, "0")}0000000000000005${fields}`);
/** A group of type select with the number 9. */
const group = (buckets: string, properties = ""): string =>
  `${u16(16 + size(buckets) + size(properties))}010000000009${u16(size(buckets))}000000000000${buckets}${properties}`;
const message = (type: number, body: string): string => `01${type.toString(16)}${u16(8 + size(body))}00000001${body}`;
const groupDesc = (body: string): string => message(0x11, `ffff0000000023200000000800000000${body}`);
const groupStats = (body: string): string => message(0x11, `ffff0000000023200000000700000000${body}`);
const groupMod = (buckets: string): string =>
  `0104${u16(32 + size(buckets))}00000001000023200000001f0000010000000009${u16(size(buckets))}0000ffffffff${buckets}`;

const lines = (hex: string): readonly string[] => printBytes(fromHex(hex)).split("\n");
/** The lines that are no dump. */
const told = (hex: string): readonly string[] => lines(hex).filter((line) => line !== "" && !/^[0-9a-f]{8} {2}/.test(line));

const DESC = "NXST_GROUP_DESC reply (xid=0x1):";
const PLAIN = " group_id=9,type=select,bucket=bucket_id:1,actions=output:3";

describe("a weight of another length than the standard's", () => {
  for (const [name, body] of [
    ["without the padding that counts", "0005"],
    ["with a part of it", "000501"],
    ["with more behind it", "0005ffffffffffff"],
    ["with much more behind it", `0005${"02".repeat(20)}`],
  ] as const)
    test(name, () => {
      const heavy = bucket(1, property(0, body));
      const text = " group_id=9,type=select,bucket=bucket_id:1,weight:5,actions=output:3";
      expect(told(groupDesc(group(bucket(1)) + group(heavy) + group(bucket(1))))).toEqual([DESC, PLAIN, text, PLAIN]);
      expect(told(groupMod(heavy + bucket(2)))).toEqual([
        "NXT_GROUP_MOD (xid=0x1):",
        " ADD group_id=9,type=select,bucket=bucket_id:1,weight:5,actions=output:3,bucket=bucket_id:2,actions=output:3",
      ]);
    });

  test("but not one without a weight", () => {
    const text = [DESC, PLAIN, "***decode error: OFPBPC_BAD_LEN***"];
    expect(told(groupDesc(group(bucket(1)) + group(bucket(1, property(0, "")))))).toEqual(text);
  });

  test("the groups before one that is refused are told", () => {
    const odd = group(bucket(1, property(0, "0005")));
    const text = " group_id=9,type=select,bucket=bucket_id:1,weight:5,actions=output:3";
    expect(told(groupDesc(odd + group(bucket(1, property(9, "")))))).toEqual([DESC, text, "***decode error: OFPBPC_BAD_TYPE***"]);
  });
});

describe("the fields of a selection method", () => {
  test.each([
    ["00000002ffff", ",fields=in_port"],
    ["80000004ffffffff00000002ffff", ",fields(in_port,in_port_oxm)"],
    ["00000a01ff80001001ff", ",fields(nw_tos,ip_dscp)"],
    ["80000a020000", ",fields=eth_type=0"],
    ["0001480400000000", ",fields=recirc_id=0"],
    [`00015008${"ff".repeat(8)}`, ",fields=tun_metadata0=0xffffffffffffffff"],
  ])("%s is told", (fields, text) => {
    const method = `selection_method=hash,selection_method_param=5${text}`;
    expect(told(groupDesc(group(bucket(1), selection(fields))))).toEqual([
      DESC,
      ` group_id=9,type=select,${method},bucket=bucket_id:1,actions=output:3`,
    ]);
  });

  test.each([
    ["800000", "OFPBMC_BAD_LEN"],
    ["80000a03ffff", "OFPBMC_BAD_LEN"],
    ["ffff000300000000", "OFPBMC_BAD_LEN"],
    ["80000b020000", "OFPBMC_BAD_MASK"],
    ["80000b040001ffff", "OFPBMC_BAD_MASK"],
    ["8000ff0400010001", "OFPBMC_BAD_MASK"],
    ["80000b0400010000", "OFPBMC_BAD_WILDCARDS"],
    ["80000a0200ff", "OFPBMC_BAD_MASK"],
    ["80000a02ffff80000a02ffff", "OFPBMC_DUP_FIELD"],
    ["8000fe02ffff", "OFPBMC_BAD_FIELD"],
    ["00013c080000000000000001", "OFPBMC_BAD_FIELD"],
  ])("%s is refused", (fields, reason) => {
    expect(told(groupDesc(group(bucket(1), selection(fields))))).toEqual([`${DESC} ***decode error: ${reason}***`]);
  });
});

test("the counters of groups are told up to the one that is cut short", () => {
  const counters = (buckets: string): string =>
    `${u16(40 + size(buckets))}0000000000070000000300000000000000000000006400000000000000c80000000c1dcd6500${buckets}`;
  const whole = counters("00000000000000010000000000000002");
  const text = " group_id=7,duration=12.500s,ref_count=3,packet_count=100,byte_count=200,bucket0:packet_count=1,byte_count=2";
  expect(told(groupStats(whole))).toEqual(["NXST_GROUP reply (xid=0x1):", text]);
  expect(told(groupStats(whole + whole.slice(0, 48)))).toEqual([
    "NXST_GROUP reply (xid=0x1):",
    `${text} ***parse error***`,
    "***decode error: OFPBRC_BAD_LEN***",
  ]);
});

/** Long text, whatever is in it, is read or refused in time that grows with its length alone: were it the square of it, these tests would not end in time. */
import { describe, expect, test } from "vitest";
import {
  parseBundle,
  parseCtFlush,
  parseFlowMonitor,
  parseFlowStatsRequest,
  parseGroup,
  parseGroupDescs,
  parseGroups,
  parseMeter,
  parseMeterConfigs,
  parsePacketOut,
  parsePort,
  parsePortMod,
  parseQueueStatsRequest,
  parseTableMod,
  parseTlvMaps,
  SyntaxFault,
} from "../../../../src/ofp/syntax/mod.js";

/** How long a text of every kind is, and one of the kinds that are known to be hard. */
const SIZE = 1 << 18;
const MEGABYTE = 1 << 20;

/** Reads a text; one that is refused has an offset within it. */
function read(text: string, reader: (text: string) => unknown): string {
  try {
    reader(text);
    return "";
  } catch (e) {
    if (!(e instanceof SyntaxFault)) throw e;
    expect(e.code).toBe("ERR_SYNTAX");
    expect(e.offset).toBeGreaterThanOrEqual(-1);
    expect(e.offset).toBeLessThanOrEqual(text.length);
    return e.message;
  }
}

type Reader = readonly [name: string, before: readonly string[], read: (text: string) => unknown];

/** Each reader, and what stands before the hostile part. */
const READERS: readonly Reader[] = [
  [
    "group",
    [
      "",
      "group_id=",
      "group_id=1,type=all,",
      "group_id=1,type=all,bucket=",
      "group_id=1,type=select,bucket=actions=",
      "group_id=1,type=select,selection_method=",
      "group_id=1,type=select,selection_method=hash,fields(",
    ],
    (text) => parseGroup(text, { version: 6 }),
  ],
  ["bucket's number", ["group_id=1,command_bucket_id="], (text) => parseGroup(text, { version: 6, command: "insert_bucket" })],
  ["groups", ["", "group_id=1,type=all\n"], (text) => parseGroups(text)],
  ["page of groups", [""], (text) => parseGroupDescs(text)],
  ["meter", ["", "meter=", "meter=1 kbps bands=", "meter=1 kbps bands=type=drop rate="], (text) => parseMeter(text)],
  ["page of meters", ["", "meter=1 kbps bands="], parseMeterConfigs],
  ["packet-out", ["", "packet=", "packet=0200000000010200000000028888,actions="], (text) => parsePacketOut(text)],
  ["bundle", ["", "group ", "flow ", "packet-out "], (text) => parseBundle(text)],
  ["tunnel options", ["", "{class=", "{class=1,type=1,len=4}->tun_metadata"], (text) => parseTlvMaps(text)],
  ["monitor", ["", "out_port=", "nw_src=", "reg0="], (text) => parseFlowMonitor(text)],
  ["connections", ["", "zone=", "ct_nw_src=", "ct_ipv6_src=", "ct_nw_proto="], (text) => parseCtFlush(text)],
  ["request for flows", ["", "cookie=", "out_port="], (text) => parseFlowStatsRequest(text)],
  ["setting of a table", ["", "vacancy:"], (text) => parseTableMod("1", text)],
  ["table", [""], (text) => parseTableMod(text, "evict")],
  ["port's word", ["", "no-"], (text) => parsePortMod(text, { portNo: 1, hwAddr: 0 })],
  ["port", [""], (text) => parsePort(text)],
  ["queue", [""], (text) => parseQueueStatsRequest("1", text)],
];

const UNITS = [
  ..."(,=:19a {}\n\t/-+.\0#",
  "bucket=",
  "bucket=output:1,",
  "bucket=clone(",
  "group_id=1,",
  "fields(reg0),",
  "type=drop ",
  "band=",
  "meter=1 kbps bands=\ntype=drop rate=1\n",
  "a=1,",
  "{class=1,type=1,len=4}->tun_metadata1,",
  "!add,",
  "tcp,",
  "reg0=1,",
  "ct_nw_proto=6,",
  "add ",
  "\n#\n",
  "flow actions=drop\n",
  "group group_id=1,type=all\n",
  "action=",
  "0x",
  "\u{1f600}",
];

describe.each(READERS)("a %s", (_name, before, reader) => {
  test.each(before)("that goes on and on behind %j ends", (start) => {
    for (const unit of UNITS) read(start + unit.repeat(SIZE / unit.length), reader);
  });
});

test("of a megabyte names what is wrong first", () => {
  expect(read(`group_id=1,type=all,${"bucket=".repeat(MEGABYTE / 7)}`, (text) => parseGroup(text))).toBe("bucket must specify actions");
  expect(read(",".repeat(MEGABYTE), (text) => parseGroup(text))).toBe("must specify a group_id");
  expect(read(`group_id=${"9".repeat(MEGABYTE)}`, (text) => parseGroup(text))).toMatch(/^invalid numeric format 9+$/);
  expect(read(`group_id=1,type=all,bucket=${"clone(".repeat(MEGABYTE / 6)}`, (text) => parseGroup(text))).toBe("Action nested too deeply");
  expect(read(",".repeat(MEGABYTE), (text) => parseMeter(text))).toBe("must specify bands");
});

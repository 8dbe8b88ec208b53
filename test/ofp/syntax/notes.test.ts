/** What Open vSwitch logs while it reads messages and texts, handed to whoever asks for it. The interop test compares random messages with the real tool. */
import { describe, expect, test } from "vitest";
import { Chunk, fromHex } from "../../../src/bytes/mod.js";
import { Vlog } from "../../../src/cli/ofctl/vlog.js";
import { actionsFault, parseActions, parseFlow, printBytes, rewriteFields, type SyntaxNote } from "../../../src/ofp/syntax/mod.js";

function notesOf(read: (log: (note: SyntaxNote) => void) => unknown): string[] {
  const lines: string[] = [];
  try {
    read(({ module, level, text, more = [] }) => {
      for (const line of [text, ...more]) lines.push(`${module}|${level}|${line}`);
    });
  } catch {
    lines.push("refused");
  }
  return lines;
}

const printed = (hex: string): string[] => notesOf((log) => printBytes(fromHex(hex.replaceAll(" ", "")), { log }));
const inActions = (hex: string, version: 1 | 2 | 4): string[] =>
  notesOf((log) => {
    const c = new Chunk(fromHex(hex.replaceAll(" ", "")));
    actionsFault(c, 0, c.u8.length, version, log);
  });

describe("messages", () => {
  test("of no kind, and of a wrong length", () => {
    expect(printed("00bb0008 eeff0011")).toEqual(["ofp_msgs|WARN|unknown OpenFlow message (version 0, type 187)"]);
    expect(printed("01040010 00000000 00001234 00000000")).toEqual(["ofp_msgs|WARN|OpenFlow message has unknown vendor 0x1234"]);
    expect(printed("04140010 00000000 0000000000000000")).toEqual([
      "ofp_msgs|WARN|received OFPT_BARRIER_REQUEST with incorrect length 16 (expected length 8)",
    ]);
  });

  test("of every type that end anywhere in what says what they are, by their own length or before it", () => {
    for (let version = 0; version <= 7; version++)
      for (let type = 0; type <= 40; type++)
        for (let size = 8; size <= 32; size++)
          for (const length of [size, 0xccdd]) {
            const bytes = new Uint8Array(size).fill(0xff);
            bytes.set([version, type, length >> 8, length & 0xff, 0, 0, 0, 1]);
            const lines = notesOf((log) => printBytes(bytes, { log }));
            expect(lines, `${version} ${type} ${size} ${length}`).not.toContain("refused");
          }
  });

  test("that offer no version", () => {
    expect(printed("01000010 00000000 00010008 00000001")).toEqual([
      "ofp_util|WARN|peer claims to support invalid OpenFlow version 0x00",
      "ofp_util|WARN|peer does not support any OpenFlow version (between 0x01 and 0x1f)",
    ]);
  });

  test("good ones log nothing", () => {
    expect(
      printed(
        "010e0048 00000010 003820ff 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000005 00000064 ffffffff ffff0001",
      ),
    ).toEqual([]);
  });
});

describe("actions in bytes", () => {
  test("name the header that is wrong, and dump the list", () => {
    expect(inActions("000000f0 00000000", 1)).toEqual([
      "ofp_actions|WARN|OpenFlow action OFPAT_OUTPUT length 240 exceeds action buffer length 8",
      "ofp_actions|WARN|bad action at offset 0 (OFPBAC_BAD_LEN):\n00000000  00 00 00 f0 00 00 00 00-",
    ]);
    expect(inActions("00000010 fffeffff 00000000 00000000", 1)[0]).toBe(
      "ofp_actions|WARN|OpenFlow action OFPAT_OUTPUT length 16 not in valid range [8,8]",
    );
    expect(inActions("ffff0010 00002320 00ff0000 00000000 ffff0010 00001111 00000000 00000000", 4).at(-1)).toContain(
      "bad action at offset",
    );
    expect(inActions("00c80008 00000000", 4)[0]).toBe("ofp_actions|WARN|unknown OpenFlow13 action for vendor 0 and type 200");
  });

  test("from the inside out, each list with its own dump", () => {
    const notes = inActions(
      "ffff0030 00002320 00230001 00000000 0000ff00 00000000 ffff0018 00002320 0007000f 0001d504 00000000 0000f009",
      1,
    );
    expect(notes.map((n) => n.split("\n")[0])).toEqual([
      "meta_flow|WARN|destination field ct_zone is not writable",
      "ofp_actions|WARN|bad action at offset 0 (OFPBAC_BAD_SET_ARGUMENT):",
      "ofp_actions|WARN|bad action at offset 0 (OFPBAC_BAD_SET_ARGUMENT):",
    ]);
  });

  test("what stands where it must not", () => {
    expect(inActions("ffff0020 00002320 00160000 00000000 fedcba98 76543210 ffffffff ffffffff", 1)).toEqual([
      "ofp_actions|WARN|write_metadata instruction not allowed here",
    ]);
    expect(inActions("00000010 12345678 04d20000 00000000", 2)[0]).toBe(
      "ofp_port|WARN|port 305419896 is outside the supported range 0 through 65279 or 0xffffff00 through 0xffffffff",
    );
  });
});

test("fields with bits that their mask leaves out", () => {
  const bytes = fromHex("0000030c ffffffffffff 010000000000".replaceAll(" ", ""));
  expect(notesOf((log) => rewriteFields(bytes, 0, true, log))).toEqual([
    "nx_match|WARN|Rejecting NXM/OXM entry 0:0:1:1:12 with 1-bits in value for bits wildcarded by the mask.",
  ]);
});

describe("texts", () => {
  const flow = (text: string): string[] => notesOf((log) => parseFlow(text, { log }));

  test("numbers of ports and tables", () => {
    expect(flow("actions=output:-1")).toEqual(["ofp_port|WARN|Negative value -1 is not a valid port number.", "refused"]);
    expect(flow("actions=learn(table=1, in_port_oxm=123456)")[0]).toBe(
      "ofp_port|WARN|port 123456 is outside the supported range 0 through ffff or 0xffffff00 through 0xffffffff",
    );
    expect(notesOf((log) => parseActions("output:65533", { log }))).toEqual([
      "ofp_port|WARN|referring to port CONTROLLER as 65533 is deprecated for compatibility with OpenFlow 1.1 and later",
    ]);
    expect(flow("table=256,actions=drop")[0]).toBe("ofp_table|WARN|table 256 is outside the supported range 0 through 255");
  });

  test("what the packets lack", () => {
    expect(flow("actions=learn(load:5->NXM_OF_IP_DST[])")).toEqual([
      "meta_flow|WARN|destination field ip_dst lacks correct prerequisites",
      "refused",
    ]);
    expect(flow("actions=set_field:1.2.3.4->ip_dst")).toEqual(["ofp_actions|WARN|set_field ip_dst lacks correct prerequisites", "refused"]);
  });

  test("what a match loses, in three lines", () => {
    expect(flow("arp,tp_src=5,actions=drop")).toEqual([
      "ofp_match|INFO|normalization changed ofp_match, details:",
      "ofp_match|INFO| pre: arp,tp_src=5",
      "ofp_match|INFO|post: arp",
    ]);
  });

  test("fields that no protocol can send", () => {
    expect(() => parseFlow("tun_tos=0,actions=drop")).toThrow("actions are invalid with specified match (OFPBAC_MATCH_INCONSISTENT)");
    expect(() => parseFlow("skb_priority=1/1,actions=drop")).toThrow("1/1: invalid mask for field skb_priority");
    expect(parseFlow("tun_ttl=*,actions=drop").match.entries).toEqual([]);
  });
});

test("the log of a program lets five lines of a limit through, then one a minute", () => {
  const lines: string[] = [];
  let now = 0;
  const log = new Vlog(
    "ofctl",
    (line) => lines.push(line),
    () => now,
  );
  log.set("PATTERN:console:%c|%m");
  const note: SyntaxNote = { module: "nx_match", level: "WARN", text: "x", limit: "nx_match" };
  for (let i = 0; i < 9; i++) log.note(note);
  log.note({ ...note, limit: "other", text: "y" });
  expect(lines).toEqual([...Array(5).fill("nx_match|x\n"), "nx_match|y\n"]);
  now = 90_000;
  log.note(note);
  expect(lines.slice(6)).toEqual([
    "nx_match|Dropped 4 log messages in last 90 seconds (most recently, 90 seconds ago) due to excessive rate\n",
    "nx_match|x\n",
  ]);
  log.limitRates("nx_match", false);
  for (let i = 0; i < 3; i++) log.note(note);
  expect(lines).toHaveLength(11);
});

/** Texts that would take a parser long: each public one ends, with an error or a value, in steps that grow with the length of the text and not faster. */
import { describe, expect, test } from "vitest";
import { SouthboundError } from "../../../src/errors/mod.js";
import { FlowText, Pairs, parseActions, parseFlow, parseInstructions, parseMatch, parseNxMatch } from "../../../src/ofp/syntax/mod.js";

const walk = (text: string): number => {
  let n = 0;
  for (const pairs = new Pairs(text); pairs.next(); ) n++;
  return n;
};

const BYTES = 1 << 20;
const filled = (piece: string, head = "", tail = ""): string =>
  head + piece.repeat(Math.ceil((BYTES - head.length - tail.length) / piece.length)) + tail;

/** What is said again and again, as it is and where a value is expected. */
const PIECES = [
  ...[
    "(",
    ")",
    ",",
    " ",
    "\t",
    "\n",
    "=",
    ":",
    "/",
    "[",
    "]",
    "->",
    "-",
    "+",
    "|",
    '"',
    "\0",
    "*",
    ".",
    "0",
    "1",
    "f",
    "9",
    "x",
    "é",
    "\u{1f600}",
    "0x",
  ],
  ...["clone(", "learn(", "ct(", "ct(exec(", "ct(nat(", "write_actions(", "nat(src=", "encap(nsh(", "output(", "bundle(", "set_field:"],
  ...["a=", "a=1,", "actions=", "action", "actions=drop,", "reg0=1,", "tcp,", "output:1,", "drop,", "1,", "eth_type=0x800,", "reg0[0]=1,"],
  ...[
    "+trk",
    "-trk",
    "trk|",
    "1|",
    "1:",
    "1.",
    ":1",
    "00:",
    "load:1->reg0[0],",
    "NXM_NX_REG0(00000000),",
    "NXM_NX_REG0_W(",
    "tun_metadata0=1,",
  ],
];

/** What stands before the value that goes on and on. */
const MATCH_HEADS = [
  "tcp,tp_dst=",
  "ct_state=",
  "tcp_flags=",
  "nw_src=",
  "ipv6_src=",
  "dl_src=",
  "tun_metadata0=0x",
  "reg0[",
  "packet_type=(",
  "cookie=",
  "priority=",
];
const ACTION_HEADS = [
  "output:",
  "set_field:",
  "load:0x",
  "note:",
  "learn(",
  "learn(reg0=",
  "learn(load:",
  "ct(zone=",
  "ct(nat(src=",
  "enqueue:",
  "conjunction(",
  "multipath(",
  "bundle(",
  "dec_ttl(",
  "controller(userdata=",
  "encap(nsh(tlv(",
  "resubmit(",
  "sample(",
  "mod_dl_src:",
  "mod_nw_src:",
  "check_pkt_larger(",
  "move:",
  "delete_field:",
  "decap(packet_type(",
];

/** Every public function that takes a text of a user, with what a text may begin with. */
const READERS: readonly (readonly [name: string, read: (text: string) => unknown, heads: readonly string[]])[] = [
  ["Pairs", walk, []],
  ["parseMatch", (text) => parseMatch(text), MATCH_HEADS],
  ["parseActions", (text) => parseActions(text), ACTION_HEADS],
  ["parseInstructions", (text) => parseInstructions(text), []],
  ["parseFlow", (text) => parseFlow(text), []],
  ["FlowText", (text) => new FlowText(text, { command: "any" }), [...MATCH_HEADS, ...ACTION_HEADS.map((head) => `actions=${head}`)]],
  ["parseNxMatch", (text) => parseNxMatch(text), ["NXM_NX_REG0(", "NXM_NX_REG0_W(0/"]],
];

/** Far more than a step for each character takes on a busy machine, and far less than one for each pair of them: 10^12. */
const LONG = 20_000;

/** Reads a text, and how long that takes in milliseconds. */
function timed(read: (text: string) => unknown, text: string): number {
  const start = performance.now();
  try {
    read(text);
  } catch (e) {
    if (!SouthboundError.is(e)) throw e;
    expect(e.code).toMatch(/^ERR_(SYNTAX|UNSUPPORTED|RANGE)$/);
  }
  return performance.now() - start;
}

describe.each(READERS)("%s", (_name, read, heads) => {
  test("ends with a megabyte of anything", () => {
    for (const piece of PIECES) expect({ piece, late: timed(read, filled(piece)) > LONG }).toEqual({ piece, late: false });
  });

  test("ends with a megabyte behind the beginning of a value", () => {
    const short = PIECES.filter((piece) => piece.length <= 3);
    for (const [i, head] of heads.entries()) {
      // each beginning with a few of the pieces, by turns
      for (const piece of short.filter((_, k) => k % 8 === i % 8)) {
        const text = filled(piece, head);
        expect({ head, piece, late: timed(read, text) > LONG }).toEqual({ head, piece, late: false });
      }
    }
  });
});

test("lists within lists end at 100, and what is deeper is refused where it stands", () => {
  const nested = (n: number): string => `${"clone(".repeat(n)}output:1${")".repeat(n)}`;
  expect(() => parseActions(nested(99))).not.toThrow();
  expect(() => parseActions(nested(100))).toThrow("Action nested too deeply");
  expect(() => parseActions(nested(100_000))).toThrow("Action nested too deeply");
});

test("a list holds 65535 bytes at the most", () => {
  expect(() => parseActions("note:".concat("00".repeat(70_000)))).toThrow("input too big");
  expect(() => parseActions("output:1,".repeat(4_096))).toThrow("input too big");
});

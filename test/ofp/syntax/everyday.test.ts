/** The text of matches, actions and filters in everyday code: what it becomes, and what is offered where it is wrong. */
import { expect, test } from "vitest";
import { toHex } from "../../../src/bytes/mod.js";
import { apply, encodeMessage, FlowMod, FlowStatsRequest, Match, Output, PortNo } from "../../../src/ofp/mod.js";
import {
  actions,
  formatActions,
  formatMatch,
  instructions,
  parseAggregateRequest,
  parseFlow,
  parseFlowStatsRequest,
  SyntaxFault,
  Match as TextMatch,
} from "../../../src/ofp/syntax/mod.js";

function fault(read: () => unknown): SyntaxFault {
  try {
    read();
  } catch (e) {
    if (e instanceof SyntaxFault) return e;
    throw e;
  }
  throw new Error("nothing was thrown");
}

test("a match is made of its text", () => {
  const m = Match.parse("ip,nw_dst=10.0.0.0/8");
  expect(m).toBeInstanceOf(Match);
  expect(m.equals(Match.of({ ethType: 0x0800, ipv4Dst: "10.0.0.0/8" }))).toBe(true);
  expect(TextMatch).toBe(Match);
  expect(formatMatch(Match.parse("in_port=LOCAL,dl_vlan=10"))).toBe("in_port=LOCAL,dl_vlan=10");
  expect(Match.parse("in_port=eth0", { ports: new Map([["eth0", 7]]) }).inPort).toBe(7);
});

test("actions and instructions are made of their text", () => {
  expect(formatActions(actions("set_field:10.0.0.1->ip_dst,output:2"))).toBe("set_field:10.0.0.1->ip_dst,output:2");
  const made = FlowMod.of({ match: Match.parse("tcp"), instructions: instructions("output:1,goto_table:2") });
  expect(made.instructions.map((i) => i.type)).toEqual(["apply-actions", "goto-table"]);
  expect(toHex(encodeMessage(FlowMod.of({ instructions: [apply(...actions("flood"))] }), 4))).toBe(
    toHex(encodeMessage(FlowMod.of({ instructions: [apply(Output.of({ port: PortNo.Flood, maxLen: 0 }))] }), 4)),
  );
});

test("a request for flows is made of its filter", () => {
  const r = parseFlowStatsRequest("table=0,ip,nw_dst=10.0.0.0/8,out_port=2,cookie=1/-1");
  expect(r).toMatchObject({ tableId: 0, outPort: 2, cookie: 1n, cookieMask: 0xffffffffffffffffn, format: "" });
  expect(r.match.key).toBe(Match.parse("ip,nw_dst=10.0.0.0/8").key);
  expect(parseFlowStatsRequest("cookie=1/-1", { version: 1 }).format).toBe("nxt");
  expect(toHex(encodeMessage(parseFlowStatsRequest(""), 4))).toBe(toHex(encodeMessage(FlowStatsRequest.of(), 4)));
  expect(parseAggregateRequest("out_group=7,udp")).toMatchObject({ type: "aggregate-stats-request", outGroup: 7 });
  expect(fault(() => parseFlowStatsRequest("priority=5")).message).toBe("unknown keyword priority");
  expect(fault(() => parseFlowStatsRequest("out_group=7", { version: 1 })).message).toMatch(/^none of the usable flow formats/);
});

test("the nearest names are a hint beside the words of ovs-ofctl, and in the message of everyday code", () => {
  const e = fault(() => parseFlow("priority=5,nw_dest=10.0.0.1,actions=drop"));
  expect([e.code, e.message, e.hint, e.offset]).toEqual(["ERR_SYNTAX", "unknown keyword nw_dest", "did you mean nw_dst?", 11]);
  expect(fault(() => Match.parse("ip,nw_dest=10.0.0.1")).message).toBe(
    'Match.parse: unknown keyword nw_dest at 3, behind "ip,": did you mean nw_dst?',
  );
  for (const [read, hint] of [
    [() => parseFlow("prioritty=5,actions=drop"), "did you mean priority?"],
    [() => parseFlow("hardTimeout=5,actions=drop"), "did you mean hard_timeout?"],
    [() => Match.parse("ethDst=00:00:00:00:00:01"), "did you mean eth_dst?"],
    [() => actions("outptu:1"), "did you mean output?"],
    [() => actions("set_field:1->ipdst"), "did you mean ip_dst?"],
    [() => instructions("goto_tabel:2"), "did you mean goto_table?"],
    [() => Match.parse("zzzzzzzzzz=1"), ""],
  ] as const)
    expect(fault(read).hint).toBe(hint);
});

test("a long name costs no more than a short one", () => {
  const e = fault(() => Match.parse(`${"x".repeat(1_000_000)}=1`));
  expect(e.hint).toBe("");
});

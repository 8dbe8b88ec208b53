/** What a tool does with a switch: flow formats, changes, dumps and comparisons of flows, over a pipe to a scripted peer or to the embedded switch. */
import { expect, test } from "vitest";
import { changeFlows, diffFlows, dumpFlows, entryOfText, formatEntry, NameMap, rawReplies, replaceFlows } from "../../src/client/mod.js";
import {
  BarrierReply,
  errorReply,
  FlowMod,
  FlowModTableId,
  type FlowStats,
  FlowStatsReply,
  FlowStatsRequest,
  type KnownMessage,
  type Message,
  SetFlowFormat,
} from "../../src/ofp/mod.js";
import { FlowText, formatFlow, Protocol, printBytes, sortFlows } from "../../src/ofp/syntax/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { OpenFlowError, Vconn } from "../../src/vconn/mod.js";
import { agent } from "../switch/peer.js";
import { until } from "../until.js";

const add = (text: string): FlowText => new FlowText(text, { command: "add" });
const every = (text = ""): FlowText => new FlowText(text, { command: "filter" });

/** A peer of OpenFlow 1.0 that answers barriers, and everything else by a script; what it was sent is noted. */
async function scripted(answer: (m: KnownMessage) => readonly Message[]): Promise<{ vconn: Vconn; sent: KnownMessage[] }> {
  const [near, far] = pipe();
  const sent: KnownMessage[] = [];
  const peer = new Vconn(far, { versions: [1] });
  peer.onMessage = (_type, c, p, end) => {
    const m = peer.decode(c, p, end) as KnownMessage;
    if (m.type === "barrier-request") peer.send(BarrierReply.of({ xid: m.xid }));
    else {
      sent.push(m);
      for (const reply of answer(m)) peer.send(reply);
    }
  };
  const vconn = new Vconn(near, { versions: [1] });
  await until(() => vconn.state === "connected");
  return { vconn, sent };
}

/** A connection to the embedded switch. */
async function toSwitch(version: Version): Promise<Vconn> {
  return (await agent().peer(version)).vconn;
}

const shown = async (vconn: Vconn): Promise<string[]> => {
  const lines: string[] = [];
  for await (const flow of dumpFlows(vconn, every()))
    lines.push(formatFlow(flow, { stats: false, version: vconn.version as Version }).trim());
  return lines.sort();
};

test("flows that OpenFlow 1.0 has are sent in it, others after Nicira's requests", async () => {
  const plain = await scripted(() => []);
  await changeFlows(plain.vconn, [add("ip,actions=drop")]);
  expect(plain.sent.map((m) => m.type)).toEqual(["flow-mod"]);
  const table = await scripted(() => []);
  await changeFlows(table.vconn, [add("table=1,ip,actions=drop")]);
  expect(table.sent.map((m) => m.type)).toEqual(["flow-mod-table-id", "flow-mod"]);
  const both = await scripted(() => []);
  await changeFlows(both.vconn, [add("table=1,reg0=1,actions=drop")]);
  expect(both.sent.map((m) => m.type)).toEqual(["set-flow-format", "flow-mod-table-id", "flow-mod"]);
  expect(FlowMod.is(both.sent[2]!) && both.sent[2].format).toBe("nxt");
});

test("a format that the switch refuses is not used", async () => {
  const { vconn, sent } = await scripted((m) =>
    SetFlowFormat.is(m) || FlowModTableId.is(m) ? [errorReply(1, "OFPBRC_BAD_EXPERIMENTER", m.xid, new Uint8Array(8))] : [],
  );
  await expect(changeFlows(vconn, [add("reg0=1,actions=drop")])).rejects.toMatchObject({
    code: "ERR_UNSUPPORTED",
    message: "switch does not support any of the usable flow formats (NXM,OXM)",
  });
  expect(sent.some((m) => m.type === "flow-mod")).toBe(false);
  await expect(changeFlows(vconn, [add("reg0=1,actions=drop")], { allowed: Protocol.OpenFlow11 })).rejects.toMatchObject({
    message: "none of the usable flow formats (NXM,OXM) is among the allowed flow formats (OpenFlow11)",
  });
});

test("the first flow that is refused ends it", async () => {
  const { vconn, sent } = await scripted((m) =>
    FlowMod.is(m) && m.match.ethType === 0x806 ? [errorReply(1, "OFPFMFC_TABLE_FULL", m.xid, new Uint8Array(8))] : [],
  );
  const flows = ["ip,actions=drop", "arp,actions=drop", "ipv6,actions=drop"].map(add);
  await expect(changeFlows(vconn, flows)).rejects.toThrow(OpenFlowError);
  expect(sent).toHaveLength(2);
});

test("a dump in OpenFlow 1.0 prefers Nicira's form", async () => {
  const { vconn, sent } = await scripted((m) => (FlowStatsRequest.is(m) ? [FlowStatsReply.of({ xid: m.xid, format: m.format })] : []));
  expect(await shown(vconn)).toEqual([]);
  expect(sent.map((m) => m.type)).toEqual(["set-flow-format", "flow-stats-request"]);
  expect(sent[1]).toMatchObject({ format: "nxt", tableId: 255 });
});

test("replies in bytes: all parts, or the error; a peer that goes is an error", async () => {
  let parts = 0;
  const { vconn } = await scripted((m) => {
    if (!FlowStatsRequest.is(m)) return [];
    if (parts++ > 0) return [errorReply(1, "OFPBRC_BAD_STAT", m.xid, new Uint8Array(8))];
    return [FlowStatsReply.of({ xid: m.xid, flags: 1 }), FlowStatsReply.of({ xid: m.xid + 1 }), FlowStatsReply.of({ xid: m.xid })];
  });
  const texts: string[] = [];
  for await (const part of rawReplies(vconn, FlowStatsRequest.of())) texts.push(printBytes(part));
  for await (const part of rawReplies(vconn, FlowStatsRequest.of())) texts.push(printBytes(part));
  expect(texts.map((text) => text.replace(/xid=0x[0-9a-f]+/, "xid").split("\n")[0])).toEqual([
    expect.stringContaining("OFPST_FLOW reply (xid): flags=[more]"),
    expect.stringMatching(/^OFPST_FLOW reply \(xid\):/),
    expect.stringMatching(/^OFPT_ERROR \(xid\): OFPBRC_BAD_STAT/),
  ]);
  const silent = await scripted(() => []);
  const next = rawReplies(silent.vconn, FlowStatsRequest.of()).next();
  silent.vconn.destroy();
  await expect(next).rejects.toMatchObject({ code: "ERR_CLOSED" });
});

test("flows of the embedded switch are replaced by those of a file, and by no more than is needed", async () => {
  const vconn = await toSwitch(4);
  await changeFlows(vconn, ["priority=5,tcp,tp_dst=80,actions=output:1", "arp,actions=output:2", "udp,actions=output:3"].map(add));
  const changed = await replaceFlows(
    vconn,
    ["priority=5,tcp,tp_dst=80,actions=output:1", "udp,actions=output:4", "ipv6,actions=drop"].map(add),
  );
  const words = changed.map(({ a, b }) => [a && formatEntry(a), b && formatEntry(b)]);
  expect(words).toEqual([
    ["udp actions=output:4", "udp actions=output:3"],
    ["ipv6 actions=drop", undefined],
    [undefined, "arp actions=output:2"],
  ]);
  expect(await shown(vconn)).toEqual([
    expect.stringMatching(/ipv6 actions=drop$/),
    expect.stringMatching(/priority=5,tcp,tp_dst=80 actions=output:1$/),
    expect.stringMatching(/udp actions=output:4$/),
  ]);
});

test("flows are compared in the words of one version", () => {
  const entries = (...texts: string[]) => texts.map((text) => entryOfText(add(text), Protocol.OpenFlow13));
  const [old, now] = [entries("ip,actions=mod_nw_src:1.2.3.4"), entries("ip,actions=set_field:1.2.3.4->ip_src")];
  expect(diffFlows(old, now)).toHaveLength(1);
  expect(diffFlows(old, now, { canonical: true })).toEqual([]);
  expect(diffFlows(entries("ip,actions=drop"), entries("cookie=5,ip,actions=drop"))).toHaveLength(1);
  expect(diffFlows(entries("ip,actions=drop", "ip,actions=output:1"), entries("ip,actions=output:1"))).toEqual([]);
});

test("sorted flows: those that do not say a field come last in both orders", async () => {
  const vconn = await toSwitch(4);
  await changeFlows(vconn, ["tcp,tp_dst=80,actions=drop", "tcp,tp_dst=8,actions=drop", "arp,actions=drop"].map(add));
  const flows: FlowStats[] = [];
  for await (const flow of dumpFlows(vconn, every())) flows.push(flow);
  const ports = (descending: boolean) => sortFlows(flows, [{ by: "tcp_dst", descending }]).map((flow) => flow.match.tcpDst);
  expect(ports(false)).toEqual([8, 80, undefined]);
  expect(ports(true)).toEqual([80, 8, undefined]);
  expect(() => sortFlows(flows, [{ by: "nonsense", descending: false }])).toThrow("nonsense: unknown field name");
});

test("a name that two numbers have stands for none", () => {
  const map = new NameMap();
  map.add(1, "a");
  map.add(2, "b");
  map.add(3, "a");
  map.add(2, "c");
  expect([...map.numbers]).toEqual([["b", 2]]);
  expect([...map.names]).toEqual([[2, "b"]]);
});

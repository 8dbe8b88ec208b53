/** What flow-mods do to flows, and what is said of them. The expectations are what Open vSwitch 3.1 answers to the same messages, but for the names of a few errors. */
import { describe, expect, test } from "vitest";
import {
  apply,
  FlowMod,
  FlowModCommand,
  FlowModFlags,
  type FlowStatsReply,
  FlowStatsRequest,
  Match,
  Output,
  PortNo,
} from "../../src/ofp/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { agent, type Peer, settle } from "./peer.js";

const { SendFlowRem, CheckOverlap, ResetCounts, NoPktCounts, NoBytCounts, Emergency } = FlowModFlags;
const { Modify, ModifyStrict, Delete, DeleteStrict } = FlowModCommand;
const out = (port: number) => [apply(Output.of({ port }))];
const add = (init: Parameters<typeof FlowMod.of>[0] = {}) => FlowMod.of({ instructions: out(2), ...init });
const flowsOf = async (peer: Peer) => (await peer.askAll<FlowStatsReply>(FlowStatsRequest.of({ tableId: 0xff }))).flatMap((r) => r.flows);
/** Table, cookie and port of each flow. */
const placesOf = async (peer: Peer) =>
  (await flowsOf(peer)).map((f) => [
    f.tableId,
    f.cookie,
    (f.instructions[0] as unknown as { actions: { port: number }[] }).actions[0]!.port,
  ]);

describe.each<[string, Version]>([
  ["1.0", 1],
  ["1.3", 4],
])("OpenFlow %s", (_name, version) => {
  test("flags stay with the flow and are reported, those that only matter when it is added too", async () => {
    const { peer } = agent();
    const [p, now] = [await peer(version), await peer(4)];
    const flags = async () => (await flowsOf(now)).map((f) => f.flags);
    // in OpenFlow 1.0 counters always start again when a flow is added
    const always = version === 1 ? ResetCounts : 0;
    const all = SendFlowRem | CheckOverlap | (version === 1 ? 0 : ResetCounts | NoPktCounts | NoBytCounts);
    for (const given of [all, CheckOverlap, SendFlowRem, version === 1 ? 0 : ResetCounts]) {
      expect(await p.tell(add({ flags: given }))).toBe("done");
      expect(await flags()).toEqual([given | always]);
    }
    await p.tell(add({ flags: CheckOverlap }));
    await p.tell(add({ command: Modify, flags: SendFlowRem, instructions: out(3) }));
    expect(await flags()).toEqual([CheckOverlap | always]);
    await p.tell(add({ command: Delete }));
    await p.tell(add({ command: Modify, flags: SendFlowRem }));
    expect(await flags()).toEqual(version === 1 ? [SendFlowRem] : []);
  });

  test("an identical flow is replaced where overlaps are looked for; another one is refused", async () => {
    const { peer } = agent();
    const p = await peer(version);
    const flags = CheckOverlap;
    expect(await p.tell(add({ flags }))).toBe("done");
    expect(await p.tell(add({ flags, instructions: out(3) }))).toBe("done");
    expect(await placesOf(p)).toEqual([[0, 0n, 3]]);
    expect(await p.tell(add({ flags, match: Match.of({ inPort: 1 }) }))).toBe("OFPFMFC_OVERLAP");
    expect(await p.tell(add({ flags, match: Match.of({ inPort: 1 }), priority: 1 }))).toBe("done");
    // a modification that adds a flow looks too; later versions add none
    expect(await p.tell(add({ flags, match: Match.of({ inPort: 2 }), command: ModifyStrict }))).toBe(
      version === 1 ? "OFPFMFC_OVERLAP" : "done",
    );
    expect((await flowsOf(p)).length).toBe(2);
  });

  test("a buffer that is not there: an error, and no flow has changed", async () => {
    const { peer, lines, sw } = agent({ tables: 2 });
    const p = await peer(version);
    const bufferId = 77;
    expect(await p.tell(add({ bufferId }))).toBe("OFPBRC_BUFFER_UNKNOWN");
    expect(await p.tell(add({ bufferId, command: Modify }))).toBe("OFPBRC_BUFFER_UNKNOWN");
    expect(sw.tables[0]!.size).toBe(0);
    expect(lines.filter((l) => l.includes("no flow was changed")).length).toBe(2);
    expect(await p.tell(add())).toBe("done");
    expect(await p.tell(add({ bufferId, instructions: out(3) }))).toBe("OFPBRC_BUFFER_UNKNOWN");
    expect(await p.tell(add({ bufferId, command: Modify, instructions: out(3) }))).toBe("OFPBRC_BUFFER_UNKNOWN");
    expect(await p.tell(add({ bufferId, command: ModifyStrict, instructions: out(3) }))).toBe("OFPBRC_BUFFER_UNKNOWN");
    expect(await placesOf(p)).toEqual([[0, 0n, 2]]);
    // an error that the buffer is not to blame for comes first, as in Open vSwitch; overlaps are looked for later
    expect(await p.tell(add({ bufferId, instructions: out(0) }))).toBe("OFPBAC_BAD_OUT_PORT");
    expect(await p.tell(add({ bufferId, flags: CheckOverlap, match: Match.of({ inPort: 1 }) }))).toBe("OFPBRC_BUFFER_UNKNOWN");
    // a removal has no use for one
    expect(await p.tell(add({ bufferId, command: Delete }))).toBe("done");
    expect(sw.tables[0]!.size).toBe(0);
  });

  test("a buffer is kept where the flow-mod is refused", async () => {
    const { peer, sw, sent } = agent({ maxFlows: 1 });
    const p = await peer(version);
    await p.tell(add({ instructions: [apply(Output.of({ port: PortNo.Controller, maxLen: 64 }))] }));
    sw.port(1)!.receive(new Uint8Array(60));
    await settle();
    const { bufferId } = p.take("packet-in")[0]!;
    expect(await p.tell(add({ bufferId, match: Match.of({ inPort: 1 }) }))).toBe("OFPFMFC_TABLE_FULL");
    expect(await p.tell(add({ bufferId, command: Modify }))).toBe("done");
    expect(sent.map(([port]) => port)).toEqual([2]);
  });

  test("which error comes first", async () => {
    const { peer } = agent();
    const p = await peer(version);
    const badFlags = version === 1 ? "OFPFMFC_UNSUPPORTED" : "OFPFMFC_BAD_FLAGS";
    expect(await p.tell(add({ flags: 0x100, command: 9 as number }))).toBe("OFPFMFC_BAD_COMMAND");
    expect(await p.tell(add({ flags: 0x100, command: Delete }))).toBe(badFlags);
  });
});

describe("OpenFlow 1.0", () => {
  test("emergency flows are refused: for their time-outs, which they cannot have, or because there are none", async () => {
    const { peer, sw } = agent();
    const p = await peer(1);
    const flags = Emergency;
    expect(await p.tell(add({ flags }))).toBe("OFPFMFC_TABLE_FULL");
    expect(await p.tell(add({ flags, idleTimeout: 1 }))).toBe("OFPFMFC_BAD_EMERG_TIMEOUT");
    expect(await p.tell(add({ flags, hardTimeout: 1 }))).toBe("OFPFMFC_BAD_EMERG_TIMEOUT");
    expect(await p.tell(add({ flags, hardTimeout: 1, command: Modify }))).toBe("OFPFMFC_BAD_EMERG_TIMEOUT");
    expect(await p.tell(add({ flags, hardTimeout: 1, command: DeleteStrict }))).toBe("OFPFMFC_BAD_EMERG_TIMEOUT");
    expect(await p.tell(add({ flags: flags | 0x100, hardTimeout: 1 }))).toBe("OFPFMFC_UNSUPPORTED");
    expect(await p.tell(add({ flags, hardTimeout: 1, command: 9 as number }))).toBe("OFPFMFC_BAD_COMMAND");
    expect(sw.tables[0]!.size).toBe(0);
  });

  test("modifications and removals mean the flows of all tables; a flow is added to the first", async () => {
    const { peer } = agent({ tables: 4 });
    const [p, now] = [await peer(1), await peer(4)];
    const match = Match.of({ inPort: 1 });
    const fill = async () => {
      for (const tableId of [1, 3]) await now.tell(add({ tableId, match, cookie: BigInt(tableId) }));
    };
    await fill();
    expect(await p.tell(add({ command: Modify, instructions: out(3), cookie: 9n }))).toBe("done");
    expect(await placesOf(now)).toEqual([
      [1, 9n, 3],
      [3, 9n, 3],
    ]);
    expect(await p.tell(add({ command: ModifyStrict, match, instructions: out(4), cookie: 8n }))).toBe("done");
    expect(await placesOf(now)).toEqual([
      [1, 8n, 4],
      [3, 8n, 4],
    ]);
    expect(await p.tell(add({ command: ModifyStrict, match: Match.of({ inPort: 2 }) }))).toBe("done");
    expect((await placesOf(now)).map(([table]) => table)).toEqual([0, 1, 3]);
    expect(await p.tell(add({ command: DeleteStrict, match }))).toBe("done");
    expect((await placesOf(now)).map(([table]) => table)).toEqual([0]);
    await fill();
    expect(await p.tell(add({ command: Delete, outPort: 4 }))).toBe("done");
    expect((await flowsOf(now)).length).toBe(3);
    expect(await p.tell(add({ command: Delete }))).toBe("done");
    expect(await flowsOf(now)).toEqual([]);
  });

  test("a cookie of all ones leaves the cookies of what is modified, and adds nothing", async () => {
    const { peer } = agent();
    const p = await peer(1);
    const cookie = 0xffff_ffff_ffff_ffffn;
    expect(await p.tell(add({ command: Modify, cookie }))).toBe("done");
    expect(await flowsOf(p)).toEqual([]);
    await p.tell(add({ cookie: 5n }));
    await p.tell(add({ command: Modify, cookie, instructions: out(4) }));
    expect(await placesOf(p)).toEqual([[0, 5n, 4]]);
  });

  test("a flow without wildcards has the highest priority, whatever the message says", async () => {
    const { peer } = agent();
    const p = await peer(1);
    const fields = { inPort: 1, ethSrc: 1, ethDst: 2, vlanVid: 0x1001, vlanPcp: 1, ethType: 0x0800, ipDscp: 1, ipProto: 6 };
    const match = Match.of({ ...fields, ipv4Src: 1, ipv4Dst: 2, tcpSrc: 1, tcpDst: 2 });
    await p.tell(add({ match, priority: 5 }));
    await p.tell(add({ match: Match.of({ ...fields, ipv4Src: 1, ipv4Dst: 2, tcpSrc: 1 }), priority: 5 }));
    expect((await flowsOf(p)).map((f) => f.priority).sort()).toEqual([5, 0xffff]);
    expect(await p.tell(add({ command: DeleteStrict, match, priority: 7 }))).toBe("done");
    expect((await flowsOf(p)).length).toBe(1);
  });
});

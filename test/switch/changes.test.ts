/** Changes of a switch and who hears of them: bundles, roles, what controllers want to be sent, learned flows, conjunctions, eviction. */
import { describe, expect, test } from "vitest";
import {
  BarrierRequest,
  BundleAddMessage,
  BundleControl,
  BundleControlType,
  ControllerRole,
  FlowMod,
  FlowModCommand,
  FlowMonitor,
  FlowMonitorCommand,
  FlowMonitorFlags,
  type FlowMonitorReply,
  FlowMonitorRequest,
  FlowRemovedReason,
  type KnownMessage,
  PortConfig,
  PortMod,
  type RoleReply,
  RoleRequest,
  SetAsync,
  TableConfig,
  TableMod,
} from "../../src/ofp/mod.js";
import { parseFlow, parseGroup } from "../../src/ofp/syntax/mod.js";
import { buildTcp, buildUdp } from "../../src/packet/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { until } from "../until.js";
import { agent, type Peer } from "./peer.js";

const udp = (port: number, more: object = {}) =>
  buildUdp({ ethDst: 2, ethSrc: 4, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002, udpSrc: port, udpDst: 53, ...more }, new Uint8Array(8));

async function bench(version: Version = 5, options: Parameters<typeof agent>[0] = {}) {
  const made = agent({ tables: 4, ...options });
  const p = await made.peer(version);
  const flow = (text: string, v: Version = version) => parseFlow(text, { version: v });
  const ports = (frame: Uint8Array, inPort = 1): number[] => {
    made.sent.length = 0;
    made.sw.port(inPort)!.receive(frame);
    return made.sent.map(([n]) => n);
  };
  const priorities = () => [...made.sw.tables[0]!.flows()].map((f) => f.priority).sort();
  return { ...made, p, flow, ports, priorities };
}

/** A bundle of messages: the error that ends it, or `done`. */
async function bundle(p: Peer, messages: readonly KnownMessage[], flags = 3, bundleId = 1): Promise<string> {
  const control = (controlType: number) => BundleControl.of({ bundleId, controlType, flags });
  const opened = await p.refused(control(BundleControlType.OpenRequest));
  if (opened !== "done") return opened;
  for (const message of messages) {
    const xid = p.vconn.nextXid();
    message.xid = xid;
    const added = Object.assign(BundleAddMessage.of({ bundleId, flags, message }), { xid });
    p.vconn.send(added);
  }
  return p.refused(control(BundleControlType.CommitRequest));
}

describe("bundles", () => {
  test("all of it, or nothing: flows, groups and ports", async () => {
    const { p, flow, sw, priorities, ports } = await bench();
    await p.tell(flow("priority=1,cookie=7,send_flow_rem,actions=1"));
    await p.tell(flow("priority=2,actions=2"));
    const hwAddr = sw.port(3)!.hwAddr;
    const changes = [
      flow("priority=3,actions=3"),
      FlowMod.of({ ...flow("priority=1,actions=4"), command: FlowModCommand.ModifyStrict }),
      FlowMod.of({ command: FlowModCommand.DeleteStrict, priority: 2 }),
      parseGroup("group_id=5,type=all,bucket=output:1", { version: 5 }),
      PortMod.of({ portNo: 3, hwAddr, config: PortConfig.NoFwd, mask: PortConfig.NoFwd }),
    ];
    const bad = flow("priority=9,actions=group:99");
    expect(await bundle(p, [...changes, bad])).toBe("OFPBFC_MSG_FAILED");
    expect(p.errors()).toEqual(["OFPBAC_BAD_OUT_GROUP"]);
    expect(priorities()).toEqual([1, 2]);
    expect(ports(udp(1))).toEqual([2]);
    expect([sw.port(3)!.config, p.take("flow-removed").length]).toEqual([0, 0]);
    expect(await p.tell(flow("priority=9,actions=group:5"))).toBe("OFPBAC_BAD_OUT_GROUP");

    expect(await bundle(p, changes)).toBe("done");
    expect(priorities()).toEqual([1, 3]);
    expect(sw.port(3)!.config).toBe(PortConfig.NoFwd);
    expect(await p.tell(flow("priority=9,actions=group:5"))).toBe("done");
  });

  test("a flow that a failed bundle has removed goes on counting, and ends by its time-out", async () => {
    const { p, flow, ports, clock, priorities } = await bench();
    await p.tell(flow("priority=4,idle_timeout=10,send_flow_rem,actions=2"));
    ports(udp(1));
    expect(await bundle(p, [FlowMod.of({ command: FlowModCommand.Delete }), flow("actions=group:1")])).toBe("OFPBFC_MSG_FAILED");
    expect(ports(udp(1))).toEqual([2]);
    clock.advance(11_000);
    expect(priorities()).toEqual([]);
    await p.tell(flow("table=1,actions=drop"));
    expect(p.take("flow-removed")).toMatchObject([{ reason: FlowRemovedReason.IdleTimeout, packetCount: 2n }]);
  });

  test("what is no message of a bundle, or not its bundle, is refused, and the bundle is gone", async () => {
    const { p, flow, clock } = await bench();
    const control = (controlType: number, flags = 3, bundleId = 1) => p.refused(BundleControl.of({ bundleId, controlType, flags }));
    expect(await control(BundleControlType.CommitRequest)).toBe("OFPBFC_BAD_ID");
    expect(await control(BundleControlType.CloseRequest)).toBe("OFPBFC_BAD_ID");
    expect(await control(BundleControlType.OpenRequest)).toBe("done");
    expect(await control(BundleControlType.OpenRequest)).toBe("OFPBFC_BAD_ID");
    expect(await control(BundleControlType.OpenRequest)).toBe("done");
    expect(await control(BundleControlType.CloseRequest)).toBe("done");
    expect(await control(BundleControlType.CloseRequest)).toBe("OFPBFC_BUNDLE_CLOSED");
    await control(BundleControlType.OpenRequest);
    expect(await control(BundleControlType.CommitRequest, 1)).toBe("OFPBFC_BAD_FLAGS");
    expect(await control(BundleControlType.DiscardRequest)).toBe("OFPBFC_BAD_ID");
    const xid = p.vconn.nextXid();
    const inner = Object.assign(flow("actions=drop"), { xid: xid + 1 });
    p.vconn.send(Object.assign(BundleAddMessage.of({ bundleId: 2, flags: 3, message: inner }), { xid }));
    await p.tell(flow("actions=drop"));
    expect(p.errors()).toEqual(["OFPBFC_MSG_BAD_XID"]);
    await control(BundleControlType.OpenRequest);
    clock.advance(21_000);
    await p.tell(flow("actions=drop"));
    expect(p.errors()).toEqual(["OFPBFC_TIMEOUT"]);
  });
});

describe("several controllers", () => {
  test("one primary at most; a secondary changes nothing and hears of ports alone; an old generation is refused", async () => {
    const { p, peer, flow, sw, ports } = await bench();
    const q = await peer(5);
    const ask = async (who: Peer, role: number, generationId: bigint) =>
      (await who.ask<RoleReply>(RoleRequest.of({ role, generationId }))).role;
    expect(await ask(p, ControllerRole.Primary, 5n)).toBe(ControllerRole.Primary);
    expect(await ask(q, ControllerRole.Primary, 6n)).toBe(ControllerRole.Primary);
    expect(await p.refused(RoleRequest.of({ role: ControllerRole.Primary, generationId: 5n }))).toBe("OFPRRFC_STALE");
    expect(p.take("role-status")).toMatchObject([{ role: ControllerRole.Secondary, generationId: 6n }]);
    expect(await p.tell(flow("actions=drop"))).toBe("OFPBRC_IS_SECONDARY");
    expect(await q.tell(flow("send_flow_rem,actions=controller"))).toBe("done");
    ports(udp(1));
    sw.port(2)!.config = PortConfig.PortDown;
    await q.tell(FlowMod.of({ command: FlowModCommand.Delete }));
    const kinds = (who: Peer) => who.events.map((e) => e.type).sort();
    expect(await ask(p, ControllerRole.NoChange, 0n)).toBe(ControllerRole.Secondary);
    expect(kinds(p)).toEqual(["port-status"]);
    expect(kinds(q)).toEqual(["flow-removed", "packet-in", "port-status"]);
  });

  test("roles in Nicira's words, in OpenFlow 1.0", async () => {
    const { p, peer, flow } = await bench(1);
    const q = await peer(1);
    const ask = async (who: Peer, role: number) => (await who.ask<RoleReply>(RoleRequest.of({ role, format: "nxt" }))).role;
    expect(await ask(p, ControllerRole.Primary)).toBe(ControllerRole.Primary);
    expect(await ask(q, ControllerRole.Primary)).toBe(ControllerRole.Primary);
    expect(await p.tell(flow("actions=drop"))).toBe("OFPBRC_EPERM");
    expect(await q.tell(flow("actions=drop"))).toBe("done");
    expect(p.take("role-status")).toEqual([]);
  });

  test("each is sent what it has asked for, and the requests of others where it wants them", async () => {
    const { p, peer, flow, ports } = await bench();
    const q = await peer(5);
    await q.tell(SetAsync.of({ packetIn: 0, flowRemoved: 0, portStatus: 0, requestForward: 1 }));
    await p.tell(flow("actions=controller"));
    ports(udp(1));
    await p.tell(parseGroup("group_id=5,type=all,bucket=output:1", { version: 5 }));
    await q.tell(flow("table=1,actions=drop"));
    expect(p.events.map((e) => e.type)).toEqual(["packet-in"]);
    expect(q.take("request-forward")).toMatchObject([{ message: { type: "group-mod", groupId: 5 } }]);
    expect(q.events).toEqual([]);
  });
});

describe("learned flows", () => {
  const LEARN =
    "learn(table=1,idle_timeout=10,cookie=0x5,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])";

  test("a learning switch of two flows", async () => {
    const { p, flow, ports, sw, clock } = await bench();
    await p.tell(flow(`actions=${LEARN},resubmit(,1)`));
    await p.tell(flow("table=1,priority=1,actions=flood"));
    expect(ports(udp(1, { ethSrc: 0x10, ethDst: 0x20 }), 1)).toEqual([2, 3, 4]);
    expect(ports(udp(1, { ethSrc: 0x20, ethDst: 0x10 }), 3)).toEqual([1]);
    expect(ports(udp(1, { ethSrc: 0x10, ethDst: 0x20 }), 1)).toEqual([3]);
    expect(ports(udp(1, { ethSrc: 0x10, ethDst: 0x20, vlans: [{ vid: 7 }] }), 1)).toEqual([2, 3, 4]);
    expect(sw.tables[1]!.size).toBe(4);
    clock.advance(11_000);
    expect(sw.tables[1]!.size).toBe(1);
  });

  test("a limit, its result, and flows that go with the one that made them", async () => {
    const { p, flow, ports, sw } = await bench();
    const limited =
      "learn(table=1,cookie=0x9,limit=2,result_dst=NXM_NX_REG0[0],delete_learned,NXM_OF_UDP_SRC[]=NXM_OF_UDP_SRC[],dl_type=0x800,nw_proto=17)";
    await p.tell(
      flow(
        `priority=5,udp,actions=${limited.replace("NXM_OF_UDP_SRC[]=NXM_OF_UDP_SRC[],dl_type=0x800,nw_proto=17", "dl_type=0x800,nw_proto=17,NXM_OF_UDP_SRC[]=NXM_OF_UDP_SRC[]")},output:NXM_NX_REG0[],resubmit(,2)`,
      ),
    );
    await p.tell(flow("table=2,reg0=1,actions=2"));
    await p.tell(flow("table=2,reg0=0,actions=3"));
    expect([1, 2, 3, 1].map((n) => ports(udp(n)).at(-1))).toEqual([2, 2, 3, 2]);
    expect(sw.tables[1]!.size).toBe(2);
    await p.tell(FlowMod.of({ command: FlowModCommand.DeleteStrict, priority: 5, match: flow("udp,actions=drop").match }));
    await p.tell(flow("table=3,actions=drop"));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await p.tell(flow("table=3,actions=drop"));
    expect(sw.tables[1]!.size).toBe(0);
  });

  test("fin_timeout shortens a flow when its connection ends", async () => {
    const { p, flow, ports, clock, sw } = await bench();
    await p.tell(flow("tcp,idle_timeout=60,hard_timeout=90,actions=fin_timeout(idle_timeout=5,hard_timeout=15),2"));
    const tcp = (flags: number) => buildTcp({ ethDst: 2, ethSrc: 4, ipv4Src: 1, ipv4Dst: 2, tcpSrc: 1, tcpDst: 2, flags });
    ports(tcp(2));
    clock.advance(6_000);
    expect(sw.tables[0]!.size).toBe(1);
    ports(tcp(1));
    clock.advance(6_000);
    expect(sw.tables[0]!.size).toBe(0);
  });
});

test("a conjunction is met when a packet meets a flow of each dimension, of one priority", async () => {
  const { p, flow, ports } = await bench();
  for (const text of [
    "priority=100,ip,nw_src=10.0.0.1,actions=conjunction(7,1/2)",
    "priority=100,ip,nw_src=10.0.0.9,actions=conjunction(7,1/2),conjunction(8,1/2)",
    "priority=100,udp,udp_dst=53,actions=conjunction(7,2/2)",
    "priority=100,udp,udp_dst=99,actions=conjunction(8,2/2)",
    "priority=100,conj_id=7,actions=2",
    "priority=100,conj_id=8,actions=3",
    "priority=50,ip,actions=4",
    "priority=200,udp,udp_dst=53,udp_src=5,actions=1",
  ])
    expect([text, await p.tell(flow(text))]).toEqual([text, "done"]);
  expect(ports(udp(1))).toEqual([2]);
  expect(ports(udp(1, { udpDst: 99 }))).toEqual([4]);
  expect(ports(udp(1, { udpDst: 99, ipv4Src: 0x0a000009 }))).toEqual([3]);
  expect(ports(udp(1, { ipv4Src: 0x0a000033 }))).toEqual([4]);
  expect(ports(udp(5), 2)).toEqual([1]);
});

test("a table that evicts makes room by the least important flow, and tells of its free space", async () => {
  const { p, flow, priorities } = await bench(5, { maxFlows: 4 });
  expect(await p.tell(TableMod.of({ tableId: 9 }))).toBe("OFPTMFC_BAD_TABLE");
  await p.tell(TableMod.of({ tableId: 0, config: TableConfig.Eviction | TableConfig.VacancyEvents, vacancyDown: 25, vacancyUp: 50 }));
  for (const n of [1, 2, 3, 4]) await p.tell(flow(`priority=${n},importance=${10 * n},send_flow_rem,actions=drop`));
  expect(p.take("table-status")).toMatchObject([{ table: { vacancyDown: 25, vacancy: 25 } }]);
  await p.tell(flow("priority=9,importance=5,actions=drop"));
  expect(priorities()).toEqual([2, 3, 4, 9]);
  expect(p.take("flow-removed")).toMatchObject([{ priority: 1, reason: FlowRemovedReason.Eviction }]);
  await p.tell(FlowMod.of({ command: FlowModCommand.Delete }));
  await p.tell(flow("table=1,actions=drop"));
  expect(p.take("table-status")).toMatchObject([{ table: { vacancyUp: 50 } }]);
});

describe("flow monitors", () => {
  const watch = (init: object) => FlowMonitorRequest.of({ monitors: [FlowMonitor.of({ monitorId: 1, ...init })] });
  const events = (who: Peer) => who.take("flow-monitor-reply").map((r) => r.updates.map((u) => u.type));

  test.each<[Version, string]>([
    [1, "added"],
    [5, "initial"],
  ])("what is there, comes, changes and goes, in version %i", async (version, first) => {
    const { p, peer, flow, clock } = await bench(5);
    const q = await peer(version);
    await p.tell(flow("priority=1,actions=1"));
    const [initial] = await q.askAll<FlowMonitorReply>(watch({ flags: 0x1f }));
    expect(initial!.updates).toMatchObject([{ type: first, priority: 1, instructions: [{ actions: [{ port: 1 }] }] }]);
    await p.tell(flow("priority=2,hard_timeout=5,actions=2"));
    await p.tell(FlowMod.of({ ...flow("priority=2,actions=3"), command: FlowModCommand.ModifyStrict }));
    await p.tell(FlowMod.of({ command: FlowModCommand.DeleteStrict, priority: 1 }));
    clock.advance(6_000);
    await q.tell(BarrierRequest.of());
    expect(events(q)).toEqual([["added"], ["modified"], ["removed"], ["removed"]]);
  });

  test("own changes are abbreviated unless they are asked for in full; ports and tables restrict", async () => {
    const { p, flow } = await bench(5);
    await p.askAll(watch({ flags: 0x1e, outPort: 2 }));
    const changes = [flow("priority=1,actions=2"), flow("priority=2,actions=3"), FlowMod.of({ command: FlowModCommand.Delete })];
    for (const m of changes) await p.tell(m);
    expect(events(p)).toEqual([["abbreviated"], ["abbreviated"]]);
    await p.askAll(watch({ command: FlowMonitorCommand.Modify, flags: 0x1e | FlowMonitorFlags.NoAbbrev, tableId: 1 }));
    await p.tell(flow("table=0,actions=2"));
    await p.tell(flow("table=1,actions=2"));
    expect(events(p)).toEqual([["added"]]);
    expect(await p.refused(watch({}))).toBe("OFPMOFC_MONITOR_EXISTS");
    expect(await p.refused(watch({ monitorId: 2, command: FlowMonitorCommand.Delete }))).toBe("OFPMOFC_UNKNOWN_MONITOR");
  });

  test("a bundle that fails is not reported, one that does not fail is reported once it is done", async () => {
    const { p, peer, flow } = await bench(5);
    const q = await peer(5);
    await q.askAll(watch({ flags: 0x1e }));
    await bundle(p, [flow("priority=1,actions=1"), flow("actions=group:7")]);
    await bundle(p, [flow("priority=1,actions=1"), flow("priority=2,actions=1")]);
    await q.tell(SetAsync.of({ packetIn: 0 }));
    expect(events(q)).toEqual([["added", "added"]]);
  });

  test("a peer that takes nothing is told so, and of what it missed later", async () => {
    const { p, peer, flow } = await bench(5);
    const q = await peer(5);
    await q.askAll(watch({ flags: 0x1e }));
    q.vconn.stream.pause();
    for (let n = 0; n < 12_000; n++) p.vconn.send(flow(`priority=${1 + (n % 6000)},actions=note:${"00".repeat(250)},output:1`));
    await p.tell(flow("priority=65000,actions=2"));
    q.vconn.stream.resume();
    await until(() => q.events.some((e) => e.type === "flow-monitor-reply" && e.updates.some((u) => u.type === "resumed")));
    const all = events(q).flat();
    const paused = all.indexOf("paused");
    expect(paused).toBeGreaterThan(0);
    expect(all.indexOf("resumed")).toBe(all.length - 1);
    expect(all.filter((t) => t === "paused" || t === "resumed").length).toBe(2);
    expect(all.length).toBeLessThan(12_000);
  });
});

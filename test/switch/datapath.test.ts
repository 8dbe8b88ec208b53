/** What packets go through beside flows: groups, meters, registers, look-ups within look-ups, the switch's own learning. Flows are written as `ovs-ofctl` has them. */
import { describe, expect, test } from "vitest";
import {
  FlowRemovedReason,
  type FlowStatsReply,
  FlowStatsRequest,
  type GroupDescReply,
  GroupDescRequest,
  type GroupStatsReply,
  GroupStatsRequest,
  type MeterConfigReply,
  MeterConfigRequest,
  type MeterStatsReply,
  MeterStatsRequest,
  PortConfig,
  PortMod,
} from "../../src/ofp/mod.js";
import { formatInstructions, parseFlow, parseGroup, parseMeter } from "../../src/ofp/syntax/mod.js";
import { buildTcp, buildUdp, parseFrame } from "../../src/packet/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { agent } from "./peer.js";

const udp = (port: number, more: object = {}) =>
  buildUdp({ ethDst: 2, ethSrc: 4, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002, udpSrc: port, udpDst: 53, ...more }, new Uint8Array(82));

/** A switch, and a controller that speaks in text. */
async function bench(version: Version = 4, tables = 8) {
  const made = agent({ tables });
  const p = await made.peer(version);
  const flow = (text: string) => p.tell(parseFlow(text, { version }));
  const group = (text: string, command?: "add" | "modify" | "delete" | "insert_bucket" | "remove_bucket") =>
    p.tell(parseGroup(text, { version, ...(command !== undefined && { command }) }));
  const meter = (text: string, command?: "add" | "modify" | "delete") =>
    p.tell(parseMeter(text, { version, ...(command !== undefined && { command }) }));
  /** The ports that a frame leaves by. */
  const ports = (frame: Uint8Array, inPort = 1): number[] => {
    made.sent.length = 0;
    made.sw.port(inPort)!.receive(frame);
    return made.sent.map(([n]) => n);
  };
  return { ...made, p, flow, group, meter, ports };
}

describe("groups", () => {
  test("all: each bucket gets the packet as it was, and what comes behind too", async () => {
    const { flow, group, ports, sent, p } = await bench();
    expect(await group("group_id=1,type=all,bucket=set_field:1->udp_src,output:2,bucket=output:3,bucket=in_port")).toBe("done");
    expect(await flow("udp,actions=group:1,output:4")).toBe("done");
    expect(ports(udp(7))).toEqual([2, 3, 1, 4]);
    expect(sent.map(([, f]) => (parseFrame(f) as unknown as { udp: { src: number } }).udp.src)).toEqual([1, 7, 7, 7]);
    const [stats] = (await p.ask<GroupStatsReply>(GroupStatsRequest.of({ groupId: 1 }))).groups;
    expect(stats).toMatchObject({
      refCount: 1,
      packetCount: 1n,
      byteCount: 124n,
      buckets: [{ packetCount: 1n }, { packetCount: 1n }, { packetCount: 1n }],
    });
  });

  test("select: a flow keeps its bucket, and buckets get their shares", async () => {
    const { flow, group, ports } = await bench();
    await group("group_id=1,type=select,bucket=weight:3,output:2,bucket=weight:1,output:3,bucket=weight:0,output:4");
    await flow("actions=group:1");
    const counts = [0, 0, 0, 0, 0];
    for (let port = 1; port <= 2000; port++) {
      const frame = buildTcp({ ethDst: 2, ethSrc: 4, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002, tcpSrc: port, tcpDst: 80 });
      const [first] = ports(frame);
      expect(ports(frame)).toEqual([first]);
      counts[first!]!++;
    }
    expect(counts[4]).toBe(0);
    expect(counts[2]! / counts[3]!).toBeGreaterThan(2.2);
    expect(counts[2]! / counts[3]!).toBeLessThan(4);
  });

  test("fast failover: the first bucket whose port is up, or that group", async () => {
    const { flow, group, ports, sw } = await bench();
    await group("group_id=2,type=ff,bucket=watch_port:3,output:3");
    await group("group_id=1,type=ff,bucket=watch_port:2,output:2,bucket=watch_group:2,group:2,bucket=watch_port:4,output:4");
    await flow("actions=group:1");
    expect(ports(udp(1))).toEqual([2]);
    sw.port(2)!.plug = null;
    expect(ports(udp(1))).toEqual([3]);
    sw.port(3)!.config = PortConfig.PortDown;
    expect(ports(udp(1))).toEqual([4]);
    sw.port(4)!.plug = null;
    expect(ports(udp(1))).toEqual([]);
  });

  test("a group that goes takes its flows along; one that is not there, exists, or loops is refused", async () => {
    const { flow, group, sw, p } = await bench();
    expect(await flow("actions=group:9")).toBe("OFPBAC_BAD_OUT_GROUP");
    expect(await group("group_id=1,type=indirect,bucket=output:2")).toBe("done");
    expect(await group("group_id=1,type=indirect,bucket=output:2")).toBe("OFPGMFC_GROUP_EXISTS");
    expect(await group("group_id=7,type=indirect,bucket=output:2", "modify")).toBe("OFPGMFC_UNKNOWN_GROUP");
    expect(await group("group_id=2,type=indirect,bucket=group:1")).toBe("done");
    expect(await group("group_id=1,type=indirect,bucket=group:2", "modify")).toBe("OFPGMFC_LOOP");
    expect(await group("group_id=3,type=indirect,bucket=group:3")).toBe("OFPBAC_BAD_OUT_GROUP");
    await flow("priority=1,send_flow_rem,actions=group:1");
    await flow("priority=2,actions=write_actions(group:2)");
    expect(await group("group_id=1", "delete")).toBe("done");
    expect([...sw.tables[0]!.flows()].map((f) => f.priority)).toEqual([2]);
    expect(p.take("flow-removed")).toMatchObject([{ reason: FlowRemovedReason.GroupDelete, priority: 1 }]);
    expect((await p.ask<GroupDescReply>(GroupDescRequest.of())).groups.map((g) => g.groupId)).toEqual([2]);
  });

  test("buckets come and go by their numbers in OpenFlow 1.5", async () => {
    const { group, p } = await bench(6);
    const ids = async () => (await p.ask<GroupDescReply>(GroupDescRequest.of())).groups[0]!.buckets.map((b) => b.bucketId);
    await group("group_id=1,type=all,bucket=bucket_id:5,output:2");
    expect(await group("group_id=1,command_bucket_id=first,bucket=bucket_id:1,output:3", "insert_bucket")).toBe("done");
    expect(await group("group_id=1,command_bucket_id=1,bucket=bucket_id:2,output:3", "insert_bucket")).toBe("done");
    expect(await ids()).toEqual([1, 2, 5]);
    expect(await group("group_id=1,command_bucket_id=last,bucket=bucket_id:2,output:3", "insert_bucket")).toBe("OFPGMFC_BUCKET_EXISTS");
    expect(await group("group_id=1,command_bucket_id=1", "remove_bucket")).toBe("done");
    expect(await group("group_id=1,command_bucket_id=8", "remove_bucket")).toBe("OFPGMFC_UNKNOWN_BUCKET");
    expect(await ids()).toEqual([2, 5]);
  });
});

describe("meters", () => {
  test("drop what is above the rate, and count it", async () => {
    const { flow, meter, ports, clock, p } = await bench();
    expect(await meter("meter=1 pktps stats bands=type=drop rate=10")).toBe("done");
    expect(await flow("actions=meter:1,output:2")).toBe("done");
    const passed = () => Array.from({ length: 25 }, () => ports(udp(1)).length).reduce((a, b) => a + b);
    expect(passed()).toBe(10);
    clock.advance(500);
    expect(passed()).toBe(5);
    const [stats] = (await p.ask<MeterStatsReply>(MeterStatsRequest.of({ meterId: 1 }))).meters;
    expect(stats).toMatchObject({ flowCount: 1, packetInCount: 50n, bands: [{ packetCount: 35n }] });
    expect(await meter("meter=1", "delete")).toBe("done");
    expect((await p.ask<FlowStatsReply>(FlowStatsRequest.of())).flows).toEqual([]);
  });

  test("remark the drop precedence of assured forwarding, and nothing else", async () => {
    const { flow, meter, ports, sent } = await bench();
    await meter("meter=2 kbps burst bands=type=dscp_remark rate=1 burst_size=1 prec_level=1");
    await flow("actions=meter:2,output:2");
    const dscp = (value: number) => {
      ports(udp(1, { ipDscp: value }));
      return sent[0]![1][15]! >>> 2;
    };
    expect([10, 14, 46, 0].map(dscp)).toEqual([10, 14, 46, 0]);
    expect([10, 12, 14, 46, 0].map(dscp)).toEqual([12, 14, 14, 46, 0]);
  });

  test("are refused where they cannot be", async () => {
    const { flow, meter, p } = await bench();
    expect(await flow("actions=meter:5,output:1")).toBe("OFPMMFC_INVALID_METER");
    expect(await meter("meter=5 kbps bands=type=drop rate=1", "modify")).toBe("OFPMMFC_UNKNOWN_METER");
    await meter("meter=5 kbps bands=type=drop rate=1");
    expect(await meter("meter=5 kbps bands=type=drop rate=1")).toBe("OFPMMFC_METER_EXISTS");
    expect((await p.ask<MeterConfigReply>(MeterConfigRequest.of())).meters).toMatchObject([
      { meterId: 5, bands: [{ type: "drop", rate: 1 }] },
    ]);
  });
});

describe("registers and look-ups", () => {
  const cases: readonly [string, readonly string[], readonly number[]][] = [
    [
      "load, move and output to a register",
      ["actions=load:3->NXM_NX_REG1[4..19],move:NXM_NX_REG1[4..7]->NXM_NX_REG2[0..3],output:NXM_NX_REG2[]"],
      [3],
    ],
    [
      "a register in a later table",
      ["actions=set_field:0x1234->reg7,resubmit(,1)", "table=1,priority=1,actions=2", "table=1,priority=2,reg7=0x1200/0xff00,actions=4"],
      [4],
    ],
    [
      "wide registers share their halves",
      ["actions=set_field:0x0000000200000003->xreg2,output:NXM_NX_REG4[],output:NXM_NX_REG5[]"],
      [2, 3],
    ],
    [
      "the stack",
      [
        "actions=push:NXM_OF_IN_PORT[],load:2->NXM_NX_REG0[],push:NXM_NX_REG0[],pop:NXM_NX_REG1[],pop:NXM_NX_REG2[],output:NXM_NX_REG1[],load:0->NXM_OF_IN_PORT[],output:NXM_NX_REG2[]",
      ],
      [2, 1],
    ],
    ["a look-up as if from another port", ["in_port=1,actions=resubmit(3,0),output:2", "in_port=3,actions=output:4"], [4, 2]],
    [
      "clone leaves no trace",
      ["actions=clone(set_field:9->reg3,output:2,resubmit(,1)),resubmit(,1)", "table=1,reg3=9,actions=3", "table=1,reg3=0,actions=4"],
      [2, 3, 4],
    ],
    ["exit ends the calling table too", ["actions=resubmit(,1),output:2", "table=1,actions=output:3,exit,output:4"], [3]],
    ["metadata goes along", ["actions=write_metadata:0x10/0xf0,goto_table:1", "table=1,metadata=0x10/0xff,actions=3"], [3]],
    [
      "an action set across look-ups",
      [
        "actions=resubmit(,1),write_actions(output:4),goto_table:2",
        "table=1,actions=write_actions(output:3)",
        "table=2,actions=write_actions(set_field:1->reg0)",
      ],
      [4],
    ],
    ["a group in an action set makes the output useless", ["actions=write_actions(output:2,group:1)"], [4]],
    [
      "packets that are larger",
      ["actions=check_pkt_larger(100)->NXM_NX_REG0[0],resubmit(,1)", "table=1,reg0=1,actions=3", "table=1,reg0=0,actions=2"],
      [3],
    ],
    [
      "a hash chooses a link of one",
      ["actions=multipath(symmetric_l4,50,modulo_n,1,0,NXM_NX_REG0[]),load:3->NXM_NX_REG0[0..3],output:NXM_NX_REG0[]"],
      [3],
    ],
    ["the first live port", ["actions=bundle(eth_src,0,active_backup,ofport,members:9,4,2)"], [4]],
    ["truncated output", ["actions=output(port=2,max_len=60),output:3"], [2, 3]],
  ];
  test.each(cases)("%s", async (_name, flows, expected) => {
    const { flow, group, ports, sent } = await bench();
    await group("group_id=1,type=indirect,bucket=output:4");
    for (const text of flows) expect([text, await flow(text)]).toEqual([text, "done"]);
    expect(ports(udp(7))).toEqual(expected);
    if (_name === "truncated output") expect(sent.map(([, f]) => f.length)).toEqual([60, 124]);
  });

  test("a loop of look-ups ends, and others go on", async () => {
    const { flow, ports, sw } = await bench();
    await flow("in_port=1,actions=resubmit(,0),resubmit(,0),output:2");
    await flow("in_port=2,actions=output:3");
    expect(ports(udp(1)).length).toBeLessThan(4096);
    expect(ports(udp(1), 2)).toEqual([3]);
    expect(sw.tables[0]!.lookups).toBeLessThan(10_000);
  });

  test("a packet-in has what went along with the packet", async () => {
    const { flow, ports, p } = await bench();
    await flow("actions=set_field:7->reg3,set_field:5->tun_id,write_metadata:9,goto_table:1");
    await flow("table=1,priority=0,actions=controller");
    ports(udp(1));
    await p.tell(parseFlow("table=2,actions=drop", { version: 4 }));
    const [packetIn] = p.take("packet-in");
    expect(packetIn!.tableId).toBe(1);
    expect(packetIn!.match.toJSON()).toEqual({ tunnelId: "0x5", metadata: "0x9", inPort: 1, reg3: 7 });
  });
});

test("NORMAL learns where stations are, by VLAN, and floods for others", async () => {
  const { flow, ports, sw } = await bench();
  await flow("actions=normal");
  const from = (ethSrc: number, ethDst: number, vid?: number) => udp(1, { ethSrc, ethDst, ...(vid !== undefined && { vlans: [{ vid }] }) });
  expect(ports(from(0x10, 0x20), 1)).toEqual([2, 3, 4]);
  expect(ports(from(0x20, 0x10), 2)).toEqual([1]);
  expect(ports(from(0x10, 0x20), 1)).toEqual([2]);
  expect(ports(from(0x10, 0x20, 5), 1)).toEqual([2, 3, 4]);
  // it moves
  expect(ports(from(0x20, 0x99), 3)).toEqual([1, 2, 4]);
  expect(ports(from(0x10, 0x20), 1)).toEqual([3]);
  // to where it came from, nowhere; a link's own protocols stay on it
  expect(ports(from(0x30, 0x20), 3)).toEqual([]);
  expect(ports(from(0x10, 0x0180_c200_000e), 1)).toEqual([]);
  sw.removePort(3);
  expect(ports(from(0x10, 0x20), 1)).toEqual([2, 4]);
});

test("a port-mod is carried out, or refused for a port, an address or bits that are not there", async () => {
  const { p, sw, flow, ports } = await bench();
  await flow("actions=all");
  const port = sw.port(2)!;
  const mod = (init: object) =>
    p.tell(PortMod.of({ portNo: 2, hwAddr: port.hwAddr, config: PortConfig.NoFwd, mask: PortConfig.NoFwd, ...init }));
  expect(await mod({})).toBe("done");
  expect(ports(udp(1))).toEqual([3, 4]);
  expect(await mod({ portNo: 77 })).toBe("OFPPMFC_BAD_PORT");
  expect(await mod({ hwAddr: 1 })).toBe("OFPPMFC_BAD_HW_ADDR");
  expect(await mod({ mask: 0x8000_0000, config: 0 })).toBe("OFPPMFC_BAD_CONFIG");
});

describe("flows of one version in another", () => {
  const VERSIONS: readonly Version[] = [1, 2, 3, 4, 5, 6];
  test.each<[string, string, Record<number, string>]>([
    ["mod_nw_src", "ip,actions=mod_nw_src:1.2.3.4,output:2", { 1: "mod_nw_src:1.2.3.4,output:2", 4: "set_field:1.2.3.4->ip_src,output:2" }],
    ["registers", "actions=load:5->NXM_NX_REG0[],output:2", { 1: "load:0x5->NXM_NX_REG0[],output:2", 6: "set_field:0x5->reg0,output:2" }],
    [
      "mod_vlan_vid",
      "actions=mod_vlan_vid:5,output:2",
      { 1: "mod_vlan_vid:5,output:2", 4: "push_vlan:0x8100,set_field:4101->vlan_vid,output:2" },
    ],
  ])("%s", async (_name, text, expected) => {
    const { peer, p } = await bench(1);
    expect(await p.tell(parseFlow(text, { version: 1 }))).toBe("done");
    for (const version of VERSIONS) {
      const other = version === 1 ? p : await peer(version);
      const [flow] = (await other.ask<FlowStatsReply>(FlowStatsRequest.of())).flows;
      const shown = formatInstructions(flow!.instructions, { version });
      if (expected[version] !== undefined) expect([version, shown]).toEqual([version, expected[version]]);
      else expect(shown).toContain("output:2");
    }
  });
});

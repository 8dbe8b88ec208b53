/** What a switch answers, in memory, for OpenFlow 1.0 and 1.3. */
import { describe, expect, test } from "vitest";
import { Chunk, toHex } from "../../src/bytes/mod.js";
import {
  type Action,
  type AggregateStatsReply,
  AggregateStatsRequest,
  apply,
  BarrierRequest,
  Ct,
  type DescReply,
  DescRequest,
  decodeBytes,
  Experimenter,
  encodeMessage,
  errorNameOf,
  type FeaturesReply,
  FeaturesRequest,
  FlowMod,
  FlowModCommand,
  FlowModFlags,
  FlowRemovedReason,
  type FlowStatsReply,
  FlowStatsRequest,
  type GetConfigReply,
  GetConfigRequest,
  GotoTable,
  Group,
  type Instruction,
  Match,
  type MatchInit,
  Meter,
  NO_BUFFER,
  Output,
  PacketInReason,
  PacketOut,
  type PortDescReply,
  PortDescRequest,
  PortNo,
  PortReason,
  PortState,
  type PortStatsReply,
  PortStatsRequest,
  PushPbb,
  SetConfig,
  SetVlanVid,
  type TableFeaturesReply,
  TableFeaturesRequest,
  type TableStatsReply,
  TableStatsRequest,
} from "../../src/ofp/mod.js";
import { buildIcmpv6Echo, buildTcp, buildUdp } from "../../src/packet/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { agent, Peer, settle } from "./peer.js";

const frame = buildTcp({ ethDst: 2, ethSrc: 1, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002, tcpSrc: 5, tcpDst: 80 }, new Uint8Array(200));
const out = (...ports: number[]): Instruction[] => [apply(...ports.map((port) => Output.of({ port })))];
const add = (init: Parameters<typeof FlowMod.of>[0] = {}) => FlowMod.of({ instructions: out(2), ...init });
const flowsOf = async (peer: Peer, init: object = {}) =>
  (await peer.askAll<FlowStatsReply>(FlowStatsRequest.of({ tableId: 0xff, ...init }))).flatMap((r) => r.flows);

describe.each<[string, Version]>([
  ["1.0", 1],
  ["1.3", 4],
])("OpenFlow %s", (_name, version) => {
  test("features, configuration, description, ports, tables", async () => {
    const { sw, peer } = agent({ description: { datapath: "d\u00e9p\u00f4t" } });
    const p = await peer(version);
    const features = await p.ask<FeaturesReply>(FeaturesRequest.of());
    expect(features).toMatchObject({ datapathId: 0xabcn, nTables: 1, nBuffers: 256 });
    expect(features.ports.map((x) => x.name)).toEqual(version === 1 ? ["p1", "p2", "p3", "p4"] : []);
    expect(await p.ask<GetConfigReply>(GetConfigRequest.of())).toMatchObject({ flags: 0, missSendLen: 128 });
    expect(await p.tell(SetConfig.of({ flags: 1, missSendLen: 77 }))).toBe("done");
    expect(await p.ask<GetConfigReply>(GetConfigRequest.of())).toMatchObject({ flags: 1, missSendLen: 77 });
    expect(await p.ask<DescReply>(DescRequest.of())).toMatchObject({ mfrDesc: "southbound", dpDesc: "d\u00e9p\u00f4t" });
    const [ports] = await p.askAll<PortDescReply>(PortDescRequest.of());
    expect(ports!.ports.map((x) => [x.portNo, x.hwAddr])).toEqual(sw.ports.map((x) => [x.portNo, x.hwAddr]));
    const [tables] = await p.askAll<TableStatsReply>(TableStatsRequest.of());
    expect(tables!.tables).toMatchObject([{ tableId: 0, activeCount: 0, lookupCount: 0n }]);
    if (version === 1) expect(tables!.tables[0]).toMatchObject({ name: "classifier", wildcards: 0x3fffff, maxEntries: 65536 });
    const [stats] = await p.askAll<PortStatsReply>(PortStatsRequest.of());
    expect(stats!.ports.length).toBe(4);
    expect((await p.askAll<PortStatsReply>(PortStatsRequest.of({ portNo: 3 })))[0]!.ports).toMatchObject([{ portNo: 3 }]);
    expect(await p.refused(PortStatsRequest.of({ portNo: 99 }))).toBe("OFPBRC_BAD_PORT");
  });

  test("flows: added, changed, told, deleted", async () => {
    const { sw, sent, peer } = agent();
    const p = await peer(version);
    expect(await p.tell(add({ match: Match.of({ inPort: 1 }), cookie: 5n, priority: 7, idleTimeout: 60 }))).toBe("done");
    sw.port(1)!.receive(frame);
    expect(sent).toEqual([[2, frame]]);
    expect(await flowsOf(p)).toMatchObject([
      {
        cookie: 5n,
        priority: 7,
        idleTimeout: 60,
        packetCount: 1n,
        byteCount: BigInt(frame.length),
        instructions: [{ actions: [{ port: 2 }] }],
      },
    ]);
    expect(await p.tell(add({ command: FlowModCommand.Modify, instructions: out(3), cookie: 6n }))).toBe("done");
    sw.port(1)!.receive(frame);
    expect(sent.at(-1)).toEqual([3, frame]);
    expect(await flowsOf(p)).toMatchObject([{ cookie: version === 1 ? 6n : 5n, packetCount: 2n }]);
    expect(await p.ask<AggregateStatsReply>(AggregateStatsRequest.of({ tableId: 0xff }))).toMatchObject({ packetCount: 2n, flowCount: 1 });
    expect(await p.tell(add({ command: FlowModCommand.DeleteStrict, match: Match.of({ inPort: 1 }), priority: 8 }))).toBe("done");
    expect((await flowsOf(p)).length).toBe(1);
    expect(await p.tell(add({ command: FlowModCommand.Delete, outPort: 2 }))).toBe("done");
    expect((await flowsOf(p)).length).toBe(1);
    expect(await p.tell(add({ command: FlowModCommand.Delete, outPort: 3 }))).toBe("done");
    expect((await flowsOf(p)).length).toBe(0);
  });

  test("a modification of nothing adds a flow in OpenFlow 1.0 and does nothing later", async () => {
    const { peer, sw } = agent();
    const p = await peer(version);
    expect(await p.tell(add({ command: FlowModCommand.ModifyStrict }))).toBe("done");
    expect(sw.tables[0]!.size).toBe(version === 1 ? 1 : 0);
  });

  test("counters start again when a flow is replaced in OpenFlow 1.0, and later when asked", async () => {
    const { peer, sw } = agent();
    const p = await peer(version);
    await p.tell(add());
    sw.port(1)!.receive(frame);
    await p.tell(add());
    expect((await flowsOf(p))[0]!.packetCount).toBe(version === 1 ? 0n : 1n);
    if (version === 1) return;
    await p.tell(add({ flags: FlowModFlags.ResetCounts }));
    expect((await flowsOf(p))[0]!.packetCount).toBe(0n);
  });

  test("what cannot be carried out is refused when the flow is added", async () => {
    const { sw, peer } = agent({ maxFlows: 3 });
    const p = await peer(version);
    const actions = (...list: Action[]) => p.tell(add({ instructions: [apply(...list)] }));
    expect(await actions(Output.of({ port: PortNo.Table }))).toBe("OFPBAC_BAD_OUT_PORT");
    expect(await actions(Output.of({ port: PortNo.Any }))).toBe("OFPBAC_BAD_OUT_PORT");
    expect(await actions(Output.of({ port: 0 }))).toBe("OFPBAC_BAD_OUT_PORT");
    expect(await actions(Output.of({ port: PortNo.Max }))).toBe("OFPBAC_BAD_OUT_PORT");
    expect(await p.tell(add({ command: 9 as number }))).toBe("OFPFMFC_BAD_COMMAND");
    if (version === 1) {
      expect(await actions(SetVlanVid.of({ vlanVid: 0x1000 }))).toBe("OFPBAC_BAD_ARGUMENT");
      expect(await p.tell(add({ flags: FlowModFlags.Emergency }))).toBe("OFPFMFC_TABLE_FULL");
      expect(await p.tell(add({ flags: 0x100 }))).toBe("OFPFMFC_UNSUPPORTED");
    } else {
      expect(await actions(Group.of({ groupId: 1 }))).toBe("OFPBAC_BAD_OUT_GROUP");
      expect(await actions(PushPbb.of())).toBe("OFPBAC_BAD_TYPE");
      expect(await actions(Ct.of())).toBe("OFPBAC_MATCH_INCONSISTENT");
      expect(await p.tell(add({ instructions: [GotoTable.of({ tableId: 1 })] }))).toBe("OFPBIC_BAD_TABLE_ID");
      expect(await p.tell(add({ instructions: [Meter.of({ meterId: 1 })] }))).toBe("OFPMMFC_INVALID_METER");
      expect(await p.tell(add({ instructions: [...out(1), ...out(2)] }))).toBe("OFPBIC_UNSUP_INST");
      expect(await p.tell(add({ tableId: 1 }))).toBe("OFPFMFC_BAD_TABLE_ID");
      expect(await p.tell(add({ tableId: 0xff }))).toBe("OFPFMFC_BAD_TABLE_ID");
      expect(await p.tell(add({ tableId: 5, command: FlowModCommand.Delete }))).toBe("OFPFMFC_BAD_TABLE_ID");
      expect(await p.tell(add({ flags: 0x100 }))).toBe("OFPFMFC_BAD_FLAGS");
      expect(await p.tell(add({ match: Match.of({ ipProto: 6 }) }))).toBe("OFPBMC_BAD_PREREQ");
      expect(await p.tell(add({ match: Match.of({ vlanPcp: 6 }) }))).toBe("OFPBMC_BAD_PREREQ");
      expect(await p.tell(add({ match: Match.of({ inPhyPort: 6 }) }))).toBe("OFPBMC_BAD_FIELD");
      expect(await p.refused(FlowStatsRequest.of({ tableId: 7 }))).toBe("OFPBRC_BAD_TABLE_ID");
    }
    expect(sw.tables[0]!.size).toBe(0);
    for (let n = 1; n <= 3; n++) expect(await p.tell(add({ match: Match.of({ inPort: n }) }))).toBe("done");
    expect(await p.tell(add({ match: Match.of({ inPort: 4 }) }))).toBe("OFPFMFC_TABLE_FULL");
    expect(await p.tell(add({ match: Match.of({ ethType: 0x0800 }), flags: FlowModFlags.CheckOverlap }))).toBe("OFPFMFC_OVERLAP");
  });

  test("a flow that goes is told to those who want it, when it asks for that", async () => {
    const { peer, clock } = agent();
    const p = await peer(version);
    const service = await peer(version, "service");
    await p.tell(add({ flags: FlowModFlags.SendFlowRem, hardTimeout: 2, cookie: 9n, match: Match.of({ inPort: 3 }) }));
    await p.tell(add({ hardTimeout: 1 }));
    clock.advance(2500);
    await settle();
    const [gone, ...more] = p.take("flow-removed");
    expect(gone).toMatchObject({ cookie: 9n, reason: FlowRemovedReason.HardTimeout, durationSec: 2, packetCount: 0n });
    expect(gone!.match.inPort).toBe(3);
    expect(more).toEqual([]);
    expect(service.events).toEqual([]);
    await p.tell(add({ flags: FlowModFlags.SendFlowRem }));
    await p.tell(add({ command: FlowModCommand.Delete }));
    expect(p.take("flow-removed")).toMatchObject([{ reason: FlowRemovedReason.Delete }]);
  });

  test("packets go to the controller, held, and come back by their number once", async () => {
    const { peer, sw, sent } = agent();
    const p = await peer(version);
    if (version === 4) {
      sw.port(1)!.receive(frame);
      await settle();
      expect(p.events).toEqual([]);
      await p.tell(add({ priority: 0, instructions: [apply(Output.of({ port: PortNo.Controller, maxLen: 128 }))] }));
    }
    sw.port(1)!.receive(frame);
    await settle();
    const [first] = p.take("packet-in");
    expect(first).toMatchObject({ totalLen: frame.length, reason: PacketInReason.NoMatch });
    expect([first!.match.inPort, first!.data]).toEqual([1, frame.slice(0, 128)]);
    expect(first!.bufferId).not.toBe(NO_BUFFER);
    const { bufferId } = first!;
    const send = PacketOut.of({ bufferId, inPort: 1, actions: [Output.of({ port: PortNo.Flood })] });
    expect(await p.tell(send)).toBe("done");
    expect(sent).toEqual([2, 3, 4].map((n) => [n, frame]));
    expect(await p.tell(send)).toBe("OFPBRC_BUFFER_UNKNOWN");
    sw.port(2)!.receive(frame);
    await settle();
    const [second] = p.take("packet-in");
    sent.length = 0;
    expect(await p.tell(add({ match: Match.of({ inPort: 2 }), bufferId: second!.bufferId, instructions: out(4) }))).toBe("done");
    expect(sent).toEqual([[4, frame]]);
    expect(await p.tell(add({ match: Match.of({ inPort: 3 }), bufferId: second!.bufferId }))).toBe("OFPBRC_BUFFER_UNKNOWN");
    // refused as a whole, as Open vSwitch does
    expect(sw.tables[0]!.size).toBe(version === 1 ? 1 : 2);
  });

  test("held packets are bounded, and expire", async () => {
    const { peer, sw, clock } = agent();
    const p = await peer(version);
    await p.tell(add({ instructions: [apply(Output.of({ port: PortNo.Controller, maxLen: 64 }))] }));
    for (let n = 0; n < 300; n++) sw.port(1)!.receive(frame);
    await settle();
    const held = p.take("packet-in");
    expect(held.filter((m) => m.bufferId !== NO_BUFFER).length).toBe(256);
    expect(held.at(-1)).toMatchObject({ bufferId: NO_BUFFER, reason: PacketInReason.Action });
    expect(held.at(-1)!.data).toEqual(frame);
    clock.advance(6000);
    expect(await p.tell(PacketOut.of({ bufferId: held[0]!.bufferId }))).toBe("OFPBRC_BUFFER_UNKNOWN");
    sw.port(1)!.receive(frame);
    await settle();
    expect(p.take("packet-in")[0]!.bufferId).not.toBe(held[0]!.bufferId);
    await p.tell(add({ instructions: [apply(Output.of({ port: PortNo.Controller, maxLen: 0xffff }))] }));
    sw.port(1)!.receive(frame);
    await settle();
    expect(p.take("packet-in")).toMatchObject([{ bufferId: NO_BUFFER, totalLen: frame.length }]);
  });

  test("each controller gets packets with numbers of its own; a service gets none until it asks", async () => {
    const { peer, sw } = agent();
    const [a, b, service] = [await peer(version), await peer(version), await peer(version, "service")];
    await a.tell(add({ instructions: [apply(Output.of({ port: PortNo.Controller, maxLen: 64 }))] }));
    sw.port(1)!.receive(frame);
    await settle();
    const [toA] = a.take("packet-in");
    const [toB] = b.take("packet-in");
    expect(service.events).toEqual([]);
    const drop = (m: typeof toA) => PacketOut.of({ bufferId: m!.bufferId, inPort: 1 });
    expect([await a.tell(drop(toA)), await b.tell(drop(toB))]).toEqual(["done", "done"]);
    await service.tell(SetConfig.of({ missSendLen: 100 }));
    sw.port(1)!.receive(frame);
    await settle();
    expect(service.take("packet-in").length).toBe(1);
  });

  test("packet-out: to ports, through the table, and what is wrong with it", async () => {
    const { peer, sent } = agent();
    const p = await peer(version);
    const packetOut = (init: object) => p.tell(PacketOut.of({ data: frame, ...init }));
    expect(await packetOut({ inPort: PortNo.Controller, actions: [Output.of({ port: 2 }), Output.of({ port: PortNo.All })] })).toBe("done");
    expect(sent.map(([n]) => n)).toEqual([2, 1, 2, 3, 4]);
    sent.length = 0;
    await p.tell(add({ match: Match.of({ inPort: 1 }), instructions: out(3) }));
    expect(await packetOut({ inPort: 1, actions: [Output.of({ port: PortNo.Table }), Output.of({ port: PortNo.InPort })] })).toBe("done");
    expect(sent).toEqual([
      [3, frame],
      [1, frame],
    ]);
    expect(await packetOut({ inPort: PortNo.Flood })).toBe("OFPBRC_BAD_PORT");
    expect(await packetOut({ bufferId: 12345 })).toBe("OFPBRC_BUFFER_UNKNOWN");
    expect(await packetOut({ data: frame.slice(0, 13) })).toBe(version === 1 ? "OFPBRC_BAD_LEN" : "OFPBRC_BAD_PACKET");
  });

  test("ports that come, change and go are told", async () => {
    const { peer, sw } = agent();
    const p = await peer(version);
    const port = sw.addPort({ name: "new" });
    port.plug = { carry: () => true };
    sw.port(1)!.config = 1;
    expect(sw.removePort(2)).toBe(true);
    await settle();
    const events = p.take("port-status").map((e) => [e.reason, e.port.portNo, e.port.state & PortState.LinkDown, e.port.config]);
    expect(events).toEqual([
      [PortReason.Add, 5, 1, 0],
      [PortReason.Modify, 5, 0, 0],
      [PortReason.Modify, 1, 0, 1],
      [PortReason.Delete, 2, 0, 0],
    ]);
  });

  test("many flows are told in several messages", async () => {
    const { peer, sw } = agent();
    const p = await peer(version);
    for (let n = 0; n < 3000; n++) p.vconn.send(add({ match: Match.of({ ethDst: n }), cookie: BigInt(n) }));
    await p.ask(BarrierRequest.of());
    expect(sw.tables[0]!.size).toBe(3000);
    const replies = await p.askAll<FlowStatsReply>(FlowStatsRequest.of({ tableId: 0xff }));
    expect(replies.length).toBeGreaterThan(2);
    expect(new Set(replies.flatMap((r) => r.flows.map((f) => f.cookie))).size).toBe(3000);
  });

  test("what a switch does not know is answered with the right error", async () => {
    const { peer } = agent();
    const p = await peer(version);
    const experimenter = (id: number) => p.refused(Experimenter.of({ experimenter: id, ...(version > 1 && { expType: 1 }) }));
    expect(await experimenter(0x2320)).toBe("OFPBRC_BAD_SUBTYPE");
    expect(await experimenter(0x123456)).toBe("OFPBRC_BAD_VENDOR");
    const header = (type: number, ...rest: number[]) => new Uint8Array([version, type, 0, 8 + rest.length, 0, 0, 0, 99, ...rest]);
    const stats = version === 1 ? 16 : 18;
    const pad = version === 1 ? [] : [0, 0, 0, 0];
    p.raw(header(77));
    p.raw(header(stats, 0x12, 0x34, 0, 0, ...pad));
    p.raw(header(stats, 0xff, 0xff, 0, 0, ...pad, 0, 0, 0x23, 0x20, 0, 0, 0, 99));
    p.raw(header(stats));
    p.raw(header(stats + 1, 0, 3, 0, 0, ...pad));
    p.raw(header(4, 0, 0));
    await p.ask(BarrierRequest.of());
    expect(p.errors()).toEqual([
      "OFPBRC_BAD_TYPE",
      "OFPBRC_BAD_STAT",
      version === 1 ? "OFPBRC_BAD_TYPE" : "OFPBRC_BAD_SUBTYPE",
      "OFPBRC_BAD_LEN",
      "OFPBRC_BAD_TYPE",
      "OFPBRC_BAD_LEN",
    ]);
    expect(errorNameOf).toBeDefined();
  });
});

test("table features of OpenFlow 1.3 can be asked for but not set", async () => {
  const { peer } = agent({ tables: 3 });
  const p = await peer(4);
  const [reply] = await p.askAll<TableFeaturesReply>(TableFeaturesRequest.of());
  expect(reply!.tables.map((t) => t.tableId)).toEqual([0, 1, 2]);
  const next = reply!.tables.map((t) => t.properties.find((x) => x.type === "next-tables"));
  expect(next.map((n) => [...(n as { ids: readonly number[] }).ids])).toEqual([[1, 2], [2], []]);
  expect(await p.refused(TableFeaturesRequest.of({ tables: reply!.tables }))).toBe("OFPTFFC_EPERM");
});

test("flows of one version are told to a peer of another as well as it can say them", async () => {
  const { peer } = agent();
  const [old, now] = [await peer(1), await peer(4)];
  await now.tell(add({ match: Match.of({ ethType: 0x86dd, ipProto: 6, ipv6Dst: 1n }), priority: 1 }));
  await old.tell(add({ instructions: [apply(SetVlanVid.of({ vlanVid: 5 }), Output.of({ port: 2 }))], priority: 2 }));
  const seenOld = await flowsOf(old);
  expect(seenOld.map((f) => f.match.toJSON())).toContainEqual({ ethType: 0x86dd, ipProto: 6 });
  const seenNow = await flowsOf(now);
  expect(JSON.stringify(seenNow.find((f) => f.priority === 2))).toMatch(/push-vlan.*set-field/);
  await old.tell(add({ command: FlowModCommand.Delete, flags: 0 }));
  expect(await flowsOf(now)).toEqual([]);
});

test("OpenFlow 1.0 with IPv6: protocol and ports count, as with Open vSwitch, and IPv4 addresses do not", async () => {
  const { sw, sent, peer } = agent();
  const p = await peer(1);
  const addresses = { ethDst: 2, ethSrc: 1, ipv6Src: 1n, ipv6Dst: 2n };
  const data = new Uint8Array(8);
  const packets = {
    udp6: buildUdp({ ...addresses, udpSrc: 5, udpDst: 53 }, data),
    tcp6: buildTcp({ ...addresses, tcpSrc: 5, tcpDst: 53 }, data),
    echo6: buildIcmpv6Echo({ ...addresses, reply: false, id: 1, seq: 1, data }),
    udp4: buildUdp({ ethDst: 2, ethSrc: 1, ipv4Src: 1, ipv4Dst: 2, udpSrc: 5, udpDst: 53 }, data),
  };
  const passes = async (init: MatchInit): Promise<string[]> => {
    await p.tell(add({ command: FlowModCommand.Delete, instructions: [] }));
    expect(await p.tell(add({ match: Match.of(init) }))).toBe("done");
    expect((await flowsOf(p)).map((f) => f.match.toJSON())).toEqual([Match.of(init).toJSON()]);
    return Object.entries(packets).flatMap(([name, frame]) => {
      sent.length = 0;
      sw.port(1)!.receive(frame);
      return sent.length > 0 ? [name] : [];
    });
  };
  expect(await passes({ ethType: 0x86dd })).toEqual(["udp6", "tcp6", "echo6"]);
  expect(await passes({ ethType: 0x86dd, ipProto: 17 })).toEqual(["udp6"]);
  expect(await passes({ ethType: 0x86dd, ipProto: 6, tcpDst: 53 })).toEqual(["tcp6"]);
  expect(await passes({ ethType: 0x86dd, ipProto: 6, tcpDst: 54 })).toEqual([]);
  expect(await passes({ ethType: 0x86dd, ipProto: 58, icmpv6Type: 128 })).toEqual(["echo6"]);
  expect(await passes({ ethType: 0x0800, ipProto: 17 })).toEqual(["udp4"]);
  // nw_src=0.0.0.9 with IPv6: what no packet has counts for nothing
  const odd = new Chunk(encodeMessage(add({ match: Match.of({ ethType: 0x86dd, ipProto: 17 }) }), 1));
  odd.dv.setUint32(8, odd.dv.getUint32(8) & ~(63 << 8));
  odd.dv.setUint32(8 + 28, 9);
  const m = decodeBytes(odd.u8) as FlowMod;
  expect(m.match.toJSON()).toMatchObject({ ethType: 0x86dd, ipProto: 17 });
  expect(toHex(encodeMessage(m, 1))).toBe(toHex(odd.u8));
});

test("a packet whose time to live ends goes to those who asked for such packets", async () => {
  const { peer, sw, sent } = agent();
  const [a, b] = [await peer(4), await peer(4)];
  await a.tell(SetConfig.of({ flags: 4, missSendLen: 0xffff }));
  const { DecNwTtl } = await import("../../src/ofp/mod.js");
  await a.tell(add({ match: Match.of({ ethType: 0x0800 }), instructions: [apply(DecNwTtl.of(), Output.of({ port: 2 }))] }));
  const last = buildTcp({ ethDst: 2, ethSrc: 1, ipv4Src: 1, ipv4Dst: 2, tcpSrc: 5, tcpDst: 80, ipTtl: 1 });
  sw.port(1)!.receive(last);
  await settle();
  expect(a.take("packet-in")).toMatchObject([{ reason: PacketInReason.InvalidTtl, bufferId: NO_BUFFER }]);
  expect(b.events).toEqual([]);
  expect(sent).toEqual([]);
});

test("fragments are dropped when the configuration says so", async () => {
  const { peer, sw, sent } = agent();
  const p = await peer(4);
  await p.tell(add());
  const fragment = frame.slice();
  fragment[20] = 0x20;
  sw.port(1)!.receive(fragment);
  await p.tell(SetConfig.of({ flags: 1 }));
  sw.port(1)!.receive(fragment);
  sw.port(1)!.receive(frame);
  expect(sent).toEqual([
    [2, fragment],
    [2, frame],
  ]);
  expect(await p.tell(SetConfig.of({ flags: 2 }))).toBe("OFPSCFC_BAD_FLAGS");
});

test("a peer that stops reading loses packet-ins, which are counted, and nothing else", async () => {
  const { sw } = agent();
  const [ours, theirs] = pipe({ highWater: 20_000, lowWater: 1_000 });
  const connection = sw.attach(ours);
  const p = new Peer(theirs, [1]);
  await settle();
  theirs.pause();
  for (let n = 0; n < 1000; n++) {
    sw.port(1)!.receive(frame);
    if (n % 50 === 0) await settle();
  }
  expect(connection.dropped).toBeGreaterThan(500);
  expect(ours.queued).toBeLessThan(200_000);
  theirs.resume();
  await p.ask(BarrierRequest.of());
  expect(p.take("packet-in").length).toBe(1000 - connection.dropped);
});

test("an end of the switch ends everything", async () => {
  const { sw, peer, clock } = agent();
  const p = await peer(4);
  await p.tell(add({ hardTimeout: 10 }));
  await sw.close();
  await settle();
  expect(p.closed).toBe(true);
  expect(sw.connections).toEqual([]);
  expect(clock.alarms.size).toBe(0);
  expect(() => sw.connect("tcp:127.0.0.1:1")).toThrow(/closed/);
});

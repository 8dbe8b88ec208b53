/** What actions do to frames: each result is compared with a frame that was built with the new values from the start, checksums and all. */
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes/mod.js";
import {
  type Action,
  apply,
  ClearActions,
  CopyField,
  DecNwTtl,
  GotoTable,
  type Instruction,
  Match,
  type MatchInit,
  Output,
  OXM,
  type OxmField,
  oxmOf,
  PopVlan,
  PortConfig,
  PortNo,
  PushVlan,
  SetEthDst,
  SetEthSrc,
  SetField,
  SetIpv4Dst,
  SetIpv4Src,
  SetNwTos,
  SetNwTtl,
  SetTpDst,
  SetTpSrc,
  SetVlanPcp,
  SetVlanVid,
  Subfield,
  WriteActions,
  WriteMetadata,
} from "../../src/ofp/mod.js";
import {
  ArpOp,
  buildArp,
  buildIcmpEcho,
  buildIcmpv6Echo,
  buildNeighborAdvertisement,
  buildNeighborSolicitation,
  buildSctp,
  buildTcp,
  buildUdp,
} from "../../src/packet/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { compileFlow, type Refusal, Switch } from "../../src/switch/mod.js";
import { ManualClock } from "./clock.js";
import { flow } from "./flows.js";

const payload = new TextEncoder().encode("odd payload");
const ETH = { ethDst: 0x02_00_00_00_00_02, ethSrc: 0x02_00_00_00_00_01 };
const V4 = { ...ETH, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002 };
const V6 = { ...ETH, ipv6Src: 0x20010db8_00000000_00000000_00000001n, ipv6Dst: 0x20010db8_00000000_00000000_00000002n };
const TCP = { tcpSrc: 1000, tcpDst: 80 };
const UDP = { udpSrc: 1000, udpDst: 53 };
const SCTP = { sctpSrc: 1000, sctpDst: 7 };

/** A switch with four ports whose frames are caught. */
function bench(tables = 1) {
  const sw = new Switch({ datapathId: 1n, clock: new ManualClock(), tables });
  const sent: [number, Uint8Array][] = [];
  for (let n = 1; n <= 4; n++) {
    const port = sw.addPort();
    port.plug = { carry: (frame) => sent.push([n, frame]) > 0 };
  }
  const install = (match: MatchInit, instructions: Instruction[], tableId = 0, version: Version = 1, priority = 100) => {
    const m = Match.of(match);
    const program = compileFlow(m, instructions, { version, tableId, tables });
    return sw.tables[tableId]!.add({ ...flow(m, { priority }), instructions, program });
  };
  const receive = (frame: Uint8Array, port = 1) => {
    sent.length = 0;
    sw.port(port)!.receive(frame);
    return sent.map(([n, f]) => `${n} ${toHex(f)}`);
  };
  return { sw, install, receive, sent };
}

/** What comes out of port 2 when a frame goes through actions. */
function through(frame: Uint8Array, ...actions: Action[]): string {
  const { install, receive } = bench();
  const before = toHex(frame);
  install({}, [apply(...actions, Output.of({ port: 2 }))]);
  const [out = "none"] = receive(frame);
  expect(toHex(frame)).toBe(before);
  return out.replace("2 ", "");
}

test("a copied field has the bits of the list of headers that the action of its version uses", () => {
  const frame = buildTcp({ ...V4, ...TCP, ipDscp: 46 }, payload);
  const dscpTo = (version: Version, bits: number, offset: number): string => {
    const { install, receive } = bench();
    const copy = CopyField.of({
      src: new Subfield(OXM.ipDscp as OxmField, offset, bits),
      dst: new Subfield(OXM.ethDst as OxmField, 0, bits),
    });
    install({ ethType: 0x0800 }, [apply(copy, Output.of({ port: 2 }))], 0, version);
    return receive(frame)[0]!.slice(2 + 10, 2 + 12);
  };
  // the six bits of OXM_OF_IP_DSCP in OpenFlow 1.5, the eight of NXM_OF_IP_TOS before
  const was = toHex(frame).slice(10, 12);
  const low = (bits: number, value: number): string => (((Number.parseInt(was, 16) >> bits) << bits) | value).toString(16).padStart(2, "0");
  expect([dscpTo(6, 6, 0), dscpTo(4, 8, 0), dscpTo(4, 6, 2)]).toEqual([low(6, 46), low(8, 184), low(6, 46)]);
});

const set = (...fields: Parameters<typeof oxmOf>): Action => SetField.of({ field: oxmOf(...fields) });

describe("actions of OpenFlow 1.0", () => {
  const base = { ...V4, ...TCP };
  test.each<[string, Action, object]>([
    ["ethSrc", SetEthSrc.of({ address: 0x0a0b0c0d0e0f }), { ethSrc: 0x0a0b0c0d0e0f }],
    ["ethDst", SetEthDst.of({ address: 0x0a0b0c0d0e0f }), { ethDst: 0x0a0b0c0d0e0f }],
    ["ipv4Src", SetIpv4Src.of({ address: 0xc0a80101 }), { ipv4Src: 0xc0a80101 }],
    ["ipv4Dst", SetIpv4Dst.of({ address: 0xffffffff }), { ipv4Dst: 0xffffffff }],
    ["tos", SetNwTos.of({ tos: 0xb8 }), { ipDscp: 46 }],
    ["tpSrc", SetTpSrc.of({ port: 0xffff }), { tcpSrc: 0xffff }],
    ["tpDst", SetTpDst.of({ port: 0 }), { tcpDst: 0 }],
    ["vlanVid on an untagged frame", SetVlanVid.of({ vlanVid: 5 }), { vlans: [{ vid: 5 }] }],
    ["vlanPcp on an untagged frame", SetVlanPcp.of({ vlanPcp: 6 }), { vlans: [{ vid: 0, pcp: 6 }] }],
  ])("%s", (_name, action, change) => {
    expect(through(buildTcp(base, payload), action)).toBe(toHex(buildTcp({ ...base, ...change }, payload)));
  });

  test("several of them, with a tag", () => {
    const before = buildUdp({ ...V4, ...UDP, vlans: [{ vid: 5, pcp: 3, dei: true }] }, payload);
    const after = buildUdp({ ...V4, udpSrc: 9, udpDst: 53, ipv4Dst: 1, vlans: [{ vid: 6, pcp: 3, dei: true }] }, payload);
    const actions = [SetVlanVid.of({ vlanVid: 6 }), SetIpv4Dst.of({ address: 1 }), SetTpSrc.of({ port: 9 })];
    expect(through(before, ...actions)).toBe(toHex(after));
    expect(through(before, ...actions, PopVlan.of())).toBe(toHex(buildUdp({ ...V4, udpSrc: 9, udpDst: 53, ipv4Dst: 1 }, payload)));
  });

  test("packets without the field stay as they are", () => {
    const arp = buildArp({ op: ArpOp.Request, sha: 1, spa: 2, tpa: 3 });
    const all = [SetIpv4Src.of({ address: 1 }), SetTpDst.of({ port: 1 }), SetNwTos.of({ tos: 4 }), PopVlan.of()];
    expect(through(arp, ...all)).toBe(toHex(arp));
    for (let n = 14; n < arp.length; n++) expect(through(arp.slice(0, n), ...all)).toBe(toHex(arp.slice(0, n)));
  });
});

describe("set-field", () => {
  const known = (frame: (change: object) => Uint8Array, match: MatchInit, field: Parameters<typeof oxmOf>[0], change: object) => {
    const { install, receive } = bench();
    install(match, [apply(set(field), Output.of({ port: 2 }))], 0, 4);
    expect(receive(frame({}))).toEqual([`2 ${toHex(frame(change))}`]);
  };
  const v4 = { ethType: 0x0800 };
  const v6 = { ethType: 0x86dd };
  const tcp4 = (c: object) => buildTcp({ ...V4, ...TCP, ...c }, payload);
  const tcp6 = (c: object) => buildTcp({ ...V6, ...TCP, ...c }, payload);
  const udp6 = (c: object) => buildUdp({ ...V6, ...UDP, ...c }, payload);
  const sctp = (c: object) => buildSctp({ ...V4, ...SCTP, ...c }, payload);
  const arp = (c: object) => buildArp({ op: 1, sha: 1, spa: 2, tpa: 3, tha: 4, ethSrc: 9, ethDst: 8, ...c });
  const vlan = (c: object) => buildTcp({ ...V4, ...TCP, vlans: [{ vid: 5, pcp: 1, ...c }] }, payload);
  const echo6 = (c: object) => buildIcmpv6Echo({ ...V6, ...c, id: 1, seq: 2, data: payload });
  const other = 0xfe80_0000_0000_0000_1234_5678_9abc_def0n;

  test.each<[string, (c: object) => Uint8Array, MatchInit, Parameters<typeof oxmOf>[0], object]>([
    ["ethDst", tcp4, {}, { ethDst: 7 }, { ethDst: 7 }],
    ["vlanVid", vlan, { vlanVid: 0x1005 }, { vlanVid: 0x1009 }, { vid: 9 }],
    ["vlanPcp", vlan, { vlanVid: 0x1005 }, { vlanPcp: 7 }, { pcp: 7 }],
    ["ipDscp of IPv4", tcp4, v4, { ipDscp: 63 }, { ipDscp: 63 }],
    ["ipEcn of IPv4", tcp4, v4, { ipEcn: 3 }, { ipEcn: 3 }],
    ["ipDscp of IPv6", tcp6, v6, { ipDscp: 63 }, { ipDscp: 63 }],
    ["ipEcn of IPv6", tcp6, v6, { ipEcn: 1 }, { ipEcn: 1 }],
    ["ipv4Src", tcp4, v4, { ipv4Src: 1 }, { ipv4Src: 1 }],
    ["ipv4Dst under SCTP", sctp, v4, { ipv4Dst: 1 }, { ipv4Dst: 1 }],
    ["ipv6Src under TCP", tcp6, v6, { ipv6Src: other }, { ipv6Src: other }],
    ["ipv6Dst under UDP", udp6, v6, { ipv6Dst: other }, { ipv6Dst: other }],
    ["ipv6Dst under ICMPv6", echo6, v6, { ipv6Dst: other }, { ipv6Dst: other }],
    ["ipv6Flabel", tcp6, v6, { ipv6Flabel: 0xabcde }, { ipv6Flabel: 0xabcde }],
    ["tcpDst", tcp6, { ...v6, ipProto: 6 }, { tcpDst: 443 }, { tcpDst: 443 }],
    ["udpSrc", udp6, { ...v6, ipProto: 17 }, { udpSrc: 67 }, { udpSrc: 67 }],
    ["sctpSrc", sctp, { ...v4, ipProto: 132 }, { sctpSrc: 67 }, { sctpSrc: 67 }],
    ["sctpDst", sctp, { ...v4, ipProto: 132 }, { sctpDst: 67 }, { sctpDst: 67 }],
    ["arpOp", arp, { ethType: 0x0806 }, { arpOp: 2 }, { op: 2 }],
    ["arpSpa", arp, { ethType: 0x0806 }, { arpSpa: 99 }, { spa: 99 }],
    ["arpTpa", arp, { ethType: 0x0806 }, { arpTpa: 99 }, { tpa: 99 }],
    ["arpSha", arp, { ethType: 0x0806 }, { arpSha: 0xa00000000099 }, { sha: 0xa00000000099 }],
    ["arpTha", arp, { ethType: 0x0806 }, { arpTha: 0xa00000000099 }, { tha: 0xa00000000099 }],
  ])("%s", (_name, frame, match, field, change) => known(frame, match, field, change));

  test("type and code of ICMP", () => {
    const request = buildIcmpEcho({ ...V4, id: 1, seq: 2, data: payload });
    const reply = buildIcmpEcho({ ...V4, id: 1, seq: 2, data: payload, reply: true });
    known((c) => ("icmp" in c ? reply : request), { ...v4, ipProto: 1 }, { icmpv4Type: 0 }, { icmp: true });
    const request6 = echo6({});
    const reply6 = buildIcmpv6Echo({ ...V6, id: 1, seq: 2, data: payload, reply: true });
    known((c) => ("icmp" in c ? reply6 : request6), { ...v6, ipProto: 58 }, { icmpv6Type: 129 }, { icmp: true });
  });

  test("addresses in neighbor discovery", () => {
    const ns = (c: object) => buildNeighborSolicitation({ ...V6, target: 5n, ...c });
    const na = (c: object) => buildNeighborAdvertisement({ ...V6, target: 5n, ...c });
    const nd = { ...v6, ipProto: 58 };
    known(ns, { ...nd, icmpv6Type: 135 }, { ipv6NdTarget: other }, { target: other, ethDst: V6.ethDst, ipv6Dst: V6.ipv6Dst });
    known(ns, { ...nd, icmpv6Type: 135 }, { ipv6NdSll: 0x123456 }, { sll: 0x123456 });
    known(na, { ...nd, icmpv6Type: 136 }, { ipv6NdTll: 0x123456 }, { tll: 0x123456 });
  });

  test("a UDP checksum of 0 stays 0, and a wrong SCTP checksum stays wrong", () => {
    const udp = buildUdp({ ...V4, ...UDP }, payload);
    udp.set([0, 0], 14 + 20 + 6);
    const expected = buildUdp({ ...V4, ...UDP, ipv4Src: 7 }, payload);
    expected.set([0, 0], 14 + 20 + 6);
    expect(through(udp, SetIpv4Src.of({ address: 7 }))).toBe(toHex(expected));
    const broken = sctp({});
    broken[14 + 20 + 9]! ^= 0x40;
    const still = sctp({ sctpSrc: 5 });
    still[14 + 20 + 9]! ^= 0x40;
    expect(through(broken, SetTpSrc.of({ port: 5 }))).toBe(toHex(still));
  });

  test("what is not sure to be there is refused", () => {
    const reason = (match: MatchInit, ...actions: Action[]) => {
      try {
        compileFlow(Match.of(match), [apply(...actions)], { version: 4, tableId: 0, tables: 1 });
      } catch (e) {
        return (e as Refusal).reason;
      }
      return "done";
    };
    expect(reason({}, set({ ipv4Src: 1 }))).toBe("OFPBAC_MATCH_INCONSISTENT");
    expect(reason({ ethType: 0x86dd }, set({ ipv4Src: 1 }))).toBe("OFPBAC_MATCH_INCONSISTENT");
    expect(reason({ ethType: 0x0800 }, set({ tcpSrc: 1 }))).toBe("OFPBAC_MATCH_INCONSISTENT");
    expect(reason({}, PopVlan.of())).toBe("OFPBAC_MATCH_INCONSISTENT");
    expect(reason({}, PushVlan.of(), PopVlan.of())).toBe("done");
    expect(reason({}, PushVlan.of(), set({ vlanVid: 0x1005 }))).toBe("done");
    expect(reason({}, PushVlan.of(), set({ vlanVid: 5 }))).toBe("OFPBAC_BAD_SET_ARGUMENT");
    expect(reason({}, PushVlan.of({ ethertype: 0x0800 }))).toBe("OFPBAC_BAD_ARGUMENT");
    expect(reason({}, DecNwTtl.of())).toBe("OFPBAC_MATCH_INCONSISTENT");
    expect(reason({}, set({ inPort: 1 }))).toBe("OFPBAC_BAD_SET_ARGUMENT");
    expect(reason({ ethType: 0x0800 }, set({ ipProto: 1 }))).toBe("OFPBAC_BAD_SET_TYPE");
  });
});

describe("VLAN tags and time to live", () => {
  test("push copies the tag that is there, pop takes the outer one", () => {
    const tagged = (...vlans: { vid: number; pcp?: number; tpid?: number }[]) => buildTcp({ ...V4, ...TCP, vlans }, payload);
    expect(through(tagged(), PushVlan.of())).toBe(toHex(tagged({ vid: 0 })));
    expect(through(tagged({ vid: 5, pcp: 2 }), PushVlan.of({ ethertype: 0x88a8 }))).toBe(
      toHex(tagged({ tpid: 0x88a8, vid: 5, pcp: 2 }, { vid: 5, pcp: 2 })),
    );
    expect(through(tagged({ vid: 5 }, { vid: 6 }), PopVlan.of())).toBe(toHex(tagged({ vid: 6 })));
    expect(through(tagged({ vid: 5 }, { vid: 6 }), PopVlan.of(), PopVlan.of())).toBe(toHex(tagged()));
    expect(through(tagged(), PushVlan.of(), SetIpv4Src.of({ address: 3 }))).toBe(
      toHex(buildTcp({ ...V4, ...TCP, ipv4Src: 3, vlans: [{ vid: 0 }] }, payload)),
    );
  });

  test("decremented, set, and at its end", () => {
    const frame = (ipTtl: number) => buildTcp({ ...V4, ...TCP, ipTtl }, payload);
    const frame6 = (ipTtl: number) => buildTcp({ ...V6, ...TCP, ipTtl }, payload);
    expect(through(frame(64), DecNwTtl.of())).toBe(toHex(frame(63)));
    expect(through(frame6(64), DecNwTtl.of())).toBe(toHex(frame6(63)));
    expect(through(frame(64), SetNwTtl.of({ ttl: 2 }))).toBe(toHex(frame(2)));
    expect(through(frame6(64), SetNwTtl.of({ ttl: 0 }))).toBe(toHex(frame6(0)));
    expect(through(frame(1), DecNwTtl.of())).toBe("none");
    expect(through(frame6(0), DecNwTtl.of())).toBe("none");
  });

  test("golden: an ICMP echo request gets another source, a tag, and one hop less", () => {
    const before = "02000000000202000000000108004500002000070000400166d40a0000010a0000020800192c0001000270696e67";
    const after = "0200000000020200000000018100602a080045000020000700003f01aa23c0a807090a0000020800192c0001000270696e67";
    const actions = [SetIpv4Src.of({ address: 0xc0a80709 }), DecNwTtl.of(), SetVlanVid.of({ vlanVid: 42 }), SetVlanPcp.of({ vlanPcp: 3 })];
    expect(through(fromHex(before), ...actions)).toBe(after);
  });
});

describe("outputs", () => {
  const frame = buildTcp({ ...V4, ...TCP }, payload);
  const to = (...ports: number[]): Instruction[] => [apply(...ports.map((port) => Output.of({ port })))];
  const ports = (instructions: Instruction[], change?: (b: ReturnType<typeof bench>) => void) => {
    const b = bench();
    b.install({}, instructions);
    change?.(b);
    return b.receive(frame).map((line) => Number(line.split(" ")[0]));
  };

  test("to ports, back, and to all", () => {
    expect(ports(to(2, 3))).toEqual([2, 3]);
    expect(ports(to(1))).toEqual([]);
    expect(ports(to(PortNo.InPort))).toEqual([1]);
    expect(ports(to(PortNo.Flood))).toEqual([2, 3, 4]);
    expect(ports(to(PortNo.All))).toEqual([2, 3, 4]);
    expect(ports(to(99, PortNo.Local, 4))).toEqual([4]);
    expect(ports([])).toEqual([]);
  });

  test("ports that are down, not to forward, or not to flood", () => {
    const configure = (config: number) => (b: ReturnType<typeof bench>) => {
      b.sw.port(3)!.config = config;
    };
    expect(ports(to(PortNo.Flood), configure(PortConfig.NoFlood))).toEqual([2, 4]);
    expect(ports(to(PortNo.All), configure(PortConfig.NoFlood))).toEqual([2, 3, 4]);
    expect(ports(to(PortNo.All), configure(PortConfig.NoFwd))).toEqual([2, 4]);
    expect(ports(to(PortNo.All), configure(PortConfig.PortDown))).toEqual([2, 4]);
    expect(
      ports(to(2), (b) => {
        b.sw.port(1)!.config = PortConfig.NoRecv;
      }),
    ).toEqual([]);
  });

  test("a frame that went out is not changed by what follows", () => {
    const { install, receive } = bench();
    install({}, [
      apply(
        Output.of({ port: 2 }),
        SetEthDst.of({ address: 5 }),
        Output.of({ port: 3 }),
        SetEthDst.of({ address: 6 }),
        Output.of({ port: 4 }),
      ),
    ]);
    expect(receive(frame)).toEqual([
      `2 ${toHex(frame)}`,
      `3 ${toHex(buildTcp({ ...V4, ...TCP, ethDst: 5 }, payload))}`,
      `4 ${toHex(buildTcp({ ...V4, ...TCP, ethDst: 6 }, payload))}`,
    ]);
  });
});

describe("tables and the action set", () => {
  const frame = buildTcp({ ...V4, ...TCP }, payload);

  test("the action set is executed at the end, in its own order, each kind of action once", () => {
    const { install, receive } = bench();
    install(
      { ethType: 0x0800 },
      [
        WriteActions.of({
          actions: [Output.of({ port: 3 }), set({ vlanVid: 0x1007 }), PushVlan.of(), set({ ethDst: 5 }), Output.of({ port: 2 })],
        }),
      ],
      0,
      4,
    );
    expect(receive(frame)).toEqual([`2 ${toHex(buildTcp({ ...V4, ...TCP, ethDst: 5, vlans: [{ vid: 7 }] }, payload))}`]);
  });

  test("a later table sees what an earlier one changed, and its metadata", () => {
    const { install, receive, sw } = bench(3);
    install({}, [
      apply(SetEthDst.of({ address: 5 })),
      WriteActions.of({ actions: [Output.of({ port: 2 })] }),
      WriteMetadata.of({ metadata: 0xabn, mask: 0xffn }),
      GotoTable.of({ tableId: 2 }),
    ]);
    install({ ethDst: 5, metadata: 0xabn }, [WriteActions.of({ actions: [Output.of({ port: 3 })] })], 2);
    expect(receive(frame).map((l) => l[0])).toEqual(["3"]);
    install({ ethDst: 5 }, [ClearActions.of()], 2, 4, 200);
    expect(receive(frame)).toEqual([]);
    expect(sw.tables.map((t) => t.matches)).toEqual([2, 0, 2]);
  });

  test("tables are gone through forward only", () => {
    const reason = (tableId: number, to: number) => {
      try {
        compileFlow(Match.of(), [GotoTable.of({ tableId: to })], { version: 4, tableId, tables: 3 });
      } catch (e) {
        return (e as Refusal).reason;
      }
      return "done";
    };
    expect([reason(0, 1), reason(1, 1), reason(2, 1), reason(2, 3)]).toEqual([
      "done",
      "OFPBIC_BAD_TABLE_ID",
      "OFPBIC_BAD_TABLE_ID",
      "OFPBIC_BAD_TABLE_ID",
    ]);
  });
});

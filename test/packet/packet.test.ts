import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Chunk, fromHex, parseIpv4 as ip4, parseIpv6 as ip6, toHex } from "../../src/bytes/mod.js";
import { DecodeError } from "../../src/errors/mod.js";
import * as packet from "../../src/packet/mod.js";
import { scaled } from "../soak.js";

const { ArpOp, EtherType, Ethernet, Icmpv6Type, Ipv6Exthdr, parseFrame } = packet;
const A = 0x0200_0000_0001;
const B = 0x0200_0000_0002;
const v4 = { ethSrc: A, ethDst: B, ipv4Src: ip4("10.0.0.1"), ipv4Dst: ip4("10.0.0.2") };
const v6 = { ethSrc: A, ethDst: B, ipv6Src: ip6("fe80::1"), ipv6Dst: ip6("fe80::2") };
const verify = { verify: true };
const bad = expect.objectContaining({ code: "ERR_DECODE", reason: "OFPBRC_BAD_PACKET" });
const range = expect.objectContaining({ code: "ERR_RANGE" });

describe("Ethernet", () => {
  const frame = new Chunk(fromHex("ff 020000000002 020000000001 0806 00"));
  it("peeks", () => {
    expect([packet.ethDst(frame, 1), packet.ethSrc(frame, 1), packet.ethType(frame, 1)]).toEqual([B, A, 0x0806]);
    expect(Ethernet.at(frame, 1, 16)).toEqual(new Ethernet(B, A, 0x0806));
    expect(() => Ethernet.at(frame, 1, 14)).toThrow(bad);
  });
  it("builds and reads tags, and pads when asked", () => {
    const vlans = [{ tpid: 0x88a8, vid: 4095, pcp: 7, dei: true }, { vid: 1 }];
    const bytes = packet.buildEthernet({ ethDst: B, ethSrc: A, ethType: 0x1234, vlans }, Uint8Array.of(9));
    expect(toHex(bytes)).toBe("020000000002020000000001" + "88a8ffff" + "81000001" + "1234" + "09");
    expect(packet.parseEthernet(new Chunk(bytes))).toMatchObject({
      dst: B,
      src: A,
      type: 0x1234,
      payload: 22,
      vlans: [vlans[0], { vid: 1, pcp: 0 }],
    });
    expect(packet.buildEthernet({ ethDst: B, ethSrc: A, ethType: 0x1234, pad: true }, new Uint8Array(0)).length).toBe(60);
    expect(() => packet.parseEthernet(new Chunk(bytes), 0, 20)).toThrow(bad);
    expect(() => packet.buildEthernet({ ethDst: -1, ethSrc: A, ethType: 0 }, bytes)).toThrow(range);
  });
  it("reads SNAP and plain 802.3 frames", () => {
    const at = (tail: string) => packet.parseEthernet(new Chunk(fromHex(`020000000002020000000001${tail}`)));
    expect(at("0008aaaa030000000800")).toMatchObject({ type: 0x0800, payload: 22 });
    expect(at("0003424203")).toMatchObject({ type: EtherType.None, payload: 14 });
  });
  it("knows group addresses", () => {
    expect([0x0100_5e00_0001, packet.MAC_BROADCAST, A].map(packet.isMulticast)).toEqual([true, true, false]);
  });
});

describe("ARP", () => {
  it("builds a request and a reply", () => {
    const request = packet.buildArp({ op: ArpOp.Request, sha: A, spa: v4.ipv4Src, tpa: v4.ipv4Dst });
    expect(toHex(request)).toBe("ffffffffffff0200000000010806" + "0001080006040001" + "0200000000010a000001" + "0000000000000a000002");
    expect(parseFrame(request).arp).toEqual({ op: 1, sha: A, spa: v4.ipv4Src, tha: 0, tpa: v4.ipv4Dst });
    const reply = packet.buildArp({ op: ArpOp.Reply, sha: B, spa: v4.ipv4Dst, tha: A, tpa: v4.ipv4Src, pad: true });
    expect(reply.length).toBe(60);
    expect(parseFrame(reply)).toMatchObject({ ethernet: { dst: A, src: B }, arp: { op: 2, tha: A } });
  });
  it("refuses other hardware", () => {
    const chunk = new Chunk(fromHex(`0006080006040001${"00".repeat(20)}`));
    expect(() => packet.parseArp(chunk)).toThrow(bad);
    expect(() => packet.parseArp(new Chunk(27))).toThrow(bad);
  });
});

describe("IPv4 and what it carries", () => {
  it("builds an echo request with the checksums of RFC 791 and 792", () => {
    const bytes = packet.buildIcmpEcho({ ...v4, id: 0x1234, seq: 1, data: Uint8Array.of(0xab, 0xcd, 0xef) });
    // The words, their sum, and the complement of the folded sum:
    // IP: 4500+001f+0000+0000+4001+0a00+0001+0a00+0002 = 9923 -> 66dc; ICMP: 0800+1234+0001+abcd+ef00 = 1b502 -> b503 -> 4afc
    expect(toHex(bytes.subarray(14))).toBe("4500001f00000000400166dc0a0000010a000002" + "08004afc12340001abcdef");
    const frame = parseFrame(bytes, verify);
    expect(frame).toMatchObject({ ipv4: { ttl: 64, proto: 1 }, icmp: { type: 8, code: 0, id: 0x1234, seq: 1 } });
    expect(toHex(frame.payload)).toBe("abcdef");
  });
  it("does not take padding for payload", () => {
    const frame = parseFrame(packet.buildIcmpEcho({ ...v4, reply: true, pad: true, data: Uint8Array.of(1) }), verify);
    expect(frame.icmp?.type).toBe(0);
    expect(frame.payload).toEqual(Uint8Array.of(1));
  });
  it.each([
    ["IPv4 header", 22],
    ["ICMP", 40],
  ])("finds a wrong %s checksum, where asked", (_, at) => {
    const bytes = packet.buildIcmpEcho({ ...v4 });
    bytes[at]! ^= 1;
    expect(() => parseFrame(bytes, verify)).toThrow(bad);
    expect(parseFrame(bytes).icmp).toBeDefined();
  });
  it("refuses lengths that do not fit", () => {
    const good = packet.buildUdp({ ...v4, udpSrc: 1, udpDst: 2 }, new Uint8Array(4));
    const broken: [at: number, value: number][] = [
      [14, 0x44],
      [14, 0x4f],
      [14, 0x65],
      [17, 19],
      [17, 200],
      [39, 7],
      [39, 200],
    ];
    for (const [at, value] of broken) {
      const bytes = good.slice();
      bytes[at] = value;
      expect(() => parseFrame(bytes), `byte ${at}`).toThrow(bad);
    }
  });
  it("refuses a header that is longer than the packet, whatever the packet carries", () => {
    const bytes = packet.buildUdp({ ...v4, udpSrc: 1, udpDst: 2 }, new Uint8Array(4));
    bytes[23] = 253;
    bytes[17] = 20;
    expect(parseFrame(bytes).ipv4?.proto).toBe(253);
    bytes[17] = 19;
    expect(() => parseFrame(bytes)).toThrow(bad);
  });
  it("leaves fragments alone", () => {
    const bytes = packet.buildUdp({ ...v4, udpSrc: 1, udpDst: 2 }, new Uint8Array(4));
    bytes[20] = 0x20;
    expect(parseFrame(bytes)).toMatchObject({ ipv4: { moreFragments: true, fragmentOffset: 0 } });
    expect(parseFrame(bytes).udp).toBeUndefined();
  });
  it("takes a UDP checksum of 0 for none over IPv4 only", () => {
    const over4 = packet.buildUdp({ ...v4, udpSrc: 1, udpDst: 2 }, new Uint8Array(0));
    over4.fill(0, 40, 42);
    expect(parseFrame(over4, verify).udp).toMatchObject({ src: 1, dst: 2 });
    const over6 = packet.buildUdp({ ...v6, udpSrc: 1, udpDst: 2 }, new Uint8Array(0));
    over6.fill(0, 60, 62);
    expect(() => parseFrame(over6, verify)).toThrow(bad);
  });
  it("writes a UDP checksum that comes out as 0 as ffff", () => {
    // The pseudo header, ports and lengths sum up to s; a payload of ~s makes the checksum 0.
    const first = packet.buildUdp({ ...v4, udpSrc: 0, udpDst: 0 }, new Uint8Array(2));
    const bytes = packet.buildUdp({ ...v4, udpSrc: 0, udpDst: 0 }, first.slice(40, 42));
    expect(toHex(bytes.subarray(40, 42))).toBe("ffff");
    expect(parseFrame(bytes, verify).udp).toBeDefined();
  });
  it("refuses numbers that do not fit", () => {
    expect(() => packet.buildUdp({ ...v4, udpSrc: 65536, udpDst: 0 }, new Uint8Array(0))).toThrow(range);
    expect(() => packet.buildUdp({ ...v4, udpSrc: 0, udpDst: 0 }, new Uint8Array(65508))).toThrow(range);
    expect(() => packet.buildTcp({ ...v4, tcpSrc: 0, tcpDst: 0, options: new Uint8Array(3) })).toThrow(range);
  });
});

describe("IPv6 and what it carries", () => {
  const extended = (first: number, hex: string) => parseFrame(packet.buildIp({ ...v6, ipProto: first }, fromHex(hex)));
  it("asks for neighbors and tells them", () => {
    const ask = packet.buildNeighborSolicitation({ ethSrc: A, ipv6Src: v6.ipv6Src, target: ip6("fe80::12:3456:789a") });
    expect(parseFrame(ask, verify)).toMatchObject({
      ethernet: { dst: 0x3333_ff56_789a, src: A },
      ipv6: { dst: ip6("ff02::1:ff56:789a"), ttl: 255 },
      icmpv6: { type: Icmpv6Type.NeighborSolicitation, code: 0 },
      nd: { target: ip6("fe80::12:3456:789a"), sll: A, tll: undefined, solicited: false },
    });
    const probe = packet.buildNeighborSolicitation({ ethSrc: A, ipv6Src: 0n, target: v6.ipv6Dst });
    expect(parseFrame(probe, verify).nd?.sll).toBeUndefined();
    const tell = packet.buildNeighborAdvertisement({ ...v6, target: v6.ipv6Src, router: true });
    expect(parseFrame(tell, verify).nd).toEqual({
      target: v6.ipv6Src,
      sll: undefined,
      tll: A,
      router: true,
      solicited: true,
      override: true,
    });
    expect(() => packet.buildNeighborSolicitation({ ethSrc: A, ipv6Src: 1n, ipv6Dst: 2n, target: 2n })).toThrow(
      expect.objectContaining({ code: "ERR_USAGE" }),
    );
  });
  it("refuses an option of no length", () => {
    const body = fromHex("fe800000000000000000000000000001" + "0100000000000000");
    const bytes = packet.buildIcmpv6({ ...v6, type: Icmpv6Type.NeighborSolicitation }, body);
    expect(() => parseFrame(bytes)).toThrow(bad);
  });
  it("walks extension headers", () => {
    const udp = "0001000200080000";
    expect(extended(0, `3c00000000000000 2b00000000000000 1100000000000000 ${udp}`)).toMatchObject({
      ipv6: { proto: 17, extensions: Ipv6Exthdr.Hop | Ipv6Exthdr.Dest | Ipv6Exthdr.Router },
      udp: { src: 1, dst: 2 },
    });
    expect(extended(51, `1101000000000000 00000000 ${udp}`)).toMatchObject({ udp: { src: 1 } });
    expect(extended(44, `1100000901020304 ${udp}`)).toMatchObject({
      ipv6: { proto: 44, fragmentOffset: 8, moreFragments: true, id: 0x0102_0304 },
    });
    expect(extended(59, "").ipv6?.extensions).toBe(Ipv6Exthdr.NoNext);
    expect(extended(60, `0000000000000000 1100000000000000 ${udp}`).ipv6?.extensions).toBe(
      Ipv6Exthdr.Dest | Ipv6Exthdr.Hop | Ipv6Exthdr.Unseq,
    );
    expect(extended(0, `0000000000000000 1100000000000000 ${udp}`).ipv6?.extensions).toBe(Ipv6Exthdr.Hop | Ipv6Exthdr.Unrep);
    expect(extended(60, `3c00000000000000 1100000000000000 ${udp}`).ipv6?.extensions).toBe(Ipv6Exthdr.Dest);
    expect(() => extended(0, "1101000000000000")).toThrow(bad);
    expect(() => extended(0, "11")).toThrow(bad);
  });
});

describe("MPLS", () => {
  it("round trips a stack", () => {
    const labels = [
      { label: 0xf_ffff, tc: 7, ttl: 255 },
      { label: 16, tc: 0, ttl: 64 },
    ];
    const bytes = packet.encodeMpls(labels);
    expect(toHex(bytes)).toBe("fffffeff00010140");
    expect(packet.parseMpls(new Chunk(bytes))).toEqual({ labels, payload: 8 });
    expect(() => packet.parseMpls(new Chunk(bytes), 0, 7)).toThrow(bad);
  });
});

describe("LLDP", () => {
  const least = {
    chassisId: packet.lldpIdOfMac(packet.ChassisIdSubtype.Mac, A),
    portId: packet.lldpIdOfText(packet.PortIdSubtype.InterfaceName, "eth0"),
    ttl: 120,
  };
  it("builds the smallest unit", () => {
    const bytes = packet.buildLldp({ ethSrc: A, ...least });
    expect(toHex(bytes)).toBe("0180c200000e02000000000188cc" + "020704020000000001" + "04050565746830" + "06020078" + "0000");
    const { lldp } = parseFrame(bytes);
    expect(lldp).toEqual(least);
    expect(packet.macOfLldpId(lldp!.chassisId)).toBe(A);
    expect(packet.textOfLldpId(lldp!.portId)).toBe("eth0");
  });
  it("round trips everything", () => {
    const all: packet.Lldp = {
      ...least,
      portDescription: "uplink \u00fc",
      systemName: "",
      systemDescription: "x".repeat(255),
      capabilities: { system: 20, enabled: 4 },
      managementAddresses: [{ family: 1, address: fromHex("0a000001"), interfaceSubtype: 2, interfaceNumber: 7, oid: fromHex("2b06") }],
      organization: [{ oui: 0x26_e1, subtype: 0, info: fromHex("0102") }],
      unknown: [{ type: 100, value: fromHex("ff") }],
    };
    expect(parseFrame(packet.buildLldp({ ethSrc: A, ...all, pad: true })).lldp).toEqual(all);
    expect(() => packet.buildLldp({ ethSrc: A, ...least, systemName: "x".repeat(256) })).toThrow(range);
    expect(() => packet.buildLldp({ ethSrc: A, ...least, organization: [{ oui: 1, subtype: 1, info: new Uint8Array(508) }] })).toThrow(
      range,
    );
  });
  it.each([
    ["nothing", ""],
    ["no port id", "020704020000000001 0602 0078 0000"],
    ["a second chassis id", "020704020000000001 04050565746830 06020078 020704020000000001 0000"],
    ["a second system name", "020704020000000001 04050565746830 06020078 0a0161 0a0162 0000"],
    ["an empty id", "020104"],
    ["a length beyond the end", "020904020000000001"],
    ["half a TLV", "02"],
    ["a short TTL", "020704020000000001 04050565746830 060100 0000"],
    ["a management address of no length", "020704020000000001 04050565746830 06020078 1008 0000000000000000"],
  ])("refuses %s", (_, hex) => expect(() => packet.parseLldp(new Chunk(fromHex(hex)))).toThrow(bad));
});

describe("properties", () => {
  const u8 = fc.integer({ min: 0, max: 255 });
  const u16 = fc.integer({ min: 0, max: 0xffff });
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
  const mac = fc.integer({ min: 0, max: 2 ** 48 - 1 });
  const u128 = fc.bigInt(0n, (1n << 128n) - 1n);
  const common = {
    ethSrc: mac,
    ethDst: mac,
    ipTtl: u8,
    ipDscp: fc.integer({ min: 0, max: 63 }),
    ipEcn: fc.integer({ min: 0, max: 3 }),
    pad: fc.boolean(),
  };
  const ip = fc.oneof(fc.record({ ...common, ipv4Src: u32, ipv4Dst: u32 }), fc.record({ ...common, ipv6Src: u128, ipv6Dst: u128 }));
  const data = fc.uint8Array({ maxLength: 80 });
  it("what is built can be read, and its checksums are right", () => {
    fc.assert(
      fc.property(ip, u16, u16, u32, data, (fields, src, dst, n, payload) => {
        const udp = parseFrame(packet.buildUdp({ ...fields, udpSrc: src, udpDst: dst }, payload), verify);
        expect(udp).toMatchObject({ udp: { src, dst }, payload, ethernet: { dst: fields.ethDst, src: fields.ethSrc } });
        const { ipTtl: ttl, ipDscp: dscp, ipEcn: ecn } = fields;
        expect(udp.ipv4 ?? udp.ipv6).toMatchObject({ ttl, dscp, ecn });
        const tcp = parseFrame(
          packet.buildTcp({ ...fields, tcpSrc: src, tcpDst: dst, seq: n, flags: n & 0xfff, options: new Uint8Array(4) }, payload),
          verify,
        );
        expect(tcp).toMatchObject({ tcp: { src, dst, seq: n, flags: n & 0xfff }, payload });
        const sctp = parseFrame(packet.buildSctp({ ...fields, sctpSrc: src, sctpDst: dst, tag: n }, payload), verify);
        expect(sctp).toMatchObject({ sctp: { src, dst, tag: n }, payload });
        const echo = parseFrame(
          "ipv6Src" in fields
            ? packet.buildIcmpv6Echo({ ...fields, id: src, seq: dst, data: payload })
            : packet.buildIcmpEcho({ ...fields, id: src, seq: dst, data: payload }),
          verify,
        );
        expect(echo.icmp ?? echo.icmpv6).toMatchObject({ id: src, seq: dst });
        expect(echo.payload).toEqual(payload);
      }),
    );
  });
  const seeds = [
    packet.buildTcp({ ...v4, tcpSrc: 1, tcpDst: 2, vlans: [{ vid: 1 }] }),
    packet.buildNeighborAdvertisement({ ...v6, target: 1n }),
    packet.buildIp({ ...v6, ipProto: 0 }, fromHex("2c00000000000000 3300000000000000 1101000000000000 00000000 0001000200080000")),
    packet.buildArp({ op: 1, sha: A, spa: 1, tpa: 2 }),
    packet.buildLldp({ ethSrc: A, chassisId: packet.lldpIdOfMac(4, A), portId: packet.lldpIdOfText(7, "1"), ttl: 1, systemName: "s" }),
    packet.buildEthernet(
      { ethDst: v4.ethDst, ethSrc: v4.ethSrc, ethType: EtherType.Mpls },
      packet.encodeMpls([{ label: 1 }, { label: 2 }]),
    ),
  ];
  const damaged = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), u8), { maxLength: 4 }), fc.nat())
    .map(([seed, edits, cut]) => {
      const bytes = seed.slice(0, cut % 3 === 0 ? cut % (seed.length + 1) : seed.length);
      for (const [at, value] of edits) if (bytes.length > 0) bytes[at % bytes.length] = value;
      return bytes;
    });
  it("any bytes give an answer or a DecodeError, and always a flow key", () => {
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 120 })), fc.boolean(), (bytes, check) => {
        // Bytes behind the frame must not be looked at: they are poisoned differently in two copies.
        const keys = [0, 255].map((poison) => {
          const chunk = new Chunk(new Uint8Array(bytes.length + 70).fill(poison));
          chunk.u8.set(bytes, 3);
          try {
            parseFrame(chunk, { verify: check }, 3, 3 + bytes.length);
          } catch (e) {
            expect(e).toBeInstanceOf(DecodeError);
          }
          return packet.flowKey(chunk, 3, 3 + bytes.length, 1);
        });
        expect(keys[0]).toEqual(keys[1]);
      }),
      { numRuns: scaled(2000) },
    );
  });
});

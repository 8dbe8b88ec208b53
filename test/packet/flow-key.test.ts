import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Chunk, formatIpv4, formatIpv6, formatMac, fromHex, parseIpv6, toHex } from "../../src/bytes/mod.js";
import * as packet from "../../src/packet/mod.js";

const A = 0x0200_0000_0001;
const B = 0x0200_0000_0002;
const v4 = { ethSrc: A, ethDst: B, ipv4Src: 0x0a00_0001, ipv4Dst: 0x0a00_0002, ipDscp: 46, ipEcn: 1 };
const v6 = { ethSrc: A, ethDst: B, ipv6Src: parseIpv6("2001:db8::1"), ipv6Dst: parseIpv6("2001:db8::2"), ipv6Flabel: 0x1_2345 };
const key = (bytes: Uint8Array, inPort = 1) => packet.flowKey(new Chunk(bytes), 0, bytes.length, inPort);
/** The fields that are there. */
const fields = (bytes: Uint8Array) => Object.fromEntries(Object.entries(key(bytes)).filter(([, v]) => v !== undefined));

describe("flowKey", () => {
  it("gives TCP in a VLAN", () => {
    const bytes = packet.buildTcp({ ...v4, vlans: [{ vid: 100, pcp: 3 }], tcpSrc: 22, tcpDst: 80, flags: packet.TcpFlag.Syn, pad: true });
    expect(fields(bytes)).toEqual({
      inPort: 1,
      ethDst: B,
      ethSrc: A,
      ethType: 0x0800,
      vlanVid: 0x1064,
      vlanPcp: 3,
      ipDscp: 46,
      ipEcn: 1,
      ipTtl: 64,
      ipFrag: 0,
      ipProto: 6,
      ipv4Src: 0x0a00_0001,
      ipv4Dst: 0x0a00_0002,
      tcpSrc: 22,
      tcpDst: 80,
      tcpFlags: 2,
      l3: 18,
      l4: 38,
      end: 58,
    });
  });
  it("gives ARP, MPLS, PBB and neighbor discovery", () => {
    expect(fields(packet.buildArp({ op: 300, sha: A, spa: 1, tha: B, tpa: 2 }))).toMatchObject({
      vlanVid: 0,
      arpOp: 300,
      arpSha: A,
      arpSpa: 1,
      arpTha: B,
      arpTpa: 2,
    });
    const mpls = packet.encodeMpls([{ label: 5, tc: 6 }, { label: 7 }]);
    expect(fields(packet.buildEthernet({ ethDst: v4.ethDst, ethSrc: v4.ethSrc, ethType: 0x8847 }, mpls))).toMatchObject({
      mplsLabel: 5,
      mplsTc: 6,
      mplsBos: 0,
      l3: 22,
    });
    expect(fields(packet.buildEthernet({ ethDst: v4.ethDst, ethSrc: v4.ethSrc, ethType: 0x88e7 }, fromHex("60123456")))).toMatchObject({
      pbbIsid: 0x12_3456,
    });
    const nd = packet.buildNeighborSolicitation({ ethSrc: A, ipv6Src: v6.ipv6Src, target: 9n });
    expect(fields(nd)).toMatchObject({ icmpv6Type: 135, icmpv6Code: 0, ipv6NdTarget: 9n, ipv6NdSll: A, ipv6Exthdr: 0 });
  });
  it("passes over all tags, and takes the outermost", () => {
    const vlans = [{ tpid: 0x88a8, vid: 1 }, { vid: 2 }, { vid: 3 }];
    expect(fields(packet.buildUdp({ ...v4, vlans, udpSrc: 53, udpDst: 54 }, new Uint8Array(0)))).toMatchObject({
      vlanVid: 0x1001,
      ethType: 0x0800,
      udpSrc: 53,
    });
  });
  it("keeps what is there of a packet cut short", () => {
    const bytes = packet.buildTcp({ ...v4, tcpSrc: 22, tcpDst: 80 }, new Uint8Array(500));
    expect(fields(bytes.subarray(0, 128))).toMatchObject({ ipv4Src: 0x0a00_0001, tcpDst: 80, end: 128 });
    expect(fields(bytes.subarray(0, 50))).toMatchObject({ ipProto: 6 });
    expect(key(bytes.subarray(0, 50)).tcpDst).toBeUndefined();
    expect(fields(bytes.subarray(0, 33))).toEqual({ inPort: 1, ethDst: B, ethSrc: A, ethType: 0x0800, vlanVid: 0, l3: 14, end: 33 });
    expect(fields(bytes.subarray(0, 13))).toEqual({ inPort: 1, end: 13 });
  });
  it("clears a key that is used again", () => {
    const k = new packet.FlowKey();
    const nd = packet.buildNeighborAdvertisement({ ...v6, target: 9n });
    packet.flowKey(new Chunk(nd), 0, nd.length, 7, k);
    expect(packet.flowKey(new Chunk(13), 0, 13, 0, k)).toBe(k);
    expect(k).toEqual(Object.assign(new packet.FlowKey(), { end: 13 }));
  });
});

const hasOvs = spawnSync("ovs-ofctl", ["--version"]).status === 0;

function pcap(frames: readonly Uint8Array[]): Uint8Array {
  const chunk = new Chunk(24 + frames.reduce((n, f) => n + 16 + f.length, 0));
  const { dv, u8 } = chunk;
  dv.setUint32(0, 0xa1b2_c3d4);
  dv.setUint32(4, 0x0002_0004);
  dv.setUint32(16, 65535);
  dv.setUint32(20, 1);
  let p = 24;
  for (const f of frames) {
    dv.setUint32(p + 8, f.length);
    dv.setUint32(p + 12, f.length);
    u8.set(f, p + 16);
    p += 16 + f.length;
  }
  return u8;
}

/** What ovs-ofctl prints for a key, of the fields it prints, under its names. */
function asOvs(k: packet.FlowKey): Record<string, string> {
  const mac = (n = 0) => formatMac(n);
  const hex = (n = 0, digits = 0) => `0x${n.toString(16).padStart(digits, "0")}`;
  const out: Record<string, string> = { dl_src: mac(k.ethSrc), dl_dst: mac(k.ethDst) };
  if (k.vlanPcp !== undefined) Object.assign(out, { dl_vlan: `${k.vlanVid! & 0xfff}`, dl_vlan_pcp: `${k.vlanPcp}` });
  const isIp = k.ethType === 0x0800 || k.ethType === 0x86dd;
  if (isIp) Object.assign(out, { nw_tos: `${(k.ipDscp ?? 0) << 2}`, nw_ecn: `${k.ipEcn ?? 0}` });
  if (k.ethType === 0x0800) Object.assign(out, { nw_src: formatIpv4(k.ipv4Src ?? 0), nw_dst: formatIpv4(k.ipv4Dst ?? 0) });
  if (k.ethType === 0x86dd) {
    Object.assign(out, { ipv6_src: formatIpv6(k.ipv6Src ?? 0n), ipv6_dst: formatIpv6(k.ipv6Dst ?? 0n), ipv6_label: hex(k.ipv6Flabel, 5) });
  }
  if (k.ethType === 0x0806 || k.ethType === 0x8035) {
    const ip = { arp_spa: formatIpv4(k.arpSpa ?? 0), arp_tpa: formatIpv4(k.arpTpa ?? 0) };
    Object.assign(out, ip, { arp_op: `${k.arpOp ?? 0}`, arp_sha: mac(k.arpSha), arp_tha: mac(k.arpTha) });
  }
  if (k.mplsLabel !== undefined) Object.assign(out, { mpls_label: `${k.mplsLabel}`, mpls_tc: `${k.mplsTc}`, mpls_bos: `${k.mplsBos}` });
  const sport = k.tcpSrc ?? k.udpSrc ?? k.sctpSrc;
  if (sport !== undefined) Object.assign(out, { tp_src: `${sport}`, tp_dst: `${k.tcpDst ?? k.udpDst ?? k.sctpDst}` });
  const type = k.icmpv4Type ?? k.icmpv6Type;
  if (type !== undefined) Object.assign(out, { icmp_type: `${type}`, icmp_code: `${k.icmpv4Code ?? k.icmpv6Code}` });
  if (k.ipv6NdTarget !== undefined)
    Object.assign(out, { nd_target: formatIpv6(k.ipv6NdTarget), nd_sll: mac(k.ipv6NdSll), nd_tll: mac(k.ipv6NdTll) });
  return out;
}

/** The Ethernet type and IP protocol that the first word of a line stands for. */
const SHORTHAND: Record<string, [type: number, proto?: number]> = {
  ip: [0x0800],
  icmp: [0x0800, 1],
  tcp: [0x0800, 6],
  udp: [0x0800, 17],
  sctp: [0x0800, 132],
  ipv6: [0x86dd],
  icmp6: [0x86dd, 58],
  tcp6: [0x86dd, 6],
  udp6: [0x86dd, 17],
  sctp6: [0x86dd, 132],
  arp: [0x0806],
  rarp: [0x8035],
  mpls: [0x8847],
  mplsm: [0x8848],
};

const NOTHING = /^(0|::|(00:){5}00|0\.0\.0\.0|0x0+)$/;

describe.skipIf(!hasOvs)("beside Open vSwitch's own extraction", () => {
  const ns = "87000000 00000000 fe800000000000000000000000000001";
  const option = "0101020000000009";
  const tcp = "0016005000000000000000005002000000000000";
  const ip6 = (proto: number, hex: string) => packet.buildIp({ ...v6, ipProto: proto }, fromHex(hex));
  const ip = (proto: number, hex: string) => packet.buildIp({ ...v4, ipProto: proto }, fromHex(hex));
  const seeds = [
    ip(6, tcp),
    ip(17, "0035003600080000"),
    ip(1, "0800000000000000"),
    ip(132, "000100020000000000000000"),
    ...["0600000000000000", "0600000100000000", "0600000800000000"].map((h) => ip6(44, h + tcp)),
    ...[0, 43, 60, 135, 50].map((proto) => ip6(proto, `0600000000000000${tcp}`)),
    ip6(51, `060100000000000000000000${tcp}`),
    ip6(51, `0600000000000000${tcp}`),
    ip6(59, tcp),
    ...[ns, ns + option, ns + option + option, `${ns}0100020000000009`, `${ns}${option}02000200`, `${ns}${option}0209020902090209`].map(
      (h) => ip6(58, h),
    ),
    ip6(58, `8800${ns.slice(4)}0201020000000009`),
    ip6(58, `8801${ns.slice(4)}0201020000000009`),
    packet.buildArp({ op: 1, sha: A, spa: 1, tpa: 2 }),
    packet.buildArp({ op: 2, sha: A, spa: 1, tha: B, tpa: 2 }),
    packet.buildUdp({ ...v4, vlans: [{ vid: 5, pcp: 1 }], udpSrc: 1, udpDst: 2 }, new Uint8Array(0)),
    packet.buildUdp({ ...v6, vlans: [{ tpid: 0x88a8, vid: 5 }, { vid: 6 }], udpSrc: 1, udpDst: 2 }, new Uint8Array(0)),
    packet.buildEthernet({ ethDst: v4.ethDst, ethSrc: v4.ethSrc, ethType: 0x8847 }, packet.encodeMpls([{ label: 1, tc: 3 }])),
    fromHex(`0200000000020200000000010024aaaa030000000800${toHex(ip(17, "0035003600080000").subarray(14))}`),
    fromHex(`0200000000020200000000010008424203${"00".repeat(40)}`),
  ];
  // One byte changed, in a fixed pseudo-random way, so that the cases are the same every time.
  let state = 1;
  const random = (n: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % n;
  };
  const frames = seeds.flatMap((seed) => [
    seed,
    ...Array.from({ length: 60 }, () => {
      const bytes = seed.slice();
      bytes[random(bytes.length)] = random(4) === 0 ? random(256) : random(8);
      return bytes;
    }),
  ]);

  it(`gives the same for ${frames.length} frames`, () => {
    const dir = mkdtempSync(join(tmpdir(), "flow-key-"));
    try {
      writeFileSync(join(dir, "a.pcap"), pcap(frames));
      const { stdout } = spawnSync("ovs-ofctl", ["parse-pcap", join(dir, "a.pcap")], { encoding: "utf8", maxBuffer: 1 << 26 });
      const lines = stdout.trimEnd().split("\n");
      expect(lines.length).toBe(frames.length);
      let compared = 0;
      frames.forEach((bytes, i) => {
        const theirs = Object.fromEntries(lines[i]!.split(",").map((part) => part.split("=") as [string, string]));
        const k = key(bytes);
        // Where it differs on purpose: lengths beyond the bytes there, extension headers cut short, operations above 255, three tags.
        const cutShort =
          (k.ipv4Src !== undefined && theirs.nw_src === "0.0.0.0") ||
          (k.ipv6Src !== undefined && (theirs.ipv6_src === "::" || k.l4 === undefined));
        if (cutShort || (k.arpOp ?? 0) > 255 || theirs.dl_type === "0x8100" || theirs.dl_type === "0x88a8") return;
        compared++;
        const [type, proto] = SHORTHAND[lines[i]!.split(",")[0]!] ?? [];
        const context = `${toHex(bytes)}\n${lines[i]}`;
        expect(k.ethType ?? 0, context).toBe(type ?? Number(theirs.dl_type));
        expect(k.ipProto ?? 0, context).toBe(proto ?? Number(theirs.nw_proto ?? 0));
        const ours = asOvs(k);
        for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
          if (
            !/^(dl_(src|dst|vlan|vlan_pcp)|nw_(src|dst|tos|ecn)|ipv6_\w+|arp_\w+|mpls_(label|tc|bos)|tp_\w+|icmp_\w+|nd_(target|sll|tll))$/.test(
              name,
            )
          )
            continue;
          if (name.startsWith("tp_") && /^[12]$/.test(theirs.nw_proto ?? "")) continue; // IGMP, and ICMP over IPv6: not in OpenFlow
          const [a, b] = [ours[name], theirs[name]];
          if (a === b || (NOTHING.test(a ?? "0") && NOTHING.test(b ?? "0"))) continue;
          expect.fail(`${name}: ${a} here, ${b} there, for ${toHex(bytes)}\n${lines[i]}`);
        }
      });
      expect(compared).toBeGreaterThan(frames.length * 0.8);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

/** The fields that the switch looks at, and how they are laid out: derived from the rows of match fields. */
import { expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import { Match, MatchEntry, OXM, OXM_FIELDS, type OxmField, type OxmName, type PacketHeader } from "../../src/ofp/mod.js";
import {
  buildArp,
  buildIcmpEcho,
  buildNeighborAdvertisement,
  buildNeighborSolicitation,
  buildSctp,
  buildTcp,
  buildUdp,
  FlowKey,
  flowKey,
} from "../../src/packet/mod.js";
import { MatchWords, packer } from "../../src/switch/packet/flow-words.js";
import { Packet } from "../../src/switch/packet/packet.js";
import { MATCHABLE, placeOf, WORDS } from "../../src/switch/packet/places.js";

const ETH = { ethDst: 0xfe_00_00_00_00_02, ethSrc: 0x82_00_00_00_00_01 };
const V4 = { ...ETH, ipv4Src: 0xfa000001, ipv4Dst: 0x0a000002 };
const V6 = { ...ETH, ipv6Src: 0xfd000db8_80000000_00000000_80000001n, ipv6Dst: 0x20010db8_00000000_00000000_00000002n };
const payload = Uint8Array.of(1, 2, 3);

/** An MPLS frame with one label, and a PBB frame. */
const plain = (type: number, ...bytes: number[]): Uint8Array =>
  Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, type >> 8, type & 255, ...bytes);

const FRAMES: readonly Uint8Array[] = [
  buildTcp({ ...V4, tcpSrc: 1000, tcpDst: 80, flags: 0x12 }, payload),
  buildTcp({ ...V6, tcpSrc: 1000, tcpDst: 80 }, payload),
  buildTcp({ ...V4, vlans: [{ vid: 5, pcp: 6 }], tcpSrc: 1000, tcpDst: 80 }, payload),
  buildUdp({ ...V6, udpSrc: 1, udpDst: 0xffff }, payload),
  buildSctp({ ...V4, sctpSrc: 1, sctpDst: 7 }, payload),
  buildIcmpEcho({ ...V4, data: payload }),
  buildNeighborSolicitation({ ethSrc: ETH.ethSrc, ipv6Src: V6.ipv6Src, target: V6.ipv6Dst }),
  buildNeighborAdvertisement({ ...V6, target: V6.ipv6Dst, tll: ETH.ethDst }),
  buildArp({ op: 1, spa: 0xfa000001, tpa: 0x0a000002, sha: ETH.ethSrc, tha: ETH.ethDst }),
  plain(0x8847, 0xff, 0xff, 0xf7, 64, 0x45),
  plain(0x88e7, 0x80, 1, 2, 3),
  plain(0x0800, 0x45),
  Uint8Array.of(1, 2, 3),
];

const keyOf = (frame: Uint8Array): FlowKey => flowKey(new Chunk(frame), 0, frame.length, 7);

/** The fields that stand in the bytes of packets. */
const IN_BYTES = MATCHABLE.filter((f) => !placeOf(f)!.beside);

test("the switch looks at all fields that are read from packets, and at what goes along with them", () => {
  const key = new FlowKey();
  const read = OXM_FIELDS.filter(({ name }) => name in key || name === "vlanTci").map(({ name }) => name);
  const names = MATCHABLE.map(({ name }) => name);
  expect(names.filter((name) => read.includes(name))).toEqual(read);
  for (const name of ["tcpFlags", "ipFrag", "mplsTtl", "reg31", "xreg15", "xxreg7", "tunnelId", "tunDst", "metadata", "pktMark", "conjId"])
    expect(names).toContain(name);
  const absent = OXM_FIELDS.filter((f) => placeOf(f) === undefined).map(({ name }) => name.replace(/\d+$/, "N"));
  const nsh = ["nshFlags", "nshTtl", "nshMdtype", "nshNp", "nshSpi", "nshSi", "nshCN"];
  expect([...new Set(absent)]).toEqual(["inPhyPort", "pbbUca", "ipv6NdReserved", "ipv6NdOptionsType", "tunMetadataN", ...nsh, "cookie"]);
});

test("registers are two or four of others, and the fields of a tag one", () => {
  const packet = new Packet(FRAMES[2]!, 1);
  const place = (name: OxmName) => placeOf(OXM[name] as OxmField)!;
  packet.mark(place("xxreg1"), 0x00000004_00000005_00000006_00000007n);
  expect((["reg3", "reg4", "reg5", "reg6", "reg7", "reg8"] as const).map((n) => packet.get(place(n)))).toEqual([0, 4, 5, 6, 7, 0]);
  expect(packet.get(place("xreg3"))).toBe(0x00000006_00000007n);
  packet.mark(place("reg6"), 0xffffffff);
  expect(packet.get(place("xxreg1"))).toBe(0x00000004_00000005_ffffffff_00000007n);
  expect((["vlanTci", "vlanVid", "vlanPcp"] as const).map((n) => packet.get(place(n)))).toEqual([0xd005, 0x1005, 6]);
});

/** Where each header starts in a frame. */
const startOf = (header: PacketHeader, { l3, l4 }: FlowKey): number | undefined =>
  header === "ethernet" ? 0 : header === "mpls" ? 14 : ["arp", "ipv4", "ipv6"].includes(header) ? l3 : l4;

/** So many bits of a frame from one on. */
function bitsAt(frame: Uint8Array, bit: number, bits: number): bigint {
  let value = 0n;
  for (let i = bit; i < bit + bits; i++) value = (value << 1n) | BigInt((frame[i >> 3]! >> (7 - (i & 7))) & 1);
  return value;
}

test("a field lies in packets where its row says", () => {
  const seen = new Set<string>();
  for (const frame of FRAMES) {
    const key = keyOf(frame);
    for (const { name, bits, lies } of IN_BYTES) {
      const value = key[name as keyof FlowKey];
      if (value === undefined) continue;
      for (const [header, bit] of Object.entries(lies) as [PacketHeader, number][]) {
        if ((header === "ipv4" && key.ipv4Src === undefined) || (header === "ipv6" && key.ipv6Src === undefined)) continue;
        seen.add(`${name} in ${header}`);
        expect([name, bitsAt(frame, 8 * startOf(header, key)! + bit, bits)]).toEqual([name, BigInt(value as number | bigint)]);
      }
    }
  }
  const all = IN_BYTES.flatMap(({ name, lies }) => Object.keys(lies).map((header) => `${name} in ${header}`));
  expect(all.filter((place) => !seen.has(place))).toEqual([]);
  expect(IN_BYTES.filter(({ lies }) => Object.keys(lies).length === 0).map(({ name }) => name)).toEqual([
    ...["ethType", "vlanVid", "vlanPcp", "vlanTci", "pbbIsid", "ipFrag", "ipv6Exthdr", "ipProto", "tcpFlags", "ipv6NdSll", "ipv6NdTll"],
  ]);
});

test("generated code and the walk along the rows lay packets out alike, in every field", () => {
  const [fast, slow] = [packer("specialised"), packer("interpreted")];
  const seen = new Set<string>();
  for (const frame of FRAMES) {
    const key = keyOf(frame);
    const [a, b] = [new Int32Array(WORDS), new Int32Array(WORDS)];
    fast(key, a);
    slow(key, b);
    expect(a).toEqual(b);
    for (const { name } of IN_BYTES) if (key[name as keyof FlowKey] !== undefined) seen.add(name);
  }
  expect(IN_BYTES.filter(({ name }) => !seen.has(name)).map(({ name }) => name)).toEqual(["vlanTci"]);
});

test("a packet matches on each of its fields, and on no other value of it", () => {
  for (const frame of FRAMES) {
    const packet = new Packet(frame, 7);
    for (const field of MATCHABLE) {
      const words = packet.words();
      const value = packet.valueOf(field);
      const matches = (v: number | bigint): boolean => new MatchWords(new Match([new MatchEntry(field, 0, v, undefined)])).matches(words);
      // a match on the priority of a tag asks for the tag too
      if (field.name === "vlanPcp" && packet.key.vlanPcp === undefined) {
        expect(matches(0)).toBe(false);
        continue;
      }
      expect([field.name, matches(value)]).toEqual([field.name, true]);
      const top =
        typeof value === "bigint"
          ? value ^ (1n << BigInt(field.bits - 1))
          : value < 2 ** (field.bits - 1)
            ? value + 2 ** (field.bits - 1)
            : value - 2 ** (field.bits - 1);
      expect([field.name, matches(top)]).toEqual([field.name, false]);
    }
  }
});

/** The fields that the switch looks at, and how they are laid out: derived from the rows of match fields. */
import { expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import { Match, MatchEntry, OXM_FIELDS, type PacketHeader } from "../../src/ofp/mod.js";
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
import { MATCHABLE, OF_PIPELINE } from "../../src/switch/fields.js";
import { MatchWords, packer, WORDS } from "../../src/switch/flow-words.js";

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

test("the switch looks at all fields that are read from packets, and at its pipeline's", () => {
  const key = new FlowKey();
  const read = OXM_FIELDS.filter(({ name }) => name in key).map(({ name }) => name);
  expect(MATCHABLE.map(({ name }) => name)).toEqual([...read, "tunnelId", "metadata"]);
  expect(read).toContain("tcpFlags");
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
    for (const { name, bits, lies } of MATCHABLE) {
      const value = key[name as keyof FlowKey];
      if (value === undefined) continue;
      for (const [header, bit] of Object.entries(lies) as [PacketHeader, number][]) {
        if ((header === "ipv4" && key.ipv4Src === undefined) || (header === "ipv6" && key.ipv6Src === undefined)) continue;
        seen.add(`${name} in ${header}`);
        expect([name, bitsAt(frame, 8 * startOf(header, key)! + bit, bits)]).toEqual([name, BigInt(value as number | bigint)]);
      }
    }
  }
  const all = MATCHABLE.flatMap(({ name, lies }) => Object.keys(lies).map((header) => `${name} in ${header}`));
  expect(all.filter((place) => !seen.has(place))).toEqual([]);
  expect(MATCHABLE.filter(({ lies }) => Object.keys(lies).length === 0).map(({ name }) => name)).toEqual([
    ...["inPort", "ethType", "vlanVid", "vlanPcp", "pbbIsid", "ipv6Exthdr", "ipProto", "tcpFlags", "ipv6NdSll", "ipv6NdTll"],
    ...["tunnelId", "metadata"],
  ]);
});

test("generated code and the walk along the rows lay packets out alike, in every field", () => {
  const [fast, slow] = [packer("specialised"), packer("interpreted")];
  const seen = new Set<string>();
  for (const frame of FRAMES) {
    for (const metadata of [0n, 0xffff_ffff_0000_0001n]) {
      const key = keyOf(frame);
      const [a, b] = [new Int32Array(WORDS), new Int32Array(WORDS)];
      fast(key, metadata, a);
      slow(key, metadata, b);
      expect(a).toEqual(b);
      for (const { name } of MATCHABLE) if (key[name as keyof FlowKey] !== undefined) seen.add(name);
    }
  }
  expect(MATCHABLE.filter(({ name }) => !seen.has(name) && !OF_PIPELINE.has(name)).map(({ name }) => name)).toEqual([]);
});

test("a packet matches on each of its fields, and on no other value of it", () => {
  const pack = packer("specialised");
  for (const frame of FRAMES) {
    const key = keyOf(frame);
    const words = new Int32Array(WORDS);
    pack(key, 5n, words);
    const own = { ...key, metadata: 5n, tunnelId: 0n } as unknown as Record<string, number | bigint | undefined>;
    for (const field of MATCHABLE) {
      const value = own[field.name];
      const matches = (v: number | bigint): boolean => new MatchWords(new Match([new MatchEntry(field, 0, v, undefined)])).matches(words);
      if (value === undefined) {
        expect(matches(typeof field.exact === "bigint" ? 0n : 0)).toBe(false);
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

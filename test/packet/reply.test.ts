import { describe, expect, test } from "vitest";
import { Chunk, parseIpv4 } from "../../src/bytes/mod.js";
import {
  ArpOp,
  buildArp,
  buildIcmp,
  buildIcmpEcho,
  buildUdp,
  IcmpType,
  MAC_BROADCAST,
  parseFrame,
  replyToFrame,
  replyToIpv4,
} from "../../src/packet/mod.js";

const MAC = 0x0200_0000_0001;
const ASKER = 0x0200_0000_0002;
const me = { mac: MAC, ip: parseIpv4("192.0.2.1"), prefix: 24 };
const near = parseIpv4("192.0.2.9");
const far = parseIpv4("198.51.100.9");
const to = { ethDst: MAC, ethSrc: ASKER, ipv4Src: far, ipv4Dst: me.ip };

/** The reply to a frame that stands in the middle of a chunk. */
function reply(frame: Uint8Array, who = me) {
  const chunk = new Chunk(frame.length + 20);
  chunk.u8.set(frame, 7);
  return replyToFrame(chunk, 7, 7 + frame.length, who);
}

describe("replyToFrame", () => {
  const arp = { op: ArpOp.Request, sha: ASKER, spa: near, tpa: me.ip };

  test("answers an ARP request for its address, in its VLAN", () => {
    const { ethernet, arp: answer } = parseFrame(reply(buildArp({ ...arp, vlans: [{ vid: 7 }], pad: true }))!);
    expect([ethernet.dst, ethernet.src, ethernet.vlans[0]?.vid]).toEqual([ASKER, MAC, 7]);
    expect(answer).toEqual({ op: ArpOp.Reply, sha: MAC, spa: me.ip, tha: ASKER, tpa: near });
  });

  test("answers a probe, and whoever asks where it has no network", () => {
    expect(reply(buildArp({ ...arp, spa: 0 }))).toBeDefined();
    expect(reply(buildArp({ ...arp, spa: far }), { ...me, prefix: 0 })).toBeDefined();
  });

  test.each([
    ["another's address", { tpa: near }],
    ["a reply", { op: ArpOp.Reply, ethDst: MAC }],
    ["an asker of another network", { spa: far }],
    ["a frame to somebody else", { ethDst: ASKER }],
  ])("no ARP for %s", (_, wrong) => {
    expect(reply(buildArp({ ...arp, ...wrong }))).toBeUndefined();
  });

  test.each([0, 1, 56, 1472])("turns an echo of %i bytes", (size) => {
    const data = Uint8Array.from({ length: size }, (_, i) => i);
    const { ethernet, ipv4, icmp, payload } = parseFrame(reply(buildIcmpEcho({ ...to, id: 5, seq: 9, data, ipTtl: 3 }))!, { verify: true });
    expect([ethernet.dst, ethernet.src, ipv4?.src, ipv4?.dst, ipv4?.ttl]).toEqual([ASKER, MAC, me.ip, far, 64]);
    expect([icmp?.type, icmp?.id, icmp?.seq]).toEqual([IcmpType.EchoReply, 5, 9]);
    expect(payload).toEqual(data);
  });

  const broken = buildIcmpEcho(to);
  broken[broken.length - 1]! ^= 1;
  test.each([
    ["another address", buildIcmpEcho({ ...to, ipv4Dst: near })],
    ["a broadcast", buildIcmpEcho({ ...to, ethDst: MAC_BROADCAST })],
    ["a reply", buildIcmpEcho({ ...to, reply: true })],
    ["another message", buildIcmp({ ...to, type: IcmpType.Unreachable })],
    ["UDP", buildUdp({ ...to, udpSrc: 1, udpDst: 2 }, new Uint8Array(8))],
    ["a wrong checksum", broken],
  ])("no echo for %s", (_, frame) => {
    expect(reply(frame)).toBeUndefined();
  });

  test("throws on what is cut short", () => {
    expect(() => reply(buildIcmpEcho(to).subarray(0, 20))).toThrow(expect.objectContaining({ code: "ERR_DECODE" }));
  });
});

test("replies take bytes as they take a chunk", () => {
  const frame = buildIcmpEcho({ ...to, seq: 3 });
  expect(replyToFrame(frame, 0, frame.length, me)).toEqual(reply(frame));
  const packet = frame.slice(14);
  expect(replyToIpv4(packet, 0, packet.length, me.ip)).toEqual(replyToIpv4(new Chunk(packet), 0, packet.length, me.ip));
});

test("replyToIpv4 turns an echo without an Ethernet header", () => {
  const packet = buildIcmpEcho({ ...to, seq: 3 }).subarray(14);
  const answer = replyToIpv4(new Chunk(new Uint8Array(packet)), 0, packet.length, me.ip)!;
  const frame = new Uint8Array([...new Uint8Array(12), 8, 0, ...answer]);
  expect(parseFrame(frame, { verify: true })).toMatchObject({ ipv4: { src: me.ip, dst: far }, icmp: { type: 0, seq: 3 } });
  expect(replyToIpv4(new Chunk(new Uint8Array(packet)), 0, packet.length, near)).toBeUndefined();
});

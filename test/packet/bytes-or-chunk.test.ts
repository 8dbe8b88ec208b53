/** What reads packets takes bytes as it takes a chunk of them. */
import { expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import {
  buildNeighborSolicitation,
  ethDst,
  ethSrc,
  ethType,
  flowKey,
  parseEthernet,
  parseIcmpv6,
  parseIpv6Header,
  parseNeighborDiscovery,
} from "../../src/packet/mod.js";

const frame = buildNeighborSolicitation({ ethSrc: 0x0200_0000_0001, ipv6Src: 1n, target: 2n });

test.each([
  ["ethDst", (from: Chunk | Uint8Array) => ethDst(from, 0)],
  ["ethSrc", (from: Chunk | Uint8Array) => ethSrc(from, 0)],
  ["ethType", (from: Chunk | Uint8Array) => ethType(from, 0)],
  ["flowKey", (from: Chunk | Uint8Array) => flowKey(from, 0, frame.length, 1)],
  ["parseEthernet", (from: Chunk | Uint8Array) => parseEthernet(from)],
  ["parseIpv6Header", (from: Chunk | Uint8Array) => parseIpv6Header(from, 14)],
  ["parseNeighborDiscovery", (from: Chunk | Uint8Array) => parseNeighborDiscovery(from, parseIcmpv6(from, 54))],
])("%s", (_name, read) => {
  expect(read(frame)).toEqual(read(new Chunk(frame)));
});

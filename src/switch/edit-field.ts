import type { OxmName } from "../ofp/mod.js";
import { Ipv6Exthdr } from "../packet/mod.js";
import { editSctp, icmpSum, ipv4Sum, put16, put32, put48, put128, transportSum, transportSumOfDestination } from "./edit-checksum.js";
import { setTci } from "./edit-vlan.js";
import type { Packet } from "./packet.js";

/** Sets a field of a packet, keeping its checksums right. A packet that does not have the field stays as it is. */
export type FieldEdit = (packet: Packet, value: never) => void;

type Edit<T> = (packet: Packet, value: T) => void;

/** Sets the type of service of IPv4 or the traffic class of IPv6, in some bits. */
function setTrafficClass(packet: Packet, value: number, mask: number): void {
  const { key } = packet;
  const at = key.l3;
  if (at === undefined || key.ipDscp === undefined) return;
  const c = packet.edit();
  const word = c.dv.getUint16(at);
  if (key.ipv4Src !== undefined) put16(c, at, (word & ~mask) | (value & mask), ipv4Sum(key));
  else c.dv.setUint16(at, (word & ~(mask << 4)) | ((value & mask) << 4));
}

const ethernet =
  (at: number): Edit<number> =>
  (packet, value) => {
    if (packet.key.ethDst !== undefined) put48(packet.edit(), at, value);
  };

const ipv4 =
  (offset: number): Edit<number> =>
  (packet, value) => {
    const { key } = packet;
    if (key.ipv4Src !== undefined) put32(packet.edit(), key.l3! + offset, value, ipv4Sum(key), transportSum(key));
  };

const ipv6 =
  (offset: number): Edit<bigint> =>
  (packet, value) => {
    const { key } = packet;
    if (key.ipv6Src === undefined) return;
    put128(packet.edit(), key.l3! + offset, value, offset === 24 ? transportSumOfDestination(key) : transportSum(key));
  };

const port =
  (name: "tcpSrc" | "tcpDst" | "udpSrc" | "udpDst", offset: number): Edit<number> =>
  (packet, value) => {
    const { key } = packet;
    if (key[name] !== undefined) put16(packet.edit(), key.l4! + offset, value, transportSum(key));
  };

const sctpPort =
  (offset: number): Edit<number> =>
  (packet, value) => {
    const { key } = packet;
    if (key.sctpSrc === undefined) return;
    const c = packet.edit();
    editSctp(c, key.l4!, key.end, () => c.dv.setUint16(key.l4! + offset, value));
  };

const icmp =
  (name: "icmpv4Type" | "icmpv6Type", shift: number): Edit<number> =>
  (packet, value) => {
    const { key } = packet;
    if (key[name] === undefined) return;
    const c = packet.edit();
    const at = key.l4!;
    put16(c, at, (c.dv.getUint16(at) & ~(0xff << shift)) | (value << shift), icmpSum(key));
  };

const arp =
  (put: typeof put16, offset: number): Edit<number> =>
  (packet, value) => {
    const { key } = packet;
    if (key.arpOp !== undefined) put(packet.edit(), key.l3! + offset, value);
  };

/** Sets the link-layer address in an option of neighbor discovery. RFC 4861 §4.6.1 */
const ndAddress =
  (name: "ipv6NdSll" | "ipv6NdTll", option: number): Edit<number> =>
  (packet, value) => {
    const { key } = packet;
    if (key[name] === undefined) return;
    const c = packet.edit();
    for (let at = key.l4! + 24; key.end - at >= 8; ) {
      const length = c.dv.getUint8(at + 1) * 8;
      if (length === 0 || length > key.end - at) return;
      if (c.dv.getUint8(at) === option && length === 8) put48(c, at + 2, value, icmpSum(key));
      at += length;
    }
  };

const EDITS = {
  metadata: (packet: Packet, value: bigint) => packet.writeMetadata(value, 0xffff_ffff_ffff_ffffn),
  ethDst: ethernet(0),
  ethSrc: ethernet(6),
  vlanVid: (packet: Packet, value: number) => setTci(packet, value & 0xfff, 0xfff, false),
  vlanPcp: (packet: Packet, value: number) => setTci(packet, value << 13, 0xe000, false),
  ipDscp: (packet: Packet, value: number) => setTrafficClass(packet, value << 2, 0xfc),
  ipEcn: (packet: Packet, value: number) => setTrafficClass(packet, value, 0x03),
  ipv4Src: ipv4(12),
  ipv4Dst: ipv4(16),
  tcpSrc: port("tcpSrc", 0),
  tcpDst: port("tcpDst", 2),
  udpSrc: port("udpSrc", 0),
  udpDst: port("udpDst", 2),
  sctpSrc: sctpPort(0),
  sctpDst: sctpPort(2),
  icmpv4Type: icmp("icmpv4Type", 8),
  icmpv4Code: icmp("icmpv4Type", 0),
  arpOp: arp(put16, 6),
  arpSpa: arp(put32, 14),
  arpTpa: arp(put32, 24),
  arpSha: arp(put48, 8),
  arpTha: arp(put48, 18),
  ipv6Src: ipv6(8),
  ipv6Dst: ipv6(24),
  ipv6Flabel: (packet: Packet, value: number) => {
    const { key } = packet;
    if (key.ipv6Flabel === undefined) return;
    const { dv } = packet.edit();
    dv.setUint32(key.l3!, ((dv.getUint32(key.l3!) & 0xfff0_0000) | value) >>> 0);
  },
  icmpv6Type: icmp("icmpv6Type", 8),
  icmpv6Code: icmp("icmpv6Type", 0),
  ipv6NdTarget: (packet: Packet, value: bigint) => {
    const { key } = packet;
    if (key.ipv6NdTarget !== undefined) put128(packet.edit(), key.l4! + 8, value, icmpSum(key));
  },
  ipv6NdSll: ndAddress("ipv6NdSll", 1),
  ipv6NdTll: ndAddress("ipv6NdTll", 2),
} satisfies Partial<Record<OxmName, Edit<number> | Edit<bigint>>>;

/** The edits by the field's name; a field that is not here cannot be set. */
export const FIELD_EDITS: ReadonlyMap<string, FieldEdit> = new Map(Object.entries(EDITS) as [string, FieldEdit][]);

/** Sets the time to live or hop limit. */
export function setTtl(packet: Packet, value: number): void {
  const { key } = packet;
  if (key.ipv4Src !== undefined) {
    const c = packet.edit();
    put16(c, key.l3! + 8, (value << 8) | c.dv.getUint8(key.l3! + 9), ipv4Sum(key));
  } else if (key.ipv6Src !== undefined) packet.edit().dv.setUint8(key.l3! + 7, value);
}

/** Takes one from the time to live or hop limit; false, and nothing changed, where that would leave none. OpenFlow 1.3 §5.12 */
export function decrementTtl(packet: Packet): boolean {
  const { key, chunk } = packet;
  const at = key.ipv4Src !== undefined ? key.l3! + 8 : key.ipv6Src !== undefined ? key.l3! + 7 : -1;
  if (at < 0) return true;
  const ttl = chunk.dv.getUint8(at);
  if (ttl <= 1) return false;
  setTtl(packet, ttl - 1);
  return true;
}

/** Whether a packet is a fragment of an IP packet. */
export function isFragment({ key, chunk }: Packet): boolean {
  if (key.ipv4Src !== undefined) return (chunk.dv.getUint16(key.l3! + 6) & 0x3fff) !== 0;
  return key.ipv6Exthdr !== undefined && (key.ipv6Exthdr & Ipv6Exthdr.FRAG) !== 0;
}

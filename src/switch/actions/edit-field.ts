import type { Chunk } from "../../bytes/mod.js";
import { OXM_FIELDS, type OxmField, type PacketHeader, VLAN_PRESENT } from "../../ofp/mod.js";
import { type FlowKey, Ipv6Exthdr } from "../../packet/mod.js";
import type { Packet } from "../packet/packet.js";
import { placeOf } from "../packet/places.js";
import {
  editSctp,
  icmpSum,
  ipv4Sum,
  put16,
  put32,
  put48,
  put128,
  type Sum,
  transportSum,
  transportSumOfDestination,
} from "./edit-checksum.js";
import { popVlan, setTci } from "./edit-vlan.js";

/** Sets a field of a packet, keeping its checksums right. A packet that does not have the field stays as it is. */
export type FieldEdit = (packet: Packet, value: never) => void;

type Edit<T> = (packet: Packet, value: T) => void;

/** Where a checksum stands in a packet that is kept right; undefined for a packet without it. */
type SumOf = (key: FlowKey) => Sum | undefined;

/** A header that this switch can change. */
interface Header {
  /** Where it starts in the frame; undefined for a packet without it. */
  startOf(key: FlowKey): number | undefined;
  /** The checksums over a field of it, two at most. */
  sumsOf?(bit: number, bits: number): readonly SumOf[];
}

const IPV4_ADDRESS = 32;
const IPV6_ADDRESS = 128;
const IPV6_DESTINATION = 192;

const HEADERS: { readonly [H in PacketHeader]?: Header } = {
  ethernet: { startOf: (key) => (key.ethDst === undefined ? undefined : 0) },
  arp: { startOf: (key) => (key.arpOp === undefined ? undefined : key.l3) },
  // addresses are in the pseudo header of the transport's checksum too
  ipv4: {
    startOf: (key) => (key.ipv4Src === undefined ? undefined : key.l3),
    sumsOf: (_bit, bits) => (bits === IPV4_ADDRESS ? [ipv4Sum, transportSum] : [ipv4Sum]),
  },
  ipv6: {
    startOf: (key) => (key.ipv6Src === undefined ? undefined : key.l3),
    sumsOf: (bit, bits) => (bits !== IPV6_ADDRESS ? [] : [bit === IPV6_DESTINATION ? transportSumOfDestination : transportSum]),
  },
  tcp: { startOf: (key) => (key.tcpSrc === undefined ? undefined : key.l4), sumsOf: () => [transportSum] },
  udp: { startOf: (key) => (key.udpSrc === undefined ? undefined : key.l4), sumsOf: () => [transportSum] },
  sctp: { startOf: (key) => (key.sctpSrc === undefined ? undefined : key.l4) },
  icmpv4: { startOf: (key) => (key.icmpv4Type === undefined ? undefined : key.l4), sumsOf: () => [icmpSum] },
  icmpv6: { startOf: (key) => (key.icmpv6Type === undefined ? undefined : key.l4), sumsOf: () => [icmpSum] },
  mpls: { startOf: (key) => key.shim },
  nd: { startOf: (key) => (key.ipv6NdTarget === undefined ? undefined : key.l4), sumsOf: () => [icmpSum] },
};

/** Writes a value into bits of a header that starts at `start`, and brings two checksums up to date. */
type Put = (c: Chunk, start: number, value: never, one?: Sum, two?: Sum) => void;

const WHOLE: Readonly<Record<number, typeof put16 | typeof put128>> = { 16: put16, 32: put32, 48: put48, 128: put128 };

/** How a field of so many bits is written that starts at a bit of its header: whole words, or some bits of one. */
function putter(bit: number, bits: number): Put {
  const offset = bit % 16;
  const at = (bit - offset) / 8;
  const whole = offset === 0 ? (WHOLE[bits] as Put | undefined) : undefined;
  if (whole !== undefined) return (c, start, value, one, two) => whole(c, start + at, value, one, two);
  const size = offset + bits <= 16 ? 16 : 32;
  const shift = size - offset - bits;
  const others = ~((2 ** bits - 1) << shift);
  if (size === 16)
    return (c, start, value, one, two) => put16(c, start + at, (c.dv.getUint16(start + at) & others) | (value << shift), one, two);
  return (c, start, value, one, two) => put32(c, start + at, ((c.dv.getUint32(start + at) & others) | (value << shift)) >>> 0, one, two);
}

/** Sets a field in one of the headers that may have it. */
function editIn(name: PacketHeader, header: Header, bit: number, bits: number): FieldEdit {
  const put = putter(bit, bits);
  const [oneOf, twoOf] = header.sumsOf?.(bit, bits) ?? [];
  return (packet, value) => {
    const { key } = packet;
    const start = header.startOf(key);
    if (start === undefined) return;
    const c = packet.edit();
    if (name === "sctp") editSctp(c, start, key.end, () => put(c, start, value));
    else put(c, start, value, oneOf?.(key), twoOf?.(key));
  };
}

/** The edit of a field where the row says that it lies; undefined for one that lies in no header that this switch changes. */
function editOf({ lies, bits }: OxmField): FieldEdit | undefined {
  const edits = (Object.entries(lies) as [PacketHeader, number][]).flatMap(([name, bit]) => {
    const header = HEADERS[name];
    return header === undefined ? [] : [editIn(name, header, bit, bits)];
  });
  if (edits.length <= 1) return edits[0];
  // a packet has one of the headers
  return (packet, value) => {
    for (let i = 0; i < edits.length; i++) edits[i]!(packet, value);
  };
}

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

/** The fields that lie at no fixed place: a tag that may not be there, options. */
const ELSEWHERE: Readonly<Record<string, Edit<number> | Edit<bigint>>> = {
  vlanTci: (packet: Packet, value: number) => ((value & VLAN_PRESENT) === 0 ? popVlan(packet) : setTci(packet, value, 0xefff, true)),
  vlanVid: (packet: Packet, value: number) => setTci(packet, value & 0xfff, 0xfff, false),
  vlanPcp: (packet: Packet, value: number) => setTci(packet, value << 13, 0xe000, false),
  ipv6NdSll: ndAddress("ipv6NdSll", 1),
  ipv6NdTll: ndAddress("ipv6NdTll", 2),
};

/** Sets a field that goes along with a packet. */
function markOf(field: OxmField): FieldEdit | undefined {
  const place = placeOf(field);
  return place?.beside === true && field.ovs?.writable === true ? (packet, value) => packet.mark(place, value) : undefined;
}

/** The edits by the field's name; a field that is not here cannot be set. */
export const FIELD_EDITS: ReadonlyMap<string, FieldEdit> = new Map(
  OXM_FIELDS.flatMap((field) => {
    const edit = (ELSEWHERE[field.name] as FieldEdit | undefined) ?? markOf(field) ?? editOf(field);
    return edit === undefined ? [] : [[field.name, edit]];
  }),
);

/** Sets the time to live or hop limit. */
export const setTtl = FIELD_EDITS.get("ipTtl") as Edit<number>;

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
  return key.ipv6Exthdr !== undefined && (key.ipv6Exthdr & Ipv6Exthdr.Frag) !== 0;
}

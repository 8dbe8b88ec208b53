import { addToChecksum, Chunk, foldChecksum, internetChecksum, pseudoHeaderIpv4, pseudoHeaderIpv6 } from "../../../bytes/mod.js";
import { EtherType, IcmpType, Icmpv6Type, IpProto, TcpFlag } from "../../../packet/mod.js";
import { Fragment, P, TAGGED } from "../../oxm/flow-places.js";
import { BOTTOM, isDiscovery, MAX_LABELS, NdOption, type PacketFlow } from "./packet-flow.js";

const VLAN_LENGTH = 4;
const MPLS_LENGTH = 4;
const IPV4_LENGTH = 20;
const IPV6_LENGTH = 40;
const ARP_BYTES = 28;
const ND_LENGTH = 24;
const OPTION_LENGTH = 8;

const MORE_FRAGMENTS = 0x2000;
/** Where a later fragment is said to belong, in units of 8 bytes. */
const SOME_OFFSET = 100;

const EMPTY = new Uint8Array(0);

const putMac = (c: Chunk, p: number, mac: number): void => {
  c.dv.setUint16(p, mac / 0x1_0000_0000);
  c.dv.setUint32(p + 2, mac);
};

const putU128 = (c: Chunk, p: number, value: bigint): void => {
  c.dv.setBigUint64(p, value >> 64n);
  c.dv.setBigUint64(p + 8, value & 0xffff_ffff_ffff_ffffn);
};

/**
 * A frame from which a flow's fields are extracted again, where there is one: what no field stands for is zero. The bytes are new and belong to the caller. Open vSwitch flow.c (flow_compose)
 * @param payload - what protocols carry that can carry anything: TCP without SYN, FIN and RST, UDP, and the echoes of ICMP
 */
export function composePacket(flow: PacketFlow, payload: Uint8Array): Uint8Array {
  const { image } = flow;
  const type = image.num(P.ethType);
  if (type === EtherType.None) return ethernet(flow, [], [], 14, EMPTY);
  const tags = flow.tags.filter((tag) => (tag & TAGGED) !== 0);
  return ethernet(flow, tags, labelsOf(flow, type), type, network(flow, type, payload));
}

/** The label stack entries that are sent: up to the one marked as the last, or as many as a flow has. */
function labelsOf({ labels }: PacketFlow, type: number): readonly number[] {
  if (type !== EtherType.Mpls && type !== EtherType.MplsMulticast) return [];
  const all = Array.from({ length: MAX_LABELS }, (_, i) => labels[i] ?? 0);
  const last = all.findIndex((entry) => (entry & BOTTOM) !== 0);
  return last < 0 ? all : all.slice(0, last + 1);
}

function ethernet({ image }: PacketFlow, tags: readonly number[], labels: readonly number[], type: number, rest: Uint8Array): Uint8Array {
  const head = 14 + VLAN_LENGTH * tags.length;
  const start = head + MPLS_LENGTH * labels.length;
  const c = new Chunk(start + rest.length);
  putMac(c, 0, image.num(P.ethDst));
  putMac(c, 6, image.num(P.ethSrc));
  for (const [i, tag] of tags.entries()) c.dv.setUint32(12 + VLAN_LENGTH * i, tag & ~TAGGED);
  c.dv.setUint16(head - 2, type);
  for (const [i, entry] of labels.entries()) c.dv.setUint32(head + MPLS_LENGTH * i, entry);
  c.u8.set(rest, start);
  return c.u8;
}

function network(flow: PacketFlow, type: number, payload: Uint8Array): Uint8Array {
  switch (type) {
    case EtherType.Ipv4:
      return ipv4(flow, transport(flow, payload));
    case EtherType.Ipv6:
      return ipv6(flow, transport(flow, payload));
    case EtherType.Arp:
    case EtherType.Rarp:
      return arp(flow);
    default:
      return EMPTY;
  }
}

function ipv4({ image }: PacketFlow, inner: Chunk): Uint8Array {
  const c = new Chunk(IPV4_LENGTH + inner.u8.length);
  const { dv } = c;
  const fragment = image.num(P.ipFrag);
  const proto = image.num(P.ipProto);
  dv.setUint8(0, 0x45);
  dv.setUint8(1, (image.num(P.ipDscp) << 2) | image.num(P.ipEcn));
  dv.setUint16(2, c.u8.length);
  if ((fragment & Fragment.Any) !== 0) dv.setUint16(6, MORE_FRAGMENTS | ((fragment & Fragment.Later) === 0 ? 0 : SOME_OFFSET));
  dv.setUint8(8, image.num(P.ipTtl));
  dv.setUint8(9, proto);
  dv.setUint32(12, image.num(P.ipv4Src));
  dv.setUint32(16, image.num(P.ipv4Dst));
  dv.setUint16(10, internetChecksum(c, 0, IPV4_LENGTH));
  const length = (dv.getUint16(2) - IPV4_LENGTH) & 0xffff;
  putChecksum(inner, proto, fragment, pseudoHeaderIpv4(image.num(P.ipv4Src), image.num(P.ipv4Dst), proto, length));
  c.u8.set(inner.u8, IPV4_LENGTH);
  return c.u8;
}

function ipv6({ image }: PacketFlow, inner: Chunk): Uint8Array {
  const c = new Chunk(IPV6_LENGTH + inner.u8.length);
  const { dv } = c;
  const proto = image.num(P.ipProto);
  const [src, dst] = [image.value[P.ipv6Src] as bigint, image.value[P.ipv6Dst] as bigint];
  const tos = (image.num(P.ipDscp) << 2) | image.num(P.ipEcn);
  dv.setUint32(0, (0x60000000 | (tos << 20) | image.num(P.ipv6Flabel)) >>> 0);
  dv.setUint16(4, inner.u8.length);
  dv.setUint8(6, proto);
  dv.setUint8(7, image.num(P.ipTtl));
  putU128(c, 8, src);
  putU128(c, 24, dst);
  putChecksum(inner, proto, image.num(P.ipFrag), pseudoHeaderIpv6(src, dst, proto, dv.getUint16(4)));
  c.u8.set(inner.u8, IPV6_LENGTH);
  return c.u8;
}

const ARP_REQUEST = 1;
const ARP_REPLY = 2;

function arp({ image }: PacketFlow): Uint8Array {
  const c = new Chunk(ARP_BYTES);
  const operation = image.num(P.arpOp);
  c.dv.setUint32(0, 0x00010800);
  c.dv.setUint16(4, 0x0604);
  c.dv.setUint16(6, operation);
  if (operation !== ARP_REQUEST && operation !== ARP_REPLY) return c.u8;
  putMac(c, 8, image.num(P.arpSha));
  c.dv.setUint32(14, image.num(P.arpSpa));
  putMac(c, 18, image.num(P.arpTha));
  c.dv.setUint32(24, image.num(P.arpTpa));
  return c.u8;
}

/** A header of some bytes with what it carries behind it. */
function withPayload(length: number, payload: Uint8Array): Chunk {
  const c = new Chunk(length + payload.length);
  c.u8.set(payload, length);
  return c;
}

/** The transport header with what it carries, its checksum 0; nothing for a later fragment and for other protocols. */
function transport({ image }: PacketFlow, payload: Uint8Array): Chunk {
  const fragment = image.num(P.ipFrag);
  const proto = (fragment & Fragment.Any) !== 0 && (fragment & Fragment.Later) !== 0 ? -1 : image.num(P.ipProto);
  const [source, destination] = [image.num(P.tcpSrc), image.num(P.tcpDst)];
  const ports = (c: Chunk): Chunk => {
    c.dv.setUint16(0, source);
    c.dv.setUint16(2, destination);
    return c;
  };
  const typed = (c: Chunk): Chunk => {
    c.dv.setUint8(0, source);
    c.dv.setUint8(1, destination);
    return c;
  };
  const isEcho = (...types: number[]): boolean => types.includes(source & 0xff) && (destination & 0xff) === 0;
  switch (proto) {
    case IpProto.Tcp: {
      const flags = image.num(P.tcpFlags);
      const c = ports(withPayload(20, (flags & (TcpFlag.Syn | TcpFlag.Fin | TcpFlag.Rst)) === 0 ? payload : EMPTY));
      c.dv.setUint16(12, (flags & 0xfff) | 0x5000);
      return c;
    }
    case IpProto.Udp: {
      const c = ports(withPayload(8, payload));
      c.dv.setUint16(4, c.u8.length);
      return c;
    }
    case IpProto.Sctp:
      return ports(new Chunk(12));
    case IpProto.Icmp:
      return typed(withPayload(8, isEcho(IcmpType.EchoRequest, IcmpType.EchoReply) ? payload : EMPTY));
    case IpProto.Igmp: {
      const c = typed(new Chunk(8));
      c.dv.setUint32(4, image.num(P.ipv6NdReserved));
      return c;
    }
    case IpProto.Icmpv6: {
      const c =
        isDiscovery(source & 0xff) && (destination & 0xff) === 0
          ? discovery(image)
          : withPayload(8, isEcho(Icmpv6Type.EchoRequest, Icmpv6Type.EchoReply) ? payload : EMPTY);
      c.dv.setUint32(4, image.num(P.ipv6NdReserved));
      return typed(c);
    }
    default:
      return new Chunk(0);
  }
}

/** The message of neighbour discovery with an option for each link-layer address that is not zero. */
function discovery(image: PacketFlow["image"]): Chunk {
  const addresses: readonly (readonly [type: number, mac: number])[] = [
    [NdOption.SourceAddress, image.num(P.arpSha)],
    [NdOption.TargetAddress, image.num(P.arpTha)],
  ];
  const options = addresses.filter(([, mac]) => mac !== 0);
  const c = new Chunk(ND_LENGTH + OPTION_LENGTH * options.length);
  putU128(c, 8, image.value[P.ipv6NdTarget] as bigint);
  for (const [i, [type, mac]] of options.entries()) {
    const p = ND_LENGTH + OPTION_LENGTH * i;
    c.dv.setUint8(p, type);
    c.dv.setUint8(p + 1, 1);
    putMac(c, p + 2, mac);
  }
  return c;
}

/** Where each protocol has its checksum, and whether it covers the pseudo header. SCTP's is left 0. */
const CHECKSUMS: Readonly<Record<number, readonly [at: number, pseudo: boolean]>> = {
  [IpProto.Tcp]: [16, true],
  [IpProto.Udp]: [6, true],
  [IpProto.Icmp]: [2, false],
  [IpProto.Igmp]: [2, false],
  [IpProto.Icmpv6]: [2, true],
};

function putChecksum(c: Chunk, proto: number, fragment: number, pseudo: number): void {
  const row = CHECKSUMS[proto];
  if (row === undefined || c.u8.length === 0 || (fragment & (Fragment.Any | Fragment.Later)) === (Fragment.Any | Fragment.Later)) return;
  const [at, covers] = row;
  const sum = foldChecksum(addToChecksum(c, 0, c.u8.length, covers ? pseudo : 0));
  c.dv.setUint16(at, sum === 0 && proto === IpProto.Udp ? 0xffff : sum);
}

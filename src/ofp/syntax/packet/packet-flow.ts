import { named } from "../../../errors/mod.js";
import { EtherType, Icmpv6Type, IpProto } from "../../../packet/mod.js";
import { CT_INVALID, CT_TELLING, CT_TRACKED } from "../../oxm/ct-state.js";
import type { OxmName } from "../../oxm/fields.js";
import { FlowImage } from "../../oxm/flow-image.js";
import { Fragment, P, REG0 } from "../../oxm/flow-places.js";
import { formatImage } from "../match/match.js";
import type { TextOptions } from "../options.js";

/** The most VLAN tags that Open vSwitch keeps of a packet. */
export const MAX_TAGS = 2;
/** The most MPLS label stack entries that Open vSwitch keeps of a packet. */
export const MAX_LABELS = 3;
/** The bit of a label stack entry that marks the last one. */
export const BOTTOM = 0x100;

/** The options of neighbour discovery that have a link-layer address. RFC 4861, section 4.6.1 */
export const NdOption = named("NdOption", { SourceAddress: 1, TargetAddress: 2 });

/** Whether a type of ICMPv6 is one of neighbour discovery that has a target. */
export const isDiscovery = (type: number): boolean => type === Icmpv6Type.NeighborSolicitation || type === Icmpv6Type.NeighborAdvertisement;

/** The fields of one packet, each with a value: 0 where the packet does not have it. Open vSwitch flow.h (struct flow) */
export class PacketFlow {
  /** The fields that a match can have. */
  readonly image: FlowImage = new FlowImage();
  /** The VLAN tags, outermost first: the tag protocol in the upper 16 bits, the TCI with its bit 12 set in the lower ones. */
  readonly tags: number[] = [];
  /** The label stack entries, outermost first. */
  readonly labels: number[] = [];
  /** The position in the packet of the transport header; -1 where there is none. */
  l4 = -1;
  /** The position in the packet of its end by the length in its IP header, padding left out. */
  end = 0;

  /** Gives a place its value. */
  put(at: number, value: number | bigint): void {
    this.image.value[at] = value;
  }

  /** Adds a VLAN tag. */
  pushTag(tag: number): void {
    if (this.tags.length === 0) this.put(P.vlanTci, tag & 0xffff);
    this.tags.push(tag);
  }

  /** Adds a label stack entry. */
  pushLabel(entry: number): void {
    if (this.labels.length === 0) {
      this.put(P.mplsLabel, entry >>> 12);
      this.put(P.mplsTc, (entry >>> 9) & 7);
      this.put(P.mplsBos, (entry >>> 8) & 1);
      this.put(P.mplsTtl, entry & 0xff);
    }
    this.labels.push(entry);
  }
}

const isMpls = (type: number): boolean => type === EtherType.Mpls || type === EtherType.MplsMulticast;
const isArp = (type: number): boolean => type === EtherType.Arp || type === EtherType.Rarp;

const TRANSPORTS: readonly number[] = [IpProto.Icmp, IpProto.Icmpv6, IpProto.Tcp, IpProto.Udp, IpProto.Sctp, IpProto.Igmp];
/** The name space of packet types that are Ethernet types. */
const ETHER_TYPES = 1;

const TUNNEL: readonly OxmName[] = [
  ...(["tunSrc", "tunDst", "tunIpv6Src", "tunIpv6Dst", "tunGbpId", "tunGbpFlags", "tunErspanIdx", "tunErspanVer", "tunErspanDir"] as const),
  ...(["tunErspanHwid", "tunGtpuFlags", "tunGtpuMsgtype"] as const),
];
const NSH: readonly OxmName[] = ["nshFlags", "nshTtl", "nshMdtype", "nshNp", "nshSpi", "nshSi", "nshC1", "nshC2", "nshC3", "nshC4"];
const MPLS: readonly OxmName[] = ["mplsLabel", "mplsTc", "mplsBos", "mplsTtl"];
/** Metadata that counts where it is not zero. */
const METADATA: readonly OxmName[] = ["inPort", "pktMark", "recircId", "dpHash", "ctState", "ctZone", "ctMark", "ctLabel", "metadata"];
/** All flags of a tunnel that Open vSwitch prints. */
const TUNNEL_FLAGS = 15;

const isZero = (v: number | bigint): boolean => v === 0 || v === 0n;

/** Makes the fields count that a packet of this kind has, and the metadata that is not zero. Open vSwitch flow.c (flow_wildcards_init_for_packet, flow_format) */
function countFields(flow: PacketFlow): void {
  const { image } = flow;
  const { value } = image;
  const count = (...names: readonly OxmName[]): void => {
    for (const name of names) image.count(P[name]);
  };
  for (let at = 0; at < image.mask.length; at++) image.mask[at] = typeof image.mask[at] === "bigint" ? 0n : 0;
  for (const name of METADATA) if (!isZero(value[P[name]]!)) count(name);
  for (let at = REG0; at < value.length; at++) if (value[at] !== 0) image.count(at);
  countTunnel(image);
  count("packetType");
  const packetType = image.num(P.packetType);
  const type = packetType === 0 ? image.num(P.ethType) : packetType >>> 16 === ETHER_TYPES ? packetType & 0xffff : 0;
  let innerTag: number | undefined;
  if (packetType === 0) {
    count("ethDst", "ethSrc", "ethType", "vlanTci");
    if (image.num(P.vlanTci) !== 0) innerTag = (flow.tags[1] ?? 0) & 0xffff;
  }
  const labels: number[] = [];
  if (isMpls(type)) {
    count(...MPLS);
    for (let i = 1; i < MAX_LABELS && ((flow.labels[i - 1] ?? 0) & BOTTOM) === 0; i++) labels.push(flow.labels[i] ?? 0);
  }
  image.inner = { tag: innerTag, labels };
  const v4 = type === EtherType.Ipv4;
  const v6 = type === EtherType.Ipv6;
  const proto = image.num(P.ipProto);
  if (v4 || isArp(type)) count("ipv4Src", "ipv4Dst");
  if (isArp(type)) count("arpOp", "arpSha", "arpTha");
  if (v6) {
    count("ipv6Src", "ipv6Dst", "ipv6Flabel");
    if (proto === IpProto.Icmpv6) count("tcpDst");
    if (proto === IpProto.Icmpv6 && image.num(P.tcpDst) === 0) {
      count("tcpSrc");
      if (isDiscovery(image.num(P.tcpSrc))) count("arpSha", "arpTha", "ipv6NdTarget");
    }
  }
  const nsh = image.num(P.ethType) === EtherType.Nsh;
  if (nsh) count(...NSH);
  if (!v4 && !v6 && !nsh) return;
  count("ipFrag", "ipDscp", "ipEcn", "ipTtl", "ipProto");
  countConnection(image, type);
  if ((image.num(P.ipFrag) & Fragment.Later) !== 0 || !TRANSPORTS.includes(proto)) return;
  count("tcpSrc", "tcpDst");
  if (proto === IpProto.Tcp) count("tcpFlags");
}

function countTunnel(image: FlowImage): void {
  const { value } = image;
  if (isZero(value[P.tunDst]!) && isZero(value[P.tunIpv6Dst]!)) {
    if (!isZero(value[P.tunnelId]!)) image.count(P.tunnelId);
    return;
  }
  for (const name of TUNNEL) image.count(P[name]);
  image.count(P.tunFlags);
  image.mask[P.tunFlags] = TUNNEL_FLAGS;
}

/** Makes the original direction of a tracked connection count, and its addresses where a packet type contradicts the Ethernet type. */
function countConnection(image: FlowImage, type: number): void {
  const state = image.num(P.ctState);
  const valid = (state & CT_TELLING) !== 0 || ((state & CT_TRACKED) !== 0 && (state & CT_INVALID) === 0);
  const counts = valid && image.num(P.ctNwProto) !== 0;
  if (counts) for (const name of ["ctNwProto", "ctTpSrc", "ctTpDst"] as const) image.count(P[name]);
  if (!counts && image.num(P.ethType) === type) return;
  if (type === EtherType.Ipv4) for (const name of ["ctNwSrc", "ctNwDst"] as const) image.count(P[name]);
  if (type === EtherType.Ipv6) for (const name of ["ctIpv6Src", "ctIpv6Dst"] as const) image.count(P[name]);
}

/** The fields of a packet as a match on all of them has them. Metadata that is zero is left out. */
export function formatPacketFlow(flow: PacketFlow, o: TextOptions = {}): string {
  countFields(flow);
  return formatImage(flow.image, o);
}

/** Whether two packets have the same fields. */
export function isSameFlow(a: PacketFlow, b: PacketFlow): boolean {
  return (
    a.image.value.every((v, at) => v === b.image.value[at]) &&
    Array.from({ length: MAX_TAGS }).every((_, i) => (a.tags[i] ?? 0) === (b.tags[i] ?? 0)) &&
    Array.from({ length: MAX_LABELS }).every((_, i) => (a.labels[i] ?? 0) === (b.labels[i] ?? 0))
  );
}

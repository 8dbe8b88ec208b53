import { Chunk } from "../bytes/mod.js";
import { checkOptions, type OptionTable } from "../errors/mod.js";
import { type Arp, isArp, parseArp } from "./arp.js";
import { type EthernetHeader, parseEthernet } from "./ethernet.js";
import { type Icmp, parseIcmp } from "./icmp.js";
import { isNeighborDiscovery, type NeighborDiscovery, parseIcmpv6, parseNeighborDiscovery } from "./icmpv6.js";
import { type Ipv4, parseIpv4Header } from "./ipv4.js";
import { type Ipv6, Ipv6Exthdr, parseIpv6Header } from "./ipv6.js";
import { type Lldp, parseLldp } from "./lldp.js";
import { type MplsLabel, parseMpls } from "./mpls.js";
import { EtherType, IpProto } from "./numbers.js";
import { parseSctp, type Sctp } from "./sctp.js";
import { parseTcp, type Tcp } from "./tcp.js";
import { parseUdp, type Udp } from "./udp.js";

/** A frame with all its layers; those that it does not have are missing. */
export interface Frame {
  readonly ethernet: EthernetHeader;
  readonly mpls?: readonly Required<MplsLabel>[];
  readonly arp?: Arp;
  readonly lldp?: Lldp;
  readonly ipv4?: Ipv4;
  readonly ipv6?: Ipv6;
  readonly tcp?: Tcp;
  readonly udp?: Udp;
  readonly sctp?: Sctp;
  readonly icmp?: Icmp;
  readonly icmpv6?: Icmp;
  readonly nd?: NeighborDiscovery;
  /** What the innermost layer carries, without padding. Borrowed: the bytes are those that were parsed. */
  readonly payload: Uint8Array;
}

/** How {@link parseFrame} reads. */
export interface ParseFrameOptions {
  /** Whether every checksum must be right. False by default. */
  readonly verify?: boolean;
}

type Draft = { -readonly [K in keyof Frame]?: Frame[K] };

const PARSE_FRAME_OPTIONS: OptionTable<ParseFrameOptions> = { verify: "boolean" };

/**
 * Reads a frame with all its layers. The transport layer is read of whole packets only, not of fragments; a protocol that is not known here stays payload,
 * and so does what is behind MPLS labels, whose type is not known.
 * @param bytes - a frame, or a chunk that holds one from `p` to `end`
 * @throws DecodeError where a layer is cut short or malformed, or a checksum is wrong and `verify` was asked for
 */
export function parseFrame(bytes: Uint8Array | Chunk, options: ParseFrameOptions = {}, p = 0, end?: number): Frame {
  checkOptions("parseFrame", options, PARSE_FRAME_OPTIONS);
  const chunk = bytes instanceof Chunk ? bytes : new Chunk(bytes);
  const ethernet = parseEthernet(chunk, p, end ?? chunk.u8.length);
  const { type, payload: at } = ethernet;
  const draft: Draft = {};
  let from = at;
  let to = ethernet.end;
  if (type === EtherType.Arp && (isArp(chunk, at, to) || to - at < 28)) {
    draft.arp = parseArp(chunk, at, to);
    from = to;
  } else if (type === EtherType.Lldp) {
    draft.lldp = parseLldp(chunk, at, to);
    from = to;
  } else if (type === EtherType.Mpls || type === EtherType.MplsMulticast) {
    const { labels, payload } = parseMpls(chunk, at, to);
    draft.mpls = labels;
    from = payload;
  } else if (type === EtherType.Ipv4 || type === EtherType.Ipv6) {
    const verify = options.verify === true;
    const ip = type === EtherType.Ipv4 ? parseIpv4Header(chunk, at, to, verify) : parseIpv6Header(chunk, at, to);
    if (ip.version === 4) draft.ipv4 = ip;
    else draft.ipv6 = ip;
    const inner = ip.moreFragments || ip.fragmentOffset !== 0 ? ip : parseTransport(chunk, ip, verify, draft);
    from = inner.payload;
    to = inner.end;
  }
  return { ...draft, ethernet, payload: chunk.u8.subarray(from, to) };
}

function parseTransport(chunk: Chunk, ip: Ipv4 | Ipv6, verify: boolean, draft: Draft): { readonly payload: number; readonly end: number } {
  const { payload: p, end, proto } = ip;
  // Under a routing header the checksum covers the final destination, which is not the one in the IP header.
  const under = verify && !(ip.version === 6 && (ip.extensions & Ipv6Exthdr.Router) !== 0) ? ip : undefined;
  if (proto === IpProto.Tcp) {
    draft.tcp = parseTcp(chunk, p, end, under);
    return draft.tcp;
  }
  if (proto === IpProto.Udp) {
    draft.udp = parseUdp(chunk, p, end, under);
    return draft.udp;
  }
  if (proto === IpProto.Sctp) {
    draft.sctp = parseSctp(chunk, p, end, verify);
    return draft.sctp;
  }
  if (proto === IpProto.Icmp && ip.version === 4) {
    draft.icmp = parseIcmp(chunk, p, end, verify);
    return draft.icmp;
  }
  if (proto === IpProto.Icmpv6 && ip.version === 6) {
    draft.icmpv6 = parseIcmpv6(chunk, p, end, under);
    if (!isNeighborDiscovery(draft.icmpv6)) return draft.icmpv6;
    draft.nd = parseNeighborDiscovery(chunk, draft.icmpv6);
    return { payload: end, end };
  }
  return ip;
}

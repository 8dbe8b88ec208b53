import { IPV6 } from "../../oxm/context.js";
import { FlowImage } from "../../oxm/flow-image.js";
import { P } from "../../oxm/flow-places.js";
import { ICMP } from "../../oxm/match11.js";
import { formatImage } from "./match.js";

/** A match before and after what its packets cannot have was taken out of it. */
export interface Normalization {
  readonly before: string;
  readonly after: string;
}

const IPV4 = 0x0800;
const ARP = [0x0806, 0x8035];
const MPLS = [0x8847, 0x8848];
const WITH_PORTS = [6, 17, 132];
const ICMPV6 = 58;
const SOLICIT = 135;
const ADVERT = 136;

const PORTS = [P.tcpSrc, P.tcpDst];
const ETHERNET = [P.ethSrc, P.ethDst];
const ADDRESSES = [P.ipv4Src, P.ipv4Dst];
const IP = [P.ipDscp, P.ipEcn, P.ipTtl];
const IPV6_ADDRESSES = [P.ipv6Src, P.ipv6Dst, P.ipv6Flabel];
const LABELS = [P.mplsLabel, P.mplsTc, P.mplsBos, P.mplsTtl];

/** The places that packets of an image cannot have. */
function impossible(image: FlowImage): number[] {
  const packetType = image.num(P.packetType);
  const anyType = !image.has(P.packetType);
  const isEthernet = anyType || packetType === 0;
  const type = isEthernet ? image.num(P.ethType) : packetType >>> 16 === 1 ? packetType & 0xffff : 0;
  const proto = image.num(P.ipProto);
  const icmpType = image.num(P.tcpSrc);
  const v4 = type === IPV4;
  const v6 = type === IPV6;
  const arp = ARP.includes(type);
  const ports = (v4 && (WITH_PORTS.includes(proto) || proto === ICMP)) || (v6 && (WITH_PORTS.includes(proto) || proto === ICMPV6));
  const solicit = v6 && proto === ICMPV6 && icmpType === SOLICIT;
  const advert = v6 && proto === ICMPV6 && icmpType === ADVERT;
  return [
    ...(isEthernet ? [] : ETHERNET),
    ...(v4 || arp ? [] : ADDRESSES),
    ...(ports ? [] : PORTS),
    ...(v4 || v6 || arp ? [] : [P.ipProto]),
    ...(v4 || v6 ? [] : IP),
    ...(arp || solicit ? [] : [P.arpSha]),
    ...(arp || advert ? [] : [P.arpTha]),
    ...(v6 ? [] : IPV6_ADDRESSES),
    ...(solicit || advert ? [] : [P.ipv6NdTarget]),
    ...(MPLS.includes(type) ? [] : LABELS),
  ];
}

/** What an image comes to without what its packets cannot have, in words; undefined where that is the same. Open vSwitch ofp-match.c (ofputil_normalize_match) */
export function normalized(image: FlowImage): Normalization | undefined {
  const gone = impossible(image).filter((at) => image.has(at));
  if (gone.length === 0) return undefined;
  const after = new FlowImage().copy(image);
  for (const at of gone) {
    after.value[at] = typeof after.value[at] === "bigint" ? 0n : 0;
    after.mask[at] = typeof after.mask[at] === "bigint" ? 0n : 0;
  }
  return { before: formatImage(image), after: formatImage(after) };
}

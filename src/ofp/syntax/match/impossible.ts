import { Chunk } from "../../../bytes/mod.js";
import { SouthboundError } from "../../../errors/mod.js";
import { IPV6 } from "../../oxm/context.js";
import { OXM, type OxmField, type OxmName } from "../../oxm/fields.js";
import type { FlowImage } from "../../oxm/flow-image.js";
import { FULL, P } from "../../oxm/flow-places.js";
import { SIZE10 } from "../../oxm/layout10.js";
import { Match } from "../../oxm/match.js";
import { MatchEntry } from "../../oxm/match-entry.js";
import { ICMP, LENGTH11, putEntries11 } from "../../oxm/match11.js";
import { putEntries10 } from "../../oxm/put10.js";

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

/** The places that have a value in an image and that its packets cannot have. Open vSwitch ofp-match.c (ofputil_normalize_match) */
export function impossible(image: FlowImage): number[] {
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
  ].filter((at) => image.has(at));
}

/** The places of the structures of OpenFlow 1.0 and 1.1, by the field that each is named after. The tag is given in the match. */
const OLD: readonly OxmName[] = ["inPort", "ethSrc", "ethDst", "ethType", "ipv4Src", "ipv4Dst", "ipDscp", "ipProto", "tcpSrc", "tcpDst"];
const ONLY_11: readonly OxmName[] = ["mplsLabel", "mplsTc", "metadata"];

const TAG: ReadonlySet<OxmField | undefined> = new Set([OXM.vlanVid, OXM.vlanPcp] as readonly OxmField[]);

/** The fields of a structure, each by its place alone. */
function rawEntries(match: Match, image: FlowImage, version: 1 | 2): MatchEntry[] {
  const entries = match.entries.filter(({ field }) => TAG.has(field));
  for (const name of version === 1 ? OLD : [...OLD, ...ONLY_11]) {
    const at = P[name];
    const mask = image.mask[at]!;
    if (image.has(at)) entries.push(new MatchEntry(OXM[name] as OxmField, 0, image.value[at]!, mask === FULL[at] ? undefined : mask));
  }
  return entries;
}

/** Whether a port is given that is more than a type or code of ICMP can be. */
const exceeds = (image: FlowImage): boolean => {
  const proto = image.num(P.ipProto);
  return (proto === ICMP || proto === ICMPV6) && (image.num(P.tcpSrc) > 0xff || image.num(P.tcpDst) > 0xff);
};

/**
 * A match of OpenFlow 1.0 or 1.1 with the structure that Open vSwitch sends for it: all that the image holds, whether the packets can have it or not.
 */
export function withImpossible(match: Match, image: FlowImage, version: 1 | 2): Match {
  if (impossible(image).length === 0 && !exceeds(image)) return match;
  const isOld = ({ field }: MatchEntry): boolean => field?.ovs?.[version === 1 ? "in10" : "in11"] !== "no";
  if (!match.entries.every(isOld)) return match;
  const chunk = new Chunk(version === 1 ? SIZE10 : LENGTH11);
  const put = version === 1 ? putEntries10 : putEntries11;
  try {
    put(chunk, 0, rawEntries(match, image, version));
  } catch (e) {
    // a mask that the version cannot say: the match itself is refused
    if (SouthboundError.is(e)) return match;
    throw e;
  }
  return new Match(match.entries, { version, bytes: chunk.u8 });
}

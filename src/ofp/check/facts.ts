import { type FlowKey, IpProto } from "../../packet/mod.js";
import { CT_INVALID, CT_TELLING, CT_TRACKED } from "../oxm/ct-state.js";
import { OXM, OXM_FIELDS, type OxmField, type OxmName } from "../oxm/fields.js";
import { type FlowImage, withImage } from "../oxm/flow-image.js";
import { isOfEthernet, P } from "../oxm/flow-places.js";
import type { Match } from "../oxm/match.js";
import { VLAN_PRESENT } from "../vlan.js";
import type { Requirement } from "./fault.js";

/** What is certain of the packets that a match lets through, or of one packet: it decides which fields they have and which actions make sense for them. */
export interface PacketFacts {
  /** 0 where nothing is known. */
  ethType: number;
  /** The IP protocol; 0 where nothing is known. */
  proto: number;
  /** The ICMPv6 type and code; 0 where nothing is known. */
  icmpType: number;
  icmpCode: number;
  /** The least number of VLAN tags. */
  vlans: number;
  /** Whether they are Ethernet packets, which they are unless the match names another type of packet. */
  ethernet: boolean;
  /** Whether they are fragments behind the first, which have no ports. */
  later: boolean;
  /** Whether their connections are known. */
  tracked: boolean;
  /** Whether they may be of connections that are invalid: the match has that state. */
  invalid: boolean;
}

/** Facts of packets of which nothing is known. */
export const noFacts = (): PacketFacts => ({
  ethType: 0,
  proto: 0,
  icmpType: 0,
  icmpCode: 0,
  vlans: 0,
  ethernet: true,
  later: false,
  tracked: false,
  invalid: false,
});

/** Takes from an image what is certain of its packets. @returns `k`, changed */
export function learnFacts(k: PacketFacts, image: FlowImage): PacketFacts {
  const state = image.num(P.ctState);
  k.ethType = image.ethType;
  k.proto = image.num(P.ipProto);
  k.icmpType = image.num(P.tcpSrc);
  k.icmpCode = image.num(P.tcpDst);
  k.vlans = (image.num(P.vlanTci) & VLAN_PRESENT) === 0 ? 0 : 1;
  k.ethernet = image.num(P.packetType) === 0;
  k.later = (image.num(P.ipFrag) & 2) !== 0;
  k.invalid = (state & CT_INVALID) !== 0;
  const valid = (state & CT_TRACKED) !== 0 && ((image.mask[P.ctState] as number) & CT_INVALID) !== 0 && !k.invalid;
  k.tracked = (state & CT_TELLING) !== 0 || valid;
  return k;
}

/** The places in an image that facts are learned from. */
const PLACES: ReadonlySet<number> = new Set([P.packetType, P.ethType, P.vlanTci, P.ipProto, P.ipFrag, P.tcpSrc, P.tcpDst, P.ctState]);

/** Whether facts can be learned from a field, by its index. */
export const TEACHES: readonly boolean[] = OXM_FIELDS.map(({ name }) => PLACES.has(P[name as OxmName]));

/** What an image makes certain of its packets. */
export const factsOfImage = (image: FlowImage): PacketFacts => learnFacts(noFacts(), image);

/** What a match makes certain of its packets. */
export const factsOfMatch = ({ entries }: Match): PacketFacts =>
  withImage((image) => {
    for (let i = 0; i < entries.length; i++) {
      const e = entries[i]!;
      if (e.field !== undefined && TEACHES[e.field.index]) image.set(e);
    }
    return learnFacts(noFacts(), image);
  });

/** What is certain of one packet. @param key - its fields */
export const factsOfKey = ({ ethType = 0, ipProto = 0, icmpv6Type = 0, icmpv6Code = 0, vlanVid = 0 }: FlowKey): PacketFacts => ({
  ...noFacts(),
  ethType,
  proto: ipProto,
  icmpType: icmpv6Type,
  icmpCode: icmpv6Code,
  vlans: (vlanVid & VLAN_PRESENT) === 0 ? 0 : 1,
});

const TRANSPORTS: readonly number[] = [IpProto.Tcp, IpProto.Udp, IpProto.Sctp];

/** Whether packets are of IPv4 or IPv6. */
export const isIp = (k: PacketFacts): boolean => k.ethType === 0x0800 || k.ethType === 0x86dd;

/** Whether an Ethernet type is one of MPLS. */
export const isMplsType = (type: number): boolean => type === 0x8847 || type === 0x8848;

const need = (field: unknown, values: readonly number[], mask?: number): Requirement => ({ field: field as OxmField, values, mask });

const CONNECTION = need(OXM.ctState, [CT_TRACKED], CT_TRACKED | CT_INVALID);
/** A VLAN tag. */
export const TAG: Requirement = need(OXM.vlanVid, [VLAN_PRESENT], VLAN_PRESENT);
/** The Ethernet type of IPv4 or IPv6. */
export const IP: Requirement = need(OXM.ethType, [0x0800, 0x86dd]);
/** An Ethernet header. */
export const ETHERNET: Requirement = need(OXM.packetType, [0]);
const FIRST_FRAGMENT = need(OXM.ipFrag, [0], 2);
const ND_CODE = need(OXM.icmpv6Code, [0]);

/** Notes what is missing. */
function lacks(unmet: Requirement[] | undefined, requirement: Requirement): false {
  unmet?.push(requirement);
  return false;
}

function hasRequired(field: OxmField, k: PacketFacts, unmet: Requirement[] | undefined): boolean {
  const { ethType, ipProto, icmpv6Type } = field.requires;
  let has = true;
  if (ethType !== undefined && !ethType.includes(k.ethType)) has = lacks(unmet, need(OXM.ethType, ethType));
  if (ipProto !== undefined && !ipProto.includes(k.proto)) has = lacks(unmet, need(OXM.ipProto, ipProto));
  if (icmpv6Type !== undefined && !icmpv6Type.includes(k.icmpType)) has = lacks(unmet, need(OXM.icmpv6Type, icmpv6Type));
  if (!has) return false;
  if (k.later && ipProto !== undefined && TRANSPORTS.includes(k.proto)) return lacks(unmet, FIRST_FRAGMENT);
  return icmpv6Type === undefined || k.icmpCode === 0 || lacks(unmet, ND_CODE);
}

/**
 * Whether packets surely have a field. OpenFlow 1.3 §7.2.3.6
 * @param unmet - takes what they would have to be besides, if they do not
 */
export function hasField(field: OxmField, k: PacketFacts, unmet?: Requirement[]): boolean {
  if (field.tracked) return k.tracked || lacks(unmet, CONNECTION);
  if (isOfEthernet(field)) {
    if (!k.ethernet) return lacks(unmet, ETHERNET);
    return field !== (OXM.vlanPcp as OxmField) || k.vlans > 0 || lacks(unmet, TAG);
  }
  return hasRequired(field, k, unmet);
}

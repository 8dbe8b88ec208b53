import { IpProto } from "../../../packet/mod.js";
import { CT_INVALID, CT_TELLING, CT_TRACKED } from "../../oxm/ct-state.js";
import { formOfHeader, OXM, type OxmField, type OxmName, type OxmValue } from "../../oxm/fields.js";
import { EXPERIMENTER_CLASS } from "../../oxm/header.js";
import { hasStrayBits, type Match, type MatchEntry } from "../../oxm/match.js";
import { VLAN_PRESENT } from "../../vlan.js";
import { FlowImage, isAllOnes } from "../match/flow-image.js";
import { isKnown, isOfEthernet, P } from "../match/flow-places.js";
import { isPort } from "../words.js";

/** What is known of the packets that a flow matches: what decides which fields and actions make sense for it. */
export interface Known {
  ethType: number;
  proto: number;
  /** The ICMPv6 type and code; 0 where nothing is known. */
  icmpType: number;
  icmpCode: number;
  /** How many VLAN tags there are at least, up to two. */
  vlans: number;
  /** Whether they are Ethernet packets, which they are unless something else is said. */
  ethernet: boolean;
  /** Whether they are fragments behind the first, which have no ports. */
  later: boolean;
  /** Whether their connections are known. */
  tracked: boolean;
}

const TRANSPORTS: readonly number[] = [6, 17, 132];
export const isIp = (k: Known): boolean => k.ethType === 0x0800 || k.ethType === 0x86dd;
export const isMplsType = (type: number): boolean => type === 0x8847 || type === 0x8848;

/** Takes from an image what is known of its packets. */
function learn(k: Known, image: FlowImage): Known {
  const state = image.num(P.ctState);
  k.ethType = image.ethType;
  k.proto = image.num(P.ipProto);
  k.icmpType = image.num(P.tcpSrc);
  k.icmpCode = image.num(P.tcpDst);
  k.vlans = (image.num(P.vlanTci) & VLAN_PRESENT) === 0 ? 0 : 1;
  k.ethernet = image.num(P.packetType) === 0;
  k.later = (image.num(P.ipFrag) & 2) !== 0;
  const valid = (state & CT_TRACKED) !== 0 && ((image.mask[P.ctState] as number) & CT_INVALID) !== 0 && (state & CT_INVALID) === 0;
  k.tracked = (state & CT_TELLING) !== 0 || valid;
  return k;
}

const nothing = (): Known => ({
  ethType: 0,
  proto: 0,
  icmpType: 0,
  icmpCode: 0,
  vlans: 0,
  ethernet: true,
  later: false,
  tracked: false,
});

/** What an image makes known of its packets. */
export const knownOf = (image: FlowImage): Known => learn(nothing(), image);

const image = new FlowImage();

/** What a match tells of its packets. */
export const known = (match: Match): Known => learn(nothing(), image.fill(match));

/** Whether the packets have a field. */
export function hasField(field: OxmField, k: Known): boolean {
  if (field.tracked) return k.tracked;
  if (field === (OXM.vlanPcp as OxmField)) return k.ethernet && k.vlans > 0;
  if (isOfEthernet(field)) return k.ethernet;
  const { ethType, ipProto, icmpv6Type } = field.requires;
  if (ethType !== undefined && !ethType.includes(k.ethType)) return false;
  if (ipProto !== undefined) {
    if (!ipProto.includes(k.proto)) return false;
    if (k.later && TRANSPORTS.includes(k.proto)) return false;
  }
  if (icmpv6Type === undefined) return true;
  return k.proto === IpProto.ICMPV6 && k.icmpCode === 0 && icmpv6Type.includes(k.icmpType);
}

/** Fields of which Open vSwitch takes any value, beyond the bits that they have. */
const UNCHECKED = new Set<OxmName>(["tunErspanIdx", "tunErspanVer", "tunErspanDir", "tunErspanHwid"]);
const MAX_NSH_TTL = 63;

/** Whether a value is one that its field can have. */
export function isValid(field: OxmField, value: OxmValue): boolean {
  if (value instanceof Uint8Array || UNCHECKED.has(field.name as OxmName)) return true;
  switch (field as unknown) {
    case OXM.inPort:
    case OXM.actsetOutput:
      return isPort(value as number);
    case OXM.arpOp:
      return value <= 0xff;
    case OXM.nshTtl:
      return value <= MAX_NSH_TTL;
    case OXM.nshMdtype:
      return value === 1 || value === 2;
    default:
      return value <= field.exact;
  }
}

const isZero = (v: OxmValue): boolean => v === 0 || v === 0n;

/** How a match is looked at. */
export interface MatchCheck {
  /** For the metadata of a packet, where fields may be unknown and need nothing else. */
  readonly loose?: boolean;
  /** The known fields that it may have; all if not given. */
  readonly only?: ReadonlySet<OxmField>;
  /** Whether it may tell a cookie, as Nicira's requests may. */
  readonly cookie?: boolean;
}

/**
 * Why Open vSwitch refuses a match that is a list of fields, by the name of the error; undefined for a good one.
 */
export function refuseMatch(match: Match, _version: number, { loose = false, only, cookie = false }: MatchCheck = {}): string | undefined {
  image.clear();
  const k = nothing();
  let cookies = 0;
  for (const e of match.entries) {
    const { field, value, mask } = e;
    if (field === undefined || !isKnown(field)) {
      const fault = unknownFault(e);
      if (fault !== undefined) return fault;
      if (cookie && field === (OXM.cookie as OxmField)) {
        cookies += 1;
        if (cookies > 1) return "OFPBMC_DUP_FIELD";
        continue;
      }
      if (loose) continue;
      return "OFPBMC_BAD_FIELD";
    }
    if (mask !== undefined) {
      if (hasStrayBits(value, mask)) return "OFPBMC_BAD_WILDCARDS";
      if (field.maskable === "no" && !isZero(mask) && !isAllOnes(field, mask)) return "OFPBMC_BAD_MASK";
    }
    if (!isValid(field, value)) return "OFPBMC_BAD_VALUE";
    if (!loose && !hasField(field, k)) return "OFPBMC_BAD_PREREQ";
    if (!image.isWild(field)) return "OFPBMC_DUP_FIELD";
    if (only !== undefined && !only.has(field)) return "OFPBRC_PIPELINE_FIELDS_ONLY";
    if (!image.set(e)) return "OFPBMC_BAD_VALUE";
    learn(k, image);
  }
  return undefined;
}

/** Whether a match tells the addresses of a connection without the Ethernet type that they are of, which Open vSwitch refuses in the match of a flow. */
export function isInconsistent(match: Match): boolean {
  image.fill(match);
  const type = image.num(P.ethType);
  return (
    ((image.has(P.ctNwSrc) || image.has(P.ctNwDst)) && type !== 0x0800) ||
    ((image.has(P.ctIpv6Src) || image.has(P.ctIpv6Dst)) && type !== 0x86dd)
  );
}

/** What is found wrong with a field before it is found that there is none such: the length of an experimenter's, bits outside the mask, or bits that a field of 16 or 8 bits cannot have. */
function unknownFault({ field, header, value, mask }: MatchEntry): string | undefined {
  if (field !== undefined) return mask !== undefined && hasStrayBits(value, mask) ? "OFPBMC_BAD_WILDCARDS" : undefined;
  const bytes = value as Uint8Array;
  const experimenter = header >>> 16 === EXPERIMENTER_CLASS;
  if (experimenter && bytes.length < 4) return "OFPBMC_BAD_LEN";
  const start = experimenter ? 4 : 0;
  const width = (bytes.length - start) >>> 1;
  const hasMask = (header & 0x100) !== 0;
  if (hasMask) for (let i = start; i < start + width; i++) if ((bytes[i]! & ~bytes[width + i]!) !== 0) return "OFPBMC_BAD_WILDCARDS";
  const form = formOfHeader(header, 0);
  if (form?.narrow === undefined) return undefined;
  const ones = bytes.subarray(width);
  return hasMask && !ones.every((b) => b === 0xff) && !ones.every((b) => b === 0) ? "OFPBMC_BAD_MASK" : "OFPBMC_BAD_VALUE";
}

/** The fields that tell of a packet's way and not of its bytes: those that a packet-out may have. OpenFlow 1.5 §7.2.3.12 */
export const PIPELINE: ReadonlySet<OxmField> = new Set(
  Object.values(OXM as Readonly<Record<string, OxmField>>).filter(
    ({ name }) => /^(tun[A-Z]|tunnelId|x*reg\d)/.test(name) || name === "metadata" || name === "inPort" || name === "packetType",
  ),
);

import type { Version } from "../../schema/mod.js";
import { fieldOfHeader, OXM, type OxmField } from "../oxm/fields.js";
import { and, type Match, MatchEntry } from "../oxm/match.js";
import { isAllOnes, isKnown } from "./field-text.js";
import { isPort } from "./words.js";

/** What is known of the packets that a flow matches: what decides which fields and actions make sense for it. */
export interface Known {
  ethType: number;
  proto: number;
  /** The ICMPv6 type and code; 0 where nothing is known. */
  icmpType: number;
  icmpCode: number;
  /** How many VLAN tags there are at least, up to two. */
  vlans: number;
}

const ICMPV6 = 58;
export const isIp = (k: Known): boolean => k.ethType === 0x0800 || k.ethType === 0x86dd;
export const isMplsType = (type: number): boolean => type === 0x8847 || type === 0x8848;

/** What a match tells of its packets. */
export function known(match: Match): Known {
  const tag = match.vlanVid ?? 0;
  const pcp = match.vlanPcp !== undefined;
  return {
    ethType: match.ethType ?? 0,
    proto: match.ipProto ?? match.arpOp ?? 0,
    icmpType: match.icmpv6Type ?? 0,
    icmpCode: match.icmpv6Code ?? 0,
    vlans: (tag & 0x1000) !== 0 || pcp ? 1 : 0,
  };
}

/** Whether the packets have a field. */
export function hasField(field: OxmField, k: Known): boolean {
  const { requires } = field;
  if (field === OXM.vlanPcp) return k.vlans > 0;
  const { ethType, ipProto, icmpv6Type } = requires;
  if (ethType !== undefined && !ethType.includes(k.ethType)) return false;
  if (ipProto !== undefined && !ipProto.includes(k.proto)) return false;
  if (icmpv6Type === undefined) return true;
  return k.proto === ICMPV6 && k.icmpCode === 0 && icmpv6Type.includes(k.icmpType);
}

/** Whether a value is one that its field can have. */
export function isValid(field: OxmField, value: number | bigint): boolean {
  if (field === OXM.inPort) return isPort(value as number);
  return value <= (field === OXM.arpOp ? 0xff : field.exact);
}

const isZero = (v: number | bigint): boolean => v === 0 || v === 0n;

/** The fields that lie at one place in a flow, by the first of them; no place may be told twice. */
const SHARED = new Map<OxmField, OxmField>([
  [OXM.ipv6NdSll, OXM.arpSha],
  [OXM.ipv6NdTll, OXM.arpTha],
  [OXM.arpSpa, OXM.ipv4Src],
  [OXM.arpTpa, OXM.ipv4Dst],
  [OXM.arpOp, OXM.ipProto],
  [OXM.udpSrc, OXM.tcpSrc],
  [OXM.sctpSrc, OXM.tcpSrc],
  [OXM.icmpv4Type, OXM.tcpSrc],
  [OXM.icmpv6Type, OXM.tcpSrc],
  [OXM.udpDst, OXM.tcpDst],
  [OXM.sctpDst, OXM.tcpDst],
  [OXM.icmpv4Code, OXM.tcpDst],
  [OXM.icmpv6Code, OXM.tcpDst],
]);

/** How a match is looked at. */
export interface MatchCheck {
  /** For the metadata of a packet, where fields may be unknown and need nothing else. */
  readonly loose?: boolean;
  /** The known fields that it may have; all if not given. */
  readonly only?: ReadonlySet<OxmField>;
}

/**
 * Why Open vSwitch refuses a match of OpenFlow 1.2 or later, by the name of the error; undefined for a good one.
 */
export function refuseMatch(match: Match, version: Version, { loose = false, only }: MatchCheck = {}): string | undefined {
  const k: Known = { ethType: 0, proto: 0, icmpType: 0, icmpCode: 0, vlans: 0 };
  const seen = new Set<OxmField>();
  for (const raw of match.entries) {
    const e = sinceAnyVersion(raw, version);
    const { field, value, mask } = e;
    if (mask !== undefined && !(value instanceof Uint8Array) && and(value, mask) !== value) return "OFPBMC_BAD_WILDCARDS";
    if (field === undefined || value instanceof Uint8Array || !isKnown(field)) {
      const fault = maskFault(e);
      if (fault !== undefined) return fault;
      if (e.header >>> 16 === 0xffff && (e.header & 0xff) < 4) return "OFPBMC_BAD_LEN";
      if (loose) continue;
      return "OFPBMC_BAD_FIELD";
    }
    if (mask !== undefined && field.maskable === "no" && !isZero(mask) && !isAllOnes(field, mask)) return "OFPBMC_BAD_MASK";
    if (!isValid(field, value)) return "OFPBMC_BAD_VALUE";
    if (!loose && !hasField(field, k)) return "OFPBMC_BAD_PREREQ";
    const place = SHARED.get(field) ?? field;
    if (seen.has(place)) return "OFPBMC_DUP_FIELD";
    if (only !== undefined && !only.has(field)) return "OFPBRC_PIPELINE_FIELDS_ONLY";
    if (mask !== undefined && isZero(mask)) continue;
    seen.add(place);
    if (mask === undefined || isAllOnes(field, mask)) learn(k, field, value as number);
    else if (field === OXM.vlanVid && ((value as number) & 0x1000) !== 0) k.vlans = 1;
  }
  return undefined;
}

/** Takes in what an exact field tells. */
function learn(k: Known, field: OxmField, value: number): void {
  if (field === OXM.ethType) k.ethType = value;
  else if (field === OXM.ipProto || field === OXM.arpOp) k.proto = value;
  else if (field === OXM.icmpv6Type) k.icmpType = value;
  else if (field === OXM.icmpv6Code) k.icmpCode = value;
  else if ((field === OXM.vlanVid && (value & 0x1000) !== 0) || field === OXM.vlanPcp) k.vlans = 1;
}

/** An unknown field with a mask: bits of the value that the mask does not have are refused before the field is. */
function maskFault(e: MatchEntry): string | undefined {
  if ((e.header & 0x100) === 0 || !(e.value instanceof Uint8Array)) return undefined;
  const start = e.header >>> 16 === 0xffff ? 4 : 0;
  const width = (e.value.length - start) >>> 1;
  for (let i = start; i < start + width; i++) if ((e.value[i]! & ~e.value[width + i]!) !== 0) return "OFPBMC_BAD_WILDCARDS";
  return undefined;
}

/** Open vSwitch takes the fields of OpenFlow in every version that has such matches. */
function sinceAnyVersion(e: MatchEntry, version: Version): MatchEntry {
  if (e.field !== undefined || !(e.value instanceof Uint8Array)) return e;
  const field = fieldOfHeader(e.header);
  if (field === undefined || field.versions.includes(version) || field.kind.size > 8) return e;
  const { size } = field.kind;
  const hasMask = (e.header & 0x100) !== 0;
  if (e.value.length !== (hasMask ? 2 : 1) * size) return e;
  const read = (at: number): number | bigint => {
    let v = 0n;
    for (let i = 0; i < size; i++) v = (v << 8n) | BigInt((e.value as Uint8Array)[at + i]!);
    return size === 8 ? v : Number(v);
  };
  return new MatchEntry(field, e.header, read(0), hasMask ? read(size) : undefined);
}

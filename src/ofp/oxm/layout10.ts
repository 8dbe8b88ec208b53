/** How the match of OpenFlow 1.0 is laid out, for what writes it and what reads it. */
import { OXM, type OxmField, type OxmName } from "./fields.js";

/** The bits of ofp_match.wildcards: a set bit means that the field is not matched on. OpenFlow 1.0 §5.2.3 (ofp_flow_wildcards) */
export const W = {
  inPort: 1 << 0,
  vlan: 1 << 1,
  ethSrc: 1 << 2,
  ethDst: 1 << 3,
  ethType: 1 << 4,
  proto: 1 << 5,
  tpSrc: 1 << 6,
  tpDst: 1 << 7,
  nwSrcShift: 8,
  nwDstShift: 14,
  pcp: 1 << 20,
  tos: 1 << 21,
} as const;

/** The wildcards of a match on nothing; the six bits of an IPv4 address count the bits that are not matched on, of which there are 32. */
export const NOTHING10: number =
  W.inPort |
  W.vlan |
  W.ethSrc |
  W.ethDst |
  W.ethType |
  W.proto |
  W.tpSrc |
  W.tpDst |
  (32 << W.nwSrcShift) |
  (32 << W.nwDstShift) |
  W.pcp |
  W.tos;

/** Bytes of the structure. OpenFlow 1.0 §5.2.3 (ofp_match) */
export const SIZE10 = 40;

/** The fields that the structure has, held here because they are looked up for each message. */
export const {
  arpOp,
  arpSpa,
  arpTpa,
  ethDst,
  ethSrc,
  ethType,
  icmpv4Code,
  icmpv4Type,
  icmpv6Code,
  icmpv6Type,
  inPort,
  ipDscp,
  ipProto,
  ipv4Dst,
  ipv4Src,
  sctpDst,
  sctpSrc,
  tcpDst,
  tcpSrc,
  udpDst,
  udpSrc,
  vlanPcp,
  vlanVid,
} = OXM as Readonly<Record<OxmName, OxmField>>;

import { DecodeError, named, SouthboundError } from "../errors/mod.js";

/** Ethernet types (IANA, "IEEE 802 Numbers"). */
export const EtherType = named("EtherType", {
  IPV4: 0x0800,
  ARP: 0x0806,
  RARP: 0x8035,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  MPLS: 0x8847,
  MPLS_MULTICAST: 0x8848,
  QINQ: 0x88a8,
  LLDP: 0x88cc,
  PBB: 0x88e7,
  NSH: 0x894f,
  /** What OpenFlow matches for a frame without an Ethernet type (OpenFlow 1.0, section 3.4: `OFP_DL_TYPE_NOT_ETH_TYPE`). */
  NONE: 0x05ff,
});

/** IP protocol numbers, which are also IPv6 next header values (IANA, "Protocol Numbers"). */
export const IpProto = named("IpProto", {
  HOP_BY_HOP: 0,
  ICMP: 1,
  IGMP: 2,
  TCP: 6,
  UDP: 17,
  ROUTING: 43,
  FRAGMENT: 44,
  ESP: 50,
  AH: 51,
  ICMPV6: 58,
  NO_NEXT: 59,
  DESTINATION: 60,
  SCTP: 132,
});

/** Bytes of an Ethernet header without tags. IEEE 802.3 §3.2 */
export const ETHERNET_HEADER_SIZE = 14;

/** The address that every Ethernet station listens to. */
export const MAC_BROADCAST = 0xffff_ffff_ffff;

/** What an answer to bytes that are no packet says: `OFPBRC_BAD_PACKET` (OpenFlow 1.3, section 7.4.4). */
const REASON = "OFPBRC_BAD_PACKET";

/** Refuses bytes. @param at - where in the chunk */
export function malformed(what: string, at: number): never {
  throw new DecodeError(REASON, what, at);
}

/** Refuses bytes from `p` to `end` where they are fewer than `n`. */
export function need(n: number, p: number, end: number, what: string): void {
  if (end - p < n) malformed(`${what}: ${n} bytes wanted, ${Math.max(0, end - p)} left`, p);
}

/** Refuses a number that is no integer from 0 to `max`. */
export function inRange(name: string, value: number, max: number): number {
  if (!(value >= 0 && value <= max && Number.isInteger(value))) {
    throw new SouthboundError("ERR_RANGE", `${name} is an integer from 0 to ${max}, not ${value}`);
  }
  return value;
}

/** Refuses a bigint that is no unsigned integer of 128 bits. */
export function inRange128(name: string, value: bigint): bigint {
  if (value < 0n || value >> 128n !== 0n)
    throw new SouthboundError("ERR_RANGE", `${name} is an unsigned integer of 128 bits, not ${value}`);
  return value;
}

import { DecodeError, named, SouthboundError } from "../errors/mod.js";

/** Ethernet types (IANA, "IEEE 802 Numbers"). */
export const EtherType = named("EtherType", {
  Ipv4: 0x0800,
  Arp: 0x0806,
  Rarp: 0x8035,
  Vlan: 0x8100,
  Ipv6: 0x86dd,
  Mpls: 0x8847,
  MplsMulticast: 0x8848,
  Qinq: 0x88a8,
  Lldp: 0x88cc,
  Pbb: 0x88e7,
  Nsh: 0x894f,
  /** What OpenFlow matches for a frame without an Ethernet type (OpenFlow 1.0, section 3.4: `OFP_DL_TYPE_NOT_ETH_TYPE`). */
  None: 0x05ff,
});

/** IP protocol numbers, which are also IPv6 next header values (IANA, "Protocol Numbers"). */
export const IpProto = named("IpProto", {
  HopByHop: 0,
  Icmp: 1,
  Igmp: 2,
  Tcp: 6,
  Udp: 17,
  Routing: 43,
  Fragment: 44,
  Esp: 50,
  Ah: 51,
  Icmpv6: 58,
  NoNext: 59,
  Destination: 60,
  Sctp: 132,
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

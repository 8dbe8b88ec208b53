/**
 * Packets: peeks for hot paths, the flow key of OpenFlow's match fields, and parsers and builders of whole frames.
 *
 * Addresses are numbers: MAC 48 bits, IPv4 32 bits, IPv6 bigint of 128 bits. A parser takes bytes, or on hot paths a chunk, with the position and the end of its layer and throws
 * DecodeError (`OFPBRC_BAD_PACKET`), whose offset is the position in the chunk. A builder gives a whole frame without its check sequence.
 * Floor 1: imports `bytes` and `errors` only.
 * @packageDocumentation
 */
export { type Arp, type ArpFields, ArpOp, buildArp, parseArp } from "./arp.js";
export {
  buildEthernet,
  Ethernet,
  type EthernetFields,
  type EthernetHeader,
  ethDst,
  ethSrc,
  ethType,
  type FrameOptions,
  isMulticast,
  parseEthernet,
  type VlanTag,
} from "./ethernet.js";
export { FlowKey, flowKey } from "./flow-key.js";
export { type Frame, type ParseFrameOptions, parseFrame } from "./frame.js";
export { buildIcmp, buildIcmpEcho, type EchoFields, type Icmp, type IcmpFields, IcmpType, parseIcmp } from "./icmp.js";
export {
  buildIcmpv6,
  buildIcmpv6Echo,
  buildNeighborAdvertisement,
  buildNeighborSolicitation,
  Icmpv6Type,
  ipv6MulticastMac,
  type NeighborAdvertisementFields,
  type NeighborDiscovery,
  type NeighborSolicitationFields,
  parseIcmpv6,
  parseNeighborDiscovery,
  solicitedNode,
} from "./icmpv6.js";
export { buildIp, type IpAddresses, type IpCommonFields, type IpFields, type Ipv4Fields, type Ipv6Fields } from "./ip.js";
export { type Ipv4, parseIpv4Header } from "./ipv4.js";
export { type Ipv6, Ipv6Exthdr, parseIpv6Header } from "./ipv6.js";
export {
  buildLldp,
  ChassisIdSubtype,
  LLDP_NEAREST_BRIDGE,
  type Lldp,
  type LldpFields,
  type LldpId,
  type LldpManagementAddress,
  type LldpOrganization,
  lldpIdOfMac,
  lldpIdOfText,
  macOfLldpId,
  PortIdSubtype,
  parseLldp,
  textOfLldpId,
} from "./lldp.js";
export { encodeMpls, type MplsLabel, type MplsStack, parseMpls } from "./mpls.js";
export { ETHERNET_HEADER_SIZE, EtherType, IpProto, MAC_BROADCAST } from "./numbers.js";
export { type Answerer, replyToFrame, replyToIpv4 } from "./reply.js";
export { buildSctp, parseSctp, type Sctp } from "./sctp.js";
export { buildTcp, parseTcp, type Tcp, type TcpFields, TcpFlag } from "./tcp.js";
export { buildUdp, parseUdp, type Udp } from "./udp.js";

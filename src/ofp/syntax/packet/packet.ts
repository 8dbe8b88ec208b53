import { Chunk } from "../../../bytes/mod.js";
import { IpProto } from "../../../packet/mod.js";
import { P } from "../../oxm/flow-places.js";
import { PortNo } from "../../port/port-no.js";
import { extractFlow } from "./extract.js";
import { formatPacketFlow, type PacketFlow } from "./packet-flow.js";

/** The checksum of each protocol: its name, where it stands in the header, its bytes, and the least bytes of the header. */
const CHECKSUMS: Readonly<Record<number, readonly [name: string, at: number, size: 2 | 4, header: number]>> = {
  [IpProto.Tcp]: ["tcp_csum", 16, 2, 20],
  [IpProto.Udp]: ["udp_csum", 6, 2, 8],
  [IpProto.Sctp]: ["sctp_csum", 8, 4, 12],
  [IpProto.Icmp]: ["icmp_csum", 2, 2, 8],
  [IpProto.Icmpv6]: ["icmp6_csum", 2, 2, 4],
};

function checksumText(c: Chunk, { image, l4, end }: PacketFlow): string {
  const row = CHECKSUMS[image.num(P.ipProto)];
  if (row === undefined || l4 < 0) return "";
  const [name, at, size, header] = row;
  if (end - l4 < header) return "";
  const sum = size === 2 ? c.dv.getUint16(l4 + at) : c.dv.getUint32(l4 + at);
  return ` ${name}:${sum.toString(16)}`;
}

/**
 * One line about an Ethernet frame, with a newline at its end: its fields as a match on it would have them, and its transport checksum. Fields that
 * the bytes are too short for are zero, as Open vSwitch has it. Any bytes do.
 * @param packetType - what the bytes are if no Ethernet frame: a name space in the upper 16 bits, a type in the lower ones
 */
export function formatPacket(bytes: Uint8Array, packetType = 0): string {
  const chunk = new Chunk(bytes);
  const flow = extractFlow(chunk, packetType);
  return `${formatPacketFlow(flow)}${checksumText(chunk, flow)}\n`;
}

/** The flow that Open vSwitch's tools extract from an Ethernet frame, such as `in_port=ANY,vlan_tci=0x0000,…`: a frame that came in by no port. Any bytes do. */
export function formatFlowOfPacket(bytes: Uint8Array): string {
  const flow = extractFlow(new Chunk(bytes));
  flow.put(P.inPort, PortNo.Any);
  return formatPacketFlow(flow);
}

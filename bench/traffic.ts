import { viewOf } from "southbound/bytes";
import { encodeMessage, Match, PacketIn } from "southbound/ofp";
import { buildUdp, MAC_BROADCAST } from "southbound/packet";
import type { Version } from "southbound/schema";

/** Ports of a simulated switch; its hosts are spread over them evenly. */
export const PORTS = 4;

/** Bytes of a packet, the least that Ethernet carries. */
const FRAME = 64;
const ETHERNET_IPV4_UDP = 42;

/** Times that the ring goes through all hosts, each time with other partners. */
const LAPS = 4;
const MOST_MESSAGES = 1 << 18;

/** The address of a host: locally administered, and the same behind every switch. */
export const hostMac = (host: number): number => 0x0200_0000_0000 + host + 1;

/** The port of a host. */
export const hostPort = (host: number): number => (host % PORTS) + 1;

/** Messages of one size, one behind the other, ready to be sent from any of them on. */
export interface Ring {
  /** The messages, and behind the last one the first `run` again, so that `run` messages lie in one piece from wherever one starts. */
  readonly bytes: Buffer;
  /** Bytes of a message. */
  readonly size: number;
  /** How many different messages there are. */
  readonly count: number;
}

interface Packet {
  readonly src: number;
  readonly dst: number;
  readonly inPort: number;
}

/**
 * Packet-ins prepared ahead: one template, of which transaction id, buffer, port and addresses are patched. Sending one costs its share of a write
 * and nothing else.
 */
function ring(version: Version, count: number, run: number, packet: (i: number) => Packet): Ring {
  const frame = buildUdp(
    { ethDst: 0, ethSrc: 0, ipv4Src: 0x0a00_0001, ipv4Dst: 0x0a00_0002, udpSrc: 4000, udpDst: 5000 },
    new Uint8Array(FRAME - ETHERNET_IPV4_UDP),
  );
  const template = encodeMessage(
    PacketIn.of({ bufferId: 0, totalLen: frame.length, match: Match.of({ inPort: 0 }), data: frame }),
    version,
  );
  const size = template.length;
  const bytes = Buffer.alloc((count + run) * size);
  const view = viewOf(bytes);
  const portAt = version === 1 ? 14 : 32;
  const dataAt = size - FRAME;
  for (let i = 0; i < count + run; i++) {
    const at = i * size;
    const { src, dst, inPort } = packet(i % count);
    bytes.set(template, at);
    view.setUint32(at + 4, (i % count) + 1);
    view.setUint32(at + 8, i % count);
    if (version === 1) view.setUint16(at + portAt, inPort);
    else view.setUint32(at + portAt, inPort);
    view.setUint16(at + dataAt, dst / 0x1_0000_0000);
    view.setUint32(at + dataAt + 2, dst >>> 0);
    view.setUint16(at + dataAt + 6, src / 0x1_0000_0000);
    view.setUint32(at + dataAt + 8, src >>> 0);
  }
  return { bytes, size, count };
}

/** One packet from each host to all, from which a learning switch learns where the host is. */
export function announcements(version: Version, macs: number, run: number): Ring {
  return ring(version, macs, run, (i) => ({ src: hostMac(i), dst: MAC_BROADCAST, inPort: hostPort(i) }));
}

/** Packets between hosts at different ports, of which there must be two: every host sends in turn, to another partner each time round. */
export function conversations(version: Version, macs: number, run: number): Ring {
  const laps = Math.max(1, Math.min(LAPS, Math.floor(MOST_MESSAGES / macs)));
  return ring(version, macs * laps, run, (i) => {
    const host = i % macs;
    // A distance that is no multiple of PORTS leads to another port, save round the end of the hosts, where any partner at another port will do.
    let partner = (host + 1 + PORTS * Math.floor(i / macs)) % macs;
    while (hostPort(partner) === hostPort(host)) partner = (partner + 1) % macs;
    return { src: hostMac(host), dst: hostMac(partner), inPort: hostPort(host) };
  });
}

import { Chunk } from "../bytes/mod.js";
import type { PacketIn } from "../ofp/mod.js";
import { Ethernet } from "../packet/mod.js";

/** The Ethernet header of a packet-in's packet; undefined where the packet is too short to have one. The object is the caller's. */
export function ethernetOf(packetIn: PacketIn): Ethernet | undefined {
  const { chunk, dataAt, dataEnd } = packetIn;
  if (chunk === undefined || dataAt < 0) {
    const { data } = packetIn;
    return data.length < 14 ? undefined : Ethernet.at(new Chunk(data), 0, data.length);
  }
  return dataEnd - dataAt < 14 ? undefined : Ethernet.at(chunk, dataAt, dataEnd);
}

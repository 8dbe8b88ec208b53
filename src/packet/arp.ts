import { type Chunk, chunkOf, sizeOf } from "../bytes/mod.js";
import { checkOptions, named, type OptionTable } from "../errors/mod.js";
import { ETHERNET_FIELDS, type FrameOptions, macAt, putMac, startFrame } from "./ethernet.js";
import { EtherType, inRange, MAC_BROADCAST, malformed, need } from "./numbers.js";

/** ARP operations (IANA, "ARP Parameters"). */
export const ArpOp = named("ArpOp", { Request: 1, Reply: 2, RarpRequest: 3, RarpReply: 4 });

/** Ethernet, IPv4, and the lengths of their addresses: the first six bytes of every ARP packet that is read here. */
const HARDWARE_AND_PROTOCOL = 0x0001_0800;
const LENGTHS = 0x0604;
const ARP_LENGTH = 28;

/** An ARP packet for IPv4 over Ethernet (RFC 826). */
export interface Arp {
  /** The operation, of {@link ArpOp} mostly. */
  readonly op: number;
  /** Sender's MAC address. */
  readonly sha: number;
  /** Sender's IPv4 address. */
  readonly spa: number;
  /** Target's MAC address; 0 in a request. */
  readonly tha: number;
  /** Target's IPv4 address. */
  readonly tpa: number;
}

/** Whether an ARP packet for IPv4 over Ethernet lies from `p` to `end`. */
export function isArp(chunk: Chunk, p: number, end: number): boolean {
  return end - p >= ARP_LENGTH && chunk.dv.getUint32(p) === HARDWARE_AND_PROTOCOL && chunk.dv.getUint16(p + 4) === LENGTHS;
}

/**
 * Reads an ARP packet.
 * @param p - where it starts: behind the Ethernet header
 * @throws DecodeError where it is cut short, or not for IPv4 over Ethernet
 */
export function parseArp(from: Chunk | Uint8Array, p = 0, end = sizeOf(from)): Arp {
  const chunk = chunkOf(from);
  need(ARP_LENGTH, p, end, "ARP");
  if (!isArp(chunk, p, end)) malformed("ARP that is not for IPv4 over Ethernet", p);
  const { dv } = chunk;
  return {
    op: dv.getUint16(p + 6),
    sha: macAt(chunk, p + 8),
    spa: dv.getUint32(p + 14),
    tha: macAt(chunk, p + 18),
    tpa: dv.getUint32(p + 24),
  };
}

/** What an ARP frame is built from. */
export interface ArpFields extends FrameOptions {
  readonly op: number;
  readonly sha: number;
  readonly spa: number;
  /** Target's MAC address, 0 by default, as it is in requests. */
  readonly tha?: number;
  readonly tpa: number;
  /** `sha` by default. */
  readonly ethSrc?: number;
  /** Broadcast for requests by default, `tha` for everything else. */
  readonly ethDst?: number;
}

const ARP_FIELDS: OptionTable<ArpFields> = {
  ...ETHERNET_FIELDS,
  ethSrc: "number",
  ethDst: "number",
  op: "number!",
  sha: "number!",
  spa: "number!",
  tha: "number",
  tpa: "number!",
};

/**
 * An ARP frame (RFC 826). The bytes are new and belong to the caller.
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field
 */
export function buildArp(fields: ArpFields): Uint8Array {
  checkOptions("buildArp", fields, ARP_FIELDS);
  const { op, sha, spa, tpa, tha = 0, ethSrc = sha, ethDst = op === ArpOp.Request ? MAC_BROADCAST : tha } = fields;
  const { chunk, at } = startFrame({ ...fields, ethSrc, ethDst }, EtherType.Arp, ARP_LENGTH);
  const { dv } = chunk;
  dv.setUint32(at, HARDWARE_AND_PROTOCOL);
  dv.setUint16(at + 4, LENGTHS);
  dv.setUint16(at + 6, inRange("op", op, 0xffff));
  putMac(chunk, at + 8, inRange("sha", sha, MAC_BROADCAST));
  dv.setUint32(at + 14, inRange("spa", spa, 0xffff_ffff));
  putMac(chunk, at + 18, inRange("tha", tha, MAC_BROADCAST));
  dv.setUint32(at + 24, inRange("tpa", tpa, 0xffff_ffff));
  return chunk.u8;
}

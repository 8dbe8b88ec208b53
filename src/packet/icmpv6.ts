import { Chunk, chunkOf, sizeOf } from "../bytes/mod.js";
import { checkOptions, named, type OptionTable, SouthboundError } from "../errors/mod.js";
import { ETHERNET_FIELDS, macAt, putMac } from "./ethernet.js";
import { ECHO_FIELDS, type EchoFields, echoRest, ICMP_FIELDS, type Icmp, type IcmpFields, icmpAt, putIcmp } from "./icmp.js";
import { finishTransport, IPV6_FIELDS, type IpAddresses, type IpCommonFields, type Ipv6Fields, startIp, verifyTransport } from "./ip.js";
import { putU128, u128At } from "./ipv6.js";
import { IpProto, inRange, inRange128, MAC_BROADCAST, malformed, need } from "./numbers.js";

/** Types of ICMPv6 messages (RFC 4443, RFC 4861). */
export const Icmpv6Type = named("Icmpv6Type", {
  Unreachable: 1,
  PacketTooBig: 2,
  TimeExceeded: 3,
  ParameterProblem: 4,
  EchoRequest: 128,
  EchoReply: 129,
  RouterSolicitation: 133,
  RouterAdvertisement: 134,
  NeighborSolicitation: 135,
  NeighborAdvertisement: 136,
  Redirect: 137,
});

/**
 * Reads an ICMPv6 message (RFC 4443).
 * @param ip - the packet around it; given, the checksum must be right
 * @throws DecodeError where there are fewer than 8 bytes or the checksum is wrong
 */
export function parseIcmpv6(from: Chunk | Uint8Array, p = 0, end = sizeOf(from), ip?: IpAddresses): Icmp {
  const chunk = chunkOf(from);
  const icmp = icmpAt(chunk, p, end, "ICMPv6");
  if (ip !== undefined) verifyTransport(chunk, p, end, ip, IpProto.Icmpv6, "ICMPv6");
  return icmp;
}

/** A neighbor solicitation or advertisement (RFC 4861, sections 4.3 and 4.4). */
export interface NeighborDiscovery {
  /** The address that is asked for or announced. */
  readonly target: bigint;
  /** Source link-layer address, where the option is there. */
  readonly sll: number | undefined;
  /** Target link-layer address, where the option is there. */
  readonly tll: number | undefined;
  /** In an advertisement: the sender is a router. */
  readonly router: boolean;
  /** In an advertisement: it answers a solicitation. */
  readonly solicited: boolean;
  /** In an advertisement: it replaces what the cache has. */
  readonly override: boolean;
}

const ROUTER = 0x8000_0000;
const SOLICITED = 0x4000_0000;
const OVERRIDE = 0x2000_0000;
const SOURCE_LINK_LAYER = 1;
const TARGET_LINK_LAYER = 2;

/** Whether `icmp` is a neighbor solicitation or advertisement. */
export function isNeighborDiscovery({ type, code }: Pick<Icmp, "type" | "code">): boolean {
  return code === 0 && (type === Icmpv6Type.NeighborSolicitation || type === Icmpv6Type.NeighborAdvertisement);
}

/**
 * Reads what a neighbor solicitation or advertisement says. Of an option that stands twice the first counts; unknown ones are passed over.
 * @param icmp - what {@link parseIcmpv6} gave for the message
 * @throws DecodeError where it is neither of the two, is cut short, or has an option that is empty or does not fit
 */
export function parseNeighborDiscovery(from: Chunk | Uint8Array, icmp: Icmp): NeighborDiscovery {
  const chunk = chunkOf(from);
  const { payload: p, end, rest } = icmp;
  if (!isNeighborDiscovery(icmp)) malformed(`ICMPv6 type ${icmp.type} code ${icmp.code} is no neighbor discovery`, p - 8);
  need(16, p, end, "neighbor discovery target");
  let sll: number | undefined;
  let tll: number | undefined;
  for (let at = p + 16; at < end; ) {
    need(8, at, end, "neighbor discovery option");
    const type = chunk.dv.getUint8(at);
    const length = chunk.dv.getUint8(at + 1) * 8;
    if (length === 0 || length > end - at) malformed(`neighbor discovery option of ${length} bytes, ${end - at} there`, at);
    if (type === SOURCE_LINK_LAYER && length === 8) sll ??= macAt(chunk, at + 2);
    else if (type === TARGET_LINK_LAYER && length === 8) tll ??= macAt(chunk, at + 2);
    at += length;
  }
  const flag = (bit: number) => (rest & bit) !== 0;
  return { target: u128At(chunk, p), sll, tll, router: flag(ROUTER), solicited: flag(SOLICITED), override: flag(OVERRIDE) };
}

const FIELDS: OptionTable<Ipv6Fields & IcmpFields> = { ...IPV6_FIELDS, ...ICMP_FIELDS };
const ECHO: OptionTable<Ipv6Fields & EchoFields> = { ...IPV6_FIELDS, ...ECHO_FIELDS };

/**
 * A frame with an ICMPv6 message of any type. The bytes are new and belong to the caller.
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field, or a payload that is too long
 */
export function buildIcmpv6(fields: Ipv6Fields & IcmpFields, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  checkOptions("buildIcmpv6", fields, FIELDS);
  return icmpv6Frame(fields, payload);
}

function icmpv6Frame(fields: Ipv6Fields & IcmpFields, payload: Uint8Array): Uint8Array {
  const room = startIp(fields, IpProto.Icmpv6, 8 + payload.length);
  putIcmp(room.chunk, room.at, fields, payload);
  finishTransport(room, room.at + 2);
  return room.chunk.u8;
}

/**
 * A frame with an ICMPv6 echo request or reply: ping over IPv6. The bytes are new and belong to the caller.
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field, or data that is too long
 */
export function buildIcmpv6Echo(fields: Ipv6Fields & EchoFields): Uint8Array {
  checkOptions("buildIcmpv6Echo", fields, ECHO);
  const type = fields.reply === true ? Icmpv6Type.EchoReply : Icmpv6Type.EchoRequest;
  return icmpv6Frame({ ...fields, type, code: 0, rest: echoRest(fields) }, fields.data ?? new Uint8Array(0));
}

/** The solicited-node multicast address of an IPv6 address (RFC 4291, section 2.7.1). */
export function solicitedNode(address: bigint): bigint {
  return 0xff02_0000_0000_0000_0000_0001_ff00_0000n | (address & 0xff_ffffn);
}

/** The Ethernet address of an IPv6 multicast address (RFC 2464, section 7). */
export function ipv6MulticastMac(address: bigint): number {
  return 0x3333_0000_0000 + Number(address & 0xffff_ffffn);
}

/** The hop limit that neighbor discovery requires, so that nobody can send it from afar (RFC 4861, section 7.1). */
const ND_HOP_LIMIT = 255;

/** What a neighbor solicitation is built from. */
export interface NeighborSolicitationFields extends Omit<IpCommonFields, "ethDst" | "ipTtl"> {
  readonly ipv6Src: bigint;
  /** The address that is asked for. */
  readonly target: bigint;
  /** The solicited-node address of `target` by default. */
  readonly ipv6Dst?: bigint;
  /** The multicast address that goes with `ipv6Dst` by default; must be given where that is no multicast address. */
  readonly ethDst?: number;
  /** Source link-layer address: `ethSrc` by default, and left out where `ipv6Src` is `::`, as RFC 4861, section 4.3 wants it. */
  readonly sll?: number;
}

const { ipTtl: _, ...WITHOUT_TTL } = IPV6_FIELDS;
const SOLICITATION: OptionTable<NeighborSolicitationFields> = {
  ...ETHERNET_FIELDS,
  ipDscp: "number",
  ipEcn: "number",
  ipv6Src: "bigint!",
  ipv6Dst: "bigint",
  ethDst: "number",
  target: "bigint!",
  sll: "number",
};

/**
 * A frame that asks who has an IPv6 address (RFC 4861, section 4.3). The bytes are new and belong to the caller.
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field, `ERR_USAGE` where `ipv6Dst` is unicast and `ethDst` is missing
 */
export function buildNeighborSolicitation(fields: NeighborSolicitationFields): Uint8Array {
  checkOptions("buildNeighborSolicitation", fields, SOLICITATION);
  const { target, ipv6Src, ethSrc } = fields;
  const ipv6Dst = fields.ipv6Dst ?? solicitedNode(target);
  if (fields.ethDst === undefined && ipv6Dst >> 120n !== 0xffn) {
    throw new SouthboundError("ERR_USAGE", "a neighbor solicitation to a unicast address wants ethDst");
  }
  const ethDst = fields.ethDst ?? ipv6MulticastMac(ipv6Dst);
  const sll = ipv6Src === 0n ? undefined : (fields.sll ?? ethSrc);
  const icmp = { type: Icmpv6Type.NeighborSolicitation, ipTtl: ND_HOP_LIMIT };
  return icmpv6Frame({ ...fields, ...icmp, ethDst, ipv6Dst }, ndBody(target, SOURCE_LINK_LAYER, sll));
}

/** What a neighbor advertisement is built from. */
export interface NeighborAdvertisementFields extends Omit<Ipv6Fields, "ipTtl"> {
  /** The address that is announced. */
  readonly target: bigint;
  /** Its link-layer address, `ethSrc` by default. */
  readonly tll?: number;
  /** False by default. */
  readonly router?: boolean;
  /** Whether it answers a solicitation: true by default. Must be false where `ipv6Dst` is a multicast address. */
  readonly solicited?: boolean;
  /** Whether it replaces what the cache has: true by default. */
  readonly override?: boolean;
}

const ADVERTISEMENT: OptionTable<NeighborAdvertisementFields> = {
  ...WITHOUT_TTL,
  target: "bigint!",
  tll: "number",
  router: "boolean",
  solicited: "boolean",
  override: "boolean",
};

/**
 * A frame that announces the owner of an IPv6 address (RFC 4861, section 4.4). The bytes are new and belong to the caller.
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field
 */
export function buildNeighborAdvertisement(fields: NeighborAdvertisementFields): Uint8Array {
  checkOptions("buildNeighborAdvertisement", fields, ADVERTISEMENT);
  const { target, ethSrc, tll = ethSrc, router = false, solicited = true, override = true } = fields;
  const rest = (router ? ROUTER : 0) + (solicited ? SOLICITED : 0) + (override ? OVERRIDE : 0);
  const icmp = { type: Icmpv6Type.NeighborAdvertisement, rest, ipTtl: ND_HOP_LIMIT };
  return icmpv6Frame({ ...fields, ...icmp }, ndBody(target, TARGET_LINK_LAYER, tll));
}

function ndBody(target: bigint, option: number, mac: number | undefined): Uint8Array {
  const chunk = new Chunk(mac === undefined ? 16 : 24);
  putU128(chunk, 0, inRange128("target", target));
  if (mac !== undefined) {
    chunk.dv.setUint16(16, (option << 8) | 1);
    putMac(chunk, 18, inRange("a link-layer address", mac, MAC_BROADCAST));
  }
  return chunk.u8;
}

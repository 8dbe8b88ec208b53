import { addToChecksum, type Chunk, foldChecksum, internetChecksum, pseudoHeaderIpv4, pseudoHeaderIpv6 } from "../bytes/mod.js";
import { checkOptions, type OptionTable } from "../errors/mod.js";
import { ETHERNET_FIELDS, type EthernetFields, startFrame } from "./ethernet.js";
import type { Ipv4 } from "./ipv4.js";
import { type Ipv6, putU128 } from "./ipv6.js";
import { EtherType, inRange, inRange128, malformed } from "./numbers.js";

/** What IPv4 and IPv6 headers have in common when they are built. */
export interface IpCommonFields extends EthernetFields {
  /** Differentiated services code point, 6 bits, 0 by default. */
  readonly ipDscp?: number;
  /** Explicit congestion notification, 2 bits, 0 by default. */
  readonly ipEcn?: number;
  /** Time to live or hop limit, 64 by default. */
  readonly ipTtl?: number;
}

/** What an IPv4 packet is built from. */
export interface Ipv4Fields extends IpCommonFields {
  readonly ipv4Src: number;
  readonly ipv4Dst: number;
  /** Identification, 0 by default. */
  readonly ipId?: number;
  readonly dontFragment?: boolean;
}

/** What an IPv6 packet is built from. */
export interface Ipv6Fields extends IpCommonFields {
  readonly ipv6Src: bigint;
  readonly ipv6Dst: bigint;
  /** Flow label, 20 bits, 0 by default. */
  readonly ipv6Flabel?: number;
}

const COMMON: OptionTable<IpCommonFields> = { ...ETHERNET_FIELDS, ipDscp: "number", ipEcn: "number", ipTtl: "number" };

/** What {@link Ipv4Fields} has, for its check. */
export const IPV4_FIELDS: OptionTable<Ipv4Fields> = {
  ...COMMON,
  ipv4Src: "number!",
  ipv4Dst: "number!",
  ipId: "number",
  dontFragment: "boolean",
};

/** What {@link Ipv6Fields} has, for its check. */
export const IPV6_FIELDS: OptionTable<Ipv6Fields> = { ...COMMON, ipv6Src: "bigint!", ipv6Dst: "bigint!", ipv6Flabel: "number" };

/** The fields of a packet over IP, for its check, by the version of IP. */
export interface IpTables<T> {
  readonly v4: OptionTable<Ipv4Fields & T>;
  readonly v6: OptionTable<Ipv6Fields & T>;
}

/** The fields of a packet over IP: those of either version and more. */
export const overIp = <T>(more: OptionTable<T>): IpTables<T> =>
  ({ v4: { ...IPV4_FIELDS, ...more }, v6: { ...IPV6_FIELDS, ...more } }) as IpTables<T>;

/** Checks the fields of a packet over IP; see `checkOptions`. */
export function checkFields<T>(owner: string, fields: IpFields & T, { v4, v6 }: IpTables<T>): void {
  if (typeof fields === "object" && fields !== null && "ipv6Src" in fields) checkOptions<object>(owner, fields, v6);
  else checkOptions<object>(owner, fields, v4);
}

const IP_FIELDS = overIp<{ readonly ipProto: number }>({ ipProto: "number!" });

/** What an IP packet of either version is built from: the addresses say which. */
export type IpFields = Ipv4Fields | Ipv6Fields;

/** The addresses of an IP packet, which checksums of the layer above cover: a header that was parsed has them. */
export type IpAddresses = Pick<Ipv4, "version" | "src" | "dst"> | Pick<Ipv6, "version" | "src" | "dst">;

/** An IP packet that is being built: its headers stand, the payload is zero. */
export interface IpRoom {
  readonly chunk: Chunk;
  /** Where the payload starts. */
  readonly at: number;
  /** Where it ends. */
  readonly end: number;
  /** The unfolded sum of the pseudo header. */
  readonly pseudo: number;
}

function pseudoHeader(ip: IpAddresses, proto: number, length: number): number {
  return ip.version === 4 ? pseudoHeaderIpv4(ip.src, ip.dst, proto, length) : pseudoHeaderIpv6(ip.src, ip.dst, proto, length);
}

/** Refuses a transport packet from `p` to `end` whose checksum, under the pseudo header of `ip`, is wrong. */
export function verifyTransport(chunk: Chunk, p: number, end: number, ip: IpAddresses, proto: number, what: string): void {
  if (internetChecksum(chunk, p, end, pseudoHeader(ip, proto, end - p)) !== 0) malformed(`${what} checksum`, p);
}

/** Makes a frame with its Ethernet and IP headers and room for `length` bytes of payload. */
export function startIp(fields: IpFields, proto: number, length: number): IpRoom {
  inRange("ipProto", proto, 255);
  return "ipv6Src" in fields ? startIpv6(fields, proto, length) : startIpv4(fields, proto, length);
}

function trafficClass({ ipDscp = 0, ipEcn = 0 }: IpCommonFields): number {
  return (inRange("ipDscp", ipDscp, 63) << 2) | inRange("ipEcn", ipEcn, 3);
}

function startIpv4(fields: Ipv4Fields, proto: number, length: number): IpRoom {
  const { ipv4Src: src, ipv4Dst: dst } = fields;
  inRange("the length of an IPv4 payload", length, 0xffff - 20);
  const { chunk, at } = startFrame(fields, EtherType.Ipv4, 20 + length);
  const { dv } = chunk;
  dv.setUint16(at, 0x4500 | trafficClass(fields));
  dv.setUint16(at + 2, 20 + length);
  dv.setUint16(at + 4, inRange("ipId", fields.ipId ?? 0, 0xffff));
  dv.setUint16(at + 6, fields.dontFragment === true ? 0x4000 : 0);
  dv.setUint8(at + 8, inRange("ipTtl", fields.ipTtl ?? 64, 255));
  dv.setUint8(at + 9, proto);
  dv.setUint32(at + 12, inRange("ipv4Src", src, 0xffff_ffff));
  dv.setUint32(at + 16, inRange("ipv4Dst", dst, 0xffff_ffff));
  dv.setUint16(at + 10, internetChecksum(chunk, at, at + 20));
  return { chunk, at: at + 20, end: at + 20 + length, pseudo: pseudoHeaderIpv4(src, dst, proto, length) };
}

function startIpv6(fields: Ipv6Fields, proto: number, length: number): IpRoom {
  const { ipv6Src: src, ipv6Dst: dst } = fields;
  inRange("the length of an IPv6 payload", length, 0xffff);
  const { chunk, at } = startFrame(fields, EtherType.Ipv6, 40 + length);
  const { dv } = chunk;
  dv.setUint32(at, 0x6000_0000 | (trafficClass(fields) << 20) | inRange("ipv6Flabel", fields.ipv6Flabel ?? 0, 0xf_ffff));
  dv.setUint16(at + 4, length);
  dv.setUint8(at + 6, proto);
  dv.setUint8(at + 7, inRange("ipTtl", fields.ipTtl ?? 64, 255));
  putU128(chunk, at + 8, inRange128("ipv6Src", src));
  putU128(chunk, at + 24, inRange128("ipv6Dst", dst));
  return { chunk, at: at + 40, end: at + 40 + length, pseudo: pseudoHeaderIpv6(src, dst, proto, length) };
}

/** Writes the checksum of a finished transport packet, which must be zero so far, to `p`. */
export function finishTransport({ chunk, at, end, pseudo }: IpRoom, p: number): number {
  const checksum = foldChecksum(addToChecksum(chunk, at, end, pseudo));
  chunk.dv.setUint16(p, checksum);
  return checksum;
}

/**
 * A frame with an IP packet of any protocol: IPv4 without options, or IPv6 without extension headers; what `payload` starts with is up to the caller.
 * The bytes are new and belong to the caller.
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field, or a payload that is too long
 */
export function buildIp(fields: IpFields & { readonly ipProto: number }, payload: Uint8Array): Uint8Array {
  checkFields("buildIp", fields, IP_FIELDS);
  const { chunk, at } = startIp(fields, fields.ipProto, payload.length);
  chunk.u8.set(payload, at);
  return chunk.u8;
}

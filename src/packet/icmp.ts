import { type Chunk, chunkOf, internetChecksum, sizeOf } from "../bytes/mod.js";
import { checkOptions, named, type OptionTable } from "../errors/mod.js";
import { IPV4_FIELDS, type Ipv4Fields, startIp } from "./ip.js";
import { IpProto, inRange, malformed, need } from "./numbers.js";

/** Types of ICMP messages (RFC 792). */
export const IcmpType = named("IcmpType", {
  EchoReply: 0,
  Unreachable: 3,
  Redirect: 5,
  EchoRequest: 8,
  TimeExceeded: 11,
  ParameterProblem: 12,
});

/** An ICMP or ICMPv6 message. */
export interface Icmp {
  readonly type: number;
  readonly code: number;
  /** The four bytes behind the checksum, whose meaning depends on the type. */
  readonly rest: number;
  /** The identifier of an echo: the upper half of `rest`. */
  readonly id: number;
  /** The sequence number of an echo: the lower half of `rest`. */
  readonly seq: number;
  /** Where the payload starts in the chunk: behind `rest`. */
  readonly payload: number;
  readonly end: number;
}

/** Reads the 8 bytes that every message starts with. */
export function icmpAt(chunk: Chunk, p: number, end: number, what: string): Icmp {
  need(8, p, end, what);
  const { dv } = chunk;
  const id = dv.getUint16(p + 4);
  const seq = dv.getUint16(p + 6);
  return { type: dv.getUint8(p), code: dv.getUint8(p + 1), rest: dv.getUint32(p + 4), id, seq, payload: p + 8, end };
}

/**
 * Reads an ICMP message (RFC 792).
 * @param verify - whether the checksum must be right
 * @throws DecodeError where there are fewer than 8 bytes or the checksum is wrong
 */
export function parseIcmp(from: Chunk | Uint8Array, p = 0, end = sizeOf(from), verify = false): Icmp {
  const chunk = chunkOf(from);
  const icmp = icmpAt(chunk, p, end, "ICMP");
  if (verify && internetChecksum(chunk, p, end) !== 0) malformed("ICMP checksum", p + 2);
  return icmp;
}

/** What an ICMP message of any type is built from. */
export interface IcmpFields {
  readonly type: number;
  /** 0 by default. */
  readonly code?: number;
  /** The four bytes behind the checksum, 0 by default. */
  readonly rest?: number;
}

/** What {@link IcmpFields} has, for its check. */
export const ICMP_FIELDS: OptionTable<IcmpFields> = { type: "number!", code: "number", rest: "number" };

const FIELDS: OptionTable<Ipv4Fields & IcmpFields> = { ...IPV4_FIELDS, ...ICMP_FIELDS };

/**
 * A frame with an ICMP message of any type. The bytes are new and belong to the caller.
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field, or a payload that is too long
 */
export function buildIcmp(fields: Ipv4Fields & IcmpFields, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  checkOptions("buildIcmp", fields, FIELDS);
  return icmpFrame(fields, payload);
}

function icmpFrame(fields: Ipv4Fields & IcmpFields, payload: Uint8Array): Uint8Array {
  const { chunk, at, end } = startIp(fields, IpProto.Icmp, 8 + payload.length);
  putIcmp(chunk, at, fields, payload);
  chunk.dv.setUint16(at + 2, internetChecksum(chunk, at, end));
  return chunk.u8;
}

/** Writes a message without its checksum. */
export function putIcmp(chunk: Chunk, at: number, { type, code = 0, rest = 0 }: IcmpFields, payload: Uint8Array): void {
  chunk.dv.setUint8(at, inRange("type", type, 255));
  chunk.dv.setUint8(at + 1, inRange("code", code, 255));
  chunk.dv.setUint32(at + 4, inRange("rest", rest, 0xffff_ffff));
  chunk.u8.set(payload, at + 8);
}

/** What an echo request or reply is built from. */
export interface EchoFields {
  /** True for a reply, false (the default) for a request. */
  readonly reply?: boolean;
  /** Identifier, 16 bits, 0 by default. */
  readonly id?: number;
  /** Sequence number, 16 bits, 0 by default. */
  readonly seq?: number;
  /** What the other side is to send back; nothing by default. */
  readonly data?: Uint8Array;
}

/** What {@link EchoFields} has, for its check. */
export const ECHO_FIELDS: OptionTable<EchoFields> = { reply: "boolean", id: "number", seq: "number", data: "bytes" };

const ECHO: OptionTable<Ipv4Fields & EchoFields> = { ...IPV4_FIELDS, ...ECHO_FIELDS };

/** The two numbers of an echo as the four bytes behind the checksum. */
export function echoRest({ id = 0, seq = 0 }: EchoFields): number {
  return inRange("id", id, 0xffff) * 0x1_0000 + inRange("seq", seq, 0xffff);
}

/**
 * A frame with an ICMP echo request or reply: ping over IPv4. The bytes are new and belong to the caller.
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field, or data that is too long
 */
export function buildIcmpEcho(fields: Ipv4Fields & EchoFields): Uint8Array {
  checkOptions("buildIcmpEcho", fields, ECHO);
  const type = fields.reply === true ? IcmpType.EchoReply : IcmpType.EchoRequest;
  return icmpFrame({ ...fields, type, code: 0, rest: echoRest(fields) }, fields.data ?? new Uint8Array(0));
}

import { type Chunk, chunkOf, sizeOf } from "../bytes/mod.js";
import { named, SouthboundError } from "../errors/mod.js";
import { checkFields, finishTransport, type IpAddresses, type IpFields, overIp, startIp, verifyTransport } from "./ip.js";
import { IpProto, inRange, malformed, need } from "./numbers.js";

/** Control bits of TCP (RFC 9293, section 3.1; NS of RFC 3540, as OpenFlow's `tcp_flags` counts it). */
export const TcpFlag = named("TcpFlag", { Fin: 1, Syn: 2, Rst: 4, Psh: 8, Ack: 16, Urg: 32, Ece: 64, Cwr: 128, Ns: 256 });

/** A TCP header (RFC 9293, section 3.1). */
export interface Tcp {
  /** Source port. */
  readonly src: number;
  /** Destination port. */
  readonly dst: number;
  /** Sequence number. */
  readonly seq: number;
  /** Acknowledgment number. */
  readonly ack: number;
  /** Bits of {@link TcpFlag}: 12 bits, the reserved ones among them. */
  readonly flags: number;
  readonly window: number;
  readonly urgent: number;
  /** Where the options start in the chunk; they end at `payload`. */
  readonly options: number;
  /** Where the payload starts in the chunk. */
  readonly payload: number;
  readonly end: number;
}

/**
 * Reads a TCP header.
 * @param ip - the packet around it; given, the checksum must be right
 * @throws DecodeError where it is cut short, its data offset does not inRange, or its checksum is wrong
 */
export function parseTcp(from: Chunk | Uint8Array, p = 0, end = sizeOf(from), ip?: IpAddresses): Tcp {
  const chunk = chunkOf(from);
  need(20, p, end, "TCP header");
  const { dv } = chunk;
  const word = dv.getUint16(p + 12);
  const length = (word >>> 12) * 4;
  if (length < 20 || length > end - p) malformed(`TCP header of ${length} bytes, ${end - p} there`, p + 12);
  if (ip !== undefined) verifyTransport(chunk, p, end, ip, IpProto.Tcp, "TCP");
  return {
    src: dv.getUint16(p),
    dst: dv.getUint16(p + 2),
    seq: dv.getUint32(p + 4),
    ack: dv.getUint32(p + 8),
    flags: word & 0xfff,
    window: dv.getUint16(p + 14),
    urgent: dv.getUint16(p + 18),
    options: p + 20,
    payload: p + length,
    end,
  };
}

/** What a TCP header is built from; what is left out is 0. */
export interface TcpFields {
  readonly tcpSrc: number;
  readonly tcpDst: number;
  readonly seq?: number;
  readonly ack?: number;
  /** Bits of {@link TcpFlag}. */
  readonly flags?: number;
  readonly window?: number;
  readonly urgent?: number;
  /** Options, padded by the caller: a multiple of 4 bytes, 40 at most. */
  readonly options?: Uint8Array;
}

const TCP_FIELDS = overIp<TcpFields>({
  tcpSrc: "number!",
  tcpDst: "number!",
  seq: "number",
  ack: "number",
  flags: "number",
  window: "number",
  urgent: "number",
  options: "bytes",
});

/**
 * A frame with a TCP segment over IPv4 or IPv6. The bytes are new and belong to the caller.
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field, options of another length, or a payload that is too long
 */
export function buildTcp(fields: IpFields & TcpFields, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  checkFields("buildTcp", fields, TCP_FIELDS);
  const options = fields.options ?? new Uint8Array(0);
  if (options.length % 4 !== 0 || options.length > 40) {
    throw new SouthboundError("ERR_RANGE", `TCP options have a multiple of 4 bytes, 40 at most, not ${options.length}`);
  }
  const length = 20 + options.length;
  const room = startIp(fields, IpProto.Tcp, length + payload.length);
  const { chunk, at } = room;
  const { dv } = chunk;
  dv.setUint16(at, inRange("tcpSrc", fields.tcpSrc, 0xffff));
  dv.setUint16(at + 2, inRange("tcpDst", fields.tcpDst, 0xffff));
  dv.setUint32(at + 4, inRange("seq", fields.seq ?? 0, 0xffff_ffff));
  dv.setUint32(at + 8, inRange("ack", fields.ack ?? 0, 0xffff_ffff));
  dv.setUint16(at + 12, (length << 10) | inRange("flags", fields.flags ?? 0, 0xfff));
  dv.setUint16(at + 14, inRange("window", fields.window ?? 0, 0xffff));
  dv.setUint16(at + 18, inRange("urgent", fields.urgent ?? 0, 0xffff));
  chunk.u8.set(options, at + 20);
  chunk.u8.set(payload, at + length);
  finishTransport(room, at + 16);
  return chunk.u8;
}

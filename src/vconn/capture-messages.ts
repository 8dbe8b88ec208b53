import { Chunk, formatIpv4, formatIpv6 } from "../bytes/mod.js";
import { DecodeError } from "../errors/mod.js";
import { EtherType, IpProto, parseEthernet, parseIpv4, parseIpv6, parseTcp, type Tcp, TcpFlag } from "../packet/mod.js";
import { type CapturedPacket, LINKTYPE_ETHERNET, readCapture } from "./capture-file.js";

/** The ports of OpenFlow: the one that IANA gave to it, and the one that was used before. */
export const CAPTURE_PORTS: readonly number[] = [6653, 6633];

/** An end of a TCP connection in a capture. */
export interface CapturedEnd {
  /** The address: `192.0.2.1`, `2001:db8::1`. */
  readonly address: string;
  readonly port: number;
}

/** A message found in a capture. */
export interface CapturedMessage {
  /** When the packet was captured that completes it, in milliseconds since 1970, with fractions. */
  readonly time: number;
  readonly from: CapturedEnd;
  readonly to: CapturedEnd;
  /** The connection that it is of, counted from 0 in the order in which connections appear in the capture. */
  readonly connection: number;
  /** The whole message. It belongs to the caller. */
  readonly bytes: Uint8Array;
}

/** What is looked for in a capture. */
export interface CaptureOptions {
  /** The ports by which a TCP connection is taken to be one of OpenFlow; {@link CAPTURE_PORTS} unless given. */
  readonly ports?: readonly number[] | undefined;
}

const HEADER = 8;
/** Segments and bytes of one direction that wait for one that is missing; at more of them it is given up. */
const MAX_SEGMENTS = 1024;
const MAX_WAITING = 0x400000;

/** Whether a message of OpenFlow may begin like this. Only looked at where the place of a beginning has to be guessed. */
function plausible(u8: Uint8Array): boolean {
  return u8.length >= 4 && u8[0]! >= 1 && u8[0]! <= 6 && u8[1]! <= 35 && ((u8[2]! << 8) | u8[3]!) >= HEADER;
}

/** How far a sequence number is ahead of another one, modulo 2^32: negative where it is behind. */
const ahead = (a: number, b: number): number => (a - b) | 0;

/** The bytes of one direction of a connection: segments put in order, messages cut out. */
class Direction {
  #next: number | undefined;
  #synced = false;
  #rest: Uint8Array = new Uint8Array(0);
  #waiting: { seq: number; bytes: Uint8Array }[] = [];
  #size = 0;

  /** The connection begins: the first byte has this sequence number. */
  begin(seq: number): void {
    this.#next = seq;
    this.#synced = true;
    this.#rest = new Uint8Array(0);
    this.#waiting = [];
    this.#size = 0;
  }

  /** Takes a segment. @returns the messages that it completes */
  segment(seq: number, bytes: Uint8Array): Uint8Array[] {
    if (bytes.length === 0) return [];
    this.#next ??= seq;
    this.#waiting.push({ seq, bytes });
    this.#size += bytes.length;
    const found = this.#drain();
    if (this.#waiting.length > MAX_SEGMENTS || this.#size > MAX_WAITING) found.push(...this.skip());
    return found;
  }

  /** Gives up what is missing. @returns the messages behind it */
  skip(): Uint8Array[] {
    const found: Uint8Array[] = [];
    while (this.#waiting.length > 0) {
      this.#next = this.#waiting.reduce((least, { seq }) => (ahead(seq, least) < 0 ? seq : least), this.#waiting[0]!.seq);
      this.#synced = false;
      this.#rest = new Uint8Array(0);
      found.push(...this.#drain());
    }
    return found;
  }

  /** Takes what continues the bytes so far, and lets go of what came before. */
  #drain(): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (let again = true; again; ) {
      again = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const part of waiting) {
        const late = ahead(this.#next!, part.seq);
        if (late < 0) {
          this.#waiting.push(part);
          continue;
        }
        this.#size -= part.bytes.length;
        if (late >= part.bytes.length) continue;
        again = true;
        this.#next = (part.seq + part.bytes.length) >>> 0;
        this.#cut(part.bytes.subarray(late), found);
      }
      if (this.#waiting.length === 0) return found;
    }
    return found;
  }

  #cut(bytes: Uint8Array, found: Uint8Array[]): void {
    if (!this.#synced) {
      if (!plausible(bytes)) return;
      this.#synced = true;
      this.#rest = new Uint8Array(0);
    }
    let all = bytes;
    if (this.#rest.length > 0) {
      all = new Uint8Array(this.#rest.length + bytes.length);
      all.set(this.#rest);
      all.set(bytes, this.#rest.length);
    }
    let p = 0;
    while (all.length - p >= HEADER) {
      const length = (all[p + 2]! << 8) | all[p + 3]!;
      if (length < HEADER) {
        this.#synced = false;
        p = all.length;
        break;
      }
      if (length > all.length - p) break;
      found.push(all.slice(p, p + length));
      p += length;
    }
    this.#rest = all.slice(p);
  }
}

/** A segment with the ends that it goes between. */
interface Segment {
  readonly from: CapturedEnd;
  readonly to: CapturedEnd;
  readonly tcp: Tcp;
  readonly chunk: Chunk;
}

/** Where the network layer of a packet starts, by its link type, and its EtherType; undefined for other link types. */
function networkLayer(packet: CapturedPacket, chunk: Chunk): readonly [at: number, end: number, type: number] | undefined {
  const { u8, dv } = chunk;
  const byVersion = (at: number): readonly [number, number, number] | undefined =>
    u8.length > at ? [at, u8.length, u8[at]! >>> 4 === 6 ? EtherType.IPV6 : EtherType.IPV4] : undefined;
  switch (packet.linkType) {
    case LINKTYPE_ETHERNET: {
      const { payload, end, type } = parseEthernet(chunk);
      return [payload, end, type];
    }
    case 0: // BSD loopback
    case 108: // OpenBSD loopback
      return byVersion(4);
    case 101: // IP without anything before it
    case 228:
    case 229:
      return byVersion(0);
    case 113: // Linux "cooked"
      return u8.length >= 16 ? [16, u8.length, dv.getUint16(14)] : undefined;
    case 276: // Linux "cooked", version 2
      return u8.length >= 20 ? [20, u8.length, dv.getUint16(0)] : undefined;
    default:
      return undefined;
  }
}

/** The TCP segment in a packet; undefined where there is none, or it is cut short. */
function segmentOf(packet: CapturedPacket): Segment | undefined {
  const chunk = new Chunk(packet.bytes);
  try {
    const layer = networkLayer(packet, chunk);
    if (layer === undefined) return undefined;
    const [at, end, type] = layer;
    if (type === EtherType.IPV4) {
      const ip = parseIpv4(chunk, at, end);
      if (ip.proto !== IpProto.TCP || ip.fragmentOffset !== 0 || ip.moreFragments) return undefined;
      return segment(chunk, formatIpv4(ip.src), formatIpv4(ip.dst), parseTcp(chunk, ip.payload, ip.end));
    }
    if (type !== EtherType.IPV6) return undefined;
    const ip = parseIpv6(chunk, at, end);
    if (ip.proto !== IpProto.TCP || ip.fragmentOffset !== 0 || ip.moreFragments) return undefined;
    return segment(chunk, formatIpv6(ip.src), formatIpv6(ip.dst), parseTcp(chunk, ip.payload, ip.end));
  } catch (e) {
    if (e instanceof DecodeError) return undefined;
    throw e;
  }
}

const segment = (chunk: Chunk, src: string, dst: string, tcp: Tcp): Segment => ({
  from: { address: src, port: tcp.src },
  to: { address: dst, port: tcp.dst },
  tcp,
  chunk,
});

/** Both directions of a connection. */
interface Connection {
  readonly number: number;
  readonly ways: Map<string, { readonly direction: Direction; readonly from: CapturedEnd; readonly to: CapturedEnd }>;
}

const textOf = ({ address, port }: CapturedEnd): string => `${address} ${port}`;

/**
 * The OpenFlow messages in a capture, pcap or pcapng, in the order in which they were completed. Segments that came twice or out of order are put right; where one
 * is missing the messages go on with the next segment that begins like one. Connections whose beginning was not captured are taken as they are.
 * @param file - the whole file
 * @throws DecodeError for a file that is no capture, when the iteration comes to it; packets that are not TCP over IPv4 or IPv6 are passed over
 */
export function* capturedMessages(file: Uint8Array, options: CaptureOptions = {}): Generator<CapturedMessage, void, undefined> {
  const ports = options.ports ?? CAPTURE_PORTS;
  const connections = new Map<string, Connection>();
  let count = 0;
  let time = 0;
  for (const packet of readCapture(file)) {
    const found = segmentOf(packet);
    if (found === undefined || !(ports.includes(found.from.port) || ports.includes(found.to.port))) continue;
    const { from, to, tcp, chunk } = found;
    time = packet.time;
    const [a, b] = [textOf(from), textOf(to)];
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    let connection = connections.get(key);
    const syn = (tcp.flags & TcpFlag.SYN) !== 0;
    if (connection === undefined || (syn && (tcp.flags & TcpFlag.ACK) === 0 && connection.ways.size > 1)) {
      // the same ends once more: another connection
      if (connection !== undefined) yield* leftover(connection, time);
      connection = { number: count++, ways: new Map() };
      connections.set(key, connection);
    }
    let way = connection.ways.get(a);
    if (way === undefined) {
      way = { direction: new Direction(), from, to };
      connection.ways.set(a, way);
    }
    if (syn) way.direction.begin((tcp.seq + 1) >>> 0);
    const { number } = connection;
    const seq = syn ? (tcp.seq + 1) >>> 0 : tcp.seq;
    for (const bytes of way.direction.segment(seq, chunk.u8.subarray(tcp.payload, tcp.end)))
      yield { time, from, to, connection: number, bytes };
  }
  for (const connection of connections.values()) yield* leftover(connection, time);
}

/** What waits for segments that will not come. */
function* leftover({ number, ways }: Connection, time: number): Generator<CapturedMessage, void, undefined> {
  for (const { direction, from, to } of ways.values())
    for (const bytes of direction.skip()) yield { time, from, to, connection: number, bytes };
}

import { Chunk, formatIpv4, formatIpv6 } from "../bytes/mod.js";
import { checkOptions, DecodeError, type OptionTable } from "../errors/mod.js";
import { EtherType, IpProto, parseEthernet, parseIpv4Header, parseIpv6Header, parseTcp, type Tcp, TcpFlag } from "../packet/mod.js";
import { type Direction, InOrder, Repaired } from "./capture-direction.js";
import { type CapturedPacket, type CaptureProblem, LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL, readCapture } from "./capture-file.js";

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
  /**
   * Whether a direction is read as `ovs-ofctl ofp-parse-pcap` reads it: only segments that continue its bytes, until one is missing, and nothing of the segments
   * with SYN, FIN or RST. Otherwise segments are put in order, and reading goes on behind those that are missing.
   */
  readonly inOrder?: boolean | undefined;
  /** Called behind the last message, once for each kind of problem, with the reason why there are less messages than there could be. */
  readonly onProblem?: ((problem: CaptureProblem) => void) | undefined;
}

/** What {@link CaptureOptions} has, for its check. */
export const CAPTURE_OPTIONS: OptionTable<CaptureOptions> = { ports: "list", inOrder: "boolean", onProblem: "function" };

/** A segment with the ends that it goes between. */
interface Segment {
  readonly from: CapturedEnd;
  readonly to: CapturedEnd;
  readonly tcp: Tcp;
  readonly chunk: Chunk;
}

/** A packet that is cut before its TCP header has ended. */
const CUT = "cut";
/** More than any packet of IP and what stands before it. */
const MAX_CAPTURED = 0x11000;

/** The bytes of packets that a snap length cut, with zeros for what is missing, so that their lengths fit. The memory is used again for the next one. */
class Completed {
  readonly #u8 = new Uint8Array(MAX_CAPTURED);
  #used = 0;

  of({ bytes, length }: CapturedPacket): Chunk {
    const have = Math.min(bytes.length, MAX_CAPTURED);
    this.#u8.set(bytes.subarray(0, have));
    if (this.#used > have) this.#u8.fill(0, have, this.#used);
    this.#used = have;
    return new Chunk(this.#u8.subarray(0, Math.min(length, MAX_CAPTURED)));
  }
}

/** Where the network layer of a packet starts, by its link type, and its EtherType; undefined for other link types. */
function networkLayer(packet: CapturedPacket, chunk: Chunk): readonly [at: number, end: number, type: number] | undefined {
  const { u8, dv } = chunk;
  const byVersion = (at: number): readonly [number, number, number] | undefined =>
    u8.length > at ? [at, u8.length, u8[at]! >>> 4 === 6 ? EtherType.Ipv6 : EtherType.Ipv4] : undefined;
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
    case LINKTYPE_LINUX_SLL:
      return u8.length >= 16 ? [16, u8.length, dv.getUint16(14)] : undefined;
    case 276: // Linux "cooked", version 2
      return u8.length >= 20 ? [20, u8.length, dv.getUint16(0)] : undefined;
    default:
      return undefined;
  }
}

/** The TCP segment in a packet; undefined where there is none, or it is cut short by its sender. The first fragment of a packet is a segment that ends early. @param completed - for packets that were cut */
function segmentOf(packet: CapturedPacket, completed: Completed): Segment | typeof CUT | undefined {
  if (!LINK_TYPES.has(packet.linkType)) return undefined;
  const cut = packet.length > packet.bytes.length;
  try {
    const found = tcpIn(packet, cut ? completed.of(packet) : new Chunk(packet.bytes));
    const headers = found?.tcp.payload ?? HEADERS;
    return cut && headers > packet.bytes.length ? CUT : found;
  } catch (e) {
    // Of a packet that was cut it is not known what it would have been.
    if (e instanceof DecodeError) return cut ? CUT : undefined;
    throw e;
  }
}

/** Bytes by which it is known of a packet that it is not of TCP. */
const HEADERS = 34;

function tcpIn(packet: CapturedPacket, chunk: Chunk): Segment | undefined {
  const layer = networkLayer(packet, chunk);
  if (layer === undefined) return undefined;
  const [at, end, type] = layer;
  if (type === EtherType.Ipv4) {
    const ip = parseIpv4Header(chunk, at, end);
    if (ip.proto !== IpProto.Tcp || ip.fragmentOffset !== 0) return undefined;
    return segment(chunk, formatIpv4(ip.src), formatIpv4(ip.dst), parseTcp(chunk, ip.payload, ip.end));
  }
  if (type !== EtherType.Ipv6) return undefined;
  const ip = parseIpv6Header(chunk, at, end);
  if (ip.proto !== IpProto.Tcp || ip.fragmentOffset !== 0 || ip.moreFragments) return undefined;
  return segment(chunk, formatIpv6(ip.src), formatIpv6(ip.dst), parseTcp(chunk, ip.payload, ip.end));
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
 * is missing the messages go on with the next segment that begins like one, unless `inOrder` is set. Connections whose beginning was not captured are taken as they
 * are.
 * @param file - the whole file
 * @throws DecodeError for a file that is no capture, when the iteration comes to it; packets that are not TCP over IPv4 or IPv6 are passed over
 */
export function* capturedMessages(file: Uint8Array, options: CaptureOptions = {}): Generator<CapturedMessage, void, undefined> {
  checkOptions("capturedMessages", options, CAPTURE_OPTIONS);
  const { ports = CAPTURE_PORTS, inOrder = false, onProblem } = options;
  const problems = new Problems();
  const completed = new Completed();
  const connections = new Map<string, Connection>();
  let count = 0;
  let time = 0;
  for (const packet of readCapture(file, onProblem)) {
    const found = segmentOf(packet, completed);
    if (found === CUT) problems.cut(packet);
    else if (found === undefined && !LINK_TYPES.has(packet.linkType)) problems.link(packet.linkType);
    if (found === undefined || found === CUT || !(ports.includes(found.from.port) || ports.includes(found.to.port))) continue;
    const { from, to, tcp, chunk } = found;
    time = packet.time;
    const [a, b] = [textOf(from), textOf(to)];
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    let connection = connections.get(key);
    const opens = (tcp.flags & (TcpFlag.Syn | TcpFlag.Ack)) === TcpFlag.Syn;
    if (connection === undefined || (opens && connection.ways.size > 1)) {
      // the same ends once more: another connection
      if (connection !== undefined) yield* leftover(connection, time);
      connection = { number: count++, ways: new Map(inOrder ? connection?.ways : undefined) };
      connections.set(key, connection);
    }
    let way = connection.ways.get(a);
    if (way === undefined) {
      way = { direction: inOrder ? new InOrder() : new Repaired(), from, to };
      connection.ways.set(a, way);
    }
    const { number } = connection;
    const missing = Math.max(0, tcp.end - packet.bytes.length);
    if (missing > 0) problems.cut(packet);
    const payload = chunk.u8.subarray(tcp.payload, tcp.end - missing);
    // What was completed lies in memory that is used again.
    const kept = packet.length > packet.bytes.length ? new Uint8Array(payload) : payload;
    for (const bytes of way.direction.take(tcp.seq, tcp.flags, kept, missing)) yield { time, from, to, connection: number, bytes };
  }
  for (const connection of connections.values()) yield* leftover(connection, time);
  problems.tell(onProblem);
}

/** The link types that are read: Ethernet, loopback, IP alone, and Linux "cooked". */
const LINK_TYPES: ReadonlySet<number> = new Set([LINKTYPE_ETHERNET, 0, 108, 101, 228, 229, LINKTYPE_LINUX_SLL, 276]);

/** Counts what cannot be read of a capture. */
class Problems {
  #cut = 0;
  #example = "";
  readonly #links = new Map<number, number>();

  cut({ bytes, length }: CapturedPacket): void {
    if (this.#cut++ === 0) this.#example = `${bytes.length} of ${length} bytes`;
  }

  link(type: number): void {
    this.#links.set(type, (this.#links.get(type) ?? 0) + 1);
  }

  tell(problem: ((problem: CaptureProblem) => void) | undefined): void {
    if (this.#cut > 0) {
      const text = `${this.#cut} packets were captured in part only, the first one ${this.#example}, and the messages that this cuts are left out: capture with a greater snap length`;
      problem?.({ kind: "cut-packets", text });
    }
    if (this.#links.size > 0) {
      const types = [...this.#links].map(([type, count]) => `${count} of link type ${type}`).join(", ");
      problem?.({ kind: "link-type", text: `packets of unknown network types are left out: ${types}` });
    }
  }
}

/** What waits for segments that will not come. */
function* leftover({ number, ways }: Connection, time: number): Generator<CapturedMessage, void, undefined> {
  for (const { direction, from, to } of ways.values())
    for (const bytes of direction.skip()) yield { time, from, to, connection: number, bytes };
}

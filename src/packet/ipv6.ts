import { type Chunk, chunkOf, sizeOf } from "../bytes/mod.js";
import { named } from "../errors/mod.js";
import { IpProto, malformed, need } from "./numbers.js";

/** The 128-bit number at `p`. There must be 16 bytes. */
export function u128At(chunk: Chunk, p: number): bigint {
  return (chunk.dv.getBigUint64(p) << 64n) | chunk.dv.getBigUint64(p + 8);
}

/** Writes a 128-bit number to `p`. There must be room for 16 bytes. */
export function putU128(chunk: Chunk, p: number, value: bigint): void {
  chunk.dv.setBigUint64(p, value >> 64n);
  chunk.dv.setBigUint64(p + 8, value & 0xffff_ffff_ffff_ffffn);
}

/** Which extension headers a packet has, as OpenFlow's `ipv6_exthdr` says it (OpenFlow 1.3, section 7.2.3.8: `OFPIEH_*`). */
export const Ipv6Exthdr = named("Ipv6Exthdr", {
  NoNext: 1,
  Esp: 2,
  Auth: 4,
  Dest: 8,
  Frag: 16,
  Router: 32,
  Hop: 64,
  Unrep: 128,
  Unseq: 256,
});

/** Places in the order that RFC 8200, section 4.1 recommends; destination options may stand at two of them. */
const DEST_FIRST = 2;
const DEST_LAST = 7;

/** What a walk over the extension headers finds. */
export class Ipv6Extensions {
  /** The upper-layer protocol; {@link IpProto.Fragment} for a later fragment, whose upper layer is not in it. */
  proto = 0;
  /** Where the upper layer, or what a later fragment carries, starts in the chunk. */
  payload = 0;
  /** Bits of {@link Ipv6Exthdr}. */
  present = 0;
  /** Where this fragment goes in the whole, in bytes. */
  fragmentOffset = 0;
  moreFragments = false;
  /** Identification of the fragment. */
  id = 0;

  #place = 0;

  /**
   * Passes over the headers from `p` on, the first of which is of type `next`. Every header has 8 bytes at least, so that the walk ends.
   * @returns whether the end was reached; false where a header is cut short, and then only `present` means something
   */
  walk(chunk: Chunk, p: number, end: number, next: number): boolean {
    const { dv } = chunk;
    this.present = 0;
    this.fragmentOffset = 0;
    this.moreFragments = false;
    this.id = 0;
    this.#place = 0;
    for (let at = p; ; ) {
      this.proto = next;
      this.payload = at;
      switch (next) {
        case IpProto.HopByHop:
          this.#note(Ipv6Exthdr.Hop, 1);
          break;
        case IpProto.Destination:
          this.#note(Ipv6Exthdr.Dest, this.#place < DEST_FIRST ? DEST_FIRST : DEST_LAST);
          break;
        case IpProto.Routing:
          this.#note(Ipv6Exthdr.Router, 3);
          break;
        case IpProto.Fragment:
          this.#note(Ipv6Exthdr.Frag, 4);
          break;
        case IpProto.Ah:
          this.#note(Ipv6Exthdr.Auth, 5);
          break;
        case IpProto.Esp:
          this.#note(Ipv6Exthdr.Esp, 6);
          return true;
        case IpProto.NoNext:
          this.present |= Ipv6Exthdr.NoNext;
          return true;
        default:
          return true;
      }
      if (end - at < 8) return false;
      const type = next;
      const units = dv.getUint8(at + 1);
      const length = type === IpProto.Fragment ? 8 : type === IpProto.Ah ? (units + 2) * 4 : (units + 1) * 8;
      if (length > end - at) return false;
      next = dv.getUint8(at);
      if (type === IpProto.Fragment) {
        const field = dv.getUint16(at + 2);
        this.fragmentOffset = field & 0xfff8;
        this.moreFragments = (field & 1) !== 0;
        this.id = dv.getUint32(at + 4);
        if (this.fragmentOffset !== 0) {
          this.payload = at + 8;
          return true;
        }
      }
      at += length;
    }
  }

  #note(bit: number, place: number): void {
    const again = (this.present & bit) !== 0;
    if (place < this.#place) this.present |= Ipv6Exthdr.Unseq;
    if (again && !(bit === Ipv6Exthdr.Dest && place > this.#place)) this.present |= Ipv6Exthdr.Unrep;
    this.present |= bit;
    if (place > this.#place) this.#place = place;
  }
}

/** An IPv6 header with what its extension headers say (RFC 8200, section 3). */
export interface Ipv6 {
  readonly version: 6;
  /** Source address. */
  readonly src: bigint;
  /** Destination address. */
  readonly dst: bigint;
  /** Protocol behind the extension headers; {@link IpProto.Fragment} for a later fragment. */
  readonly proto: number;
  /** Hop limit. */
  readonly ttl: number;
  /** Differentiated services code point, 6 bits. */
  readonly dscp: number;
  /** Explicit congestion notification, 2 bits. */
  readonly ecn: number;
  /** Flow label, 20 bits. */
  readonly flowLabel: number;
  /** Which extension headers there are: bits of {@link Ipv6Exthdr}. */
  readonly extensions: number;
  readonly moreFragments: boolean;
  /** Where this fragment goes in the whole, in bytes. */
  readonly fragmentOffset: number;
  /** Identification of the fragment; 0 where there is no fragment header. */
  readonly id: number;
  /** Where the payload starts in the chunk, behind the extension headers. */
  readonly payload: number;
  /** Where the packet ends in the chunk by its own length: what follows is padding of the frame. */
  readonly end: number;
}

/** Reads an IPv6 header and walks its extension headers. @throws DecodeError where one is cut short or a length does not fit */
export function parseIpv6Header(from: Chunk | Uint8Array, p = 0, end = sizeOf(from)): Ipv6 {
  const chunk = chunkOf(from);
  need(40, p, end, "IPv6 header");
  const { dv } = chunk;
  const first = dv.getUint32(p);
  const length = dv.getUint16(p + 4);
  if (first >>> 28 !== 6) malformed(`IPv6 header with version ${first >>> 28}`, p);
  if (length > end - p - 40) malformed(`IPv6 payload of ${length} bytes, ${end - p - 40} there`, p + 4);
  const packetEnd = p + 40 + length;
  const walk = new Ipv6Extensions();
  if (!walk.walk(chunk, p + 40, packetEnd, dv.getUint8(p + 6))) malformed("IPv6 extension header cut short", walk.payload);
  return {
    version: 6,
    src: u128At(chunk, p + 8),
    dst: u128At(chunk, p + 24),
    proto: walk.proto,
    ttl: dv.getUint8(p + 7),
    dscp: (first >>> 22) & 63,
    ecn: (first >>> 20) & 3,
    flowLabel: first & 0xf_ffff,
    extensions: walk.present,
    moreFragments: walk.moreFragments,
    fragmentOffset: walk.fragmentOffset,
    id: walk.id,
    payload: walk.payload,
    end: packetEnd,
  };
}

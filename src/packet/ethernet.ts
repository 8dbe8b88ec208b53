import { Chunk, chunkOf, sizeOf } from "../bytes/mod.js";
import { checkOptions, type OptionTable } from "../errors/mod.js";
import { EtherType, inRange, malformed, need } from "./numbers.js";

/** The 48-bit number at `p`. There must be 6 bytes. */
export function macAt(chunk: Chunk, p: number): number {
  return chunk.dv.getUint16(p) * 0x1_0000_0000 + chunk.dv.getUint32(p + 2);
}

/** Writes a 48-bit number to `p`. There must be room for 6 bytes. */
export function putMac(chunk: Chunk, p: number, mac: number): void {
  chunk.dv.setUint16(p, mac / 0x1_0000_0000);
  chunk.dv.setUint32(p + 2, mac);
}

/** The destination address of the frame at `p`, without a check: there must be 14 bytes. */
export function ethDst(from: Chunk | Uint8Array, p = 0): number {
  const { dv } = chunkOf(from);
  return dv.getUint16(p) * 0x1_0000_0000 + dv.getUint32(p + 2);
}

/** The source address of the frame at `p`, without a check: there must be 14 bytes. */
export function ethSrc(from: Chunk | Uint8Array, p = 0): number {
  const { dv } = chunkOf(from);
  return dv.getUint16(p + 6) * 0x1_0000_0000 + dv.getUint32(p + 8);
}

/** The two bytes behind the addresses of the frame at `p`, without a check: there must be 14 bytes. A tag is not passed over. */
export function ethType(from: Chunk | Uint8Array, p = 0): number {
  return chunkOf(from).dv.getUint16(p + 12);
}

/** Whether `mac` is a group address: broadcast or multicast (IEEE 802, clause 8.2.2). */
export function isMulticast(mac: number): boolean {
  return (Math.floor(mac / 0x100_0000_0000) & 1) === 1;
}

/** The fixed part of an Ethernet header, for hot paths: nothing but three numbers. {@link parseEthernet} also reads tags. */
export class Ethernet {
  /** Destination address, 48 bits. */
  dst: number;
  /** Source address, 48 bits. */
  src: number;
  /** The two bytes behind the addresses: the type, 0x8100 or 0x88a8 for a tagged frame, or a length below 0x600. */
  type: number;

  constructor(dst: number, src: number, type: number) {
    this.dst = dst;
    this.src = src;
    this.type = type;
  }

  /** The header of the frame from `p` to `end`. @throws DecodeError where there are fewer than 14 bytes */
  static at(chunk: Chunk, p: number, end: number): Ethernet {
    if (end - p < 14) need(14, p, end, "Ethernet header");
    const { dv } = chunk;
    return new Ethernet(
      dv.getUint16(p) * 0x1_0000_0000 + dv.getUint32(p + 2),
      dv.getUint16(p + 6) * 0x1_0000_0000 + dv.getUint32(p + 8),
      dv.getUint16(p + 12),
    );
  }
}

/** A VLAN tag (IEEE 802.1Q, clause 9.6). */
export interface VlanTag {
  /** Tag protocol: 0x8100 (802.1Q, the default) or 0x88a8 (802.1ad, QinQ). */
  readonly tpid?: number;
  /** VLAN identifier, 12 bits. */
  readonly vid: number;
  /** Priority, 3 bits, 0 by default. */
  readonly pcp?: number;
  /** Drop eligible, false by default. */
  readonly dei?: boolean;
}

/** An Ethernet header with its tags. */
export interface EthernetHeader {
  readonly dst: number;
  readonly src: number;
  /** The tags, outermost first. */
  readonly vlans: readonly Required<VlanTag>[];
  /** The type behind the tags and an LLC/SNAP header; {@link EtherType.None} for other 802.3 frames. */
  readonly type: number;
  /** Where the payload starts in the chunk. */
  readonly payload: number;
  /** Where the frame ends in the chunk, padding included. */
  readonly end: number;
}

/** Whether `type` announces a VLAN tag. */
export function isVlanType(type: number): boolean {
  return type === EtherType.Vlan || type === EtherType.Qinq;
}

/**
 * The type of an 802.3 frame whose LLC header is at `p`: that of its SNAP header, {@link EtherType.None} where there is none (RFC 1042).
 */
export function llcType(chunk: Chunk, p: number, end: number): number {
  if (end - p < 8 || chunk.dv.getUint32(p) !== 0xaaaa0300 || chunk.dv.getUint16(p + 4) !== 0) return EtherType.None;
  const type = chunk.dv.getUint16(p + 6);
  return type >= 0x600 ? type : EtherType.None;
}

/** Bytes of an LLC header with SNAP. */
export const LLC_SNAP_LENGTH = 8;

/** Reads an Ethernet header and all its tags. @throws DecodeError where it is cut short */
export function parseEthernet(from: Chunk | Uint8Array, p = 0, end = sizeOf(from)): EthernetHeader {
  const chunk = chunkOf(from);
  need(14, p, end, "Ethernet header");
  const vlans: Required<VlanTag>[] = [];
  let at = p + 14;
  let type = chunk.dv.getUint16(at - 2);
  while (isVlanType(type)) {
    if (end - at < 4) malformed("VLAN tag cut short", at);
    const tci = chunk.dv.getUint16(at);
    vlans.push({ tpid: type, vid: tci & 0xfff, pcp: tci >>> 13, dei: (tci & 0x1000) !== 0 });
    type = chunk.dv.getUint16(at + 2);
    at += 4;
  }
  if (type < 0x600) {
    type = llcType(chunk, at, end);
    if (type !== EtherType.None) at += LLC_SNAP_LENGTH;
  }
  return { dst: macAt(chunk, p), src: macAt(chunk, p + 6), vlans, type, payload: at, end };
}

/** What every builder of frames takes. */
export interface FrameOptions {
  /** Tags to put in front, outermost first; none by default. */
  readonly vlans?: readonly VlanTag[];
  /** Fill up with zeros to 60 bytes, the shortest frame without its check sequence (IEEE 802.3, clause 3.2.8). False by default. */
  readonly pad?: boolean;
}

/** What an Ethernet header is built from. */
export interface EthernetFields extends FrameOptions {
  /** Destination address, 48 bits. */
  readonly ethDst: number;
  /** Source address, 48 bits. */
  readonly ethSrc: number;
}

/** What {@link FrameOptions} has, for its check. */
export const FRAME_OPTIONS: OptionTable<FrameOptions> = { vlans: "list", pad: "boolean" };

/** What {@link EthernetFields} has, for its check. */
export const ETHERNET_FIELDS: OptionTable<EthernetFields> = { ...FRAME_OPTIONS, ethDst: "number!", ethSrc: "number!" };

const BUILD_FIELDS: OptionTable<EthernetFields & { readonly ethType: number }> = { ...ETHERNET_FIELDS, ethType: "number!" };

/** A frame that is being built: its header stands, the rest is zero. */
export interface FrameRoom {
  readonly chunk: Chunk;
  /** Where the payload starts. */
  readonly at: number;
}

/** Makes a frame with room for `length` bytes of payload. */
export function startFrame(fields: EthernetFields, type: number, length: number): FrameRoom {
  const vlans = fields.vlans ?? [];
  const at = 14 + 4 * vlans.length;
  const chunk = new Chunk(fields.pad === true ? Math.max(60, at + length) : at + length);
  const { dv } = chunk;
  putMac(chunk, 0, inRange("ethDst", fields.ethDst, 0xffff_ffff_ffff));
  putMac(chunk, 6, inRange("ethSrc", fields.ethSrc, 0xffff_ffff_ffff));
  let p = 12;
  for (const tag of vlans) {
    dv.setUint16(p, inRange("tpid", tag.tpid ?? EtherType.Vlan, 0xffff));
    dv.setUint16(p + 2, (inRange("pcp", tag.pcp ?? 0, 7) << 13) | (tag.dei === true ? 0x1000 : 0) | inRange("vid", tag.vid, 0xfff));
    p += 4;
  }
  dv.setUint16(p, inRange("ethType", type, 0xffff));
  return { chunk, at };
}

/**
 * A frame of any type. The bytes are new and belong to the caller.
 * @param fields - the header, with `ethType` behind the tags
 * @throws SouthboundError `ERR_RANGE` for a number that does not fit its field
 */
export function buildEthernet(fields: EthernetFields & { readonly ethType: number }, payload: Uint8Array): Uint8Array {
  checkOptions("buildEthernet", fields, BUILD_FIELDS);
  const { chunk, at } = startFrame(fields, fields.ethType, payload.length);
  chunk.u8.set(payload, at);
  return chunk.u8;
}

import { plainBytes, viewOf } from "../bytes/mod.js";
import { fail } from "../schema/mod.js";

/** A packet of a capture. */
export interface CapturedPacket {
  /** When, in milliseconds since 1970, with fractions. */
  readonly time: number;
  /** The kind of its first header: a link type of the pcap formats, such as 1 for Ethernet. */
  readonly linkType: number;
  /** The bytes captured: a view into the file. */
  readonly bytes: Uint8Array;
  /** How many bytes the packet had: more than were captured where a snap length cut it. */
  readonly length: number;
}

/** Why less of a capture can be read than is in it, or was to be. */
export interface CaptureProblem {
  /** Packets that a snap length cut; a file that ends within a packet; packets whose link type is not read. */
  readonly kind: "cut-packets" | "cut-file" | "link-type";
  /** For people. */
  readonly text: string;
}

/** The link type of Ethernet frames. */
export const LINKTYPE_ETHERNET = 1;
/** The link type of packets with the header of Linux's "cooked" captures, which has no destination address. */
export const LINKTYPE_LINUX_SLL = 113;

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;

const END_OF_OPTIONS = 0;
const COMMENT = 1;
const TIME_RESOLUTION = 9;

const encoder = new TextEncoder();

/** Room for one option: its head, its value, and padding to 4 bytes. */
const optionSize = (length: number): number => 4 + ((length + 3) & ~3);

/**
 * Writes a capture of Ethernet frames in the pcapng format, with times in nanoseconds (draft-ietf-opsawg-pcapng). Each call gives bytes to be put behind those
 * before; they are new and belong to the caller.
 */
export const captureWriter = {
  /** What a file begins with. `application` is named as the program that wrote it. */
  header(application = "southbound"): Uint8Array {
    const name = encoder.encode(application);
    const sectionSize = 28 + optionSize(name.length) + 4;
    const interfaceSize = 20 + optionSize(1) + 4;
    const out = new Uint8Array(sectionSize + interfaceSize);
    const dv = viewOf(out);
    dv.setUint32(0, SECTION);
    dv.setUint32(4, sectionSize);
    dv.setUint32(8, BYTE_ORDER);
    dv.setUint16(12, 1);
    dv.setBigInt64(16, -1n);
    dv.setUint16(24, 4);
    dv.setUint16(26, name.length);
    out.set(name, 28);
    dv.setUint32(sectionSize - 4, sectionSize);
    const at = sectionSize;
    dv.setUint32(at, INTERFACE);
    dv.setUint32(at + 4, interfaceSize);
    dv.setUint16(at + 8, LINKTYPE_ETHERNET);
    dv.setUint16(at + 16, TIME_RESOLUTION);
    dv.setUint16(at + 18, 1);
    dv.setUint8(at + 20, 9);
    dv.setUint32(at + interfaceSize - 4, interfaceSize);
    return out;
  },

  /** A frame. @param time - milliseconds since 1970, with fractions @param comment - shown beside the frame by programs that show captures */
  packet(time: number, frame: Uint8Array, comment = ""): Uint8Array {
    const words = encoder.encode(comment);
    const data = (frame.length + 3) & ~3;
    const options = words.length === 0 ? 0 : optionSize(words.length) + 4;
    const size = 32 + data + options;
    const out = new Uint8Array(size);
    const dv = viewOf(out);
    const ms = Math.floor(time);
    const ns = BigInt(ms) * 1_000_000n + BigInt(Math.floor((time - ms) * 1_000_000));
    dv.setUint32(0, ENHANCED_PACKET);
    dv.setUint32(4, size);
    dv.setUint32(12, Number(ns >> 32n));
    dv.setUint32(16, Number(ns & 0xffffffffn));
    dv.setUint32(20, frame.length);
    dv.setUint32(24, frame.length);
    out.set(frame, 28);
    if (options > 0) {
      dv.setUint16(28 + data, COMMENT);
      dv.setUint16(30 + data, words.length);
      out.set(words, 32 + data);
    }
    dv.setUint32(size - 4, size);
    return out;
  },
};

/** The longest packet that a capture in the pcap format says that it holds, as Open vSwitch writes it. */
const SNAP_LENGTH = 1518;

/**
 * Writes a capture of Ethernet frames in the pcap format, in little-endian order and with times in microseconds, as Open vSwitch's ovs_pcap_write does. Each call gives bytes to be put behind those
 * before; they are new and belong to the caller.
 */
export const classicCaptureWriter = {
  /** What a file begins with. */
  header(): Uint8Array {
    const out = new Uint8Array(24);
    const dv = viewOf(out);
    dv.setUint32(0, 0xa1b2c3d4, true);
    dv.setUint16(4, 2, true);
    dv.setUint16(6, 4, true);
    dv.setUint32(16, SNAP_LENGTH, true);
    dv.setUint32(20, LINKTYPE_ETHERNET, true);
    return out;
  },

  /** A frame. @param time - milliseconds since 1970, with fractions */
  packet(time: number, frame: Uint8Array): Uint8Array {
    const out = new Uint8Array(16 + frame.length);
    const dv = viewOf(out);
    const seconds = Math.floor(time / 1000);
    dv.setUint32(0, seconds, true);
    dv.setUint32(4, Math.floor((time - seconds * 1000) * 1000), true);
    dv.setUint32(8, frame.length, true);
    dv.setUint32(12, frame.length, true);
    out.set(frame, 16);
    return out;
  },
};

/** Reads numbers of either byte order. */
class View {
  readonly u8: Uint8Array;
  readonly #dv: DataView;
  little = false;

  constructor(u8: Uint8Array) {
    this.u8 = plainBytes(u8);
    this.#dv = viewOf(this.u8);
  }

  u16(p: number): number {
    return this.#dv.getUint16(p, this.little);
  }

  u32(p: number): number {
    return this.#dv.getUint32(p, this.little);
  }
}

const CLASSIC = new Map([
  [0xa1b2c3d4, 1_000],
  [0xa1b23c4d, 1_000_000],
]);

/**
 * The packets of a capture in the pcap or pcapng format, in the order of the file. A packet that the file ends within is left out: its writer may still be at it.
 * @param file - the whole file
 * @param problem - called when the file ends within a packet
 * @throws DecodeError for a file of neither format, and for blocks whose lengths are not possible, when the iteration comes to them
 */
export function* readCapture(file: Uint8Array, problem?: (problem: CaptureProblem) => void): Generator<CapturedPacket, void, undefined> {
  const view = new View(file);
  if (file.length < 4) fail("OFPBRC_BAD_PACKET", `${file.length} bytes are no packet capture`, 0);
  for (const little of [false, true]) {
    view.little = little;
    const magic = view.u32(0);
    if (magic === SECTION) return yield* readBlocks(view, problem);
    const ticks = CLASSIC.get(magic);
    if (ticks !== undefined) return yield* readClassic(view, ticks, problem);
  }
  fail("OFPBRC_BAD_PACKET", "this is no packet capture in the pcap or pcapng format", 0);
}

const CUT_FILE: CaptureProblem = { kind: "cut-file", text: "the capture ends within a packet, which is left out" };

/** @param ticks - of the fraction, in a millisecond */
function* readClassic(view: View, ticks: number, problem?: (problem: CaptureProblem) => void): Generator<CapturedPacket, void, undefined> {
  const end = view.u8.length;
  if (end < 24) fail("OFPBRC_BAD_PACKET", "the header of the capture is cut short", 0);
  const linkType = view.u32(20) & 0xffff;
  let p = 24;
  while (end - p >= 16) {
    const next = p + 16 + view.u32(p + 8);
    if (next > end) break;
    const time = view.u32(p) * 1000 + view.u32(p + 4) / ticks;
    yield { time, linkType, bytes: view.u8.subarray(p + 16, next), length: view.u32(p + 12) };
    p = next;
  }
  if (p < end) problem?.(CUT_FILE);
}

/** An interface of a pcapng section. */
interface Interface {
  readonly linkType: number;
  /** How often its clock ticks in a millisecond. */
  readonly ticks: number;
  readonly snapLength: number;
}

function* readBlocks(view: View, problem?: (problem: CaptureProblem) => void): Generator<CapturedPacket, void, undefined> {
  const { u8 } = view;
  const file = u8.length;
  let interfaces: Interface[] = [];
  let p = 0;
  while (file - p >= 12) {
    const type = view.u32(p);
    if (type === SECTION) {
      // the same in both byte orders; the one of the section stands behind its length
      view.little = false;
      if (view.u32(p + 8) !== BYTE_ORDER) view.little = true;
      if (view.u32(p + 8) !== BYTE_ORDER) fail("OFPBRC_BAD_PACKET", "a section of the capture without its byte order", p + 8);
      interfaces = [];
    }
    const size = view.u32(p + 4);
    const padded = (size + 3) & ~3;
    if (size < 12) fail("OFPBRC_BAD_LEN", `a block of the capture that says ${size} bytes`, p + 4);
    if (size > file - p || padded < 12) break;
    const end = p + size - 4;
    if (type === INTERFACE && size >= 20) interfaces.push(readInterface(view, p, end));
    else if (type === ENHANCED_PACKET && size >= 32) {
      const from = interfaces[view.u32(p + 8)];
      const length = view.u32(p + 20);
      if (length > end - p - 28) fail("OFPBRC_BAD_LEN", `a packet of ${length} bytes in a block of ${size}`, p + 20);
      if (from !== undefined) {
        const time = (view.u32(p + 12) * 2 ** 32 + view.u32(p + 16)) / from.ticks;
        yield { time, linkType: from.linkType, bytes: u8.subarray(p + 28, p + 28 + length), length: view.u32(p + 24) };
      }
    } else if (type === SIMPLE_PACKET && size >= 16) {
      const from = interfaces[0];
      if (from !== undefined) {
        const length = Math.min(view.u32(p + 8), end - p - 12, from.snapLength || Number.POSITIVE_INFINITY);
        yield { time: 0, linkType: from.linkType, bytes: u8.subarray(p + 12, p + 12 + length), length: view.u32(p + 8) };
      }
    }
    p += padded;
  }
  if (p < file) problem?.(CUT_FILE);
}

function readInterface(view: View, p: number, end: number): Interface {
  let ticks = 1000;
  for (let q = p + 16; end - q >= 4; ) {
    const code = view.u16(q);
    const length = view.u16(q + 2);
    if (code === END_OF_OPTIONS || length > end - q - 4) break;
    if (code === TIME_RESOLUTION && length === 1) {
      const given = view.u8[q + 4]!;
      ticks = ((given & 0x80) === 0 ? 10 ** given : 2 ** (given & 0x7f)) / 1000;
    }
    q += optionSize(length);
  }
  return { linkType: view.u16(p + 8), ticks, snapLength: view.u32(p + 12) };
}

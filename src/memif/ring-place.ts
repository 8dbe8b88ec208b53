import { RingError } from "./ring-error.js";
import type { RingMemory } from "./ring-memory.js";

/*
 * A ring in memory, as DPDK, VPP and libmemif lay it (memif 2.0): 128 bytes in front, then 16 bytes for each slot. Indices into a Uint16Array over the ring count
 * in units of 2 bytes, those into an Int32Array in units of 4.
 */
const COOKIE = 0x03e3_1f20;
const HEADER_BYTES = 128;
const SLOT_BYTES = 16;

/** The largest ring, as a power of two: what all known peers announce. */
export const MAX_LOG2_RING_SIZE = 14;

/** Where the flags stand, in a Uint16Array. They are the consumer's. */
export const FLAGS = 2;
/** The flag of a consumer that wants no interrupts. */
export const MASK_INTERRUPT = 1;
/** Where the head stands, in a Uint16Array: the client's word in rings of both kinds. */
export const HEAD = 3;
/** Where the tail stands, in a Uint16Array: the server's word in rings of both kinds. */
export const TAIL = 32;

/** Where the first slot's words start in an Int32Array; each slot has four: flags and region, length, offset, metadata. */
export const SLOTS = HEADER_BYTES / 4;
/** A slot's flag: the packet goes on in the next slot. Its region stands 16 bits above. */
export const NEXT = 1;

/** Where a ring lies. */
export interface RingPlace {
  readonly memory: RingMemory;
  /** The region's index. */
  readonly region: number;
  /** Bytes from the region's start; a multiple of 4. */
  readonly offset: number;
  /** The number of slots is this power of two. */
  readonly log2Size: number;
}

/** The buffers that a client gives to the slots of one ring: slot i has `size` bytes at `offset + i * size` of a region. */
export interface RingBuffers {
  readonly region: number;
  readonly offset: number;
  /** Bytes of one buffer; a multiple of 4. */
  readonly size: number;
}

/** How many bytes a ring takes. */
export function ringBytes(log2Size: number): number {
  return HEADER_BYTES + SLOT_BYTES * 2 ** log2Size;
}

/** The words of a ring, in the two widths that they are read in. */
export class RingWords {
  readonly u16: Uint16Array;
  /** Signed, which the engine computes with fastest: what is negative here is never valid, or handled apart. */
  readonly i32: Int32Array;

  constructor({ memory, region, offset, log2Size }: RingPlace) {
    const { buffer } = memory.regions[region]!.u8;
    const bytes = ringBytes(log2Size);
    this.u16 = new Uint16Array(buffer, offset, bytes / 2);
    this.i32 = new Int32Array(buffer, offset, bytes / 4);
  }
}

function checkPlace({ memory, region, offset, log2Size }: RingPlace): void {
  const known = memory.regions[region];
  if (known === undefined) throw new RingError(`ring in region ${region}, which was not announced`);
  if (log2Size > MAX_LOG2_RING_SIZE) throw new RingError(`ring of 2^${log2Size} slots, 2^${MAX_LOG2_RING_SIZE} at most`);
  if (offset % 4 !== 0) throw new RingError(`ring at offset ${offset}, which is not a multiple of 4`);
  if (offset + ringBytes(log2Size) > known.size) throw new RingError(`ring at offset ${offset} exceeds its region of ${known.size} bytes`);
}

/**
 * Checks a ring that a client announced, before a server works on it.
 * @throws RingError where it does not lie within a region that was announced, or is none
 */
export function checkRing(place: RingPlace): void {
  checkPlace(place);
  const cookie = new RingWords(place).i32[0]! >>> 0;
  if (cookie !== COOKIE) throw new RingError(`ring with cookie 0x${cookie.toString(16)}`);
}

/**
 * Lays a ring into a client's memory, before it is announced: empty, interrupts wanted, each slot with its buffer.
 * @throws RingError where ring or buffers do not lie within their regions
 */
export function layRing(place: RingPlace, buffers: RingBuffers): void {
  checkPlace(place);
  const slots = 2 ** place.log2Size;
  const room = place.memory.regions[buffers.region]?.size ?? 0;
  if (buffers.size < 4 || (buffers.size | buffers.offset) % 4 !== 0 || buffers.offset + slots * buffers.size > room)
    throw new RingError(`${slots} buffers of ${buffers.size} bytes at offset ${buffers.offset} of ${room}`);
  const { u16, i32 } = new RingWords(place);
  i32.fill(0);
  i32[0] = COOKIE;
  giveBuffers(i32, buffers, slots - 1, 0, slots);
  Atomics.store(u16, HEAD, 0);
}

/** Writes `count` slots from ring index `first` on with their whole buffers. */
export function giveBuffers(i32: Int32Array, { region, offset, size }: RingBuffers, mask: number, first: number, count: number): void {
  const word = region << 16;
  for (let i = 0; i < count; i++) {
    const slot = (first + i) & mask;
    const at = SLOTS + slot * 4;
    i32[at] = word;
    i32[at + 1] = size;
    i32[at + 2] = offset + slot * size;
  }
}

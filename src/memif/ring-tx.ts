import type { Chunk } from "../bytes/mod.js";
import { checkOptions, type OptionTable, SouthboundError } from "../errors/mod.js";
import { copyIn } from "./ring-copy.js";
import { RingError } from "./ring-error.js";
import type { Region, RingMemory } from "./ring-memory.js";
import { FLAGS, HEAD, MASK_INTERRUPT, NEXT, type RingBuffers, type RingPlace, RingWords, SLOTS, TAIL } from "./ring-place.js";
import { MAX_PACKET } from "./ring-rx.js";

/** A packet that no number of slots is enough for. */
const NEVER = -1;

/** How a ring is sent into. */
export interface TxRingOptions {
  /** The client's buffers. A server has none: it sends into those that the client posts. */
  readonly buffers?: RingBuffers | undefined;
  /** Bytes of the longest packet, 69,632 by default. */
  readonly maxPacket?: number | undefined;
  /** Interrupts the peer: writes 1 to the ring's eventfd. */
  readonly notify: () => void;
}

/** What {@link TxRingOptions} has, for its check. */
export const TX_RING_OPTIONS: OptionTable<TxRingOptions> = { buffers: "object", maxPacket: "number", notify: "function!" };

/**
 * The producer's end of a ring: of M2S, which a server sends into, and with `buffers` of S2M, which a client sends into.
 *
 * Packets are put one by one and shown to the peer by {@link flush}, all at once. A packet that exceeds a buffer takes several slots; where there are too few, none
 * of it is put. Nothing that the peer writes is trusted: free slots are clamped to the ring, and a server reads the words of a posted slot once and
 * checks them against the regions.
 */
export class TxRing {
  /** How many slots the ring has. */
  readonly size: number;
  /** Packets shown to the peer. */
  packets = 0;
  /** Bytes of them. */
  bytes = 0;
  /** How often a packet was refused for want of free slots. */
  full = 0;
  /** Packets that were thrown away because the whole ring, with the buffers that it has, is too small for them. */
  dropped = 0;
  /** How often the peer was interrupted. */
  notified = 0;
  /** After {@link claim}: the chunk to write the packet into. */
  chunk: Chunk;
  /** After {@link claim}: where the packet starts in `chunk`. */
  at = 0;

  readonly #u16: Uint16Array;
  readonly #i32: Int32Array;
  readonly #memory: RingMemory;
  readonly #buffers: RingBuffers | undefined;
  readonly #own: number;
  readonly #theirs: number;
  readonly #maxPacket: number;
  readonly #notify: () => void;
  /** The index of the next slot to fill. Slots from the published index to it are filled and not shown yet. */
  #next = 0;
  #published = 0;
  /** Free slots as far as known; the peer's index is read only when they do not suffice. */
  #free = 0;
  #putPackets = 0;
  #putBytes = 0;
  #open = false;
  /** The posted slot that {@link #look} looked at last. */
  #region: Region;
  #regionIndex = 0;
  #start = 0;
  #room = 0;

  constructor(place: RingPlace, options: TxRingOptions) {
    checkOptions("TxRing", options, TX_RING_OPTIONS);
    const { u16, i32 } = new RingWords(place);
    const { buffers } = options;
    this.#u16 = u16;
    this.#i32 = i32;
    this.size = 2 ** place.log2Size;
    this.#memory = place.memory;
    this.#buffers = buffers;
    this.#own = buffers === undefined ? TAIL : HEAD;
    this.#theirs = buffers === undefined ? HEAD : TAIL;
    this.#maxPacket = options.maxPacket ?? MAX_PACKET;
    this.#notify = options.notify;
    this.#region = place.memory.regions[buffers?.region ?? place.region]!;
    this.#regionIndex = buffers?.region ?? 0;
    this.#room = buffers?.size ?? 0;
    this.chunk = this.#region.chunk;
  }

  /** Begins with an empty ring. A server calls it when CONNECT comes, before it answers; a client when CONNECTED comes. */
  start(): void {
    this.#next = 0;
    this.#published = 0;
    this.#free = 0;
    this.#putPackets = 0;
    this.#putBytes = 0;
    this.#open = true;
    Atomics.store(this.#u16, this.#own, 0);
  }

  /** Ends it, before the memory is unmapped: there is no room for anything any more. Again: does nothing. */
  close(): void {
    this.#open = false;
    this.#free = 0;
  }

  /** How many slots are free. */
  get free(): number {
    if (!this.#open) return 0;
    const theirs = Atomics.load(this.#u16, this.#theirs);
    let free: number;
    if (this.#buffers !== undefined) free = this.size - ((this.#next - theirs) & 0xffff);
    else {
      free = (theirs - this.#next) & 0xffff;
      if (free > this.size) free = this.size;
    }
    this.#free = Math.max(free, 0);
    return this.#free;
  }

  /** Whether `slots` are free. */
  #has(slots: number): boolean {
    return this.#free >= slots || this.free >= slots;
  }

  /** Looks at slot `slot`, which is free: where its buffer is and how much room it has. */
  #look(slot: number): void {
    const { regions } = this.#memory;
    const buffers = this.#buffers;
    if (buffers !== undefined) {
      this.#start = buffers.offset + slot * buffers.size;
      return;
    }
    const at = SLOTS + slot * 4;
    const i32 = this.#i32;
    const index = i32[at]! >>> 16;
    const room = i32[at + 1]! >>> 0;
    const start = i32[at + 2]! >>> 0;
    if (index >= regions.length) throw outside(index, start, room);
    const region = regions[index]!;
    if (room === 0 || start + room > region.size) throw outside(index, start, room);
    this.#region = region;
    this.#regionIndex = index;
    this.#start = start;
    this.#room = room;
  }

  /** Writes the words of the slot that was looked at last. */
  #fill(slot: number, length: number, flags: number): void {
    const at = SLOTS + slot * 4;
    const i32 = this.#i32;
    i32[at] = (this.#regionIndex << 16) | flags;
    i32[at + 1] = length;
    if (this.#buffers !== undefined) i32[at + 2] = this.#start;
  }

  /** Counts a slot as filled. */
  #advance(): void {
    this.#next = (this.#next + 1) & 0xffff;
    this.#free--;
  }

  #counted(length: number): true {
    this.#putPackets++;
    this.#putBytes += length;
    return true;
  }

  /** What becomes of a packet that is not put. */
  #not(slots: number): boolean {
    if (slots === NEVER) this.dropped++;
    else this.full++;
    return slots === NEVER;
  }

  /**
   * How many slots a packet of `length` bytes takes; 0 where so many are not free now, {@link NEVER} where the ring does not have so many. Where it is one, it was
   * looked at.
   */
  #slotsFor(length: number): number {
    if (length === 0 || length > this.#maxPacket) throw tooLong(length, this.#maxPacket);
    if (!this.#has(1)) return 0;
    const mask = this.size - 1;
    this.#look(this.#next & mask);
    if (length <= this.#room) return 1;
    const own = this.#buffers;
    if (own !== undefined) {
      const slots = Math.ceil(length / own.size);
      if (slots > this.size) return NEVER;
      return this.#has(slots) ? slots : 0;
    }
    let slots = 1;
    let room = this.#room;
    while (room < length) {
      if (!this.#has(slots + 1)) {
        return slots >= this.size ? NEVER : 0;
      }
      this.#look((this.#next + slots) & mask);
      room += this.#room;
      slots++;
    }
    return slots;
  }

  /**
   * Puts a packet, copied. One that the whole ring is too small for is dropped and counted: how large it is, is up to the peer.
   * @returns false where there is no room for it now; nothing is put then
   * @throws SouthboundError `ERR_RANGE` for an empty packet and for one beyond `maxPacket`
   * @throws RingError for what the protocol does not allow; the connection is to be ended
   */
  put(bytes: Uint8Array): boolean {
    return this.#put(bytes, undefined, 0, bytes.length);
  }

  /** As {@link put}: the bytes of `chunk` from `start` on. */
  putFrom(chunk: Chunk, start: number, length: number): boolean {
    if (start < 0 || start + length > chunk.u8.length)
      throw new SouthboundError("ERR_RANGE", `${length} bytes at ${start} of a chunk of ${chunk.u8.length}`);
    return this.#put(chunk.u8, chunk.dv, start, length);
  }

  #put(source: Uint8Array, dv: DataView | undefined, from: number, length: number): boolean {
    const slots = this.#slotsFor(length);
    if (slots <= 0) return this.#not(slots);
    const slot = this.#next & (this.size - 1);
    if (slots > 1) return this.#spread(slots, length, [source.subarray(from, from + length)]);
    copyIn(this.#region, this.#start, source, dv, from, length);
    this.#fill(slot, length, 0);
    this.#advance();
    return this.#counted(length);
  }

  /** As {@link put}: one packet of several parts, one behind the other. */
  putParts(parts: readonly Uint8Array[]): boolean {
    let length = 0;
    for (let i = 0; i < parts.length; i++) length += parts[i]!.length;
    const slots = this.#slotsFor(length);
    if (slots <= 0) return this.#not(slots);
    return this.#spread(slots, length, parts);
  }

  /** Puts a packet into `slots` slots, which are free and have the room. */
  #spread(slots: number, length: number, parts: readonly Uint8Array[]): true {
    const mask = this.size - 1;
    const first = this.#next;
    let left = length;
    let part = 0;
    let from = 0;
    for (let k = 0; k < slots; k++) {
      const slot = (first + k) & mask;
      this.#look(slot);
      const filled = Math.min(left, this.#room);
      const end = this.#start + filled;
      for (let to = this.#start; to < end; ) {
        const source = parts[part]!;
        const n = Math.min(source.length - from, end - to);
        copyIn(this.#region, to, source, undefined, from, n);
        to += n;
        from += n;
        if (from < source.length) continue;
        part++;
        from = 0;
      }
      left -= filled;
      this.#fill(slot, filled, k + 1 < slots ? NEXT : 0);
    }
    if (left > 0) throw new RingError("posted buffers that shrank while a packet was put into them");
    this.#next = (first + slots) & 0xffff;
    this.#free -= slots;
    return this.#counted(length);
  }

  /**
   * Takes a slot for a packet that the caller writes in place: `length` bytes at {@link at} of {@link chunk}, before {@link flush}.
   * @returns false where no slot is free now, or the next one's buffer is too small; {@link put} takes several
   * @throws as {@link put}
   */
  claim(length: number): boolean {
    if (length === 0 || length > this.#maxPacket) throw tooLong(length, this.#maxPacket);
    if (!this.#has(1)) return this.#not(0);
    const slot = this.#next & (this.size - 1);
    this.#look(slot);
    if (length > this.#room) return this.#not(0);
    this.#fill(slot, length, 0);
    this.#advance();
    this.chunk = this.#region.chunk;
    this.at = this.#start;
    return this.#counted(length);
  }

  /**
   * Shows the peer what was put, and interrupts it where it wants that.
   * @returns how many packets
   */
  flush(): number {
    if (this.#next === this.#published || !this.#open) return 0;
    const packets = this.#putPackets;
    this.#published = this.#next;
    Atomics.store(this.#u16, this.#own, this.#next);
    this.packets += packets;
    this.bytes += this.#putBytes;
    this.#putPackets = 0;
    this.#putBytes = 0;
    if ((Atomics.load(this.#u16, FLAGS) & MASK_INTERRUPT) === 0) {
      this.notified++;
      this.#notify();
    }
    return packets;
  }

  /**
   * Puts packets from `from` on and shows them. A packet of several parts is an array of them.
   * @returns how many were sent, from `from` on; fewer than there are where there was no room
   * @throws as {@link put}; what was put before is sent
   */
  send(packets: readonly (Uint8Array | readonly Uint8Array[])[], from = 0): number {
    let i = from;
    try {
      for (; i < packets.length; i++) {
        const packet = packets[i]!;
        if (!(packet instanceof Uint8Array ? this.put(packet) : this.putParts(packet))) break;
      }
    } finally {
      this.flush();
    }
    return i - from;
  }
}

function outside(region: number, start: number, room: number): RingError {
  return new RingError(`posted buffer of ${room} bytes at offset ${start} of region ${region}, not within it`);
}

function tooLong(length: number, most: number): SouthboundError {
  return new SouthboundError("ERR_RANGE", `a packet of ${length} bytes; 1 to ${most} are accepted`);
}

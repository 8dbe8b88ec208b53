import type { KnownRing, Link } from "./link.js";
import { HEAD, type RingPlace, RingWords, SLOTS, TAIL } from "./ring-place.js";

/** A queue of a connection that is up. */
export interface MemifQueueDetails {
  /** How many slots its ring has. */
  readonly ringSize: number;
  /**
   * Bytes of each buffer; a longer packet takes several. A client chooses it. A server reads it from the slots, and has null where the client has not written it there: with zero-copy, clients bring the
   * buffers as they go.
   */
  readonly bufferSize: number | null;
  /** The index of the region that the ring lies in. */
  readonly region: number;
  /** Bytes from the region's start to the ring's. */
  readonly offset: number;
  /**
   * The eventfd by which its consumer is woken, for addons that wait by themselves, with reception "manual" and `unmask()`. It stays the interface's: neither close it nor use it behind the
   * connection. The peer has the same one, and may have made it blocking.
   */
  readonly eventfd: number;
}

/** What the two ends of a connection agreed on in their handshake. */
export interface MemifDetails {
  /** Bytes of each region of shared memory, by index. The client has made them. */
  readonly regions: readonly number[];
  /** The queues to receive from, in the order of `rx`. */
  readonly rx: readonly MemifQueueDetails[];
  /** The queues to send on, in the order of `tx`. */
  readonly tx: readonly MemifQueueDetails[];
}

/** The details of a connection that is up. */
export function detailsOf({ regions, rxRings, txRings }: Link): MemifDetails {
  return { regions, rx: rxRings.map((ring) => queueDetails(ring, false)), tx: txRings.map((ring) => queueDetails(ring, true)) };
}

/** @param posts - whether the peer, where it is the client, posts empty buffers in the ring */
function queueDetails({ place, eventfd, buffers, announced }: KnownRing, posts: boolean): MemifQueueDetails {
  const { region, offset, log2Size } = place;
  const bufferSize = buffers?.size ?? (posts ? postedLength(place) : null) ?? announced ?? null;
  return { ringSize: 2 ** log2Size, bufferSize, region, offset, eventfd };
}

/** Bytes of the buffer that a client posted last; null where none is posted. */
function postedLength(place: RingPlace): number | null {
  const { u16 } = new RingWords(place);
  const head = Atomics.load(u16, HEAD);
  return head === Atomics.load(u16, TAIL) ? null : slotLength(place, head - 1);
}

/** Bytes of the buffer in the slot of ring index `index`; null where the slot has none that lies within its region. */
export function slotLength(place: RingPlace, index: number): number | null {
  const { i32 } = new RingWords(place);
  const at = SLOTS + (index & (2 ** place.log2Size - 1)) * 4;
  const region = place.memory.regions[i32[at]! >>> 16];
  const length = i32[at + 1]! >>> 0;
  const start = i32[at + 2]! >>> 0;
  return region === undefined || length === 0 || start + length > region.size ? null : length;
}

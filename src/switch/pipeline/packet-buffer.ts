import type { Clock } from "../../clock/mod.js";

/** A packet that is held. */
export interface Buffered {
  readonly frame: Uint8Array;
  readonly inPort: number;
}

interface Slot extends Buffered {
  readonly id: number;
  readonly since: number;
}

/** How many packets are held for one controller. */
export const BUFFERS = 256;

/** Milliseconds until a packet that nobody asked for makes room for another one. */
const LIFETIME = 5_000;

/**
 * The packets that a switch holds for one controller, until it says what to do with them. Each id serves once. A full buffer takes no more, so that ids that
 * were given out stay good for a while. OpenFlow 1.3 §6.1.2
 */
export class PacketBuffer {
  readonly #clock: Clock;
  readonly #slots: (Slot | undefined)[];
  #next = 0;
  #round = 0;

  /** @param size - how many packets */
  constructor(size: number, clock: Clock) {
    this.#clock = clock;
    this.#slots = new Array<Slot | undefined>(size).fill(undefined);
  }

  /** Holds a packet. @param frame - not changed any more @returns its id, or undefined when there is no room */
  put(frame: Uint8Array, inPort: number): number | undefined {
    const size = this.#slots.length;
    if (size === 0) return undefined;
    const at = this.#next;
    const old = this.#slots[at];
    const now = this.#clock.now();
    if (old !== undefined && now - old.since < LIFETIME) return undefined;
    this.#next = (at + 1) % size;
    if (this.#next === 0) this.#round = (this.#round + 1) % Math.floor(0x7fff_ffff / size);
    const id = this.#round * size + at;
    this.#slots[at] = { frame, inPort, id, since: now };
    return id;
  }

  /** The packet with this id, which goes on being held. */
  peek(id: number): Buffered | undefined {
    const slot = this.#slots[id % this.#slots.length];
    return slot?.id === id && this.#clock.now() - slot.since < LIFETIME ? slot : undefined;
  }

  /** Gives a packet out and forgets it. */
  take(id: number): Buffered | undefined {
    const found = this.peek(id);
    if (found !== undefined) this.#slots[id % this.#slots.length] = undefined;
    return found;
  }
}

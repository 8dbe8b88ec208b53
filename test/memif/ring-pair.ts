import { RingMemory } from "../../src/memif/ring-memory.js";
import { layRing, type RingBuffers, type RingPlace, ringBytes } from "../../src/memif/ring-place.js";
import { RxRing } from "../../src/memif/ring-rx.js";
import { TxRing } from "../../src/memif/ring-tx.js";

/** Both ends of one ring in one memory, as a client lays it. */
export interface Pair {
  readonly rx: RxRing;
  readonly tx: TxRing;
  readonly place: RingPlace;
  readonly buffers: RingBuffers;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  /** Interrupts that the consumer got. */
  readonly interrupts: () => number;
}

export interface PairOptions {
  readonly kind: "s2m" | "m2s";
  readonly log2Size?: number;
  readonly bufferSize?: number;
  readonly maxPacket?: number;
  readonly burst?: number;
  readonly polling?: boolean;
  /** The index that the first packet of the test has. */
  readonly from?: number;
}

export function pair({ kind, log2Size = 2, bufferSize = 16, maxPacket, burst, polling = false, from = 0 }: PairOptions): Pair {
  const slots = 2 ** log2Size;
  const memory = new RingMemory([new ArrayBuffer(64 + ringBytes(log2Size)), new ArrayBuffer(32 + slots * bufferSize)]);
  const place = { memory, region: 0, offset: 64, log2Size };
  const buffers = { region: 1, offset: 32, size: bufferSize };
  layRing(place, buffers);
  let interrupts = 0;
  const client = { buffers, maxPacket };
  const server = { maxPacket };
  const rx = new RxRing(place, { ...(kind === "s2m" ? server : client), burst, queue: 3 });
  const tx = new TxRing(place, { ...(kind === "s2m" ? client : server), notify: () => interrupts++ });
  tx.start();
  rx.start(polling);
  const one = Uint8Array.of(1);
  for (let i = 0; i < from; i++) {
    tx.put(one);
    if (tx.free > 0 && i + 1 < from) continue;
    tx.flush();
    for (let b = rx.receive(); b !== undefined; b = rx.receive()) b.release();
  }
  interrupts = 0;
  const { buffer } = memory.regions[0]!.u8;
  const u16 = new Uint16Array(buffer, 64);
  const u32 = new Uint32Array(buffer, 64);
  return { rx, tx, place, buffers, u16, u32, interrupts: () => interrupts };
}

/** `length` bytes that tell packet `id` from others. */
export const bytesOf = (id: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (id * 31 + i * 7) & 0xff);

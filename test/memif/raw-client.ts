/** A client made of messages and memory, which follows the rules only as long as it is told to. */

import type { MessageOf } from "../../src/memif/messages.js";
import { RingMemory } from "../../src/memif/ring-memory.js";
import { HEAD, layRing, type RingBuffers, type RingPlace, ringBytes, SLOTS } from "../../src/memif/ring-place.js";
import { TxRing } from "../../src/memif/ring-tx.js";
import { addRing, calls, init, owned, RawPeer } from "./raw-peer.js";

const LOG2 = 4;
const SIZE = 2048;
const RING = ringBytes(LOG2);

/** The words of a slot. */
export interface Slot {
  readonly flags?: number;
  readonly region?: number;
  readonly length: number;
  readonly offset?: number;
}

/** A client of mode "punt" with one region, rings of 16 slots and buffers of 2048 bytes. */
export class RawClient {
  readonly peer: RawPeer;
  /** Bytes of the region. */
  readonly bytes: number;
  /** Its own end of the S2M ring, for sending by the rules. */
  readonly tx: TxRing;
  readonly #u16: Uint16Array;
  readonly #u32: Uint32Array;
  readonly #eventfd: number;

  private constructor(peer: RawPeer, memory: ArrayBuffer, eventfd: number, s2m: RingPlace, buffers: RingBuffers) {
    this.peer = peer;
    this.bytes = memory.byteLength;
    this.#u16 = new Uint16Array(memory);
    this.#u32 = new Uint32Array(memory);
    this.#eventfd = eventfd;
    this.tx = new TxRing(s2m, { buffers, notify: () => this.interrupt() });
    this.tx.start();
  }

  /** Connects, through the whole handshake. @param m2s - whether to bring a ring to receive from */
  static async connect(name: string, options: { m2s?: boolean; init?: Partial<MessageOf<"init">> } = {}): Promise<RawClient> {
    const { m2s = true } = options;
    const peer = RawPeer.connect(name);
    const bytes = 2 * RING + 2 * 16 * SIZE;
    const memfd = owned(calls.memfdCreate("raw", bytes));
    const memory = calls.memoryMap(memfd, bytes);
    if (typeof memory === "number") throw new Error(`no memory (${memory})`);
    const eventfds = [0, 1].map(() => owned(calls.eventfdCreate()));
    const ring = new RingMemory([memory]);
    const place = (i: number): RingPlace => ({ memory: ring, region: 0, offset: i * RING, log2Size: LOG2 });
    const buffers = (i: number): RingBuffers => ({ region: 0, offset: 2 * RING + i * 16 * SIZE, size: SIZE });
    for (const i of [0, 1]) layRing(place(i), buffers(i));
    await peer.expect("hello");
    const ask = async (...sent: Parameters<RawPeer["send"]>): Promise<void> => {
      peer.send(...sent);
      await peer.expect("ack");
    };
    await ask(init({ mode: 2, ...options.init }));
    await ask({ type: "addRegion", index: 0, size: bytes }, memfd);
    await ask(addRing({ log2Size: LOG2 }), eventfds[0]!);
    if (m2s) await ask(addRing({ flags: 0, offset: RING, log2Size: LOG2 }), eventfds[1]!);
    peer.send({ type: "connect", interfaceName: "raw" });
    await peer.expect("connected");
    return new RawClient(peer, memory, eventfds[0]!, place(0), buffers(0));
  }

  /** The index behind the last slot that was sent. */
  get head(): number {
    return Atomics.load(this.#u16, HEAD);
  }

  set head(index: number) {
    Atomics.store(this.#u16, HEAD, index);
  }

  /** Writes a slot of the ring that it sends by. */
  slot(i: number, words: Slot): void {
    this.#write(0, i, { offset: 2 * RING + i * SIZE, ...words });
  }

  /** Posts a buffer in the ring that it receives from, and those before it. */
  post(i: number, words: Slot): void {
    this.#write(1, i, words);
    Atomics.store(this.#u16, RING / 2 + HEAD, i + 1);
  }

  interrupt(): void {
    calls.eventfdWrite(this.#eventfd);
  }

  #write(ring: number, i: number, { flags = 0, region = 0, length, offset = 0 }: Slot): void {
    const at = (ring * RING) / 4 + SLOTS + i * 4;
    this.#u32.set([(region << 16) | flags, length, offset, 0], at);
  }
}

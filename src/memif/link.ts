import type { Native } from "../native/mod.js";
import type { Holdings } from "./holdings.js";
import type { RingMemory } from "./ring-memory.js";
import type { RingBuffers, RingPlace } from "./ring-place.js";
import { RxRing } from "./ring-rx.js";
import { TxRing } from "./ring-tx.js";

/** A ring that both sides know: where it lies, its eventfd, and for a client the buffers of its slots. */
export interface KnownRing {
  readonly place: RingPlace;
  readonly eventfd: number;
  readonly buffers?: RingBuffers;
  /** For a server: bytes of the first slot's buffer when the client asked to connect; null where there was none. */
  readonly announced?: number | null;
}

/** What a peer calls itself. */
export interface MemifPeer {
  /** The program, such as `DPDK 22.11.11`. */
  readonly application: string;
  /** The name of its end's interface; empty where it sent none. */
  readonly interfaceName: string;
}

/** Bounds of what goes through the rings. */
export interface LinkOptions {
  /** Bytes of the longest packet that is sent or received. */
  readonly maxPacket: number;
  /** Packets of one burst. */
  readonly burst: number;
}

/** The rings of a connection that is up, and all that it holds. */
export class Link {
  readonly rx: readonly RxRing[];
  readonly tx: readonly TxRing[];
  /** The eventfd of each ring in {@link rx}. */
  readonly eventfds: readonly number[];
  /** What is known of each ring in {@link rx}. */
  readonly rxRings: readonly KnownRing[];
  /** What is known of each ring in {@link tx}. */
  readonly txRings: readonly KnownRing[];
  /** Bytes of each region. */
  readonly regions: readonly number[];
  readonly #holdings: Holdings;

  /** @param holdings - all descriptors and mappings; the link's from now on */
  constructor(
    calls: Native,
    holdings: Holdings,
    memory: RingMemory,
    rx: readonly KnownRing[],
    tx: readonly KnownRing[],
    { maxPacket, burst }: LinkOptions,
  ) {
    this.#holdings = holdings;
    this.eventfds = rx.map(({ eventfd }) => eventfd);
    this.rxRings = rx;
    this.txRings = tx;
    this.regions = memory.regions.map(({ size }) => size);
    this.rx = rx.map(({ place, buffers }, queue) => new RxRing(place, { queue, maxPacket, burst, ...(buffers && { buffers }) }));
    this.tx = tx.map(({ place, buffers, eventfd }) => {
      const notify = (): void => void calls.eventfdWrite(eventfd);
      return new TxRing(place, { maxPacket, notify, ...(buffers && { buffers }) });
    });
  }

  /** Writes what this side has to write before packets may flow. Nobody is asked for interrupts yet. */
  start(): void {
    for (const ring of this.rx) ring.start(true);
    for (const ring of this.tx) ring.start();
  }

  /** Closes the rings, then gives back memory and descriptors. Bursts that are still held cannot be read any more. */
  close(): void {
    for (const ring of this.rx) ring.close();
    for (const ring of this.tx) ring.close();
    this.#holdings.release();
  }
}

import type { Clock, Timer } from "../clock/mod.js";
import type { TxRing } from "./ring-tx.js";

/** Turns of the event loop in which a full ring is looked at; a peer that polls makes room within them. */
const TURNS = 64;
/** Milliseconds between two looks afterwards. */
const PAUSE = 1;

interface Watched {
  immediate: NodeJS.Immediate | null;
  timer: Timer | null;
}

/**
 * Looks at full rings until they have room again. Consumers do not report when they give slots back (memif 2.0 has interrupts for packets only), so there is no other way. At first
 * a quarter of the ring has to be free, so that there is something to gain; a peer that is slower than that is reported at any free slot.
 */
export class WritableWatch {
  readonly #clock: Clock;
  readonly #writable: (queue: number) => void;
  readonly #watched = new Map<number, Watched>();

  constructor(clock: Clock, writable: (queue: number) => void) {
    this.#clock = clock;
    this.#writable = writable;
  }

  /** Begins for a queue, unless it has begun. */
  watch(queue: number, ring: TxRing): void {
    if (this.#watched.has(queue)) return;
    const watched: Watched = { immediate: null, timer: null };
    this.#watched.set(queue, watched);
    let turns = 0;
    const look = (): void => {
      const enough = turns++ < TURNS ? Math.max(1, ring.size >> 2) : 1;
      if (ring.free >= enough) {
        this.#watched.delete(queue);
        this.#writable(queue);
      } else if (turns < TURNS) watched.immediate = setImmediate(look);
      else watched.timer = this.#clock.after(PAUSE, look);
    };
    watched.immediate = setImmediate(look);
  }

  /** Whether a queue is looked at: it had too little room. */
  watches(queue: number): boolean {
    return this.#watched.has(queue);
  }

  /** Ends it for all queues. */
  clear(): void {
    for (const { immediate, timer } of this.#watched.values()) {
      if (immediate !== null) clearImmediate(immediate);
      timer?.stop();
    }
    this.#watched.clear();
  }
}

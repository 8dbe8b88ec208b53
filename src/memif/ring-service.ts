import type { Burst } from "./ring-burst.js";
import type { RxRing } from "./ring-rx.js";

/** How many times all rings are looked at in one turn of the event loop: sockets and timers wait for so many bursts at most. */
const ROUNDS = 8;

/**
 * For how many turns without packets the rings stay masked. An answer to what was just sent comes in that time as a rule, and waking a sleeping process costs more than
 * all these turns, some 50 us on a virtual machine.
 */
const LINGER = 32;

/** How rings are served. */
export interface RingServiceOptions {
  /** Gets each burst. A receiver that hands it on releases it. What it throws ends the turn, not the service. */
  readonly deliver: (burst: Burst) => void;
  /** Whether to look at the rings all the time instead of waiting for interrupts. */
  readonly polling: boolean;
  /** Called once, for what a peer did against the protocol; the service has stopped then. */
  readonly onError: (error: unknown) => void;
  /** Packets of a burst at most; by default what the rings allow. */
  readonly burst?: number | undefined;
}

/**
 * Receives from the rings of one connection in turn, so that no queue starves another, and from the event loop in portions.
 *
 * With interrupts, rings are masked from the first packet on until a number of turns have found nothing; what was published while the mask was taken away is
 * found by one more look in the turn after, because peers read the mask without a fence behind their publishing.
 */
export class RingService {
  readonly #rings: readonly RxRing[];
  readonly #options: RingServiceOptions;
  readonly #turn = (): void => this.#run();
  #immediate: NodeJS.Immediate | undefined;
  #running = false;
  #masked = false;
  #idle = 0;

  constructor(rings: readonly RxRing[], options: RingServiceOptions) {
    this.#rings = rings;
    this.#options = options;
  }

  /** Begins, after the rings have. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#masked = false;
    this.#again();
  }

  /** Ends it: nothing is delivered any more. */
  stop(): void {
    this.#running = false;
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
  }

  /** An interrupt came, and its eventfd was read empty. */
  wake(): void {
    if (this.#running && !this.#options.polling && !this.#masked) this.#run();
  }

  #again(): void {
    this.#immediate ??= setImmediate(this.#turn);
  }

  #run(): void {
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    const { polling } = this.#options;
    let finished = false;
    try {
      let rounds = 0;
      let found = true;
      for (; this.#running && rounds < ROUNDS && (found || polling); rounds++) found = this.#round();
      if (!this.#running) return;
      this.#idle = rounds > 1 ? 0 : this.#idle + 1;
      if (polling) this.#again();
      else if (this.#idle === 0) this.#mask();
      else if (this.#masked && this.#idle < LINGER) this.#again();
      else if (this.#masked) this.#unmask();
      finished = true;
    } finally {
      // A handler threw: the rest is delivered all the same.
      if (!finished && this.#running) this.#again();
    }
  }

  /** Takes one burst of each ring; whether there was any. */
  #round(): boolean {
    const { deliver, burst: max, onError } = this.#options;
    let found = false;
    for (let i = 0; i < this.#rings.length && this.#running; i++) {
      let burst: Burst | undefined;
      try {
        burst = this.#rings[i]!.receive(max);
      } catch (e) {
        this.stop();
        onError(e);
        return false;
      }
      if (burst === undefined) continue;
      found = true;
      deliver(burst);
    }
    return found;
  }

  #mask(): void {
    if (!this.#masked) for (const ring of this.#rings) ring.mask();
    this.#masked = true;
    this.#again();
  }

  #unmask(): void {
    for (const ring of this.#rings) ring.unmask();
    this.#masked = false;
    // What came before the mask was gone is found now or in the next turn.
    this.#again();
  }
}

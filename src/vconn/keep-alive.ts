import { type Clock, systemClock, type Timer } from "../clock/mod.js";
import { checkOptions, errnoError, type OptionTable } from "../errors/mod.js";
import type { Vconn } from "./vconn.js";

/** When to doubt a peer. */
export interface KeepAliveOptions {
  readonly clock?: Clock | undefined;
  /** Milliseconds without a message from the peer until it is probed; default 10,000. */
  readonly interval?: number | undefined;
  /** Milliseconds more until it is given up with `ETIMEDOUT`; default 3,000. */
  readonly timeout?: number | undefined;
  /** Whether peers that are not idle get an echo request as well, once in an interval, so that its time there and back is known; default false. */
  readonly measure?: boolean | undefined;
}

/** What {@link KeepAliveOptions} has, for its check. */
export const KEEP_ALIVE_OPTIONS: OptionTable<KeepAliveOptions> = {
  clock: "clock",
  interval: "number",
  timeout: "number",
  measure: "boolean",
};

interface Seen {
  received: number;
  since: number;
  probed: boolean;
  /** When it was last sent an echo request, or added. */
  asked: number;
}

/**
 * Probes idle connections, with one timer for all of them and nothing per message. A round that comes late, because this process was busy, gives every peer
 * a full period again: silence then is ours, not theirs.
 */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #timeout: number;
  readonly #tick: number;
  readonly #measure: boolean;
  readonly #seen = new Map<Vconn, Seen>();
  #timer: Timer | null = null;
  #last = 0;

  constructor(options: KeepAliveOptions = {}) {
    checkOptions("KeepAlive", options, KEEP_ALIVE_OPTIONS);
    this.#clock = options.clock ?? systemClock;
    this.#interval = options.interval ?? 10_000;
    this.#timeout = options.timeout ?? 3_000;
    this.#measure = options.measure ?? false;
    this.#tick = Math.max(10, Math.min(this.#interval, this.#timeout) / 2);
  }

  /** Watches a connection until it ends or is {@link remove}d. Connections that need no probes are passed over. */
  add(vconn: Vconn): void {
    if (!vconn.stream.needsProbes || this.#interval === Number.POSITIVE_INFINITY) return;
    const now = this.#clock.now();
    this.#seen.set(vconn, { received: vconn.received, since: now, probed: false, asked: now });
    if (this.#timer === null) {
      this.#last = this.#clock.now();
      this.#timer = this.#clock.every(this.#tick, () => this.#round());
    }
  }

  /** Watches it no longer. */
  remove(vconn: Vconn): void {
    this.#seen.delete(vconn);
    if (this.#seen.size === 0) {
      this.#timer?.stop();
      this.#timer = null;
    }
  }

  /** Gives it up, unless an answer lies unread. */
  #doubt(vconn: Vconn, seen: Seen): void {
    this.#clock.after(0, () => {
      if (vconn.received !== seen.received || !vconn.reading || this.#seen.get(vconn) !== seen) return;
      this.remove(vconn);
      vconn.abandon(errnoError("ETIMEDOUT", `${vconn.name}: no answer to a probe within ${this.#timeout} ms`));
    });
  }

  #round(): void {
    const now = this.#clock.now();
    const late = now - this.#last > 2 * this.#tick;
    this.#last = now;
    for (const [vconn, seen] of this.#seen) {
      if (vconn.state === "disconnected") {
        this.remove(vconn);
        continue;
      }
      if (vconn.received !== seen.received || late || !vconn.reading) {
        seen.received = vconn.received;
        seen.since = now;
        seen.probed = false;
        if (!this.#measure || !vconn.reading || now - seen.asked < this.#interval) continue;
        seen.asked = now;
        vconn.probe();
      } else if (!seen.probed && now - seen.since >= this.#interval) {
        seen.probed = true;
        seen.asked = now;
        vconn.probe();
      } else if (seen.probed && now - seen.since >= this.#interval + this.#timeout) {
        this.#doubt(vconn, seen);
      }
    }
  }
}

import type { Clock } from "../clock/mod.js";
import type { Stream } from "../stream/mod.js";
import { showsAdmission } from "./admission.js";
import { shortly } from "./end-words.js";
import type { Log } from "./log.js";
import { Monitors } from "./monitors.js";
import type { Facts } from "./rconn-status.js";
import type { Tap } from "./trace.js";
import { Vconn } from "./vconn.js";
import type { VconnOptions } from "./vconn-options.js";

/** A peer that has kept a connection for so long has accepted it, whatever it says. */
const ADMITTED_AFTER = 30_000;

/**
 * Those who look at the messages of an rconn's connections: the monitors, which get copies, and the rconn itself, which wants to know whether the peer has accepted it. Messages are looked at only as long as one of
 * them wants to.
 */
export class Onlookers {
  readonly #facts: Facts;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #isConnected: () => boolean;
  readonly #monitors: Monitors;

  constructor(facts: Facts, clock: Clock, log: Log, isConnected: () => boolean) {
    this.#facts = facts;
    this.#clock = clock;
    this.#log = log;
    this.#isConnected = isConnected;
    this.#monitors = new Monitors(
      () => this.update(),
      (peer, error) =>
        log("debug", `${facts.name}: closing monitor connection to ${peer}: ${error === null ? "End of file" : shortly(error)}`),
    );
  }

  /** How many monitors there are. */
  get size(): number {
    return this.#monitors.size;
  }

  /** Adds a monitor. @returns whether there was room; the stream is closed otherwise */
  add(stream: Stream, options: VconnOptions): boolean {
    const added = this.#monitors.add(new Vconn(stream, options));
    if (added) this.#log("info", `new monitor connection from ${stream.name}`);
    else this.#log("debug", `too many monitor connections, discarding ${stream.name}`);
    return added;
  }

  /** Ends the monitors and waits until they have closed. */
  close(): Promise<unknown> {
    return this.#monitors.close();
  }

  /** Looks at the messages of the connection of this moment, or ceases to. */
  update(): void {
    const { vconn, admitted } = this.#facts;
    if (vconn === null) return;
    vconn.tap(!admitted || this.#monitors.size > 0 ? this.#tap : null);
  }

  readonly #tap: Tap = (sent, c, p, end) => {
    // Hello is between the two connections: those who look on have their own.
    if (!this.#isConnected()) return;
    const facts = this.#facts;
    if (!sent && !facts.admitted && (showsAdmission(c, p, end) || this.#clock.now() - facts.lastConnected! >= ADMITTED_AFTER)) {
      facts.admitted = true;
      this.update();
    }
    if (this.#monitors.size > 0) this.#monitors.copy(c, p, end);
  };
}

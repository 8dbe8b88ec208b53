import { setMaxListeners } from "node:events";
import { type Clock, systemClock, type Timer } from "../../../clock/mod.js";
import type { Host } from "../../../switch/mod.js";
import type { Pair, Pings } from "./pings.js";

/** How often to ping. */
export interface PingerOptions {
  /** Milliseconds from a pair's ping to its next. */
  readonly interval: number;
  /** Milliseconds after which a ping is lost; default 1,000. */
  readonly timeout?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** Milliseconds that the first round takes at most, so that all hosts have met soon. */
const FIRST_ROUND = 250;
/** Milliseconds between two looks at what is due. */
const TICK = 10;

/** Has every host ping every other, round after round, the pings of a round spread over its time. A pair whose ping is under way is passed over. */
export class Pinger {
  readonly #hosts: ReadonlyMap<string, Host>;
  readonly #pings: Pings;
  readonly #interval: number;
  readonly #timeout: number;
  readonly #timer: Timer;
  readonly #underWay = new Map<Pair, Promise<void>>();
  readonly #stopped = new AbortController();
  /** When the round began, and how many pairs of it have had their turn. */
  #began: number;
  #done = 0;
  #first = true;
  readonly #clock: Clock;

  constructor(hosts: readonly Host[], pings: Pings, options: PingerOptions) {
    this.#hosts = new Map(hosts.map((host) => [host.name, host]));
    this.#pings = pings;
    this.#interval = options.interval;
    this.#timeout = options.timeout ?? 1000;
    this.#clock = options.clock ?? systemClock;
    this.#began = this.#clock.now();
    // one for each ping under way
    setMaxListeners(0, this.#stopped.signal);
    this.#timer = this.#clock.every(Math.min(TICK, this.#interval), () => this.#tick());
  }

  /** Sends no more. Pings under way have `grace` milliseconds to be answered, and are lost then. */
  async stop(grace: number): Promise<void> {
    this.#timer.stop();
    const late = this.#clock.after(grace, () => this.#stopped.abort());
    await Promise.all(this.#underWay.values());
    late.stop();
  }

  #tick(): void {
    const { pairs } = this.#pings;
    const length = this.#first ? Math.min(FIRST_ROUND, this.#interval) : this.#interval;
    const passed = this.#clock.now() - this.#began;
    const due = Math.min(pairs.length, Math.floor((passed / length) * pairs.length) + 1);
    for (; this.#done < due; this.#done++) this.#ping(pairs[this.#done]!);
    if (passed < this.#interval) return;
    // A clock that has stood still is not made up for.
    this.#began = passed < 2 * this.#interval ? this.#began + this.#interval : this.#clock.now();
    this.#done = 0;
    this.#first = false;
  }

  #ping(pair: Pair): void {
    if (this.#underWay.has(pair)) return;
    const [from, to] = [this.#hosts.get(pair.from)!, this.#hosts.get(pair.to)!];
    this.#pings.sent(pair);
    const done = from.ping(to.ip, { timeout: this.#timeout, signal: this.#stopped.signal }).then(
      ({ rttMs }) => this.#pings.answered(pair, rttMs),
      () => this.#pings.lost(pair),
    );
    this.#underWay.set(
      pair,
      done.finally(() => this.#underWay.delete(pair)),
    );
  }
}

import { type Clock, systemClock, type Timer } from "../../clock/mod.js";
import { checkOptions, type OptionTable } from "../../errors/mod.js";

/** When to ask, to ask again, and to forget. */
export interface ArpCacheOptions {
  readonly clock?: Clock | undefined;
  /** Milliseconds until a question is asked again; default 1,000. */
  readonly retryInterval?: number | undefined;
  /** How often it is asked in all; default 3. */
  readonly attempts?: number | undefined;
  /** Milliseconds that an answer holds; default 60,000. */
  readonly lifetime?: number | undefined;
}

/** What {@link ArpCacheOptions} has, for its check. */
export const ARP_CACHE_OPTIONS: OptionTable<ArpCacheOptions> = {
  clock: "clock",
  retryInterval: "number",
  attempts: "number",
  lifetime: "number",
};

interface Question {
  readonly waiters: ((mac: number | undefined) => void)[];
  timer: Timer;
}

const MAX_ENTRIES = 4096;
const MAX_WAITERS = 1024;

/** The Ethernet addresses of IPv4 addresses. RFC 826 */
export class ArpCache {
  readonly #ask: (ip: number) => void;
  readonly #clock: Clock;
  readonly #retryInterval: number;
  readonly #attempts: number;
  readonly #lifetime: number;
  readonly #known = new Map<number, { mac: number; until: number }>();
  readonly #questions = new Map<number, Question>();

  /** @param ask - sends a request */
  constructor(ask: (ip: number) => void, options: ArpCacheOptions = {}) {
    checkOptions("ArpCache", options, ARP_CACHE_OPTIONS);
    this.#ask = ask;
    this.#clock = options.clock ?? systemClock;
    this.#retryInterval = options.retryInterval ?? 1_000;
    this.#attempts = options.attempts ?? 3;
    this.#lifetime = options.lifetime ?? 60_000;
  }

  /** The address as far as it is known, without asking. */
  get(ip: number): number | undefined {
    const entry = this.#known.get(ip);
    return entry === undefined || entry.until <= this.#clock.now() ? undefined : entry.mac;
  }

  /** All that is known: IPv4 address and Ethernet address. */
  entries(): [ip: number, mac: number][] {
    return [...this.#known.keys()].flatMap((ip): [number, number][] => {
      const mac = this.get(ip);
      return mac === undefined ? [] : [[ip, mac]];
    });
  }

  /** Hands on the address, at once or when it is known; undefined when nobody answered, or too much is asked already. */
  resolve(ip: number, then: (mac: number | undefined) => void): void {
    const mac = this.get(ip);
    const question = this.#questions.get(ip);
    const full = question === undefined ? this.#questions.size >= MAX_ENTRIES : question.waiters.length >= MAX_WAITERS;
    if (mac !== undefined || full) then(mac);
    else if (question !== undefined) question.waiters.push(then);
    else {
      this.#questions.set(ip, { waiters: [then], timer: this.#wait(ip, 1) });
      this.#ask(ip);
    }
  }

  /** Notes what somebody said. @param unasked - whether to note it of somebody who was not asked for */
  learn(ip: number, mac: number, unasked: boolean): void {
    const question = this.#questions.get(ip);
    if (question === undefined && !unasked && !this.#known.has(ip)) return;
    this.#known.delete(ip);
    if (this.#known.size >= MAX_ENTRIES) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(ip, { mac, until: this.#clock.now() + this.#lifetime });
    if (question !== undefined) this.#end(ip, question, mac);
  }

  /** Forgets everything; those who wait get undefined. */
  clear(): void {
    this.#known.clear();
    for (const [ip, question] of [...this.#questions]) this.#end(ip, question, undefined);
  }

  #wait(ip: number, asked: number): Timer {
    return this.#clock.after(this.#retryInterval, () => {
      const question = this.#questions.get(ip);
      if (question === undefined) return;
      if (asked >= this.#attempts) this.#end(ip, question, undefined);
      else {
        question.timer = this.#wait(ip, asked + 1);
        this.#ask(ip);
      }
    });
  }

  #end(ip: number, question: Question, mac: number | undefined): void {
    this.#questions.delete(ip);
    question.timer.stop();
    for (const waiter of question.waiters) waiter(mac);
  }
}

import type { KnownMessage } from "../ofp/mod.js";
import type { ExperimenterKey } from "./events.js";
import type { Predicate } from "./matcher.js";
import { type Owner, SAMPLE, SLOW } from "./owner.js";
import type { View } from "./view.js";

/** How many calls of a new listener are timed, before only every 64th is, so that a slow one is noticed at its first message. */
const WATCHED = 64;

/** A connection that messages come by. */
export interface Source {
  /** The connection as an application sees it, the same object each time. */
  view(owner: Owner): View;
}

/** A listener of the messages of every datapath, of those that connect later too. */
export interface WideListener {
  readonly event: string;
  readonly datapath: bigint | undefined;
  /** Makes the part of it that listens to one datapath. @param home - the main connection of that datapath */
  make(home: Source): Subscription;
}

/** A listener of messages, with its match and its owner. */
export class Subscription {
  readonly owner: Owner;
  /** The controller-wide listener that created this one; null where there is none. */
  readonly wide: WideListener | null;
  readonly #event: string;
  readonly #listener: (message: KnownMessage, from: View, key: ExperimenterKey | undefined) => unknown;
  readonly #test: Predicate | null;
  readonly #home: Source;
  readonly #view: View;
  /** Whether it was removed: it gets nothing more, a message that is being delivered just now included. */
  ended = false;
  #async = false;
  /** Calls that are still timed one by one. */
  #watched = WATCHED;

  /** @param home - the main connection of the datapath */
  constructor(
    owner: Owner,
    wide: WideListener | null,
    event: string,
    home: Source,
    test: Predicate | null,
    listener: (message: KnownMessage, from: View, key: ExperimenterKey | undefined) => unknown,
  ) {
    this.owner = owner;
    this.wide = wide;
    this.#event = event;
    this.#listener = listener;
    this.#test = test;
    this.#home = home;
    this.#view = home.view(owner);
  }

  /** Calls the listener, if it wants the message. Never throws. @returns whether it wants it */
  deliver(message: KnownMessage, by: Source, key: ExperimenterKey | undefined): boolean {
    if (this.ended) return false;
    const { owner } = this;
    try {
      const from = by === this.#home ? this.#view : by.view(owner);
      const test = this.#test;
      if (test !== null && !test(message, from, key)) return false;
      const { counters } = owner;
      if (this.#async && owner.full) {
        counters.dropped++;
        return true;
      }
      const sampled = (++counters.delivered & (SAMPLE - 1)) === 0;
      if (sampled || this.#watched > 0) this.#timed(message, from, key, sampled);
      else this.#call(message, from, key);
    } catch (e) {
      owner.fault(this.#event, e);
    }
    return true;
  }

  /** Calls it and looks at the clock. One that holds the thread is reported, and its next calls are timed too. */
  #timed(message: KnownMessage, from: View, key: ExperimenterKey | undefined, sampled: boolean): void {
    const { clock, counters } = this.owner;
    const before = clock.now();
    try {
      this.#call(message, from, key);
    } finally {
      const ms = clock.now() - before;
      if (sampled) counters.timeMs += ms * SAMPLE;
      this.#watched = ms >= SLOW ? WATCHED : this.#watched - 1;
      if (ms >= SLOW) this.owner.slow(this.#event, this.#listener.name, ms);
    }
  }

  #call(message: KnownMessage, from: View, key: ExperimenterKey | undefined): void {
    const listener = this.#listener;
    const result = listener(message, from, key);
    if (result !== undefined && this.owner.returned(this.#event, result)) this.#async = true;
  }
}

/** Listeners of messages that are called straight, in the order of adding. */
export class Subscriptions {
  #list: readonly Subscription[] = [];

  /** How many there are. */
  get size(): number {
    return this.#list.length;
  }

  add(subscription: Subscription): void {
    // A copy, so that a call under way goes through the list as it was.
    this.#list = [...this.#list, subscription];
  }

  /** Removes those that match. */
  drop(meant: (subscription: Subscription) => boolean): void {
    const left = this.#list.filter((s) => !meant(s));
    if (left.length === this.#list.length) return;
    for (const s of this.#list) if (meant(s)) s.ended = true;
    this.#list = left;
  }

  /** Calls each. */
  call(message: KnownMessage, by: Source, key?: ExperimenterKey): void {
    const list = this.#list;
    for (let i = 0; i < list.length; i++) list[i]!.deliver(message, by, key);
  }

  /** Calls each. @param taken - called with the owner of each that wants the message */
  offer(message: KnownMessage, by: Source, taken: (owner: Owner) => void): void {
    for (const subscription of this.#list) if (subscription.deliver(message, by, undefined)) taken(subscription.owner);
  }
}

/** The listeners of one datapath's messages. */
export class MessageLists {
  /** Those of packet-ins, `async` among them. */
  readonly packetIn = new Subscriptions();
  readonly experimenter = new Subscriptions();
  /** Those of all that is `async` but packet-ins, and those of all that is a `response`. */
  readonly async = new Subscriptions();
  readonly response = new Subscriptions();
  readonly #types = new Map<string, Subscriptions>();

  /** Adds a listener. @returns what removes it */
  add(event: string, subscription: Subscription): () => void {
    const lists = this.#listsOf(event);
    for (const list of lists) list.add(subscription);
    return () => {
      for (const list of lists) list.drop((s) => s === subscription);
    };
  }

  /** Those of one type of message. */
  of(type: string): Subscriptions | undefined {
    return this.#types.get(type);
  }

  /** Takes away those that are meant. */
  drop(meant: (subscription: Subscription) => boolean): void {
    for (const list of [this.packetIn, this.experimenter, this.async, this.response, ...this.#types.values()]) list.drop(meant);
  }

  #listsOf(event: string): Subscriptions[] {
    switch (event) {
      case "packet-in":
        return [this.packetIn];
      case "async":
        return [this.packetIn, this.async];
      case "response":
        return [this.response];
      case "experimenter":
        return [this.experimenter];
      default: {
        let list = this.#types.get(event);
        if (list === undefined) {
          list = new Subscriptions();
          this.#types.set(event, list);
        }
        return [list];
      }
    }
  }
}

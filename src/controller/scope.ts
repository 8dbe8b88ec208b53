import { INSPECT } from "../schema/mod.js";
import type { Datapath, EventMatch, EventsOptions } from "./datapath.js";
import type { EventStream } from "./event-queue.js";
import type { EventListener } from "./events.js";
import { attach, loopOver, wide } from "./listening.js";
import type { Member } from "./member.js";
import { isPromise, type Owner, type ScopeCounters } from "./owner.js";
import type { Registry } from "./registry.js";
import type { ControllerEvents } from "./state-events.js";
import { checkListener, STATES } from "./usage.js";

/** The part of a controller that an application, or the controller's own user, holds: its switches and their events, with listeners, queues and counters of its own. */
export abstract class Scope {
  /** The switches that are connected and set up, by datapath id. Each scope has {@link Datapath}s of its own. */
  readonly datapaths: ReadonlyMap<bigint, Datapath>;
  /** Its counters. */
  readonly counters: Readonly<ScopeCounters>;
  /** @internal */
  protected readonly owner: Member;
  /** @internal */
  protected readonly registry: Registry;

  /** @internal */
  constructor(registry: Registry, owner: Member) {
    this.registry = registry;
    this.owner = owner;
    this.datapaths = owner.datapaths;
    this.counters = owner.counters;
    registry.add(owner);
  }

  /**
   * Listens to an event: `on("up", (dp) => …)`, or of all datapaths, those still to come included, `on("packet-in", (packetIn, from) => …)`. It costs a datapath's messages no more than a listener of
   * that datapath. Listeners are called straight from the receiver: they must not block. What one throws is counted, logged and hurts nobody else.
   * @param match - which messages; of `up`, `down` and the like only its `datapath` and `auxiliaryId` are looked at
   * @returns a function that ends it
   * @throws SouthboundError `ERR_CLOSED` when the application was unloaded, `ERR_USAGE` for an event or something to match on that there is not
   */
  on<E extends keyof ControllerEvents>(event: E, listener: EventListener<ControllerEvents[E]>, match?: EventMatch): () => void {
    const { owner, registry } = this;
    if (owner.over) throw owner.gone();
    checkListener(event, listener, match, true);
    if (STATES.has(event)) return this.#onState(event, listener as (...args: never) => unknown, match);
    const added = wide(owner, event, listener, match);
    owner.wide.add(added);
    for (const main of registry.mains.values()) attach(added, main);
    return () => {
      if (!owner.wide.delete(added)) return;
      for (const main of registry.mains.values()) main.lists.drop((s) => s.wide === added);
    };
  }

  /**
   * Takes events of all datapaths in a loop, as {@link Datapath.events} does: `for await (const [packetIn, from] of controller.events("packet-in", { limit: 500 }))`.
   * @throws SouthboundError `ERR_CLOSED` when the application was unloaded, `ERR_USAGE` for a limit under 1
   */
  events<E extends keyof ControllerEvents>(event: E, options: EventsOptions = {}): EventStream<ControllerEvents[E]> {
    return loopOver<ControllerEvents[E]>(this.owner, options, null, (listener) => this.on(event, listener, options));
  }

  /** For people. */
  toString(): string {
    return `${this.owner.name === "" ? "controller" : this.owner.name} (${this.datapaths.size} datapaths)`;
  }

  /** For `console.log` of Node. */
  [INSPECT](): string {
    return `${this.constructor.name} ${this}`;
  }

  #onState(event: string, listener: (...args: never) => unknown, match: EventMatch | undefined): () => void {
    const { owner } = this;
    const { states, counters } = owner;
    const { datapath, auxiliaryId } = match ?? {};
    const all = datapath === undefined && auxiliaryId === undefined;
    const wanted = (of: Datapath): boolean =>
      (datapath === undefined || of.datapath?.id === datapath) && (auxiliaryId === undefined || of.auxiliaryId === auxiliaryId);
    let slow = false;
    // a function of its own, so that one may be added twice
    const entry = (...args: never): unknown => {
      const meant = all || wanted(args[0]);
      if (!meant || (slow && owner.full)) {
        counters.delivered--;
        if (meant) counters.dropped++;
      } else if (event !== "presetup") return listener(...args);
      else if (owner.returned(event, listener(...args))) slow = true;
      return undefined;
    };
    // reports name the listener, and not what stands around it
    Object.defineProperty(entry, "name", { value: listener.name });
    // a copy each time, for who goes through it
    states.set(event, [...(states.get(event) ?? []), entry]);
    return () => {
      states.set(
        event,
        (states.get(event) ?? []).filter((l) => l !== entry),
      );
    };
  }
}

/** The return value of an application: nothing, or a function that is called when it is unloaded, while it may still send. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is what a function returns that returns nothing
export type AppEnd = void | (() => void);

/** A controller application: a function that adds its listeners. It may be asynchronous: a rejection unloads it. */
export type App = (controller: AppScope) => AppEnd | Promise<AppEnd>;

/** An application's hold of the controller. What it adds and waits for here, and on the datapaths that it finds here, goes when it is unloaded. */
export class AppScope extends Scope implements Disposable {
  /** The application's name in the log. */
  readonly name: string;
  /** Resolves when the promise that the application returned does, at once where it returned none, and rejects with it. A rejection that nothing waits for is logged only. */
  started: Promise<void> = Promise.resolve();
  readonly #onUnload: () => void;
  #cleanup: (() => void) | null = null;

  /** @internal */
  constructor(registry: Registry, owner: Member, onUnload: () => void) {
    super(registry, owner);
    this.name = owner.name;
    this.#onUnload = onUnload;
  }

  /** Whether it is still loaded. */
  get loaded(): boolean {
    return !this.owner.over;
  }

  /** Whether an owner is this application's. @internal */
  isOf(owner: Owner): boolean {
    return this.owner === owner;
  }

  /** Runs the application. @internal */
  start(app: App): void {
    try {
      const answer = app(this);
      if (!isPromise(answer)) this.#started(answer);
      else {
        const { promise, resolve, reject } = withResolvers<void>();
        promise.catch(() => {});
        this.started = promise;
        Promise.resolve(answer).then(
          (end) => {
            this.#started(end);
            resolve();
          },
          (e) => {
            this.owner.report("loading failed", e);
            this.unload();
            reject(e);
          },
        );
      }
    } catch (e) {
      this.unload();
      throw e;
    }
  }

  /** Counts and logs an error of the application that came up outside its listeners, for example in a timer. @param what - what happened, in front of the error: `a timer threw` */
  report(what: string, error: unknown): void {
    this.owner.report(what, error);
  }

  /** Takes the application away: calls what it returned, removes its listeners, ends its loops and rejects what it waits for with `ERR_ABORTED`. Further calls do nothing. */
  unload(): void {
    const { owner } = this;
    if (owner.over) return;
    const cleanup = this.#cleanup;
    this.#cleanup = null;
    if (cleanup !== null) owner.call("unloading", cleanup);
    this.registry.remove(owner);
    this.#onUnload();
  }

  /** The same as {@link unload}. */
  [Symbol.dispose](): void {
    this.unload();
  }

  #started(end: unknown): void {
    if (typeof end !== "function") return;
    if (this.loaded) this.#cleanup = end as () => void;
    else this.owner.call("unloading", end as () => void);
  }
}

/** A promise and its two functions. */
function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void; readonly reject: (e: unknown) => void } {
  let resolve!: (value: T) => void;
  let reject!: (e: unknown) => void;
  const promise = new Promise<T>((a, b) => {
    resolve = a;
    reject = b;
  });
  return { promise, resolve, reject };
}

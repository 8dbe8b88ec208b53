import { checkOptions, SouthboundError } from "../errors/mod.js";
import { INSPECT } from "../schema/mod.js";
import type { ChangeStream } from "./change-log.js";
import type { Datapath, EventMatch, EventsOptions } from "./datapath.js";
import type { DatapathRecord } from "./datapath-record.js";
import type { EventStream } from "./event-queue.js";
import type { EventListener } from "./events.js";
import { attach, loopOver, wide } from "./listening.js";
import type { Member } from "./member.js";
import type { ControllerSnapshot } from "./model.js";
import { isPromise, type Owner, type ScopeCounters } from "./owner.js";
import { plainCopy } from "./plain.js";
import type { Registry } from "./registry.js";
import { HOOK_TIMEOUT, type SetUpHook, type SetUpHookOptions } from "./set-up-hooks.js";
import { controllerSnapshot } from "./snapshot.js";
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
    for (const main of registry.ups) attach(added, main);
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

  /**
   * Has a hook run whenever a switch is set up, when its features are known and before `up`: hooks run one after the other in the order of adding, may send and ask anything, and each has a deadline. Messages that come
   * meanwhile are delivered after `up`, within the bounds of early ones.
   * @returns a function that removes it
   * @throws SouthboundError `ERR_CLOSED` when the application was unloaded, `ERR_USAGE` for options that there are not
   */
  onSetUp(hook: SetUpHook, options: SetUpHookOptions = {}): () => void {
    const { owner } = this;
    if (owner.over) throw owner.gone();
    checkOptions("onSetUp", options, { timeout: "number", required: "boolean" });
    if (typeof hook !== "function") throw new SouthboundError("ERR_USAGE", `a set-up hook is a function, and not ${typeof hook}`);
    const { timeout = HOOK_TIMEOUT, required = false } = options;
    return this.registry.addHook({ owner, hook, timeout, required });
  }

  /** What is remembered of each switch by its datapath id, connected or not; of those that are not, `maxRecords` at most. */
  get records(): ReadonlyMap<bigint, DatapathRecord> {
    return this.registry.records.all;
  }

  /**
   * What the controller knows at this moment, as plain data: switches with their ports and channels, applications with their counters. {@link changes} of its revision gives what has changed since.
   * `docs/guide/read-model.md` describes it. (What `console.log` shows of an object is another thing.)
   */
  inspect(): ControllerSnapshot {
    const { registry } = this;
    const { apps, changes } = registry;
    const connections = registry.connections();
    return controllerSnapshot({ connections, records: registry.records.all.values(), apps, changes, main: (id) => registry.up(id) });
  }

  /**
   * The changes behind a revision, in their order and without a gap: `for await (const change of controller.changes(snapshot.revision))`. Those that a reader does not take wait for all readers together, 4,096 of them; a
   * reader whose next one is kept no longer gets one `gap`, and goes on behind it. A reader of another life's revision gives its `instance`, and gets a `gap` first where that is not this one.
   * @throws SouthboundError `ERR_USAGE` for a revision that is no number
   */
  changes(revision: number, options: ChangesOptions = {}): ChangeStream {
    checkOptions("changes", options, { instance: "string", signal: "signal" });
    if (!Number.isSafeInteger(revision) || revision < 0)
      throw new SouthboundError("ERR_USAGE", `revision is ${revision}; give the revision of inspect(), or 0`);
    const { owner, registry } = this;
    if (owner.over) throw owner.gone();
    const { changes } = registry;
    const { instance = changes.instance, signal } = options;
    const stream: ChangeStream = changes.read(revision, instance === changes.instance, signal, (end) => {
      owner.ends.add(end);
      return () => owner.ends.delete(end);
    });
    return stream;
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

/** How changes are read. */
export interface ChangesOptions {
  /** The `instance` of the snapshot that the revision is of; this controller's unless given. */
  readonly instance?: string | undefined;
  /** Ends the loop with `ERR_ABORTED`. */
  readonly signal?: AbortSignal | undefined;
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

  /**
   * Publishes an event of this application to those that read {@link changes}, as plain data: a copy is made.
   * @param event - its name, such as `link-up`
   * @throws SouthboundError `ERR_USAGE` for data that JSON cannot say, `ERR_TOO_LONG` for more than 65,536 characters of it, `ERR_CLOSED` when it was unloaded
   */
  publish(event: string, data: unknown = null): void {
    const { owner, registry } = this;
    if (owner.over) throw owner.gone();
    if (typeof event !== "string" || event === "") throw new SouthboundError("ERR_USAGE", "publish wants the name of an event");
    const copy = plainCopy(`the data of ${event}`, data);
    registry.changes.add({ kind: "app", app: this.name, event, data: copy.data }, copy.length >> 8);
  }

  /** Shows something of this application in the snapshots of {@link inspect}, as `state`. @param make - called for each snapshot; it returns plain data. What is shown should change with a {@link publish} */
  describe(make: () => unknown): void {
    if (typeof make !== "function") throw new SouthboundError("ERR_USAGE", "describe wants a function that makes the state");
    this.owner.describes = make;
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

import { type Clock, systemClock } from "../clock/mod.js";
import { SouthboundError } from "../errors/mod.js";
import type { Version } from "../schema/mod.js";
import { type Listener, type ListenOptions, listen, type Stream } from "../stream/mod.js";
import { KeepAlive, type Log, silent, Vconn } from "../vconn/mod.js";
import { Datapath } from "./datapath.js";
import { Listeners } from "./listeners.js";
import { type CertificatePins, checkPin } from "./pins.js";
import { Session } from "./session.js";

/** What is done when a switch connects whose datapath id is connected already: the newer connection replaces the older, or is refused. */
export type DuplicatePolicy = "newest" | "oldest";

/** How a controller behaves. */
export interface ControllerOptions {
  /** The versions to offer; 1.0 and 1.3 unless given. */
  readonly versions?: readonly Version[] | undefined;
  readonly clock?: Clock | undefined;
  /** Milliseconds for a switch's hello; default 10,000. */
  readonly helloTimeout?: number | undefined;
  /** Milliseconds for its features and ports; default 30,000. */
  readonly featuresTimeout?: number | undefined;
  /** Milliseconds of silence until a switch is probed; default 10,000. `Infinity`: never. */
  readonly probeInterval?: number | undefined;
  /** Milliseconds for the answer to a probe; default 3,000. */
  readonly probeTimeout?: number | undefined;
  /** Two switches with one datapath id; default `newest`. */
  readonly duplicates?: DuplicatePolicy | undefined;
  /** The certificates that datapath ids are pinned to: a switch of such an id is refused without it, and never replaces one that is there. Default: none. */
  readonly pins?: CertificatePins | undefined;
  /** Where one line goes for each event and each thing that went wrong; nowhere unless given. */
  readonly log?: Log | undefined;
}

/** A controller application: a function that adds its listeners. What it returns, if anything, is called when the application is unloaded. */
export type App = (controller: Controller) => undefined | (() => void);

/** The events of a controller. */
export interface ControllerEvents {
  /** A switch is connected and set up. */
  up: [datapath: Datapath];
  /** A switch's connection has ended; the error is null where one side closed it in order. */
  down: [datapath: Datapath, error: SouthboundError | null];
}

/**
 * Serves switches: accepts their connections, sets them up, and tells its listeners. `docs/guide` shows how an application is written on it.
 */
export class Controller implements AsyncDisposable {
  /** The switches that are connected and set up, by datapath id. */
  readonly datapaths: ReadonlyMap<bigint, Datapath>;

  readonly #datapaths = new Map<bigint, Datapath>();
  readonly #vconns = new Set<Vconn>();
  readonly #listeners = new Set<Listener>();
  readonly #unloads: (() => void)[] = [];
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #keepAlive: KeepAlive;
  readonly #up: Listeners<ControllerEvents["up"]>;
  readonly #down: Listeners<ControllerEvents["down"]>;
  #closed = false;

  constructor(options: ControllerOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silent;
    this.#keepAlive = new KeepAlive({ clock: this.#clock, interval: options.probeInterval, timeout: options.probeTimeout });
    this.datapaths = this.#datapaths;
    const fault = (event: string) => (e: unknown) => {
      this.#log("error", `a listener of ${event} threw: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`);
    };
    this.#up = new Listeners(fault("up"));
    this.#down = new Listeners(fault("down"));
  }

  /** How many connections there are, set up or not. */
  get connections(): number {
    return this.#vconns.size;
  }

  /** Listens to an event: `controller.on("up", (dp) => …)`. What a listener throws is logged and hurts nobody else. @returns a function that ends it */
  on<E extends keyof ControllerEvents>(event: E, listener: (...args: ControllerEvents[E]) => void): () => void {
    const list = (event === "up" ? this.#up : this.#down) as unknown as Listeners<ControllerEvents[E]>;
    return list.add(listener);
  }

  /** Runs an application. Load it before switches connect: it is told of those that come. */
  use(app: App): this {
    const unload = app(this);
    if (typeof unload === "function") this.#unloads.push(unload);
    return this;
  }

  /**
   * Accepts switches at a passive name such as `ptcp:6653:127.0.0.1` or `punix:/run/southbound.sock`.
   * @returns the listener, whose name tells the port that was really bound
   * @throws SouthboundError `EADDRINUSE`, `EACCES`, `EAFNOSUPPORT` and the like, as a rejection
   */
  async listen(target: string, options: Omit<ListenOptions, "onStream"> = {}): Promise<Listener> {
    const listener = await listen(target, {
      clock: this.#clock,
      onError: (error) => this.#log("warn", error.message),
      ...options,
      onStream: (stream) => this.accept(stream),
    });
    if (this.#closed) {
      await listener.close();
      throw new SouthboundError("ERR_CLOSED", `${target}: the controller was closed meanwhile`);
    }
    this.#listeners.add(listener);
    void listener.closed.then(() => this.#listeners.delete(listener));
    this.#log("info", `listening on ${listener.name}`);
    return listener;
  }

  /** Serves a switch at the other end of a stream, of whatever kind. The stream belongs to the controller from then on. */
  accept(stream: Stream): void {
    if (this.#closed) {
      stream.destroy();
      return;
    }
    const { versions, helloTimeout, featuresTimeout = 30_000 } = this.#options;
    const vconn = new Vconn(stream, { versions, helloTimeout, clock: this.#clock, log: this.#log });
    this.#vconns.add(vconn);
    this.#keepAlive.add(vconn);
    let session: Session | undefined;
    let datapath: Datapath | undefined;
    vconn.onUp = () => {
      session = new Session(vconn, { clock: this.#clock, timeout: featuresTimeout }, ({ features, ports }) => {
        const made = new Datapath(this, vconn, features, ports, this.#log);
        if (!this.#admit(made, vconn)) return () => {};
        datapath = made;
        this.#log("info", `${made} is up with ${ports.length} ports`);
        this.#up.call(made);
        return (type, c, p, end) => made.receive(type, c, p, end);
      });
    };
    vconn.onClose = (error) => {
      session?.end();
      this.#keepAlive.remove(vconn);
      this.#vconns.delete(vconn);
      if (datapath === undefined) {
        if (error !== null) this.#log("debug", `${vconn.name} ended before it was set up: ${error.message}`);
        return;
      }
      if (this.#datapaths.get(datapath.id) === datapath) this.#datapaths.delete(datapath.id);
      this.#log("info", `${datapath} is down${error === null ? "" : `: ${error.message}`}`);
      this.#down.call(datapath, error);
    };
  }

  /** Unloads the applications, stops listening and ends every connection in order. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const unload of this.#unloads.splice(0)) unload();
    await Promise.all([...[...this.#listeners].map((l) => l.close()), ...[...this.#vconns].map((v) => v.close())]);
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #admit(datapath: Datapath, vconn: Vconn): boolean {
    const { auxiliaryId } = datapath.features;
    const old = this.#datapaths.get(datapath.id);
    const wrong = checkPin(this.#options.pins, datapath.id, vconn.stream.certificate, String(datapath));
    if (wrong !== null) {
      vconn.abandon(wrong);
      return false;
    }
    if (auxiliaryId !== 0) {
      vconn.abandon(
        new SouthboundError("EPROTO", `${datapath}: auxiliary connection ${auxiliaryId} is refused: only main connections are served`),
      );
      return false;
    }
    if (old !== undefined && this.#options.duplicates === "oldest") {
      vconn.abandon(new SouthboundError("EPROTO", `${datapath}: refused, since ${old.peer} has the same datapath id`));
      return false;
    }
    this.#datapaths.set(datapath.id, datapath);
    if (old !== undefined) {
      this.#log("warn", `${datapath} replaces ${old.peer}, which has the same datapath id`);
      void old.close();
    }
    return true;
  }
}

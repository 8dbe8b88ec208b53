import type { SouthboundError } from "../errors/mod.js";
import type { Rconn, RconnState, Trace } from "../vconn/mod.js";

/** A connection that a controller makes to a switch that listens, and makes again whenever it ends: what {@link Controller.connect} returns. */
export class SwitchConnection implements AsyncDisposable {
  /** What is connected to, such as `tcp:192.0.2.1:6653`. */
  readonly target: string;
  /** Resolves when it is closed and nothing is connected to any more. Never rejects. */
  readonly closed: Promise<void>;
  readonly #rconn: Rconn;
  readonly #resolve: () => void;
  readonly #unlisten: () => void;
  #closing: Promise<void> | null = null;

  /** @param rconn - connected already, and owned by this from here on @param ended - called once when it is closed @internal */
  constructor(rconn: Rconn, signal: AbortSignal | undefined, ended: () => void) {
    this.#rconn = rconn;
    this.target = rconn.target;
    let resolve!: () => void;
    this.closed = new Promise((done) => {
      resolve = done;
    });
    this.#resolve = () => {
      ended();
      resolve();
    };
    const abort = (): void => void this.close();
    signal?.addEventListener("abort", abort, { once: true });
    this.#unlisten = () => signal?.removeEventListener("abort", abort);
  }

  /** Where it stands; `void` once it is closed. Connected means that the version is settled: whether the switch is set up is known by the controller's events. */
  get state(): RconnState {
    return this.#rconn.state;
  }

  /** Whether there is a connection whose version is settled. */
  get isConnected(): boolean {
    return this.#rconn.isConnected;
  }

  /** How many attempts were made. */
  get attempts(): number {
    return this.#rconn.attempts;
  }

  /** Why the last connection or attempt ended: null where the switch closed it in order; undefined where nothing has ended yet, or we wanted it. */
  get lastError(): SouthboundError | null | undefined {
    return this.#rconn.lastError;
  }

  /** Which messages are logged, of the connections still to come too. @internal */
  set trace(trace: boolean | Trace) {
    this.#rconn.trace = trace;
  }

  /** Ends the connection that there is and makes it again, with a pause as after any end. */
  reconnect(): void {
    this.#rconn.reconnect();
  }

  /** Ends the connection in order, and makes it no more. @returns {@link closed} */
  close(): Promise<void> {
    if (this.#closing === null) {
      this.#unlisten();
      this.#closing = this.#rconn.close().then(this.#resolve);
    }
    return this.closed;
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

import { formatDpid } from "../bytes/mod.js";
import { checkOptions, errnoError, type OptionTable, SouthboundError } from "../errors/mod.js";
import {
  answers,
  type CollectedOf,
  collected,
  type FlowStats,
  type FlowStatsRequest,
  isRequest,
  type KnownMessage,
  type ListRequest,
  listOfReply,
  type Message,
  type ReplyOf,
  type Request,
} from "../ofp/mod.js";
import { isOfMaker, type Version } from "../schema/mod.js";
import type { Stream } from "../stream/mod.js";
import {
  BulkError,
  type BundleOptions,
  type BundleResult,
  type DumpOptions,
  OpenFlowError,
  type Vconn,
  WAIT_OPTIONS,
  type WaitOptions,
} from "../vconn/mod.js";
import type { Asker } from "./asker.js";
import { ASYNC_MASKS, type AsyncMasks, readAsyncConfig, setAsyncRequest } from "./async-config.js";
import { type BatchOptions, type BatchResult, runBatch } from "./batch.js";
import { BundleError, type RaisingBundleOptions, runRaisingBundle } from "./bundle.js";
import type { Connection } from "./connection.js";
import { heldLoop } from "./held-loop.js";
import type { Owner } from "./owner.js";
import { checkPrerequisites } from "./prerequisites.js";
import { ProtocolError } from "./protocol-error.js";
import { askRole, type Role } from "./role.js";
import type { View } from "./view.js";

/** The options of everything that is asked of a switch. */
const REQUEST_OPTIONS: OptionTable<WaitOptions & BatchOptions & BundleOptions> = {
  signal: "signal",
  timeout: "number",
  maxBytes: "number",
  window: "number",
  stopAtFirst: "boolean",
  raiseOnError: "boolean",
  ordered: "boolean",
  atomic: "boolean",
  onProgress: "function",
};

/** Messages and requests to a switch on one connection, as one application sends them, within its budget: the base of `Channel`. */
export abstract class Requests implements Asker, View {
  /** 0 for the main connection. */
  readonly auxiliaryId: number;
  /** The negotiated version. */
  readonly version: Version;
  /** The connection's name, such as `tcp:127.0.0.1:40312`. */
  readonly peer: string;
  /** Resolves when the connection has ended. Never rejects. */
  readonly closed: Promise<void>;

  /** @internal */
  protected readonly connection: Connection;
  /** @internal */
  protected readonly owner: Owner;
  readonly #vconn: Vconn;
  readonly #stream: Stream;
  /** Bytes sent since the stream is congested. */
  #overdraft = 0;

  /** Made when a connection is set up. @internal */
  constructor(connection: Connection, owner: Owner) {
    this.connection = connection;
    this.owner = owner;
    this.#vconn = connection.vconn;
    this.#stream = connection.vconn.stream;
    this.auxiliaryId = connection.features.auxiliaryId;
    this.version = connection.version;
    this.peer = connection.vconn.name;
    this.closed = connection.vconn.closed;
  }

  /** Whether messages can be sent. */
  get connected(): boolean {
    return this.#vconn.state === "connected";
  }

  /** Whether the switch takes what is sent. While it is false a little more is accepted, the `sendBudget`; then {@link send} throws `ENOBUFS`. */
  get writable(): boolean {
    return this.connected && !this.#stream.congested;
  }

  /** Messages of this connection that could not be read, see `maxFaults` of the controller's options. */
  get faults(): number {
    return this.#vconn.faults;
  }

  /** Whether Nicira's extensions may be used: the controller's option. */
  get nicira(): boolean {
    return this.connection.uses.nicira;
  }

  /** Whether applications may make groups that lead to other groups: the controller's option, since not every switch takes them. */
  get groupChaining(): boolean {
    return this.connection.uses.groupChaining;
  }

  /**
   * Sends a message. What is answered comes as a `response` with the same transaction id. What a `maker` has made is hot code's: its prerequisites are not checked, and an error about it is explained by the bytes that the
   * error carries.
   * @returns the transaction id
   * @throws SouthboundError `ENOTCONN`, `ERR_UNSUPPORTED`, `ERR_RANGE`, `ERR_TOO_LONG`; `ERR_USAGE` for a match that lacks what its fields depend on, see `ControllerOptions.prerequisites`; `ENOBUFS` when the switch takes no more and this application sends on: wait for {@link drained};
   *   `ERR_CLOSED` when it was unloaded
   */
  send(message: Message): number {
    const known = isOfMaker(message) ? undefined : message;
    if (known !== undefined && !this.connection.uses.loose) checkPrerequisites(known);
    if (this.#stream.congested || this.owner.over) return this.#sendSlowly(message);
    this.#overdraft = 0;
    const xid = this.#vconn.send(message);
    this.connection.sent.add(xid, known, this.owner);
    return xid;
  }

  /** Waits until the switch takes what is sent: at once where it does. Rejects with `ERR_ABORTED`, and with `ERR_CLOSED` when the connection ends first. */
  drained(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    checkOptions("drained", options, { signal: "signal" });
    return this.#owed(
      "drained",
      this.#run(options.signal, (signal) => this.#drained(signal)),
    );
  }

  /**
   * Sends a request and waits for its one reply, which the caller owns: `const { hardware } = await dp.query(DescRequest.of())`. A rejection that nothing waits for is logged with the application's name, here and in the
   * methods below.
   * @throws as a rejection as {@link send}; `ERR_USAGE` for a message that has no reply; OpenFlowError, `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_CLOSED`; ProtocolError for a reply of several parts:
   *   those ask for {@link collect}, for one of another type, and for one that could not be read: it names the field
   */
  query<R extends Request>(request: R, options: WaitOptions = {}): Promise<ReplyOf<R>> {
    return this.#owed(`query(${request.type})`, this.#one(request, options));
  }

  /** Sends a request and waits for all parts of its reply. Rejects as {@link query} does; an OpenFlowError has the parts before it in `result`. */
  queryMultipart<R extends Request>(request: R, options: WaitOptions = {}): Promise<ReplyOf<R>[]> {
    return this.#owed(`queryMultipart(${request.type})`, this.#parts(request, options));
  }

  /**
   * Sends a request whose reply is a list, and gives the elements of all its parts: `for (const flow of await dp.collect(FlowStatsRequest.of()))`. Counters that the switch does not have, of which it says all ones, are
   * undefined. For very many flows see {@link dumpFlows}.
   * @throws as a rejection as {@link query}; `ERR_USAGE` for a request whose reply is no list
   */
  collect<R extends ListRequest>(request: R, options: WaitOptions = {}): Promise<CollectedOf<R>[]> {
    return this.#owed(`collect(${request.type})`, this.#list(request, options));
  }

  /**
   * Sends many requests, at most `window` of them in flight, and waits until all are done, with one barrier behind them where they fit into the window.
   * @returns a result for each request, in their order
   * @throws as a rejection the first OpenFlowError, unless `raiseOnError` is false; `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_CLOSED`, and `EPROTO` for an answer that could not be read, as BulkError. What is known of each request is in their
   *   `result` and `results`
   */
  batch(requests: readonly Message[], options: BatchOptions = {}): Promise<BatchResult[]> {
    return this.#owed(
      "batch",
      this.#ask(options, async (o) => {
        this.#check(requests);
        return runBatch(this.#vconn, requests, o, (error) => this.#told(error));
      }),
    );
  }

  /** Waits until the switch has done everything sent so far on this connection. Rejects as {@link query} does. */
  barrier(options: WaitOptions = {}): Promise<void> {
    return this.#owed(
      "barrier",
      this.#ask(options, (o) => this.#vconn.barrier(o)),
    );
  }

  /**
   * Has the switch do all of the messages, or none. Since OpenFlow 1.3. See `Vconn.bundle`.
   * @returns the outcome: "applied", or with `raiseOnError: false` whatever it was
   * @throws as a rejection for a bundle that was not applied: the first OpenFlowError, whose `bundle` has the others; BundleError where it failed without one, for example with `ERR_TIMEOUT`; what {@link send} throws
   */
  bundle(messages: readonly Message[], options: RaisingBundleOptions = {}): Promise<BundleResult> {
    return this.#owed(
      "bundle",
      this.#ask(options, async (o) => {
        this.#check(messages);
        return runRaisingBundle(this.#vconn, messages, o, (error) => this.#told(error));
      }),
    );
  }

  /**
   * The flows of the switch one by one; while one is looked at nothing more is read than what a single read brought. See `Vconn.dumpFlows`.
   * @throws in the loop as {@link query}; `ERR_TIMEOUT` also when it stays with one flow for 30 s, since other applications wait behind it
   */
  dumpFlows(request?: FlowStatsRequest, options: DumpOptions = {}): AsyncGenerator<FlowStats, void, undefined> {
    const dump = (signal: AbortSignal) => this.#within(() => this.#vconn.dumpFlows(request, { ...options, signal }));
    return heldLoop(this.owner, options.signal, dump, (e) => this.#told(e));
  }

  /**
   * Asks to be of a role, or which one it is: `NoChange`. Before OpenFlow 1.2 it is Nicira's message, which has no generation id and cannot ask.
   * @param generationId - greater than the last primary's; a stale one is refused with an OpenFlowError of `OFPRRFC_STALE`. Default: 0
   * @throws as {@link query}; `ERR_UNSUPPORTED` before OpenFlow 1.2 without Nicira's extensions
   */
  role(role: number, generationId = 0n, options: WaitOptions = {}): Promise<Role> {
    checkOptions("role", options, WAIT_OPTIONS);
    return this.#owed("role", askRole(this, role, generationId, options));
  }

  /** Which messages the switch sends of its own accord. Since OpenFlow 1.3; `ERR_UNSUPPORTED` before. Rejects as {@link query} does. */
  asyncConfig(options: WaitOptions = {}): Promise<AsyncMasks> {
    checkOptions("asyncConfig", options, WAIT_OPTIONS);
    return this.#owed("asyncConfig", readAsyncConfig(this, options));
  }

  /**
   * Says which messages the switch is to send. Masks that are left out stay as they are; before OpenFlow 1.3, where nobody can ask, they become none, and it is Nicira's message.
   * @throws as {@link query}; `ERR_UNSUPPORTED` before OpenFlow 1.3 without Nicira's extensions
   */
  setAsyncConfig(masks: Partial<AsyncMasks>, options: WaitOptions = {}): Promise<void> {
    checkOptions("setAsyncConfig", masks, ASYNC_MASKS);
    checkOptions("setAsyncConfig", options, WAIT_OPTIONS);
    const done = async (): Promise<void> => void (await this.batch([await setAsyncRequest(this, masks, options)], options));
    return this.#owed("setAsyncConfig", done());
  }

  /** Ends the connection in order. The switch may come back. */
  close(): Promise<void> {
    return this.#vconn.close();
  }

  #sendSlowly(message: Message): number {
    if (this.owner.over) throw this.owner.gone();
    const xid = this.#within(() => this.#vconn.send(message));
    this.connection.sent.add(xid, isOfMaker(message) ? undefined : message, this.owner);
    return xid;
  }

  /** Does what sends. While the switch takes nothing, an application may do so within its budget. */
  #within<T>(send: () => T): T {
    if (!this.#stream.congested) {
      this.#overdraft = 0;
      return send();
    }
    const { counters, limits } = this.owner;
    if (this.#overdraft >= limits.sendBudget) {
      counters.refused++;
      throw errnoError("ENOBUFS", `${this.peer}: ${this.#overdraft} bytes were sent while the switch takes none; wait for drained()`);
    }
    const before = this.#vconn.sentBytes;
    try {
      return send();
    } finally {
      this.#overdraft += this.#vconn.sentBytes - before;
    }
  }

  #owed<T>(what: string, promise: Promise<T>): Promise<T> {
    return this.owner.owed(`${what} of ${formatDpid(this.connection.features.datapathId)}`, promise);
  }

  async #one<R extends Request>(request: R, options: WaitOptions): Promise<ReplyOf<R>> {
    const replies = await this.#parts(request, options);
    if (replies.length === 1) return replies[0]!;
    throw new ProtocolError(
      `${this.peer}: ${request.type} was answered by ${replies.length} messages where one was expected: use ${listOfReply(request.type) === undefined ? "queryMultipart" : "collect"}`,
    );
  }

  async #list<R extends ListRequest>(request: R, options: WaitOptions): Promise<CollectedOf<R>[]> {
    if (isRequest(request.type) && listOfReply(request.type) === undefined)
      throw new SouthboundError("ERR_USAGE", `the reply to ${request.type} is no list: use query`);
    return collected(request, await this.#parts(request, options));
  }

  /** Refuses messages that no switch takes, unless the controller leaves that to the switches. */
  #check(messages: readonly Message[]): void {
    if (!this.connection.uses.loose)
      for (const [i, message] of messages.entries()) checkPrerequisites(message, messages.length > 1 ? `request ${i}, ` : "");
  }

  async #parts<R extends Request>(request: R, options: WaitOptions): Promise<ReplyOf<R>[]> {
    if (!isRequest(request.type)) throw new SouthboundError("ERR_USAGE", `${request.type} has no reply: use batch, or send and barrier`);
    this.#check([request]);
    const replies = (await this.#ask(options, (o) => this.#vconn.transactMultipart(request, o))) as readonly KnownMessage[];
    const odd = replies.find((reply) => !answers(reply.type, request.type));
    if (odd !== undefined) throw new ProtocolError(`${this.peer}: ${request.type} was answered by ${odd.type}`);
    return replies as ReplyOf<R>[];
  }

  async #run<T>(signal: AbortSignal | undefined, what: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return await this.owner.run(signal, what);
  }

  async #ask<O extends WaitOptions, T>(options: O, what: (options: O) => Promise<T>): Promise<T> {
    checkOptions<WaitOptions & BatchOptions & BundleOptions>("the request", options, REQUEST_OPTIONS);
    try {
      return await this.owner.run(options.signal, (signal) => this.#within(() => what({ ...options, signal })));
    } catch (e) {
      throw this.owner.owns(this.#told(e));
    }
  }

  /** Adds the datapath to errors of the switch. */
  #told(e: unknown): unknown {
    if (e instanceof OpenFlowError) e.datapath = this.connection.features.datapathId;
    else if (e instanceof BulkError) for (const { error } of e.results) this.#told(error);
    else if (SouthboundError.is(e) && !(e instanceof BundleError)) return ProtocolError.from(e);
    return e;
  }

  async #drained(signal: AbortSignal): Promise<void> {
    const { waits } = this.connection;
    while (this.connected && this.#stream.congested && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waits.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        waits.add(wake);
        signal.addEventListener("abort", wake, { once: true });
      });
    }
    if (signal.aborted) throw new SouthboundError("ERR_ABORTED", `${this.peer}: waiting was aborted`, { cause: signal.reason });
    if (!this.connected) throw new SouthboundError("ERR_CLOSED", `${this.peer}: the connection ended`);
  }
}

import { checkOptions, SouthboundError } from "../errors/mod.js";
import { BarrierRequest, ErrorMessage, type FlowStats, type FlowStatsRequest, type KnownMessage, type Message } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import { BULK_OPTIONS, type BulkOptions, runBulk } from "./bulk.js";
import { BUNDLE_OPTIONS, type BundleOptions, type MessageList, runBundle } from "./bundle.js";
import { DUMP_OPTIONS, type DumpOptions, dumpFlows, multipartReplies } from "./dump.js";
import type { Line } from "./line.js";
import { type BulkResult, type BundleResult, OpenFlowError } from "./openflow-error.js";
import { Sender } from "./sender.js";
import type { WaitOptions } from "./transactions.js";
import { WAIT_OPTIONS } from "./transactions.js";

/** Requests to a peer: one by one and in bulk, dumps, bundles. A waiter belongs to one connection, and is rejected when that ends. */
export abstract class Requests extends Sender {
  #line: Line | null = null;
  #bundleId = 0;

  /** Reads nothing more from the peer, once what one read brought is handled, until the function that comes back is called. Several may hold at once. */
  abstract hold(): () => void;

  /** How many requests wait for their reply; a row of requests sent at once counts as one. */
  get waiting(): number {
    return this.transactions.waiting;
  }

  /**
   * Sends a request and waits for its one reply, which the caller owns.
   * @throws as {@link send}; as a rejection OpenFlowError, `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_CLOSED`; `EPROTO` for a reply that could not be read, which names the field: the connection goes on
   */
  async transact(request: Message, options?: WaitOptions): Promise<Message> {
    if (options !== undefined) checkOptions("Vconn.transact", options, WAIT_OPTIONS);
    const [reply] = await this.#request(request, false, options);
    return reply!;
  }

  /** As {@link transact}, for all parts of a multipart reply. One part that could not be read rejects the request; those behind it are dropped. */
  transactMultipart(request: Message, options?: WaitOptions): Promise<Message[]> {
    if (options !== undefined) checkOptions("Vconn.transactMultipart", options, WAIT_OPTIONS);
    return this.#request(request, true, options);
  }

  /**
   * Sends a request that has no reply, and a barrier behind it: fulfilled when the barrier's reply has come, rejected with OpenFlowError when the request
   * was answered with an error.
   * @returns what came under the request's transaction id nevertheless, the last of several, which the caller owns; null where nothing did
   */
  async transactNoReply(request: Message, options?: WaitOptions): Promise<KnownMessage | null> {
    if (options !== undefined) checkOptions("Vconn.transactNoReply", options, WAIT_OPTIONS);
    if (options?.signal?.aborted === true) throw this.transactions.aborted(request, options.signal);
    let answer: KnownMessage | null = null;
    let refuse!: (error: Error) => void;
    const refused = new Promise<never>((_, reject) => {
      refuse = reject;
    });
    const waiter = {
      reply: (message: KnownMessage): void => {
        if (ErrorMessage.is(message)) {
          refuse(new OpenFlowError(this.name, message, request));
          return;
        }
        if (answer !== null) this.duplicate(message);
        answer = message;
      },
      malformed: (error: SouthboundError): void => refuse(error),
      end: (error: SouthboundError): void => refuse(error),
    };
    refused.catch(() => {});
    this.#checkXid(request);
    const xid = this.sendAfter(request, (given) => {
      this.transactions.add(given, waiter);
      return given;
    });
    const done = this.barrier(options);
    done.catch(() => {});
    try {
      await Promise.race([refused, done]);
      return answer;
    } finally {
      this.transactions.release(xid, waiter);
    }
  }

  /** Waits until the peer has done everything sent so far. */
  async barrier(options?: WaitOptions): Promise<void> {
    if (options !== undefined) checkOptions("Vconn.barrier", options, WAIT_OPTIONS);
    await this.transact(BarrierRequest.of(), options);
  }

  /**
   * Sends many requests, up to `window` of them in flight at once, and returns the outcome of each. Barriers between and behind them show when those are done that have no reply: one
   * where all fit into the window. Requests get transaction ids of their own, whatever theirs say.
   * @returns a result for each request, in their order; a refused one does not keep the others from being sent, unless `stopAtFirst` is set
   * @throws as a rejection what {@link send} throws, for a request that cannot be encoded, with the place of it in the message: those before it are sent;
   *   `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_CLOSED`: what was in flight is unknown
   */
  async transactMultiple(requests: readonly Message[], options: BulkOptions = {}): Promise<BulkResult[]> {
    checkOptions("Vconn.transactMultiple", options, BULK_OPTIONS);
    return await runBulk(this.#asLine(), requests, options);
  }

  /**
   * Asks for statistics and hands the parts of the reply over one by one, each owned by the caller. While one is looked at nothing more is read from this peer than what a
   * single read brought. Nothing is sent before the first is asked for. Leaving the loop early drops the rest as it comes.
   * @throws in the loop as {@link transact}; the time-out is for each part
   */
  multipartReplies(request: Message, options: DumpOptions = {}): AsyncGenerator<KnownMessage, void, undefined> {
    checkOptions("Vconn.multipartReplies", options, DUMP_OPTIONS);
    return multipartReplies(this.#asLine(), request, options);
  }

  /** The flows of a switch, one by one, as {@link multipartReplies}: 100,000 need no more memory than a hundred. @param request - all flows unless given */
  dumpFlows(request?: FlowStatsRequest, options: DumpOptions = {}): AsyncGenerator<FlowStats, void, undefined> {
    checkOptions("Vconn.dumpFlows", options, DUMP_OPTIONS);
    return dumpFlows(this.#asLine(), request, options);
  }

  /**
   * Has the switch do all of the messages, or none: a bundle, which is opened, filled, followed by a barrier, and committed when nothing was refused, else discarded. Since OpenFlow 1.3.
   * @returns what came of it, and every error with the message that it belongs to. "unknown" when the reply to the commit was lost: read back what the switch has
   * @throws as a rejection `ENOTCONN`, and `ERR_UNSUPPORTED`, `ERR_RANGE`, `ERR_TOO_LONG` for a message that cannot be encoded: the bundle is discarded then
   */
  async bundle(messages: MessageList, options: BundleOptions = {}): Promise<BundleResult> {
    checkOptions("Vconn.bundle", options, BUNDLE_OPTIONS);
    return await runBundle(this.#asLine(), messages, this.#bundleId++, options);
  }

  // ---- inside

  #asLine(): Line {
    this.#line ??= {
      name: this.name,
      clock: this.clock,
      transactions: this.transactions,
      version: this.version as Version,
      send: (message, xid, inner) => this.sendAs(message, xid, inner),
      transact: (request, options) => this.transact(request, options),
      hold: () => this.hold(),
    };
    return this.#line;
  }

  /** Reports a further answer to a request that has no reply. */
  protected abstract duplicate(message: KnownMessage): void;

  #checkXid(request: Message): void {
    const known = request.type === "unknown" ? 0 : request.xid;
    if (known !== 0 && this.transactions.awaits(known))
      throw new SouthboundError("ERR_USAGE", `${this.name}: a request with xid ${known} is under way: leave its xid at 0`);
  }

  async #request(request: Message, parts: boolean, options: WaitOptions | undefined): Promise<Message[]> {
    if (options?.signal?.aborted === true) throw this.transactions.aborted(request, options.signal);
    this.#checkXid(request);
    return await this.sendAfter(request, (xid) => this.transactions.wait(xid, request, parts, options));
  }
}

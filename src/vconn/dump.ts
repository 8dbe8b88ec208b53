import type { Timer } from "../clock/mod.js";
import { errnoError, type OptionTable, type SouthboundError } from "../errors/mod.js";
import { ErrorMessage, type FlowStats, FlowStatsReply, FlowStatsRequest, hasMore, type KnownMessage, type Message } from "../ofp/mod.js";
import { deadline } from "./deadline.js";
import type { Line } from "./line.js";
import { OpenFlowError } from "./openflow-error.js";
import { MAX_PARTS, WAIT, WAIT_OPTIONS, type Waiter, type WaitOptions } from "./transactions.js";

/** How long to wait for each part of a long reply. */
export interface DumpOptions extends WaitOptions {}

/** What {@link DumpOptions} has, for its check. */
export const DUMP_OPTIONS: OptionTable<DumpOptions> = { ...WAIT_OPTIONS };

/** The parts of one reply that have come and were not taken yet. While there are any, the connection is not read. */
class Parts implements Waiter {
  readonly #line: Line;
  readonly #request: Message;
  readonly #xid: number;
  readonly #queue: KnownMessage[] = [];
  #count = 0;
  #done = false;
  #abandoned = false;
  #error: SouthboundError | null = null;
  #release: (() => void) | null = null;
  #wake: (() => void) | null = null;

  constructor(line: Line, request: Message) {
    this.#line = line;
    this.#request = request;
    this.#xid = line.transactions.next();
    line.transactions.add(this.#xid, this);
    try {
      line.send(request, this.#xid, 0);
    } catch (e) {
      line.transactions.release(this.#xid, this);
      throw e;
    }
  }

  reply(message: KnownMessage): void {
    const { name, transactions } = this.#line;
    if (ErrorMessage.is(message)) {
      this.fail(new OpenFlowError(name, message, this.#request));
      return;
    }
    if (!hasMore(message)) {
      this.#done = true;
      transactions.release(this.#xid, this);
    } else if (++this.#count >= MAX_PARTS) {
      this.fail(transactions.endless(this.#request));
      transactions.giveUp(this.#xid);
    }
    if (this.#abandoned) return;
    this.#queue.push(message);
    this.#release ??= this.#line.hold();
    this.#wakeUp();
  }

  malformed(error: SouthboundError): void {
    this.fail(error);
  }

  end(error: SouthboundError): void {
    this.#error ??= error;
    this.#done = true;
    this.#wakeUp();
  }

  /** Gives up waiting. */
  fail(error: SouthboundError): void {
    this.#line.transactions.release(this.#xid, this);
    this.end(error);
  }

  /** The next part; undefined behind the last. */
  async next(signal: AbortSignal | undefined, timeout: number): Promise<KnownMessage | undefined> {
    const aborted = (): void => this.fail(this.#line.transactions.aborted(this.#request, signal));
    let timer: Timer | null = null;
    if (signal?.aborted === true) aborted();
    signal?.addEventListener("abort", aborted, { once: true });
    try {
      while (this.#queue.length === 0 && !this.#done) {
        this.#letGo();
        if (timeout !== Number.POSITIVE_INFINITY)
          timer ??= deadline(this.#line.clock, timeout, () => this.fail(this.#line.transactions.late(this.#request, timeout)));
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      timer?.stop();
      signal?.removeEventListener("abort", aborted);
    }
    const part = this.#queue.shift();
    if (part === undefined && this.#error !== null) throw this.#error;
    return part;
  }

  /** Nobody takes parts any more: those that still come are dropped. */
  abandon(): void {
    this.#abandoned = true;
    this.#queue.length = 0;
    this.#letGo();
  }

  #letGo(): void {
    this.#release?.();
    this.#release = null;
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}

/** See `Vconn.multipartReplies`. */
export async function* multipartReplies(line: Line, request: Message, options: DumpOptions): AsyncGenerator<KnownMessage, void, undefined> {
  const { signal, timeout = WAIT } = options;
  if (signal?.aborted === true) throw line.transactions.aborted(request, signal);
  const parts = new Parts(line, request);
  try {
    for (;;) {
      const part = await parts.next(signal, timeout);
      if (part === undefined) return;
      yield part;
    }
  } finally {
    parts.abandon();
  }
}

/** See `Vconn.dumpFlows`. */
export async function* dumpFlows(
  line: Line,
  request: FlowStatsRequest | undefined,
  options: DumpOptions,
): AsyncGenerator<FlowStats, void, undefined> {
  for await (const reply of multipartReplies(line, request ?? FlowStatsRequest.of(), options)) {
    if (!FlowStatsReply.is(reply)) throw errnoError("EPROTO", `${line.name}: a request for flows was answered by ${reply.type}`);
    for (const flow of reply.flows) yield flow;
  }
}

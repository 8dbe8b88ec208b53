import { type OptionTable, SouthboundError } from "../errors/mod.js";
import { BarrierRequest, ErrorMessage, hasMore, type KnownMessage, type Message } from "../ofp/mod.js";
import type { Line } from "./line.js";
import { type BulkResult, OpenFlowError } from "./openflow-error.js";
import { MAX_BYTES, MAX_PARTS, WAIT, WAIT_OPTIONS, type WaitOptions } from "./transactions.js";

/** How many requests are sent at once. */
export interface BulkOptions extends WaitOptions {
  /** How many requests may be in flight; default 4,096, and never more than half a MiB of them. `timeout` is for each window. */
  readonly window?: number | undefined;
  /**
   * Whether nothing more is sent behind the first request that is refused, or whose answer cannot be read; default false. Requests go one by one then, each with a barrier behind it, or where `window` is given a
   * window at a time.
   */
  readonly stopAtFirst?: boolean | undefined;
}

/** What {@link BulkOptions} has, for its check. */
export const BULK_OPTIONS: OptionTable<BulkOptions> = { ...WAIT_OPTIONS, window: "number", stopAtFirst: "boolean" };

/** Many requests were given up before all were done. Its code and message are those of its cause. */
export class BulkError extends SouthboundError {
  /** What is known so far of each request, in their order. */
  readonly results: readonly BulkResult[];

  constructor(cause: SouthboundError, results: readonly BulkResult[]) {
    super(cause.code, cause.message, { cause });
    this.results = results;
  }
}

const WINDOW = 4096;
/** Bytes in flight between two barriers. Two such rows stay below a stream's high-water mark, so that the peer's answers are always read. */
const ROW_BYTES = 0x40000;

/**
 * Sends `count` messages, with barriers as often as the window wants them and one behind the last: fulfilled when the peer has done them all. While two barriers are under way
 * nothing is sent; with `stopAtFirst` while one is.
 * @param send - sends message i and answers its length
 * @param enough - asked between rows whether to stop early
 * @param passed - called with the number of messages that the peer has done
 */
export async function sendPaced(
  line: Line,
  count: number,
  send: (i: number) => number,
  options: BulkOptions,
  enough: () => boolean = () => false,
  passed: (count: number) => void = () => {},
): Promise<void> {
  const { signal, timeout, stopAtFirst = false, window = stopAtFirst ? 1 : WINDOW } = options;
  if (!(window >= 1)) throw new SouthboundError("ERR_USAGE", `window is ${window}; it must be 1 or more`);
  const most = count <= window || stopAtFirst ? Math.min(count, window) : Math.max(1, window >> 1);
  const barrier = (): Promise<unknown> => line.transact(BarrierRequest.of(), { signal, timeout });
  let before: Promise<unknown> | null = null;
  for (let i = 0, sent = 0; ; sent = i) {
    let bytes = 0;
    try {
      for (let n = 0; i < count && n < most && bytes < ROW_BYTES; n++) bytes += send(i++);
    } catch (e) {
      before?.catch(() => {});
      throw e;
    }
    const last = barrier();
    last.catch(() => {});
    await before;
    if (before !== null) passed(sent);
    if (stopAtFirst) {
      await last;
      passed(i);
      if (i === count || enough()) return;
      continue;
    }
    if (i === count || enough()) {
      await last;
      passed(i);
      return;
    }
    before = last;
  }
}

/** The error of a message that cannot be sent, with its place among the others. */
export function atPlace(e: unknown, i: number): unknown {
  if (!SouthboundError.is(e) || e.code === "ENOTCONN") return e;
  return new SouthboundError(e.code, `message ${i}: ${e.message}`, { cause: e });
}

/** See `Vconn.transactMultiple`. */
export async function runBulk(line: Line, requests: readonly Message[], options: BulkOptions): Promise<BulkResult[]> {
  const { transactions, name } = line;
  const replies = new Map<number, { messages: KnownMessage[]; bytes: number }>();
  const errors = new Map<number, OpenFlowError>();
  const faults = new Map<number, SouthboundError>();
  const { signal, timeout = WAIT, maxBytes = MAX_BYTES, stopAtFirst = false } = options;
  let begun = 0;
  if (signal?.aborted === true) {
    const results = requests.map((request): BulkResult => ({ request, outcome: "unknown", replies: [], error: null }));
    throw new BulkError(transactions.aborted(BarrierRequest.of(), signal), results);
  }
  if (requests.length === 0) return [];
  let tooMuch: SouthboundError | null = null;
  const waiter = {
    reply(message: KnownMessage, bytes: number): void {
      if (tooMuch !== null) return;
      const i = message.xid - first;
      if (ErrorMessage.is(message)) {
        if (!errors.has(i)) errors.set(i, new OpenFlowError(name, message, requests[i]!, i));
        return;
      }
      const known = replies.get(i) ?? { messages: [], bytes: 0 };
      known.messages.push(message);
      known.bytes += bytes;
      replies.set(i, known);
      if (known.messages.length > MAX_PARTS || known.bytes > maxBytes) transactions.giveUp(message.xid);
      if (known.bytes > maxBytes) tooMuch = transactions.tooLong(requests[i]!, maxBytes);
      else if (known.messages.length > MAX_PARTS) tooMuch = transactions.endless(requests[i]!);
    },
    malformed(error: SouthboundError, xid: number): void {
      if (!faults.has(xid - first)) faults.set(xid - first, error);
    },
    // The barriers under way are rejected by the same end.
    end: () => {},
  };
  let done = 0;
  const results = (): BulkResult[] =>
    requests.map((request, i) => {
      const error = errors.get(i) ?? null;
      const answers = replies.get(i)?.messages ?? [];
      const ended = i < done || (answers.length > 0 && !hasMore(answers.at(-1)!));
      const good = answers.length > 0 ? "replied" : "done";
      if (error !== null) return { request, outcome: "refused", replies: answers, error };
      const fault = faults.get(i);
      if (fault !== undefined) return { request, outcome: "unknown", replies: answers, error, fault };
      if (stopAtFirst && i >= begun) return { request, outcome: "unsent", replies: answers, error };
      return { request, outcome: ended ? good : "unknown", replies: answers, error };
    });
  const first = transactions.addRow(requests.length, waiter);
  try {
    const send = (i: number): number => {
      try {
        const length = line.send(requests[i]!, first + i, 0);
        begun = i + 1;
        return length;
      } catch (e) {
        throw atPlace(e, i);
      }
    };
    const passed = (count: number): void => {
      done = count;
    };
    const enough = (): boolean => tooMuch !== null || (stopAtFirst && errors.size + faults.size > 0);
    await sendPaced(line, requests.length, send, { ...options, timeout }, enough, passed);
    if (tooMuch !== null) throw tooMuch;
  } catch (e) {
    throw SouthboundError.is(e) ? new BulkError(e, results()) : e;
  } finally {
    transactions.release(first, waiter);
  }
  return results();
}

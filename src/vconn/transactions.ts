import type { Clock, Timer } from "../clock/mod.js";
import { SouthboundError } from "../errors/mod.js";
import { ErrorMessage, type Message, MORE } from "../ofp/mod.js";
import { OpenFlowError } from "./openflow-error.js";

/** How long to wait for a reply, and what ends the wait early. */
export interface WaitOptions {
  /** Rejects with `ERR_ABORTED`. What the peer does with the request is not changed by it. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the wait is given up with `ERR_TIMEOUT`: whether the peer acted is then unknown. Default 30,000. */
  readonly timeout?: number | undefined;
}

/** How the replies to one request are gathered. */
interface Waiter {
  readonly request: Message;
  readonly replies: Message[];
  /** Whether all parts of a multipart reply are wanted, or just the first reply. */
  readonly parts: boolean;
  readonly settle: (error: Error | null, replies: Message[]) => void;
}

/** The most messages that one multipart reply may come in. A peer that never ends its reply is given up with `ERR_TOO_LONG`. */
const MAX_PARTS = 65536;

/**
 * The requests of one connection that wait for a reply. Each waiter ends exactly once: by its reply, an error, its time-out, its signal, or the end of the connection.
 */
export class Transactions {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #waiters = new Map<number, Waiter>();

  constructor(name: string, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /** Whether a request with this xid waits. */
  has(xid: number): boolean {
    return this.#waiters.has(xid);
  }

  /**
   * Waits for the reply to a request that has been sent.
   * @returns the replies: one, or with `parts` every part of a multipart reply
   */
  wait(xid: number, request: Message, parts: boolean, options: WaitOptions = {}): Promise<Message[]> {
    const { signal, timeout = 30_000 } = options;
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const aborted = (): void => {
        settle(
          new SouthboundError("ERR_ABORTED", `${this.#name}: waiting for the reply to ${request.type} was aborted`, {
            cause: signal?.reason,
          }),
          [],
        );
      };
      const settle = (error: Error | null, replies: Message[]): void => {
        if (this.#waiters.get(xid) === waiter) this.#waiters.delete(xid);
        timer?.stop();
        signal?.removeEventListener("abort", aborted);
        if (error === null) resolve(replies);
        else reject(error);
      };
      const waiter: Waiter = { request, replies: [], parts, settle };
      if (signal?.aborted === true) {
        aborted();
        return;
      }
      signal?.addEventListener("abort", aborted, { once: true });
      if (timeout !== Number.POSITIVE_INFINITY) {
        timer = this.#clock.after(timeout, () => {
          settle(
            new SouthboundError(
              "ERR_TIMEOUT",
              `${this.#name}: no reply to ${request.type} within ${timeout} ms; whether it was done is unknown`,
            ),
            [],
          );
        });
      }
      this.#waiters.set(xid, waiter);
    });
  }

  /** Gives a received message, which the receiver owns, to whom it answers. */
  reply(message: Message): void {
    if (message.type === "unknown") return;
    const waiter = this.#waiters.get(message.xid);
    if (waiter === undefined) return;
    if (ErrorMessage.is(message)) {
      waiter.settle(new OpenFlowError(this.#name, message, waiter.request), []);
      return;
    }
    waiter.replies.push(message);
    const more = waiter.parts && "flags" in message && message.type.endsWith("-reply") && (Number(message.flags) & MORE) !== 0;
    if (!more) waiter.settle(null, waiter.replies);
    else if (waiter.replies.length >= MAX_PARTS) {
      waiter.settle(
        new SouthboundError("ERR_TOO_LONG", `${this.#name}: the reply to ${waiter.request.type} did not end after ${MAX_PARTS} messages`),
        [],
      );
    }
  }

  /** The connection has ended: every waiter is rejected. */
  end(error: SouthboundError): void {
    for (const waiter of [...this.#waiters.values()]) waiter.settle(error, []);
  }
}

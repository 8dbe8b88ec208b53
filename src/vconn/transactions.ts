import type { Clock, Timer } from "../clock/mod.js";
import { type OptionTable, SouthboundError } from "../errors/mod.js";
import { ErrorMessage, hasMore, type KnownMessage, type Message } from "../ofp/mod.js";
import { deadline } from "./deadline.js";
import { OpenFlowError } from "./openflow-error.js";

/** How long to wait for a reply, and what ends the wait early. */
export interface WaitOptions {
  /** Rejects with `ERR_ABORTED`. What the peer does with the request is not changed by it. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the wait is given up with `ERR_TIMEOUT`: whether the peer acted is then unknown. Default 30,000. */
  readonly timeout?: number | undefined;
  /**
   * Bytes that all parts of the reply to one request may have, as received; default 64 MiB. What goes beyond is given up with `ERR_TOO_LONG`, since a peer decides how much it sends. All replies under way on a connection may have twice as much together. A dump that is read
   * part by part has no such limit.
   */
  readonly maxBytes?: number | undefined;
}

/** What {@link WaitOptions} has, for its check. */
export const WAIT_OPTIONS: OptionTable<WaitOptions> = { signal: "signal", timeout: "number", maxBytes: "number" };

/** The default of {@link WaitOptions.maxBytes}. */
export const MAX_BYTES = 64 * 1024 * 1024;

/** Bytes that all replies under way on one connection may hold together, unless one request alone may have more: a peer can draw out as many as there are. */
export const MAX_HELD = 2 * MAX_BYTES;

/** The default of {@link WaitOptions.timeout}. */
export const WAIT = 30_000;

/** A waiter for the answers to one request, or to a row of them. It is there until it is released, or the connection ends. */
export interface Waiter {
  /** A message with an awaited transaction id, which the receiver owns, and the bytes that it came in. */
  reply(message: KnownMessage, bytes: number): void;
  /** An answer with an awaited transaction id could not be read. @param error - `EPROTO`, which names the field; its cause is the DecodeError */
  malformed(error: SouthboundError, xid: number): void;
  /** The connection has ended; the waiter is released already. */
  end(error: SouthboundError): void;
}

/** Transaction ids `first` to `last` whose answers go to one waiter. */
interface Row {
  readonly first: number;
  readonly last: number;
  readonly waiter: Waiter;
}

/** Transaction ids are counted in 31 bits, so that each is a small integer to the engine. */
const XIDS = 0x7fffffff;

/** The most messages that one multipart reply may come in. A peer that never ends its reply is given up with `ERR_TOO_LONG`. */
export const MAX_PARTS = 65536;

/** Requests of one connection that are given up while parts of their replies still come: of how many it is remembered, so that their parts are dropped. */
const MAX_GIVEN_UP = 1024;

/**
 * The requests of one connection that wait for a reply, and its transaction ids. Each waiter ends exactly once: by its reply, an error, its time-out, its signal, or the end of
 * the connection.
 */
export class Transactions {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #waiters = new Map<number, Waiter>();
  /** Those whose further parts are dropped. */
  readonly #givenUp = new Set<number>();
  #rows: Row[] = [];
  readonly #xids: { last: number };
  /** Bytes of the replies under way that have more parts. */
  #held = 0;
  /** How many transaction ids, or rows of them, are looked for. Zero is what makes looking for one cheap. */
  size = 0;

  constructor(name: string, clock: Clock, xids: { last: number } = { last: 0 }) {
    this.#name = name;
    this.#clock = clock;
    this.#xids = xids;
  }

  /** How many waiters there are. */
  get waiting(): number {
    return this.#waiters.size + this.#rows.length;
  }

  /** A transaction id that nobody waits for; never 0. */
  next(): number {
    const xids = this.#xids;
    do xids.last = (xids.last % XIDS) + 1;
    while (this.size > 0 && this.has(xids.last));
    return xids.last;
  }

  /** Whether an answer with this xid is awaited, or to be dropped. */
  has(xid: number): boolean {
    return this.#waiters.has(xid) || this.#givenUp.has(xid) || (this.#rows.length > 0 && this.#row(xid) !== undefined);
  }

  /** Whether an answer with this xid is awaited. */
  awaits(xid: number): boolean {
    return this.#waiter(xid) !== undefined;
  }

  /** Hands all answers with this xid to a waiter until {@link release}. */
  add(xid: number, waiter: Waiter): void {
    this.#givenUp.delete(xid);
    this.#waiters.set(xid, waiter);
    this.#count();
  }

  /** The opposite of {@link add} and {@link addRow}. @param xid - the one, or the first */
  release(xid: number, waiter: Waiter): void {
    if (this.#waiters.get(xid) === waiter) this.#waiters.delete(xid);
    else this.#rows = this.#rows.filter((row) => row.waiter !== waiter || row.first !== xid);
    this.#count();
  }

  /** Nothing more is wanted of a reply whose parts still come: they are dropped up to the last one. What is remembered is bounded; the oldest is forgotten. */
  giveUp(xid: number): void {
    if (this.#givenUp.size >= MAX_GIVEN_UP) for (const oldest of this.#givenUp) if (this.#givenUp.delete(oldest)) break;
    this.#givenUp.add(xid);
    this.#count();
  }

  /** Whether an answer is to be dropped, since its request is given up. @param more - whether further parts follow it */
  drops(xid: number, more: boolean): boolean {
    if (!this.#givenUp.has(xid)) return false;
    if (!more) {
      this.#givenUp.delete(xid);
      this.#count();
    }
    return true;
  }

  /** Hands the answers to `count` transaction ids in a row to a waiter until {@link release}. @returns the first */
  addRow(count: number, waiter: Waiter): number {
    const xids = this.#xids;
    let first = xids.last + 1;
    for (;;) {
      if (first + count - 1 > XIDS) first = 1;
      const last = first + count - 1;
      const row = this.#rows.find((r) => r.first <= last && r.last >= first);
      if (row !== undefined) {
        first = row.last + 1;
        continue;
      }
      let taken = 0;
      for (const taking of [this.#waiters.keys(), this.#givenUp])
        for (const xid of taking) if (xid >= first && xid <= last && xid > taken) taken = xid;
      if (taken === 0) break;
      first = taken + 1;
    }
    xids.last = first + count - 1;
    this.#rows.push({ first, last: xids.last, waiter });
    this.#count();
    return first;
  }

  /**
   * Waits for the reply to a request that has been sent.
   * @returns the replies: one, or with `parts` every part of a multipart reply
   */
  wait(xid: number, request: Message, parts: boolean, options: WaitOptions = {}): Promise<Message[]> {
    const { signal, timeout = WAIT, maxBytes = MAX_BYTES } = options;
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      let received = 0;
      const replies: Message[] = [];
      const settle = (error: Error | null): void => {
        this.release(xid, waiter);
        this.#held -= received;
        received = 0;
        timer?.stop();
        signal?.removeEventListener("abort", aborted);
        if (error === null) resolve(replies);
        else reject(error);
      };
      const waiter: Waiter = {
        end: settle,
        malformed: settle,
        reply: (message, bytes) => {
          if (ErrorMessage.is(message)) {
            const error = new OpenFlowError(this.#name, message, request);
            error.result = replies;
            settle(error);
            return;
          }
          replies.push(message);
          received += bytes;
          this.#held += bytes;
          if (!parts || !hasMore(message)) {
            settle(null);
            return;
          }
          const fault =
            replies.length >= MAX_PARTS
              ? this.endless(request)
              : received > maxBytes
                ? this.tooLong(request, maxBytes)
                : this.#held > Math.max(MAX_HELD, maxBytes)
                  ? this.#tooMuch(request)
                  : undefined;
          if (fault === undefined) return;
          settle(fault);
          this.giveUp(xid);
        },
      };
      const aborted = (): void => settle(this.aborted(request, signal));
      if (signal?.aborted === true) {
        aborted();
        return;
      }
      signal?.addEventListener("abort", aborted, { once: true });
      if (timeout !== Number.POSITIVE_INFINITY) timer = deadline(this.#clock, timeout, () => settle(this.late(request, timeout)));
      this.add(xid, waiter);
    });
  }

  /** Gives a received message of so many bytes, which the receiver owns, to the waiter that it answers. */
  reply(message: Message, bytes: number): void {
    if (message.type === "unknown") return;
    this.#waiter(message.xid)?.reply(message, bytes);
  }

  /** An answer could not be read: rejects the request, and drops what still comes of its reply. @param more - whether further parts follow */
  malformed(xid: number, error: SouthboundError, more: boolean): void {
    this.#waiter(xid)?.malformed(error, xid);
    if (more) this.giveUp(xid);
  }

  /** The connection has ended: every waiter is rejected. */
  end(error: SouthboundError): void {
    const waiters = [...this.#waiters.values(), ...this.#rows.map((row) => row.waiter)];
    this.#waiters.clear();
    this.#givenUp.clear();
    this.#rows = [];
    this.#count();
    for (const waiter of waiters) waiter.end(error);
  }

  /** The error of a wait whose signal has aborted it. */
  aborted(request: Message, signal: AbortSignal | undefined): SouthboundError {
    return new SouthboundError("ERR_ABORTED", `${this.#name}: waiting for the reply to ${request.type} was aborted`, {
      cause: signal?.reason,
    });
  }

  /** The error of a wait whose time is over. */
  late(request: Message, timeout: number): SouthboundError {
    return new SouthboundError(
      "ERR_TIMEOUT",
      `${this.#name}: no reply to ${request.type} within ${timeout} ms; whether it was done is unknown`,
    );
  }

  /** The error of a multipart reply without an end. */
  endless(request: Message): SouthboundError {
    return new SouthboundError("ERR_TOO_LONG", `${this.#name}: the reply to ${request.type} did not end after ${MAX_PARTS} messages`);
  }

  /** The error of a multipart reply with more bytes than the caller would take. */
  tooLong(request: Message, bytes: number): SouthboundError {
    return new SouthboundError(
      "ERR_TOO_LONG",
      `${this.#name}: the reply to ${request.type} exceeds ${bytes} bytes; read it as a dump, or raise maxBytes`,
    );
  }

  #tooMuch(request: Message): SouthboundError {
    return new SouthboundError(
      "ERR_TOO_LONG",
      `${this.#name}: the reply to ${request.type} is given up, since the replies under way hold more than ${MAX_HELD} bytes together; ask for fewer at a time, or read them as dumps`,
    );
  }

  #count(): void {
    this.size = this.#waiters.size + this.#rows.length + this.#givenUp.size;
  }

  #waiter(xid: number): Waiter | undefined {
    return this.#waiters.get(xid) ?? this.#row(xid)?.waiter;
  }

  #row(xid: number): Row | undefined {
    for (const row of this.#rows) if (xid >= row.first && xid <= row.last) return row;
    return undefined;
  }
}

import { SouthboundError } from "../errors/mod.js";

/** Events in a loop: `for await (const [message, from] of dp.events("packet-in"))`. Each item is what a listener would be called with, and belongs to the consumer. */
export interface EventStream<A> extends AsyncIterableIterator<A>, AsyncDisposable {
  /** How many were dropped because the loop did not take them in time. */
  readonly dropped: number;
  /** How many wait. */
  readonly queued: number;
  next(): Promise<IteratorResult<A, undefined>>;
  /** Ends it; what waits is dropped. */
  return(): Promise<IteratorResult<A, undefined>>;
  [Symbol.asyncIterator](): EventStream<A>;
}

interface Taker<A> {
  readonly resolve: (result: IteratorResult<A, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/** A bounded queue: producers never wait; slow consumers lose events, which are counted. */
export class EventQueue<A> implements EventStream<A> {
  dropped = 0;
  readonly #limit: number;
  readonly #onDrop: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #items: A[] = [];
  readonly #takers: Taker<A>[] = [];
  #onEnd: (() => void) | null = null;
  #ended = false;
  #error: Error | null = null;
  readonly #abort = (): void =>
    this.end(new SouthboundError("ERR_ABORTED", "the loop over events was aborted", { cause: this.#signal?.reason }));

  /** @param onDrop - called for each item that had no room. Throws `ERR_USAGE` for a limit under 1. */
  constructor(limit: number, signal: AbortSignal | undefined, onDrop: () => void) {
    if (!(limit >= 1)) throw new SouthboundError("ERR_USAGE", `limit is ${limit}; it must be 1 or more`);
    this.#limit = limit;
    this.#signal = signal;
    this.#onDrop = onDrop;
  }

  get queued(): number {
    return this.#items.length;
  }

  /** Begins it. @param onEnd - called once when it ends, however it does */
  start(onEnd: () => void): this {
    this.#onEnd = onEnd;
    if (this.#signal?.aborted === true) this.#abort();
    else this.#signal?.addEventListener("abort", this.#abort, { once: true });
    return this;
  }

  /** Adds what `make` returns; `make` is not called where there is no room. */
  put(make: () => A): void {
    if (this.#ended) return;
    const taker = this.#takers.shift();
    if (taker !== undefined) taker.resolve({ value: make(), done: false });
    else if (this.#items.length < this.#limit) this.#items.push(make());
    else {
      this.dropped++;
      this.#onDrop();
    }
  }

  /** Nothing more comes. What waits can still be taken; then the loop ends, by the error where there is one. */
  end(error: Error | null = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#onEnd?.();
    const [first, ...others] = this.#takers.splice(0);
    if (first === undefined) return;
    this.#error = null;
    if (error === null) first.resolve({ value: undefined, done: true });
    else first.reject(error);
    for (const taker of others) taker.resolve({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<A, undefined>> {
    if (this.#items.length > 0) return Promise.resolve({ value: this.#items.shift()!, done: false });
    if (!this.#ended) return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
    const error = this.#error;
    this.#error = null;
    return error === null ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<A, undefined>> {
    this.#items.length = 0;
    this.end();
    this.#error = null;
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

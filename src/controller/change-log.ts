import { SouthboundError } from "../errors/mod.js";
import type { ChangeBody, ModelChange } from "./model.js";

/** Changes that are kept for readers. */
const KEPT = 4_096;
/** What they weigh together: a change weighs 1 and one for each port or 256 characters that it carries. */
const MOST_WEIGHT = 0x10000;

/** Changes in a loop: `for await (const change of controller.changes(revision))`. */
export interface ChangeStream extends AsyncIterableIterator<ModelChange>, AsyncDisposable {
  next(): Promise<IteratorResult<ModelChange, undefined>>;
  /** Ends it. */
  return(): Promise<IteratorResult<ModelChange, undefined>>;
  [Symbol.asyncIterator](): ChangeStream;
}

/**
 * The last changes of the read model, once for all readers: a reader has nothing but its place among them, so that a slow one costs no memory. One whose place is no longer there gets a `gap`.
 */
export class ChangeLog {
  /** Names this log: revisions of another one do not compare. */
  readonly instance = randomName();
  #revision = 0;
  /** Those kept, from `#head` on; the last has `#revision`. */
  #kept: { readonly change: ModelChange; readonly weight: number }[] = [];
  #head = 0;
  #weight = 0;
  readonly #waiting = new Set<Reader>();

  /** The revision of the last change; 0 before the first. */
  get revision(): number {
    return this.#revision;
  }

  /** Adds a change. @param weight - beside its own 1 */
  add(body: ChangeBody, weight = 0): void {
    const change = Object.freeze({ ...body, revision: ++this.#revision, time: Date.now() }) as ModelChange;
    this.#kept.push({ change, weight: weight + 1 });
    this.#weight += weight + 1;
    while (this.#kept.length - this.#head > KEPT || (this.#weight > MOST_WEIGHT && this.#kept.length - this.#head > 1))
      this.#weight -= this.#kept[this.#head++]!.weight;
    if (this.#head > KEPT) this.#kept = this.#kept.slice(this.#head);
    if (this.#head > KEPT) this.#head = 0;
    for (const reader of [...this.#waiting]) reader.wake();
  }

  /** The change behind a revision; a gap where it is kept no longer; undefined where it is still to come. @internal */
  after(revision: number): ModelChange | undefined {
    if (revision === this.#revision) return undefined;
    const first = this.#revision - (this.#kept.length - this.#head) + 1;
    if (revision + 1 < first || revision > this.#revision)
      return Object.freeze({ kind: "gap", revision: this.#revision, time: Date.now() });
    return this.#kept[this.#head + revision + 1 - first]!.change;
  }

  /** Reads from behind a revision. @param known - whether the revision is of this log @param join - notes how the loop is ended from outside, and returns what forgets that again */
  read(revision: number, known: boolean, signal: AbortSignal | undefined, join: (end: () => void) => () => void): ChangeStream {
    const reader = new Reader(this, known ? revision : Number.POSITIVE_INFINITY, this.#waiting);
    reader.start(
      signal,
      join(() => reader.end(null)),
    );
    return reader;
  }
}

interface Taker {
  readonly resolve: (result: IteratorResult<ModelChange, undefined>) => void;
  readonly reject: (error: Error) => void;
}

class Reader implements ChangeStream {
  readonly #log: ChangeLog;
  readonly #waiting: Set<Reader>;
  #onEnd: () => void = () => {};
  #at: number;
  #takers: Taker[] = [];
  #ended = false;
  #error: Error | null = null;
  #signal: AbortSignal | undefined;
  readonly #abort = (): void =>
    this.end(new SouthboundError("ERR_ABORTED", "the loop over changes was aborted", { cause: this.#signal?.reason }));

  constructor(log: ChangeLog, at: number, waiting: Set<Reader>) {
    this.#log = log;
    this.#at = at;
    this.#waiting = waiting;
  }

  /** Begins it. @param onEnd - called once when it ends, however it does */
  start(signal: AbortSignal | undefined, onEnd: () => void): void {
    this.#signal = signal;
    this.#onEnd = onEnd;
    if (signal?.aborted === true) this.#abort();
    else signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** Gives what has come to those that wait for it. */
  wake(): void {
    while (this.#takers.length > 0) {
      const value = this.#take();
      if (value === undefined) return;
      this.#takers.shift()!.resolve({ value, done: false });
    }
    this.#waiting.delete(this);
  }

  end(error: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#waiting.delete(this);
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#onEnd();
    for (const taker of this.#takers.splice(0)) {
      if (this.#error === null) taker.resolve({ value: undefined, done: true });
      else taker.reject(this.#error);
      this.#error = null;
    }
  }

  next(): Promise<IteratorResult<ModelChange, undefined>> {
    if (this.#ended) {
      const error = this.#error;
      this.#error = null;
      return error === null ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
    }
    const value = this.#takers.length > 0 ? undefined : this.#take();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    this.#waiting.add(this);
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<ModelChange, undefined>> {
    this.end(null);
    this.#error = null;
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #take(): ModelChange | undefined {
    const change = this.#log.after(this.#at);
    if (change !== undefined) this.#at = change.revision;
    return change;
  }
}

/** Sixteen hexadecimal digits that no other life of a controller has. */
function randomName(): string {
  const words = crypto.getRandomValues(new Uint32Array(2));
  return [...words].map((word) => word.toString(16).padStart(8, "0")).join("");
}

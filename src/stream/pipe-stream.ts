import type { Chunk } from "../bytes/mod.js";
import { errnoError } from "../errors/mod.js";
import { Stream } from "./stream.js";
import type { StreamOptions } from "./stream-options.js";

/** How a pipe delivers. */
export interface PipeOptions extends StreamOptions {
  /**
   * "write" (default): from within the `write()` of the other end, one delivery after the other and never one inside another: the fastest, but two ends
   * that answer each other for ever keep the thread. "microtask": each delivery in a microtask of its own.
   */
  readonly delivery?: "write" | "microtask" | undefined;
}

let ends = 0;
let due: PipeStream[] = [];
let spare: PipeStream[] = [];
let busy = false;

function enqueue(sender: PipeStream): void {
  due.push(sender);
  if (busy) return;
  busy = true;
  try {
    while (due.length !== 0) {
      const batch = due;
      due = spare;
      for (const s of batch) s.step();
      batch.length = 0;
      spare = batch;
    }
  } finally {
    busy = false;
  }
}

/** One end of a pipe within the thread. Whole chunks change hands, nothing is copied. Made by {@link pipe}. */
class PipeStream extends Stream {
  #peer: PipeStream | null = null;
  #chunk: Chunk | null = null;
  #length = 0;
  #taking = false;
  #due = false;
  #endDue = false;
  readonly #microtask: boolean;

  constructor(name: string, local: string, options: PipeOptions) {
    super({ kind: "pipe", name, local, needsProbes: false, state: "open" }, options);
    this.#microtask = options.delivery === "microtask";
  }

  static pair(options: PipeOptions): [PipeStream, PipeStream] {
    const nameA = `pipe#${++ends}`;
    const nameB = `pipe#${++ends}`;
    const a = new PipeStream(nameB, nameA, options);
    const b = new PipeStream(nameA, nameB, options);
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  protected override transmit(chunk: Chunk, n: number): boolean {
    const peer = this.#peer;
    if (peer === null || peer.state === "closed") return true;
    this.#chunk = chunk;
    this.#length = n;
    if (peer.#taking) this.#schedule();
    return false;
  }

  protected override setReading(on: boolean): void {
    this.#taking = on;
    const peer = this.#peer;
    if (on && peer !== null && peer.#chunk !== null) queueMicrotask(() => peer.#schedule());
  }

  protected override end(): void {
    this.#endDue = true;
    this.#schedule();
  }

  protected override abort(): void {
    const peer = this.#peer;
    this.#peer = null;
    this.#chunk = null;
    if (peer === null || peer.state === "closed") return;
    const lost = this.queued !== 0 || peer.queued !== 0;
    queueMicrotask(() => {
      if (lost) peer.fail(errnoError("ECONNRESET", `${peer.name}: connection dropped`));
      else peer.peerEnded();
      // Nobody is left to take or to end anything.
      peer.#hangUp();
    });
  }

  /** One delivery to the peer, called by the trampoline only. */
  step(): void {
    this.#due = false;
    const peer = this.#peer;
    if (peer === null) return;
    const chunk = this.#chunk;
    if (chunk !== null) {
      if (!peer.#taking) return;
      peer.received(chunk, this.#length);
      if (this.#chunk !== chunk) return;
      this.#chunk = null;
      this.transmitted();
    } else if (this.#endDue) {
      this.#endDue = false;
      this.ended();
      peer.peerEnded();
    }
  }

  #hangUp(): void {
    this.#peer = null;
    if (this.state !== "closed") this.fail(errnoError("ECONNRESET", `${this.name}: connection dropped`));
  }

  #schedule(): void {
    if (this.#due) return;
    this.#due = true;
    if (this.#microtask) queueMicrotask(() => enqueue(this));
    else enqueue(this);
  }
}

/**
 * Two streams within the thread, each the peer of the other, both open. A chunk that is written is the one that the other end's `onChunk` gets; `write`
 * always keeps it. What is written waits while the other end is paused, with the same water marks and time-outs as on a socket.
 */
export function pipe(options: PipeOptions = {}): [Stream, Stream] {
  return PipeStream.pair(options);
}

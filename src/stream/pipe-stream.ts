import type { Chunk } from "../bytes/mod.js";
import { checkOptions, errnoError, type OptionTable } from "../errors/mod.js";
import { Stream, type StreamInfo } from "./stream.js";
import type { StreamOptions } from "./stream-options.js";
import { STREAM_OPTIONS } from "./stream-options.js";

/** How a pipe delivers. */
export interface PipeOptions extends StreamOptions {
  /**
   * "write" (default): from within the `write()` of the other end, one delivery after the other and never one inside another: the fastest, but two ends
   * that answer each other for ever let everything else in the thread have its turn only now and then. "microtask": each delivery in a microtask of its own.
   */
  readonly delivery?: "write" | "microtask" | undefined;
}

/** What {@link PipeOptions} has, for its check. */
export const PIPE_OPTIONS: OptionTable<PipeOptions> = { ...STREAM_OPTIONS, delivery: ["write", "microtask"] };

/** Deliveries in a row, after which timers and sockets have their turn. */
const IN_A_ROW = 4096;

let ends = 0;
/** The streams that have something to deliver: the first `count`, in order. */
let due: (PipeStream | null)[] = [];
let spare: (PipeStream | null)[] = [];
let count = 0;
let busy = false;

function enqueue(sender: PipeStream): void {
  due[count++] = sender;
  if (!busy) deliver();
}

function deliver(): void {
  busy = true;
  let later = false;
  try {
    for (let n = 0; count !== 0 && !later; later = n > IN_A_ROW) {
      const batch = due;
      const end = count;
      due = spare;
      count = 0;
      for (let i = 0; i < end; i++) {
        const sender = batch[i]!;
        batch[i] = null;
        sender.step();
      }
      n += end;
      spare = batch;
    }
  } finally {
    busy = later;
    if (later) setImmediate(deliver);
  }
}

/** One end of a pipe within the thread. Whole chunks change hands, nothing is copied. */
export class PipeStream extends Stream {
  #peer: PipeStream | null = null;
  #chunk: Chunk | null = null;
  #length = 0;
  #taking = false;
  #due = false;
  #endDue = false;
  readonly #microtask: boolean;

  constructor(info: StreamInfo, options: PipeOptions) {
    super(info, options);
    this.#microtask = options.delivery === "microtask";
  }

  /** Makes each the other's peer, before anything is sent. */
  static join(a: PipeStream, b: PipeStream): void {
    a.#peer = b;
    b.#peer = a;
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
  checkOptions("pipe", options, PIPE_OPTIONS);
  const names = [`pipe#${++ends}`, `pipe#${++ends}`] as const;
  const end = (name: string, local: string): PipeStream =>
    new PipeStream({ kind: "pipe", name, local, needsProbes: false, state: "open" }, options);
  const [a, b] = [end(names[1], names[0]), end(names[0], names[1])];
  PipeStream.join(a, b);
  return [a, b];
}

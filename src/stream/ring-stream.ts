import { Chunk } from "../bytes/mod.js";
import { errnoError } from "../errors/mod.js";
import type { RingSide } from "./ring.js";
import { Stream, type StreamInfo } from "./stream.js";
import type { ConnectOptions } from "./stream-options.js";

/** The most bytes that one read takes from a ring. */
export const PORTION = 0x1000;
/**
 * Where every ring of the thread is read into: the other thread cannot change what is decoded here. Small, so that answers to the first messages leave while the rest waits: the two
 * threads would take turns otherwise, instead of working at the same time.
 */
const READ = new Chunk(PORTION);
/** Reads in a row, after which others in the thread have their turn. */
const READS_IN_A_ROW = 32;

/** A stream over {@link RingSide}: one end of a channel between two threads. */
export class RingStream extends Stream {
  /** This end's side of the rings. */
  protected readonly side: RingSide;
  readonly #patience: number;
  #reading = false;
  #out: Chunk | null = null;
  #from = 0;
  #to = 0;
  #living = true;
  #sleeping = false;
  #due = false;
  #turns = 0;
  readonly #wake = (): void => {
    this.#sleeping = false;
    this.#soon();
  };
  readonly #look = (): void => {
    this.#due = false;
    this.attend();
  };

  /** @param patience - how often the thread may look for the peer's next bytes before it turns to its event loop: {@link RingSide.sleep} */
  constructor(side: RingSide, info: StreamInfo, options: ConnectOptions, patience = 0) {
    super(info, options);
    this.side = side;
    this.#patience = patience;
    this.#soon();
  }

  protected override transmit(chunk: Chunk, n: number): boolean {
    this.#out = chunk;
    this.#from = 0;
    this.#to = n;
    if (this.#push()) return true;
    this.#soon();
    return false;
  }

  protected override unsent(): number {
    return this.#to - this.#from;
  }

  protected override setReading(on: boolean): void {
    this.#reading = on;
    if (on) this.#soon();
  }

  protected override end(): void {
    this.side.end();
    this.ended();
  }

  protected override abort(): void {
    this.#living = false;
    this.#reading = false;
    this.#out = null;
    this.side.go();
  }

  /**
   * Sends and receives what can be, then sleeps until the other side rings. To be called when connecting has succeeded.
   * @param most - reads in a row
   */
  protected attend(most = READS_IN_A_ROW): void {
    if (!this.#living || this.state === "connecting") return;
    // Whoever sleeps already is woken by what changes from then on; what changed before is seen here.
    if (!this.#sleeping) this.side.listen();
    if (this.#out !== null && this.#push()) this.transmitted();
    const { gone, ended } = this.side;
    const reads = this.#receive(most);
    if ((ended || gone) && this.side.empty) {
      if (ended) this.peerEnded();
      else this.dropped();
    }
    if (reads === most) this.#soon();
    if (this.#due || this.#sleeping || !this.#living) return;
    this.#sleeping = true;
    this.side.sleep(this.#wake, reads > 0 ? this.#patience : 0);
  }

  /** The other side has gone without an end. */
  protected dropped(): void {
    this.fail(errnoError("ECONNRESET", `${this.name}: connection dropped`));
  }

  /** Looks at the rings behind what runs now; now and then behind what else waits in the thread, since the other side may answer each answer for ever. */
  #soon(): void {
    if (this.#due) return;
    this.#due = true;
    if (++this.#turns % READS_IN_A_ROW === 0) setImmediate(this.#look);
    else queueMicrotask(this.#look);
  }

  /** Sends what is left. @returns whether nothing is */
  #push(): boolean {
    const { u8 } = this.#out!;
    while (this.#from < this.#to) {
      const n = this.side.write(u8, this.#from, this.#to);
      if (n < 0) this.#damaged();
      if (n <= 0) return false;
      this.#from += n;
    }
    this.#out = null;
    return true;
  }

  /** @returns how often something was read, at most `most`; -1: the ring is damaged */
  #receive(most: number): number {
    let reads = 0;
    for (; this.#reading && reads < most; reads++) {
      const n = this.side.read(READ.u8);
      if (n < 0) this.#damaged();
      if (n < 0) return n;
      if (n === 0) break;
      this.received(READ, n);
    }
    return reads;
  }

  #damaged(): void {
    this.fail(errnoError("EPROTO", `${this.name}: the memory between the threads is damaged`));
  }
}

import { Chunk } from "../../bytes/mod.js";
import type { Vconn } from "../../vconn/mod.js";
import { Refusal } from "../work/refusal.js";
import { LOOK, type Turns, turnsOf, type Worker } from "../work/turns.js";
import type { Work } from "../work/work.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";
import { handleMessage } from "./handle.js";
import { Inbox } from "./inbox.js";
import type { Raw } from "./raw.js";

/** What a refusal costs, in small messages: see `Turns.hasTime`. A message costs one for each {@link COST_BYTES} more. */
const REFUSAL = 4;
const COST_BYTES = 9;

/**
 * The requests of one connection. They are carried out in order, each after the one before it has been answered whole. One that takes long is carried out in pieces, in turn with
 * the work of others, and no faster than the peer takes the replies; meanwhile nothing is read from the peer, and what the last read brought waits as bytes. So a peer makes the switch hold
 * at most one read (64 KiB over sockets), the unsent bytes up to the stream's high mark (1 MiB) and one message more, and the events up to 4 MiB.
 */
export class Requests implements Worker {
  readonly #core: Core;
  readonly #connection: Connection;
  readonly #vconn: Vconn;
  readonly #turns: Turns;
  readonly #inbox = new Inbox();
  /** What is left of the request under way, and that request. */
  #work: Work | null = null;
  #request: Raw | null = null;
  #nth = 0;
  #release: (() => void) | null = null;

  /** @param connection - whose messages are handled from now on */
  constructor(core: Core, connection: Connection) {
    this.#core = core;
    this.#connection = connection;
    this.#vconn = connection.vconn;
    this.#turns = turnsOf(core.clock);
    this.#vconn.onMessage = (_type, c, p, end) => this.#message(c, p, end);
    this.#vconn.onDrain = () => this.#drained();
    void connection.closed.then(() => this.#drop());
  }

  /** Does one piece of what waits: of the request under way, or the next request. */
  work(): boolean {
    if (!this.#connection.isUp) this.#drop();
    else if (this.#vconn.stream.congested) return false;
    else if (this.#work !== null) this.#step(this.#work);
    else if (!this.#inbox.isEmpty) this.#inbox.shift((c, p, end, nth) => this.#handle(c, p, end, nth));
    if (this.#work !== null || !this.#inbox.isEmpty) return true;
    this.#release?.();
    this.#release = null;
    return false;
  }

  #message(c: Chunk, p: number, end: number): void {
    if (
      this.#work !== null ||
      this.#release !== null ||
      this.#vconn.stream.congested ||
      !this.#turns.hasTime(1 + ((end - p) >> COST_BYTES))
    ) {
      this.#inbox.push(c, p, end, this.#vconn.received);
      this.#wait();
      return;
    }
    this.#handle(c, p, end, this.#vconn.received);
    while (this.#work !== null && this.#step(this.#work)) if (!this.#turns.hasTime(LOOK)) break;
    if (this.#work !== null) this.#wait();
  }

  /** Reads no more until all that waits is done. */
  #wait(): void {
    this.#release ??= this.#vconn.hold();
    if (!this.#vconn.stream.congested) this.#turns.enter(this);
  }

  /** @param nth - which message it was: `Vconn.received` when it came */
  #handle(c: Chunk, p: number, end: number, nth: number): void {
    const raw = { c, p, end };
    this.#begin(c.dv.getUint32(p + 4));
    try {
      const work = handleMessage(this.#core, this.#connection, this.#vconn.decode(c, p, end), raw);
      if (work === undefined) return;
      this.#work = work;
      this.#nth = nth;
      this.#request = { c: new Chunk(new Uint8Array(c.u8.subarray(p, end))), p: 0, end: end - p };
    } catch (e) {
      this.#failed(e, raw, nth);
    } finally {
      this.#end(this.#work === null);
    }
  }

  /** What happens from now on is done for a request. */
  #begin(xid: number): void {
    this.#core.forwarder.cause = { by: this.#connection, xid };
  }

  /** @param isDone - whether all of it was done */
  #end(isDone: boolean): void {
    this.#core.forwarder.cause = undefined;
    if (isDone) this.#core.flush();
  }

  /** One piece of a request. @returns whether another one can follow */
  #step(work: Work): boolean {
    if (this.#vconn.stream.congested) return false;
    const request = this.#request!;
    this.#begin(request.c.dv.getUint32(request.p + 4));
    let isDone = true;
    try {
      isDone = work.next().done === true;
    } catch (e) {
      this.#failed(e, request, this.#nth);
    } finally {
      this.#end(isDone);
    }
    if (!isDone) return true;
    this.#work = null;
    this.#request = null;
    return false;
  }

  #failed(e: unknown, raw: Raw, nth: number): void {
    this.#turns.hasTime(REFUSAL);
    if (e instanceof Refusal) this.#connection.refuse(e.reason, e.message, raw);
    else this.#vconn.failed(e, raw.c, raw.p, raw.end, nth);
  }

  #drained(): void {
    this.#connection.drained();
    if (this.#release !== null) this.#turns.enter(this);
  }

  /** Forgets what waits. */
  #drop(): void {
    this.#work?.return();
    this.#work = null;
    this.#request = null;
    this.#inbox.clear();
  }
}

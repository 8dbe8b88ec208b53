import { Chunk } from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";
import { type ConnectOptions, Stream, type StreamInfo } from "../stream/mod.js";
import type { Interface } from "./interface.js";
import type { InterfaceOptions } from "./interface-options.js";
import type { MemifError } from "./memif-error.js";
import type { Burst } from "./ring-burst.js";
import type { RxRing } from "./ring-rx.js";

/** Bytes of the packets that a stream is cut into, and of a client's buffers, so that none is spread over several. */
export const SEGMENT = 2048;
/** Slots of each ring: 512 KiB each way. */
export const SLOTS = 256;
/** What all rings of the thread are copied into: the peer cannot change what is decoded there. */
const READ = new Chunk(0x10000);
/**
 * Bytes that are received at a time where there are more: what is answered to them leaves before the next ones are looked at, so that the peer works on it meanwhile. With a whole ring at a time the two would
 * take turns.
 */
const PORTION = 0x2000;
/** The reason of a DISCONNECT that is an orderly end. What was sent before it lies in the ring. */
const END = "End of stream";

/**
 * What the interfaces of both ends are made with. Their mode is that of traffic for a control plane, so that a stream and an interface for frames turn each other away; the name
 * is for people.
 */
export const STREAM_INTERFACE = { mode: "punt", name: "openflow", maxPacket: READ.u8.length } as const satisfies Partial<InterfaceOptions>;

/**
 * Bytes through one connection of a memif interface, one stream each way, cut into packets anywhere. A side that does not read leaves its ring full, which stops the writer. What a peer had sent
 * when it ended the connection is read behind its end, so that closing waits for nobody.
 */
export class MemifStream extends Stream {
  readonly #interface: Interface | null;
  readonly #owned: boolean;
  #off: readonly (() => void)[] = [];
  /** Empty unless connected. */
  #rings: readonly RxRing[] = [];
  #reading = false;
  #listening = false;
  /** The burst that reading stopped in. */
  #burst: Burst | null = null;
  /** The first packet of the burst in hand that was not received. */
  #next = 0;
  /** The packets that were left when the connection ended. */
  #rest: Chunk[] = [];
  /** How the connection ended. */
  #over: { readonly error: SouthboundError | null } | null = null;
  #out: Uint8Array[] = [];
  #due = false;
  readonly #take = (burst: Burst): void => {
    this.#next = 0;
    if (this.#readOn(burst)) return;
    if (this.#rings.length > 0) this.#burst = burst.hold();
  };
  readonly #look = (): void => {
    this.#due = false;
    this.#attend();
  };

  /**
   * @param end - a connected interface, which stays when the stream closes; or what makes the interface of this stream alone, and throws where connecting has failed already
   */
  constructor(info: StreamInfo, options: ConnectOptions, end: Interface | (() => Interface)) {
    super(info, options);
    this.#owned = typeof end === "function";
    let made: Interface;
    try {
      made = typeof end === "function" ? end() : end;
    } catch (e) {
      this.#interface = null;
      queueMicrotask(() => this.fail(e));
      return;
    }
    this.#interface = made;
    this.#rings = made.rx;
    this.#off = [
      made.on("connected", () => {
        this.#rings = made.rx;
        this.opened();
      }),
      made.on("failed", (error) => this.state === "connecting" && this.fail(error)),
      made.on("disconnected", (error) => this.#down(error)),
      made.on("writable", () => this.#out.length > 0 && this.#push() && this.transmitted()),
    ];
  }

  protected override transmit(chunk: Chunk, n: number): boolean {
    // Nobody is there to take it; the reason is reported behind what is left to read.
    if (this.#rings.length === 0) return true;
    for (let at = 0; at < n; at += SEGMENT) this.#out.push(chunk.u8.subarray(at, Math.min(at + SEGMENT, n)));
    return this.#push();
  }

  protected override unsent(): number {
    return this.#out.length;
  }

  protected override setReading(on: boolean): void {
    this.#reading = on;
    if (on && (this.#burst !== null || this.#over !== null)) this.#soon();
    else this.#listen(on);
  }

  protected override end(): void {
    this.#part(END);
    this.ended();
    // A memif connection has no half: the peer's end need not be waited for.
    this.peerEnded();
  }

  protected override abort(): void {
    this.#reading = false;
    this.#part("Stream aborted");
    this.#rest = [];
    this.#out = [];
  }

  /** Sends what is left. @returns whether nothing is */
  #push(): boolean {
    const out = this.#out;
    const sent = this.#interface!.send(out);
    // What a peer has done to the ring ends the connection within the call.
    if (this.#out !== out) return false;
    if (sent < out.length) this.#out = out.slice(sent);
    else out.length = 0;
    return sent === out.length || this.#out.length === 0;
  }

  /** Has packets delivered, or leaves them in the ring. */
  #listen(on: boolean): void {
    if (on === this.#listening || (on && this.#rings.length === 0)) return;
    this.#listening = on;
    this.#interface?.receive(on ? this.#take : null);
  }

  /** Receives the packets of a burst from the next one on, as long as reading is on. @returns whether none is left */
  #readOn(burst: Burst): boolean {
    const { u8 } = READ;
    while (this.#reading && this.#next < burst.count) {
      let n = 0;
      do n += burst.copyTo(this.#next++, u8, n);
      while (this.#next < burst.count && n + burst.length(this.#next) <= PORTION);
      this.received(READ, n);
    }
    return this.#next >= burst.count;
  }

  #soon(): void {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(this.#look);
  }

  /** Reads what reading has stopped in, then goes on listening, or reports the end. */
  #attend(): void {
    const burst = this.#burst;
    if (burst !== null) {
      if (!this.#readOn(burst)) return;
      this.#burst = null;
      burst.release();
    }
    while (this.#reading && this.#rest.length > 0) {
      const chunk = this.#rest.shift()!;
      this.received(chunk, chunk.u8.length);
    }
    const over = this.#over;
    if (over === null) this.#listen(this.#reading);
    else if (this.#rest.length === 0) {
      if (over.error === null) this.peerEnded();
      else this.fail(over.error);
    }
  }

  /** The connection has ended, or was not made. Its memory is there until this returns. */
  #down(error: MemifError): void {
    // What this end has ended, for the peer's fault, is not worth reading any more.
    let fault: SouthboundError | null = error.code === "ECONNRESET" ? null : error;
    try {
      if (fault === null) this.#keepRest();
    } catch (e) {
      fault = SouthboundError.is(e) ? e : error;
    }
    if (fault !== null) {
      this.fail(fault);
      return;
    }
    const orderly = error.fromPeer && error.reason === END;
    this.#over = { error: orderly ? null : error };
    this.#part(null);
    if (orderly && this.#out.length > 0) {
      this.#out = [];
      this.transmitted();
    }
    this.#attend();
  }

  /** Copies what lies in the rings. No slot is given back, so that it is one ring at most, whatever the peer does meanwhile. */
  #keepRest(): void {
    const keep = (burst: Burst, from: number): void => {
      for (let i = from; i < burst.count; i++) this.#rest.push(new Chunk(burst.copy(i)));
    };
    if (this.#burst !== null) keep(this.#burst, this.#next);
    for (const ring of this.#rings) for (let burst = ring.receive(); burst !== undefined; burst = ring.receive()) keep(burst, 0);
  }

  /** Lets go of the interface. @param reason - sent to the peer; null where it has gone */
  #part(reason: string | null): void {
    const end = this.#interface;
    if (end === null) return;
    const connected = this.#rings.length > 0;
    for (const off of this.#off) off();
    this.#off = [];
    this.#listen(false);
    this.#burst = null;
    this.#rings = [];
    if (connected && reason !== null) end.disconnect(reason);
    if (this.#owned) void end.close();
  }
}

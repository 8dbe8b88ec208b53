import type { Duplex } from "node:stream";
import { checkOptions, SouthboundError } from "../errors/mod.js";
import { detailsOf, type MemifDetails } from "./details.js";
import type { InterfaceEvents, InterfaceOptions, InterfaceWaitOptions, Packet } from "./interface-options.js";
import { WAIT_OPTIONS } from "./interface-options.js";
import type { Link, MemifPeer } from "./link.js";
import { type InterfaceListener, Listeners } from "./listeners.js";
import type { MemifError } from "./memif-error.js";
import { MemifSocket } from "./memif-socket.js";
import { oneOf, secretBytes, shortText, wholeNumber } from "./options.js";
import { packetDuplex } from "./packet-duplex.js";
import { PacketQueue } from "./packet-queue.js";
import type { Burst } from "./ring-burst.js";
import { RingError } from "./ring-error.js";
import { MAX_PACKET, type RxRing } from "./ring-rx.js";
import type { TxRing } from "./ring-tx.js";
import type { MemifMode, Session, SessionUser } from "./session.js";
import { type MemifCounters, Totals } from "./totals.js";
import { type Reception, Traffic } from "./traffic.js";
import { waitForEvent } from "./wait-for-event.js";
import { WritableWatch } from "./writable-watch.js";

/**
 * One end of a memif connection, through which packets go in shared memory. It is there as long as it is not closed, through any number of connections one after the other.
 *
 * Packets that come while nobody receives, by {@link receive}, an iteration or a {@link duplex}, stay in the rings. There is one receiver at a time.
 */
export abstract class Interface implements AsyncDisposable, AsyncIterable<Uint8Array> {
  /** "server" listens; "client" connects, and makes the memory. */
  abstract readonly role: "server" | "client";
  /** The number that both ends call the connection by. */
  readonly id: number;
  /** What it calls itself to its peer. */
  readonly name: string;
  /** What the packets are. */
  readonly mode: MemifMode;
  /** The socket it belongs to. */
  readonly socket: MemifSocket;
  /** How packets are noticed. */
  readonly reception: Reception;
  /** Resolves when it was closed, by {@link close} or with its socket. Never rejects. */
  readonly closed: Promise<void>;
  readonly #ownsSocket: boolean;
  readonly #listeners = new Listeners<InterfaceEvents>();
  readonly #totals = new Totals();
  readonly #writable: WritableWatch;
  #session: Session | null = null;
  #link: Link | null = null;
  #traffic: Traffic | null = null;
  #peer: MemifPeer | null = null;
  #handler: ((burst: Burst) => void) | null = null;
  #paused = false;
  #isClosed = false;
  #leave: () => void = () => {};
  #resolveClosed!: () => void;

  protected constructor(options: InterfaceOptions) {
    const { socket, mode = "ethernet", reception = "interrupt" } = options;
    this.id = wholeNumber("id", options.id, 0, 0, 0xffff_ffff);
    this.name = shortText("name", options.name ?? `southbound${this.id}`);
    this.mode = oneOf("mode", mode, ["ethernet", "ip", "punt"]);
    this.reception = oneOf("reception", reception, ["interrupt", "polling", "manual"]);
    this.#ownsSocket = typeof socket === "string";
    this.socket = typeof socket === "string" ? new MemifSocket(socket, { onError: (error) => this.failed(error) }) : socket;
    this.#writable = new WritableWatch(this.socket.clock, (queue) => this.#listeners.emit("writable", queue));
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** Where it stands: "waiting" for a connection, "connecting" while one is made, "connected", "closed". */
  get state(): "waiting" | "connecting" | "connected" | "closed" {
    if (this.#isClosed) return "closed";
    if (this.#link !== null) return "connected";
    return this.#session === null ? "waiting" : "connecting";
  }

  /** What the peer calls itself; null while not connected. */
  get peer(): MemifPeer | null {
    return this.#peer;
  }

  /** The queues that packets come from, for callers that receive in a loop of their own (reception "manual"). Empty while not connected. */
  get rx(): readonly RxRing[] {
    return this.#link?.rx ?? [];
  }

  /** The queues that packets go to. Empty while not connected. */
  get tx(): readonly TxRing[] {
    return this.#link?.tx ?? [];
  }

  /** What the two ends agreed on: sizes of rings, buffers and regions, and each queue's eventfd. null while not connected. */
  get details(): MemifDetails | null {
    return this.#link === null ? null : detailsOf(this.#link);
  }

  /** What was counted so far, over all connections. */
  get counters(): MemifCounters {
    return this.#totals.snapshot(this.#link);
  }

  /**
   * Listens to an event. Listeners are called in the order of adding; what one throws surfaces as an uncaught error and hurts no other.
   * @returns what ends it
   */
  on<E extends keyof InterfaceEvents>(event: E, listener: InterfaceListener<InterfaceEvents[E]>): () => void {
    return this.#listeners.add(event, listener);
  }

  /** Resolves when the interface is connected, now or later. @throws SouthboundError, as a rejection: `ERR_CLOSED` when it closes, `ERR_ABORTED` */
  async connected(options: InterfaceWaitOptions = {}): Promise<void> {
    checkOptions("Interface.connected", options, WAIT_OPTIONS);
    if (this.#link === null) await waitForEvent(this, "connected", "a connection", options);
  }

  /**
   * Sets the receiver of packets, or with null takes it away. The packets of a burst are borrowed: they lie in shared memory and are the peer's again when the handler returns,
   * unless it called `burst.hold()`; then until `burst.release()`. What the handler throws surfaces as an uncaught error and does not hurt the connection.
   * @throws SouthboundError `ERR_USAGE` when there is another receiver
   */
  receive(handler: ((burst: Burst) => void) | null): void {
    if (handler !== null && this.#handler !== null)
      throw new SouthboundError("ERR_USAGE", `memif ${this.name} has a receiver already; take it away by receive(null) first`);
    this.#handler = handler;
    this.#updateTraffic();
  }

  /** Delivers nothing until {@link resume}; packets stay in the rings, which stops the peer when they are full. */
  pause(): void {
    this.#paused = true;
    this.#updateTraffic();
  }

  /** Delivers again after {@link pause}. */
  resume(): void {
    this.#paused = false;
    this.#updateTraffic();
  }

  /**
   * For reception "manual": gives the receiver one burst of each queue, if there is one. Nothing while paused, and while the socket is stopped.
   * @returns how many packets
   */
  poll(): number {
    let packets = 0;
    for (const ring of this.rx) {
      if (!this.#receiving) return packets;
      let burst: Burst | undefined;
      try {
        burst = ring.receive();
      } catch (e) {
        this.#fault(e);
        return packets;
      }
      if (burst === undefined) continue;
      packets += burst.count;
      this.#deliver(burst);
    }
    return packets;
  }

  /**
   * Sends packets, in order.
   * @returns how many were taken: fewer than there are when the ring is full, 0 while not connected. The event "writable" comes when the rest can follow.
   *   A packet that the whole ring, with the buffers that it has, is too small for is taken, thrown away and counted as `dropped`.
   * @throws SouthboundError `ERR_RANGE` for an empty packet and for one beyond `maxPacket`, behind those that were sent; and for a queue that the connection does not have
   */
  send(packets: readonly Packet[], queue = 0): number {
    const link = this.#link;
    if (link === null) return 0;
    const ring = link.tx[queue];
    if (ring === undefined)
      throw new SouthboundError("ERR_RANGE", `memif ${this.name} has ${link.tx.length} queues to send on, and no queue ${queue}`);
    let sent = 0;
    try {
      sent = ring.send(packets);
    } catch (e) {
      this.#fault(e);
    }
    if (sent < packets.length && this.#link === link) this.#writable.watch(queue, ring);
    return sent;
  }

  /**
   * Resolves when a queue has room for packets; after a {@link send} that did not take all of them, at the next "writable" of the queue.
   * @throws SouthboundError, as a rejection: `ERR_CLOSED` when the interface closes, `ERR_ABORTED`
   */
  async writable(queue = 0, options: InterfaceWaitOptions = {}): Promise<void> {
    checkOptions("Interface.writable", options, WAIT_OPTIONS);
    while (this.#writable.watches(queue) || !((this.tx[queue]?.free ?? 0) > 0)) {
      const ring = this.tx[queue];
      if (ring !== undefined) this.#writable.watch(queue, ring);
      await waitForEvent(this, ring === undefined ? "connected" : "writable", "room for packets", options);
    }
  }

  /**
   * Ends the connection that is there and sends the reason to the peer. A client connects again, a server waits for the next client.
   * @param reason - at most 95 bytes; what is longer is cut
   * @param code - a number for programs, 0 to 4,294,967,295, which the peer has as `disconnectCode`; known peers send 0, and ignore it
   * @throws SouthboundError `ERR_RANGE` for another code
   */
  disconnect(reason = "Disconnected", code = 0): void {
    const disconnectCode = wholeNumber("code", code, 0, 0, 0xffff_ffff);
    this.#session?.channel.disconnect(reason, "ERR_CLOSED", { disconnectCode });
  }

  /** Closes the interface, with a message to its peer, and with it a socket of its own. Further calls do nothing. @returns {@link closed} */
  async close(): Promise<void> {
    this.shut();
    await this.closed;
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Owned copies of the packets as they come, through all connections, until the interface closes. While the loop is busy packets stay in the rings. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return new PacketQueue(this);
  }

  /** The interface as a stream of packets in object mode: it reads owned copies, and takes a {@link Packet} at a time. Destroying it leaves the interface as it is. */
  duplex(): Duplex {
    return packetDuplex(this);
  }

  // ---- for the two roles

  /** The session under way, or null. */
  protected get session(): Session | null {
    return this.#session;
  }

  protected set session(session: Session | null) {
    this.#session = session;
  }

  /** The interface as its sessions see it. */
  protected user(options: InterfaceOptions): SessionUser {
    return {
      id: this.id,
      mode: this.mode,
      interfaceName: this.name,
      secret: secretBytes(options.secret),
      link: {
        burst: wholeNumber("burst", options.burst, 256, 1, 16_384),
        maxPacket: wholeNumber("maxPacket", options.maxPacket, MAX_PACKET, 1, 2 ** 24),
      },
      refused: (error) => this.failed(error),
      up: (_, link, peer) => this.#up(link, peer),
      down: (session, error) => this.#down(session, error),
    };
  }

  /** Joins the socket. @param add - does it, and answers what takes the interface away again. What it throws closes a socket of the interface's own */
  protected join(add: () => () => void): void {
    try {
      this.#leave = add();
    } catch (e) {
      if (this.#ownsSocket) void this.socket.close();
      throw e;
    }
  }

  /** Leaves the socket, whose connections live on. Doing it again does nothing. */
  protected leave(): void {
    const leave = this.#leave;
    this.#leave = () => {};
    leave();
  }

  /** The socket's events are handled or not. */
  protected running(_on: boolean): void {
    this.#updateTraffic();
  }

  /** For a role: a connection has ended or was not made, and everything of it is given back at the end of this turn. */
  protected abstract lost(): void;

  /** Reports that a connection was not made. */
  protected failed(error: SouthboundError): void {
    this.#totals.failures++;
    this.#listeners.emit("failed", error);
  }

  /** What a socket calls when it closes, and {@link close}. */
  protected shut(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#session?.channel.disconnect("Interface closed", "ERR_CLOSED");
    this.#writable.clear();
    this.leave();
    this.#listeners.emit("closed");
    this.#resolveClosed();
    if (this.#ownsSocket) void this.socket.close();
  }

  // ---- inside

  #up(link: Link, peer: MemifPeer): void {
    this.#link = link;
    this.#peer = peer;
    this.#totals.connections++;
    this.#traffic = new Traffic(this.socket.calls, link, this.reception, {
      deliver: (burst) => this.#deliver(burst),
      interrupted: () => this.#totals.interrupts++,
      fault: (error) => this.#fault(error),
    });
    this.#listeners.emit("connected", peer);
    this.#updateTraffic();
  }

  #down(session: Session, error: MemifError): void {
    if (this.#session !== session) return;
    const wasUp = this.#link !== null;
    if (this.#link !== null) this.#totals.add(this.#link);
    this.#traffic?.stop();
    this.#writable.clear();
    this.#traffic = null;
    this.#link = null;
    this.#peer = null;
    this.#session = null;
    if (wasUp) {
      this.#totals.disconnections++;
      this.#listeners.emit("disconnected", error);
    } else if (!this.#isClosed) this.failed(error);
    if (!this.#isClosed) this.lost();
  }

  /** Whether packets are to be delivered. */
  get #receiving(): boolean {
    return this.#handler !== null && !this.#paused && this.socket.running;
  }

  #updateTraffic(): void {
    if (this.#receiving) this.#traffic?.start();
    else this.#traffic?.stop();
  }

  #deliver(burst: Burst): void {
    try {
      this.#handler?.(burst);
    } catch (e) {
      queueMicrotask(() => {
        throw e;
      });
    } finally {
      if (!burst.held) burst.release();
    }
  }

  /** Ends the connection for what the peer has put into shared memory; throws on what is no fault of the peer. */
  #fault(error: unknown): void {
    if (!(error instanceof RingError)) throw error;
    this.#totals.faults++;
    this.#session?.channel.disconnect(error.message, error.code, { cause: error });
  }
}

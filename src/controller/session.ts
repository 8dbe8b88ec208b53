import { Chunk } from "../bytes/mod.js";
import type { Clock, Timer } from "../clock/mod.js";
import { DecodeError, errnoError } from "../errors/mod.js";
import {
  ErrorMessage,
  errorNameOf,
  FeaturesReply,
  FeaturesRequest,
  type KnownMessage,
  MessageType,
  MORE,
  MULTIPART_FLAGS_AT,
  type Port,
  PortDescReply,
  PortDescRequest,
} from "../ofp/mod.js";
import type { Log, Vconn } from "../vconn/mod.js";
import { type Listing, MAX_LISTED, MAX_PORTS, type PortBudget } from "./port-budget.js";
import { ProtocolError } from "./protocol-error.js";

const { Error: ERROR, FeaturesReply: FEATURES_REPLY, PortStatus: PORT_STATUS } = MessageType;

/** The options of the set-up of one connection. */
export interface SetUpOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds for the whole of it, from the negotiated version on. */
  readonly timeout: number;
  /** The most messages, and the most bytes of them, that are kept until it is done. What comes beyond is dropped. */
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Of all connections in set-up. */
  readonly budget: PortBudget;
  /** Whether the first features reply counts, whatever its transaction id. */
  readonly anyFeaturesXid: boolean;
  /** Whether any listener wants what comes before it is done. */
  readonly watched: () => boolean;
  /** Receives what comes before it is done. */
  readonly early: (message: KnownMessage) => void;
}

/** The result of the set-up of one connection. */
export interface SetUp {
  readonly features: FeaturesReply;
  /** None for an auxiliary connection. */
  readonly ports: readonly Port[];
}

/** The most parts of the list of ports without a port. */
const MAX_EMPTY_PARTS = 16;
/** The most bytes that are kept of a connection that waits for another one. */
const MAX_WAITING_BYTES = 0x4000;

/** Takes a received message. */
export type Receiver = (type: number, c: Chunk, p: number, end: number) => void;

const FIRST_WITH_PORT_DESC = 4;

const hex = (xid: number): string => `0x${xid.toString(16)}`;

/**
 * Asks a connection whose version is settled for its features and ports. It works on messages in the order in which they come, so that a port-status behind the
 * list of ports is applied after it. Messages that are not part of it are kept, within bounds, and handed on when it is done and {@link start}ed.
 */
export class Session implements Listing {
  readonly #vconn: Vconn;
  readonly #options: SetUpOptions;
  readonly #done: (result: SetUp, session: Session) => void;
  readonly #deadline: Timer;
  readonly #early: { readonly type: number; readonly bytes: Uint8Array; readonly nth: number }[] = [];
  /** Messages that had no room. */
  dropped = 0;
  /** When it began, by the clock. */
  readonly begun: number;
  #earlyBytes = 0;
  #maxEarlyBytes: number;
  #full = false;
  /** Why it is not done, where that is not the switch's silence. */
  #awaits: string | null = null;
  #emptyParts = 0;
  #foreign = false;
  #features: FeaturesReply | undefined;
  readonly #ports: Port[] = [];
  #featuresXid: number;
  #portsXid = 0;

  /** @param done - called once, with the result */
  constructor(vconn: Vconn, options: SetUpOptions, done: (result: SetUp, session: Session) => void) {
    this.#vconn = vconn;
    this.#options = options;
    this.#done = done;
    this.#maxEarlyBytes = options.maxBytes;
    const { clock, timeout } = options;
    this.begun = clock.now();
    this.#deadline = clock.after(timeout, () => {
      const why = this.#awaits === null ? "" : `: ${this.#awaits}`;
      vconn.abandon(errnoError("ETIMEDOUT", `${vconn.name}: not set up within ${timeout} ms${why}`));
    });
    vconn.onMessage = (type, c, p, end) => this.#message(type, c, p, end);
    this.#featuresXid = vconn.send(FeaturesRequest.of());
  }

  /** It is done, but has to wait for another one. Little more is kept meanwhile, since anybody can have many wait. @param why - in the words of an error */
  wait(why: string): void {
    this.#awaits = why;
    this.#maxEarlyBytes = Math.min(this.#maxEarlyBytes, MAX_WAITING_BYTES);
    while (this.#earlyBytes > this.#maxEarlyBytes) this.#earlyBytes -= this.#early.pop()!.bytes.length;
  }

  /** The switch has its place, and set-up hooks run, which have deadlines of their own. */
  prepare(): void {
    this.#deadline.stop();
  }

  /** The connection has ended. */
  end(): void {
    this.#options.budget.remove(this);
    this.#ports.length = 0;
    this.#deadline.stop();
    this.#early.length = 0;
  }

  /** @internal */
  tooMany(): void {
    const { name } = this.#vconn;
    this.#vconn.abandon(
      new ProtocolError(
        `${name}: its list of ports is the longest of those that are under way, which have more than ${MAX_LISTED} ports together`,
      ),
    );
    this.end();
  }

  /** Hands on what was kept, and from now on what comes. */
  start(receive: Receiver): void {
    this.#deadline.stop();
    this.#vconn.onMessage = receive;
    for (const { type, bytes, nth } of this.#early.splice(0)) {
      if (this.#vconn.state !== "connected") return;
      const c = new Chunk(bytes);
      this.#vconn.deliver(type, c, 0, bytes.length, nth);
      c.epoch++;
    }
  }

  #message(type: number, c: Chunk, p: number, end: number): void {
    const xid = c.dv.getUint32(p + 4);
    const length = end - p;
    const { maxMessages, anyFeaturesXid } = this.#options;
    const early = type === FEATURES_REPLY && this.#features === undefined && xid !== this.#featuresXid;
    const ours = (xid !== 0 && (xid === this.#featuresXid || xid === this.#portsXid)) || (early && anyFeaturesXid);
    if (early && !ours) this.#tellForeign(xid);
    try {
      if (this.#options.watched()) {
        const m = this.#vconn.decode(c, p, end);
        if (m.type !== "unknown") this.#options.early(m);
      }
      if (ours) this.#step(c, p, end);
      else {
        if (type === PORT_STATUS) this.#makeRoom(length);
        if (this.#early.length < maxMessages && this.#earlyBytes + length <= this.#maxEarlyBytes) {
          this.#early.push({ type, bytes: c.u8.slice(p, end), nth: this.#vconn.received });
          this.#earlyBytes += length;
        } else this.#drop();
      }
    } catch (e) {
      if (ours && e instanceof DecodeError) this.#unreadable(e, c, p, end);
      else this.#vconn.failed(e, c, p, end);
    }
  }

  /** A message that is not kept. */
  #drop(): void {
    this.dropped++;
    if (this.#full) return;
    this.#full = true;
    this.#options.log(
      "warn",
      `${this.#vconn.name}: sends more before it is set up than is kept (${this.#early.length} messages); what comes beyond is dropped`,
    );
  }

  /** A change of a port counts for more than packets do: the latest of what else is kept goes for it. */
  #makeRoom(length: number): void {
    while (this.#early.length >= this.#options.maxMessages || this.#earlyBytes + length > this.#maxEarlyBytes) {
      const i = this.#early.findLastIndex((kept) => kept.type !== PORT_STATUS);
      if (i === -1) return;
      const [gone] = this.#early.splice(i, 1);
      this.#earlyBytes -= gone!.bytes.length;
      this.#drop();
    }
  }

  /** An answer to the set-up could not be read. Nothing can be done without the features, and an error refuses what was asked for even so; of the list of ports the part is left out. */
  #unreadable(e: DecodeError, c: Chunk, p: number, end: number): void {
    const isError = c.dv.getUint8(p + 1) === ERROR;
    if (this.#features === undefined || isError) {
      if (!isError) this.#vconn.sendError(e.reason, c, p, end);
      this.#vconn.abandon(new ProtocolError(`${this.#vconn.name}: ${e.message}`, { cause: e }));
      return;
    }
    this.#vconn.failed(e, c, p, end);
    const more = end - p >= MULTIPART_FLAGS_AT + 2 && (c.dv.getUint16(p + MULTIPART_FLAGS_AT) & MORE) !== 0;
    if (this.#vconn.state === "connected" && !more) this.#finish(this.#ports);
  }

  /** Logs once that a features reply was not taken. */
  #tellForeign(xid: number): void {
    if (this.#foreign) return;
    this.#foreign = true;
    const what = `a features reply came with xid ${hex(xid)} where ${hex(this.#featuresXid)} was asked for`;
    this.#awaits ??= what;
    this.#options.log("warn", `${this.#vconn.name}: ${what}, and is not taken: the option anyFeaturesXid takes it`);
  }

  #step(c: Chunk, p: number, end: number): void {
    const vconn = this.#vconn;
    const m = vconn.decode(c, p, end);
    if (FeaturesReply.is(m) && this.#features === undefined) {
      this.#featuresXid = 0;
      this.#features = m;
      if (m.auxiliaryId !== 0) this.#finish([]);
      else if (vconn.version >= FIRST_WITH_PORT_DESC) this.#portsXid = vconn.send(PortDescRequest.of());
      else this.#finish(m.ports);
    } else if (PortDescReply.is(m) && m.xid === this.#portsXid) {
      this.#ports.push(...m.ports);
      this.#options.budget.add(this, m.ports.length);
      if (vconn.state !== "connected") return;
      if ((m.flags & MORE) === 0) this.#finish(this.#ports);
      else if (this.#ports.length > MAX_PORTS || (m.ports.length === 0 && ++this.#emptyParts > MAX_EMPTY_PARTS))
        vconn.abandon(new ProtocolError(`${vconn.name}: its list of ports does not end`));
    } else {
      const why = ErrorMessage.is(m) ? ` with ${errorNameOf(m)}` : "";
      vconn.abandon(new ProtocolError(`${vconn.name}: answered the set-up by ${m.type}${why}`));
    }
  }

  #finish(ports: readonly Port[]): void {
    this.#portsXid = 0;
    this.#options.budget.remove(this);
    this.#done({ features: this.#features!, ports }, this);
  }
}

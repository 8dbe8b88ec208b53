import { Chunk } from "../bytes/mod.js";
import type { Clock, Timer } from "../clock/mod.js";
import { DecodeError, errnoError } from "../errors/mod.js";
import {
  ErrorMessage,
  errorNameOf,
  FeaturesReply,
  FeaturesRequest,
  type KnownMessage,
  MORE,
  type Port,
  PortDescReply,
  PortDescRequest,
} from "../ofp/mod.js";
import type { Log, Vconn } from "../vconn/mod.js";
import { ProtocolError } from "./protocol-error.js";

/** What the set-up of one connection needs. */
export interface SetUpOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds for the whole of it, from the negotiated version on. */
  readonly timeout: number;
  /** The most messages, and the most bytes of them, that are kept until it is done. What comes beyond is dropped. */
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Whether anybody wants to see what comes before it is done. */
  readonly watched: () => boolean;
  /** Told what comes before it is done. */
  readonly early: (message: KnownMessage) => void;
}

/** What it ends in. */
export interface SetUp {
  readonly features: FeaturesReply;
  /** None for an auxiliary connection. */
  readonly ports: readonly Port[];
}

/** The most ports of one switch. */
export const MAX_PORTS = 0x10000;

/** Takes a received message. */
export type Receiver = (type: number, c: Chunk, p: number, end: number) => void;

const FIRST_WITH_PORT_DESC = 4;

/**
 * Asks a connection whose version is settled for its features and ports. It works on messages in the order in which they come, so that a port-status behind the
 * list of ports is applied after it. Messages that are not part of it are kept, within bounds, and handed on when it is done and {@link start}ed.
 */
export class Session {
  /** Why it is not done, where that is not the switch's silence. */
  awaits: string | null = null;
  readonly #vconn: Vconn;
  readonly #options: SetUpOptions;
  readonly #done: (result: SetUp, session: Session) => void;
  readonly #deadline: Timer;
  readonly #early: { readonly type: number; readonly bytes: Uint8Array }[] = [];
  #earlyBytes = 0;
  #full = false;
  #features: FeaturesReply | undefined;
  readonly #ports: Port[] = [];
  #featuresXid: number;
  #portsXid = 0;

  /** @param done - told the result once */
  constructor(vconn: Vconn, options: SetUpOptions, done: (result: SetUp, session: Session) => void) {
    this.#vconn = vconn;
    this.#options = options;
    this.#done = done;
    const { clock, timeout } = options;
    this.#deadline = clock.after(timeout, () => {
      const why = this.awaits === null ? "" : `: ${this.awaits}`;
      vconn.abandon(errnoError("ETIMEDOUT", `${vconn.name}: not set up within ${timeout} ms${why}`));
    });
    vconn.onMessage = (type, c, p, end) => this.#message(type, c, p, end);
    this.#featuresXid = vconn.send(FeaturesRequest.of());
  }

  /** The connection has ended. */
  end(): void {
    this.#deadline.stop();
    this.#early.length = 0;
  }

  /** Hands on what was kept, and from now on what comes. */
  start(receive: Receiver): void {
    this.#deadline.stop();
    this.#vconn.onMessage = receive;
    for (const { type, bytes } of this.#early.splice(0)) {
      if (this.#vconn.state !== "connected") return;
      const c = new Chunk(bytes);
      receive(type, c, 0, bytes.length);
      c.epoch++;
    }
  }

  #message(type: number, c: Chunk, p: number, end: number): void {
    const xid = c.dv.getUint32(p + 4);
    const length = end - p;
    const { maxMessages, maxBytes } = this.#options;
    try {
      if (this.#options.watched()) {
        const m = this.#vconn.decode(c, p, end);
        if (m.type !== "unknown") this.#options.early(m);
      }
      if (xid !== 0 && (xid === this.#featuresXid || xid === this.#portsXid)) this.#step(c, p, end);
      else if (this.#early.length < maxMessages && this.#earlyBytes + length <= maxBytes) {
        this.#early.push({ type, bytes: c.u8.slice(p, end) });
        this.#earlyBytes += length;
      } else if (!this.#full) {
        this.#full = true;
        this.#options.log(
          "warn",
          `${this.#vconn.name}: sends more before it is set up than is kept (${this.#early.length} messages); what comes beyond is dropped`,
        );
      }
    } catch (e) {
      if (!(e instanceof DecodeError)) throw e;
      this.#vconn.sendError(e.reason, c, p, end);
      this.#vconn.abandon(new ProtocolError(`${this.#vconn.name}: ${e.message}`, { cause: e }));
    }
  }

  #step(c: Chunk, p: number, end: number): void {
    const vconn = this.#vconn;
    const m = vconn.decode(c, p, end);
    if (FeaturesReply.is(m) && m.xid === this.#featuresXid) {
      this.#featuresXid = 0;
      this.#features = m;
      if (m.auxiliaryId !== 0) this.#finish([]);
      else if (vconn.version >= FIRST_WITH_PORT_DESC) this.#portsXid = vconn.send(PortDescRequest.of());
      else this.#finish(m.ports);
    } else if (PortDescReply.is(m) && m.xid === this.#portsXid) {
      this.#ports.push(...m.ports);
      if ((m.flags & MORE) === 0) this.#finish(this.#ports);
      else if (this.#ports.length > MAX_PORTS) vconn.abandon(new ProtocolError(`${vconn.name}: its list of ports does not end`));
    } else {
      const why = ErrorMessage.is(m) ? ` with ${errorNameOf(m)}` : "";
      vconn.abandon(new ProtocolError(`${vconn.name}: answered the set-up by ${m.type}${why}`));
    }
  }

  #finish(ports: readonly Port[]): void {
    this.#portsXid = 0;
    this.#done({ features: this.#features!, ports }, this);
  }
}

import { Chunk } from "../bytes/mod.js";
import type { Clock, Timer } from "../clock/mod.js";
import { DecodeError, errnoError, SouthboundError } from "../errors/mod.js";
import { ErrorMessage, errorNameOf, FeaturesReply, FeaturesRequest, MORE, type Port, PortDescReply, PortDescRequest } from "../ofp/mod.js";
import type { Vconn } from "../vconn/mod.js";

/** The most messages, and the most bytes of them, that are kept while a connection is being set up. What comes beyond is dropped. */
const EARLY_MESSAGES = 100;
const EARLY_BYTES = 256 * 1024;

/** What the set-up of one connection needs. */
export interface SetUpOptions {
  readonly clock: Clock;
  /** Milliseconds for the whole of it, from the negotiated version on. */
  readonly timeout: number;
}

/** What it ends in. */
export interface SetUp {
  readonly features: FeaturesReply;
  readonly ports: readonly Port[];
}

/**
 * Asks a connection whose version is settled for its features and ports. It works on messages in the order in which they come, so that a port-status behind the
 * list of ports is applied after it. Messages that are not part of it are kept, within bounds, and handed on when it is done.
 */
export class Session {
  readonly #vconn: Vconn;
  readonly #done: (result: SetUp) => (type: number, c: Chunk, p: number, end: number) => void;
  readonly #deadline: Timer;
  readonly #early: { readonly type: number; readonly bytes: Uint8Array }[] = [];
  #earlyBytes = 0;
  #dropped = 0;
  #features: FeaturesReply | undefined;
  readonly #ports: Port[] = [];
  #featuresXid: number;
  #portsXid = 0;
  #receive: ((type: number, c: Chunk, p: number, end: number) => void) | null = null;

  /** @param done - told the result once; answers with the receiver of every message from then on */
  constructor(vconn: Vconn, options: SetUpOptions, done: (result: SetUp) => (type: number, c: Chunk, p: number, end: number) => void) {
    this.#vconn = vconn;
    this.#done = done;
    this.#deadline = options.clock.after(options.timeout, () => {
      vconn.abandon(errnoError("ETIMEDOUT", `${vconn.name}: not set up within ${options.timeout} ms`));
    });
    vconn.onMessage = (type, c, p, end) => this.#message(type, c, p, end);
    this.#featuresXid = vconn.send(FeaturesRequest.of());
  }

  /** The connection has ended. */
  end(): void {
    this.#deadline.stop();
    this.#early.length = 0;
  }

  /** How many messages came too early to be kept. */
  get dropped(): number {
    return this.#dropped;
  }

  #message(type: number, c: Chunk, p: number, end: number): void {
    const xid = c.dv.getUint32(p + 4);
    if (xid !== 0 && (xid === this.#featuresXid || xid === this.#portsXid)) this.#step(c, p, end);
    else if (this.#early.length < EARLY_MESSAGES && this.#earlyBytes + end - p <= EARLY_BYTES) {
      this.#early.push({ type, bytes: c.u8.slice(p, end) });
      this.#earlyBytes += end - p;
    } else this.#dropped += 1;
  }

  #step(c: Chunk, p: number, end: number): void {
    const vconn = this.#vconn;
    try {
      const m = vconn.decode(c, p, end);
      if (FeaturesReply.is(m) && m.xid === this.#featuresXid) {
        this.#featuresXid = 0;
        this.#features = m;
        if (vconn.version >= 4) this.#portsXid = vconn.send(PortDescRequest.of());
        else this.#finish(m.ports);
      } else if (PortDescReply.is(m) && m.xid === this.#portsXid) {
        this.#ports.push(...m.ports);
        if ((m.flags & MORE) === 0) this.#finish(this.#ports);
        else if (this.#ports.length > 0x10000) vconn.abandon(errnoError("EPROTO", `${vconn.name}: its list of ports does not end`));
      } else {
        const why = ErrorMessage.is(m) ? ` with ${errorNameOf(m)}` : "";
        vconn.abandon(errnoError("EPROTO", `${vconn.name}: answered the set-up by ${m.type}${why}`));
      }
    } catch (e) {
      if (!(e instanceof DecodeError)) throw e;
      vconn.sendError(e.reason, c, p, end);
      vconn.abandon(new SouthboundError("EPROTO", `${vconn.name}: ${e.message}`, { cause: e }));
    }
  }

  #finish(ports: readonly Port[]): void {
    this.#deadline.stop();
    this.#portsXid = 0;
    this.#receive = this.#done({ features: this.#features!, ports });
    this.#vconn.onMessage = this.#receive;
    for (const { type, bytes } of this.#early.splice(0)) {
      if (this.#vconn.state !== "connected") return;
      const c = new Chunk(bytes);
      this.#receive(type, c, 0, bytes.length);
      c.epoch++;
    }
  }
}

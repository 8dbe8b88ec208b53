import { randomBytes } from "node:crypto";
import { viewOf } from "../../bytes/mod.js";
import { EchoRequest, encodeMessage, HEADER_SIZE, MessageType } from "../../ofp/mod.js";
import { printBytes } from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import type { Vconn } from "../../vconn/mod.js";
import { broken, openTarget } from "./connect.js";
import { Fatal } from "./fatal.js";
import { type Run, WHOLE, write } from "./settings.js";

const { EchoReply: ECHO_REPLY } = MessageType;

const MAX_PAYLOAD = 65535 - HEADER_SIZE;
const PINGS = 10;
const DEFAULT_PAYLOAD = 64;

/** A number as atoi() reads it: what is none counts as 0. */
const atoi = (text: string): number => Number.parseInt(text, 10) || 0;

/** The size of a payload in bytes. */
function payloadSize(text: string): number {
  const size = atoi(text);
  if (size < 0 || size > MAX_PAYLOAD) throw new Fatal(`payload must be between 0 and ${MAX_PAYLOAD} bytes`);
  return size;
}

/**
 * Sends requests whose replies are identified by their transaction id alone, one at a time. The replies are looked at where they were received, so that what is measured is
 * the connection.
 */
class Asker {
  readonly #vconn: Vconn;
  #resolve: ((reply: Uint8Array) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #seen: (() => boolean) | undefined;
  #xid = 0;

  constructor(vconn: Vconn) {
    this.#vconn = vconn;
    vconn.onMessage = (_type, c, p, end) => {
      if (c.dv.getUint32(p + 4) !== this.#xid) return;
      if (this.#seen?.() === false) return;
      this.#resolve?.(c.u8.slice(p, end));
    };
    vconn.onClose = (error) => this.#reject?.(error);
  }

  /** A request with a payload, under the next transaction id unless one is given. */
  request(payload: Uint8Array, xid = this.#vconn.nextXid()): Uint8Array {
    const message = EchoRequest.of({ data: payload });
    message.xid = xid;
    return encodeMessage(message, this.#vconn.version as Version);
  }

  /** Sends a request and waits for what comes back under its transaction id: a reply or an error, which belongs to the caller. */
  ask(request: Uint8Array): Promise<Uint8Array> {
    return this.#until(() => this.#send(request));
  }

  /** Sends a request `count` times, each under a transaction id of its own and when the reply to the one before has come. */
  async repeat(request: Uint8Array, count: number): Promise<void> {
    if (count <= 0) return;
    let left = count;
    const dv = viewOf(request);
    this.#seen = () => {
      if (--left === 0) return true;
      dv.setUint32(4, this.#vconn.nextXid());
      this.#send(request);
      return false;
    };
    await this.#until(() => this.#send(request));
    this.#seen = undefined;
  }

  #send(request: Uint8Array): void {
    this.#xid = viewOf(request).getUint32(4);
    this.#vconn.sendBytes(request);
  }

  #until(start: () => void): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.#vconn.state === "disconnected") reject(this.#vconn.error ?? null);
      else start();
    });
  }
}

/** Drops a connection at the end of a command: there is nothing left to be sent or received. */
const ended = (vconn: Vconn): Disposable => ({ [Symbol.dispose]: () => vconn.stream.destroy() });

/** Sees whether a peer answers: nothing is printed. */
export const probe: Run = async ([target = ""], settings) => {
  const vconn = await openTarget(target, settings);
  using _ = ended(vconn);
  const asker = new Asker(vconn);
  const reply = await asker.ask(asker.request(new Uint8Array(0), 0)).catch((e: unknown) => {
    throw broken(`talking to ${target}`, e);
  });
  if (reply.length !== HEADER_SIZE) throw new Fatal("reply does not match request");
};

/** Sends ten echo requests, one behind the other, and prints how long the reply to each took. */
export const ping: Run = async ([target = "", size], settings) => {
  const payload = size === undefined ? DEFAULT_PAYLOAD : payloadSize(size);
  const vconn = await openTarget(target, settings);
  using _ = ended(vconn);
  const asker = new Asker(vconn);
  for (let i = 0; i < PINGS; i++) {
    const request = asker.request(randomBytes(payload));
    const start = performance.now();
    const reply = await asker.ask(request).catch((e: unknown) => {
      throw broken("transact", e);
    });
    const took = performance.now() - start;
    const same = reply[1] === ECHO_REPLY && Buffer.compare(reply.subarray(HEADER_SIZE), request.subarray(HEADER_SIZE)) === 0;
    const verbosity = settings.verbosity + WHOLE;
    if (!same) {
      const both = `Request:\n${printBytes(request, { verbosity })}Reply:\n${printBytes(reply, { verbosity })}`;
      write(`Reply does not match request.  ${both}`);
    }
    const xid = Buffer.from(reply).readUInt32BE(4);
    write(`${reply.length - HEADER_SIZE} bytes from ${target}: xid=${xid.toString(16).padStart(8, "0")} time=${took.toFixed(1)} ms\n`);
  }
};

/** Sends echo requests of a size, each when the reply to the one before has come, and prints how long all of them took. */
export const benchmark: Run = async ([target = "", size = "", times = ""], settings) => {
  const payload = payloadSize(size);
  const count = atoi(times);
  const length = HEADER_SIZE + payload;
  write(`Sending ${count} packets * ${length} bytes (with header) = ${count * length} bytes total\n`);
  const vconn = await openTarget(target, settings);
  using _ = ended(vconn);
  const asker = new Asker(vconn);
  const start = performance.now();
  await asker.repeat(asker.request(new Uint8Array(payload)), count).catch((e: unknown) => {
    throw broken("transact", e);
  });
  const took = performance.now() - start;
  const perSecond = (n: number): string => (n / (took / 1000)).toFixed(0);
  write(`Finished in ${took.toFixed(1)} ms (${perSecond(count)} packets/s) (${perSecond(count * length)} bytes/s)\n`);
};

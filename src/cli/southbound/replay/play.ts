import { setTimeout as sleep } from "node:timers/promises";
import type { Chunk } from "../../../bytes/mod.js";
import { viewOf } from "../../../bytes/mod.js";
import { printBytes } from "../../../ofp/syntax/mod.js";
import { connect, listen, outbox, type Stream, type Target } from "../../../stream/mod.js";
import { Framer, type Log } from "../../../vconn/mod.js";
import { failure, lineOf } from "../exit.js";
import { ECHO_REPLY, ECHO_REQUEST, ERROR, HELLO, kindOf, type Line, type Role, xidOf } from "./conversation.js";

/** How a conversation is played. */
export interface Player {
  /** Whose messages are sent. */
  readonly role: Role;
  /** How many times as fast as it was; 0: without waiting. */
  readonly speed: number;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** What has been said. */
export interface Played {
  readonly sent: number;
  readonly received: number;
  /** Of the messages received those that were errors. */
  readonly errors: number;
}

/** Milliseconds for the live peer's hello, for a request that was recorded, and for what still comes after the last message. */
const MESSAGE_PATIENCE = 5_000;
const REQUEST_PATIENCE = 2_000;
const AFTERMATH = 200;

/** The live peer: what it has said and what waits for it. */
class Peer extends Framer {
  readonly stream: Stream;
  readonly #log: Log;
  /** Requests that are not yet answered, by their kind, the oldest first. */
  readonly #asked = new Map<string, number[]>();
  #wake: (() => void) | undefined;
  hello: Uint8Array | undefined;
  received = 0;
  errors = 0;
  /** Why the connection has ended; undefined while it has not. */
  ended: string | undefined;

  constructor(stream: Stream, log: Log) {
    super();
    this.stream = stream;
    this.#log = log;
    stream.onChunk = (c, n) => this.feed(c, n);
    stream.onOpen = () => this.#wake?.();
    stream.onClose = (error) => {
      this.ended = error === null ? `${stream.name}: the peer closed the connection` : error.message;
      this.#wake?.();
    };
  }

  protected get live(): boolean {
    return this.ended === undefined;
  }

  protected message(c: Chunk, p: number, end: number): void {
    const bytes = c.u8.slice(p, end);
    this.received++;
    this.#log("debug", `received ${printBytes(bytes).trimEnd()}`);
    const type = bytes[1]!;
    if (type === HELLO) this.hello = bytes;
    else if (type === ECHO_REQUEST) {
      bytes[1] = ECHO_REPLY;
      outbox.send(this.stream, bytes);
    } else if (type === ERROR) {
      this.errors++;
      this.#log("warn", `the peer answered ${printBytes(bytes).trimEnd()}`);
    } else {
      const kind = kindOf(bytes);
      const waiting = this.#asked.get(kind);
      if (waiting === undefined) this.#asked.set(kind, [xidOf(bytes)]);
      else waiting.push(xidOf(bytes));
    }
    this.#wake?.();
  }

  protected tooShort(): void {
    this.stream.destroy();
    this.ended = `${this.stream.name}: what the peer sends is no OpenFlow`;
    this.#wake?.();
  }

  /** The transaction id of the oldest request of a kind that is not yet taken. */
  take(kind: string): number | undefined {
    return this.#asked.get(kind)?.shift();
  }

  /** Waits until `done`, `ms` milliseconds at most. @returns whether it is done */
  async until(done: () => boolean, ms: number, signal: AbortSignal): Promise<boolean> {
    const deadline = performance.now() + ms;
    while (!done()) {
      const left = deadline - performance.now();
      if (left <= 0 || this.ended !== undefined || signal.aborted) return done();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 100));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return true;
  }
}

/** The stream to play on: connected, or the first that is accepted. */
async function streamTo(to: Target, { signal, log }: Player): Promise<Stream> {
  if (!to.passive) return connect(to, { signal });
  return new Promise((resolve, reject) => {
    let taken = false;
    listen(to, {
      signal,
      onStream(stream) {
        if (taken) return stream.destroy();
        taken = true;
        resolve(stream);
      },
    }).then((listener) => {
      log("info", `listening on ${listener.name}`);
      signal.addEventListener("abort", () => {
        void listener.close();
        reject(failure("stopped before a peer connected"));
      });
      const first = setInterval(() => {
        if (!taken) return;
        clearInterval(first);
        void listener.close();
      }, 20);
      void listener.closed.then(() => clearInterval(first));
    }, reject);
  });
}

/**
 * Plays one side of a conversation. A reply waits for the live peer's request of the kind that it answered, and takes over its transaction id; where none comes the reply is left out.
 * @throws CommandError where there is no connection, or it ends before the last message
 */
export async function play(to: Target, lines: readonly Line[], player: Player): Promise<Played> {
  const { role, speed, signal, log } = player;
  let stream: Stream;
  try {
    stream = await streamTo(to, player);
  } catch (e) {
    throw failure(lineOf(e), e);
  }
  const peer = new Peer(stream, log);
  let sent = 0;
  try {
    await peer.until(() => stream.state === "open", Number.POSITIVE_INFINITY, signal);
    const start = performance.now();
    // the time that was spent on waiting for the peer, which moves all that follows
    let late = 0;
    for (const line of lines) {
      if (line.by !== role || line.type === ECHO_REPLY) continue;
      const due = speed === 0 ? 0 : line.at / speed + late - (performance.now() - start);
      if (due > 1) await sleep(due, undefined, { signal }).catch(() => {});
      if (line.type !== HELLO) {
        const before = performance.now();
        if (!(await peer.until(() => peer.hello !== undefined, MESSAGE_PATIENCE, signal)) && peer.ended === undefined && !signal.aborted)
          throw failure(`${stream.name}: no hello came within ${MESSAGE_PATIENCE} ms`);
        late += performance.now() - before;
      }
      const { bytes } = line;
      if (line.answers !== undefined) {
        const xid = await request(peer, line.answers, signal);
        if (xid === undefined) {
          if (peer.ended === undefined && !signal.aborted)
            log("info", `left out, for it was not asked for: ${printBytes(bytes).split("\n", 1)[0]}`);
          if (peer.ended === undefined) continue;
        } else viewOf(bytes).setUint32(4, xid);
      }
      if (signal.aborted) break;
      if (peer.ended !== undefined) throw failure(`${peer.ended}, after ${sent} messages`);
      log("debug", `sending ${printBytes(bytes).trimEnd()}`);
      outbox.send(stream, bytes);
      sent++;
      if (stream.congested) await peer.until(() => !stream.congested, Number.POSITIVE_INFINITY, signal);
    }
    await peer.until(() => false, AFTERMATH, signal);
    return { sent, received: peer.received, errors: peer.errors };
  } finally {
    await stream.close();
  }
}

/** Live transaction ids by the recorded requests that they were taken for: a reply in parts answers one request. */
const taken = new WeakMap<Line, number>();

async function request(peer: Peer, recorded: Line, signal: AbortSignal): Promise<number | undefined> {
  const before = taken.get(recorded);
  if (before !== undefined) return before;
  const kind = kindOf(recorded.bytes);
  let xid: number | undefined;
  const asked = (): boolean => {
    xid ??= peer.take(kind);
    return xid !== undefined;
  };
  await peer.until(asked, REQUEST_PATIENCE, signal);
  if (xid !== undefined) taken.set(recorded, xid);
  return xid;
}

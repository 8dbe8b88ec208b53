import { SouthboundError } from "../errors/mod.js";
import { type Native, READABLE, type Watcher } from "../native/mod.js";
import { callError, MemifError, Refusal } from "./memif-error.js";
import { decodeMessage, encodeMessage, MESSAGE_BYTES, type Message, type MessageOf, messageCode, takesDescriptor } from "./messages.js";
import { RingError } from "./ring-error.js";

/** The reports of a channel to its user. */
export interface ControlHandlers {
  /**
   * A message has come. A descriptor that came with it is the handler's; -1 where there is none. What it throws ends the connection: the message of a {@link Refusal} goes to the
   * peer, any other error does as "internal error".
   */
  message(message: Message, descriptor: number): void;
  /** The connection has ended; called once, and nothing after it. */
  down(error: MemifError): void;
}

const EAGAIN = -11;
/** Records read in one turn of the event loop; what is left is read in the next. */
const READS = 64;

/** Text alone says why a server refuses: "Incorrect secret", "Secret required", "Invalid secret", in one case or the other (DPDK, VPP, libmemif, gomemif). */
const ABOUT_SECRET = /\bsecret\b/i;

const received = new Uint8Array(MESSAGE_BYTES);
const extra = new Int32Array(2);

/**
 * One end of a control channel: records of 128 bytes with at most one descriptor. Descriptors that a message should not carry are closed here. What the peer has sent before it hung up
 * is read before its hanging up is reported, so that the reason of a DISCONNECT is not lost.
 */
export class ControlChannel {
  /** The name of the peer in errors. */
  readonly name: string;
  /** Whether the connection is up, which decides whether a DISCONNECT is a refusal or an end. */
  established = false;
  readonly #calls: Native;
  readonly #handlers: ControlHandlers;
  #fd: number;
  #watcher: Watcher | null = null;

  /** @param fd - a connected socket, owned by the channel from now on */
  constructor(calls: Native, fd: number, name: string, handlers: ControlHandlers) {
    this.#calls = calls;
    this.#fd = fd;
    this.name = name;
    this.#handlers = handlers;
  }

  /** Whether the connection has ended. */
  get closed(): boolean {
    return this.#fd < 0;
  }

  /** Begins to handle messages, or does so again after {@link pause}. */
  resume(): void {
    if (this.closed || this.#watcher !== null) return;
    const watcher = this.#calls.pollStart(this.#fd, READABLE, (events) => this.#read(events), false);
    if (typeof watcher === "number") this.#end(callError(watcher, `${this.name}: watching the control channel`));
    else this.#watcher = watcher;
  }

  /** Handles no messages until {@link resume}. */
  pause(): void {
    if (this.#watcher !== null) this.#calls.pollStop(this.#watcher);
    this.#watcher = null;
  }

  /**
   * Sends a message, with a copy of a descriptor unless that is negative. When the peer has hung up nothing is sent, and reading will give the reason.
   */
  send(message: Message, descriptor = -1): void {
    if (this.closed) return;
    const sent = this.#calls.seqpacketSend(this.#fd, encodeMessage(message), descriptor);
    if (sent >= 0) return;
    const error = callError(sent, `${this.name}: sending ${message.type}`);
    if (error.code !== "EPIPE" && error.code !== "ECONNRESET") this.#end(error);
  }

  /**
   * Sends the reason to the peer, and ends the connection.
   * @param code - of the error that {@link ControlHandlers.down} gets
   * @param said - the cause of that error, and the number that is sent to the peer
   */
  disconnect(
    reason: string,
    code: SouthboundError["code"],
    said: { readonly cause?: unknown; readonly disconnectCode?: number } = {},
  ): void {
    if (this.closed) return;
    const { cause, disconnectCode = 0 } = said;
    this.#calls.seqpacketSend(this.#fd, encodeMessage({ type: "disconnect", code: disconnectCode, reason }), -1);
    const options = cause === undefined ? undefined : { cause };
    this.#down(new MemifError(code, `${this.name}: disconnected: ${reason}`, { reason, disconnectCode }, options));
  }

  #read(events: number): void {
    let resets = 0;
    for (let i = 0; i < READS && !this.closed && this.#watcher !== null; i++) {
      const n = this.#calls.seqpacketReceive(this.#fd, received, extra);
      if (n === EAGAIN) break;
      if (n < 0) {
        const error = callError(n, `${this.name}: the control channel broke`);
        // Linux reports that the peer hung up with unread messages before it hands out what the peer had sent.
        if (error.code !== "ECONNRESET" || resets++ > 0) this.#end(error);
      } else this.#handle(n, extra[0]!, extra[1]!);
    }
    // The event loop lets go of a socket with an error, and there may be more to read than was.
    if (events < 0 && this.#watcher !== null) {
      this.pause();
      this.resume();
    }
  }

  #handle(n: number, descriptor: number, flags: number): void {
    const message = n === MESSAGE_BYTES && flags === 0 ? decodeMessage(received) : undefined;
    if (descriptor >= 0 && (message === undefined || !takesDescriptor(message.type))) {
      this.#calls.fdDiscard(descriptor);
    }
    if (n === 0) {
      this.#down(
        new MemifError(this.established ? "ECONNRESET" : "ECONNREFUSED", `${this.name}: the peer ended the connection without a reason`),
      );
    } else if ((flags & 2) !== 0) this.disconnect("Descriptors were lost", "EPROTO");
    else if (n !== MESSAGE_BYTES || flags !== 0) this.disconnect("Invalid message size", "EPROTO");
    else if (message === undefined) this.disconnect(`Unknown message type ${messageCode(received)}`, "EPROTO");
    else if (message.type === "disconnect") this.#disconnected(message);
    else {
      try {
        this.#handlers.message(message, takesDescriptor(message.type) ? descriptor : -1);
      } catch (e) {
        if (e instanceof Refusal || e instanceof RingError) this.disconnect(e.message, e.code);
        else this.disconnect("Internal error", SouthboundError.is(e) ? e.code : "EIO", { cause: e });
      }
    }
  }

  #disconnected({ reason, code: disconnectCode }: MessageOf<"disconnect">): void {
    const code = this.established ? "ECONNRESET" : ABOUT_SECRET.test(reason) ? "EPERM" : "ECONNREFUSED";
    const said = reason === "" ? "no reason given" : reason;
    const number = disconnectCode === 0 ? "" : ` (code ${disconnectCode})`;
    this.#down(new MemifError(code, `${this.name}: the peer disconnected: ${said}${number}`, { reason, disconnectCode, fromPeer: true }));
  }

  #end(error: SouthboundError): void {
    this.#down(new MemifError(error.code, error.message, {}, { cause: error }));
  }

  #down(error: MemifError): void {
    if (this.closed) return;
    this.pause();
    this.#calls.seqpacketClose(this.#fd);
    this.#fd = -1;
    this.#handlers.down(error);
  }
}

import { Socket, type SocketConstructorOpts } from "node:net";
import { Chunk } from "../bytes/mod.js";
import { errnoError } from "../errors/mod.js";
import { mark, markedLookup } from "./dscp.js";
import { Stream, type StreamInfo } from "./stream.js";
import type { ConnectOptions, StreamOptions } from "./stream-options.js";
import { nextTurn, type Waiting } from "./turns.js";
import { unixPath } from "./unix-path.js";

/**
 * Where every socket of the thread reads into. The kernel is read right before the callback, and the bytes are handled before it returns, so that one
 * buffer does for all sockets and idle connections cost none.
 */
const READ = new Chunk(0x10000);

/**
 * After so many bytes a peer waits until the others have had their turn. Without it libuv reads up to 2 MiB from one socket before it looks at the next. As long as a read can be, so that it costs
 * nothing where a peer sends no more than one at a time.
 */
const PORTION = 0x10000;

const NOTHING = new Uint8Array(0);

/** The part of Node's socket handles that is used here. It is not documented; everything works without it, only slower. */
interface Handle {
  useUserBuffer?: unknown;
  readonly writeQueueSize?: number;
}
type SocketOptions = SocketConstructorOpts & {
  handle?: Handle;
  onread: { buffer: Uint8Array; callback: (n: number) => boolean };
};
interface WithHandle {
  _handle?: Handle | null;
}

/** Where to connect to. */
export type SocketAddress = { readonly host: string; readonly port: number } | { readonly file: string };

/** The name of an IP end: `tcp:127.0.0.1:6653`, `tcp:[::1]:6653`. */
export function inetName(kind: string, host: string, port: number): string {
  return `${kind}:${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The names of the two ends of a connected socket, local and remote. @param name - what was connected to, for a socket whose peer has gone already */
export function endNames(kind: string, socket: Socket, name: string): [local: string, remote: string] {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  const remote = remoteAddress === undefined || remotePort === undefined ? name : inetName(kind, remoteAddress, remotePort);
  return [inetName(kind, localAddress ?? "", localPort ?? 0), remote];
}

/** A TCP or unix socket. Also the base of transports over anything that is a `net.Socket`, such as TLS. */
export class SocketStream extends Stream implements Waiting {
  /** The socket. It allows half-open connections and is read only while {@link setReading} says so. */
  protected readonly socket: Socket;
  /** Whether no write ever ends at once, as with TLS. */
  readonly #late: boolean;
  #writing = false;
  #reading = false;
  /** What it may still send before it waits for its turn. */
  #portion = PORTION;
  #resting = false;
  readonly #written = (): void => {
    // Called for writes that ended at once, too: those are recognised by nothing being under way.
    if (!this.#writing || this.socket.writableLength !== 0) return;
    this.#writing = false;
    this.transmitted();
  };

  /** @param socket - paused, with `allowHalfOpen`; it belongs to the stream from here on. The subclass arranges for {@link received}. */
  protected constructor(socket: Socket, info: StreamInfo, options: ConnectOptions) {
    super(info, options);
    this.socket = socket;
    this.#late = info.kind === "ssl";
    socket.on("error", (e) => this.broken(e));
    socket.on("end", () => this.peerEnded());
    socket.on("finish", () => this.ended());
    socket.on("close", () => this.fail(errnoError("ECONNRESET", `${this.name}: connection dropped`)));
  }

  /** Starts to connect. @param info - the state in it is "connecting" */
  static connect(address: SocketAddress, info: StreamInfo, options: ConnectOptions): SocketStream {
    const slot: { stream?: SocketStream } = {};
    const fresh: SocketOptions = { allowHalfOpen: true, onread: SocketStream.#onread(slot) };
    const socket = new Socket(fresh);
    socket.pause();
    const stream = new SocketStream(socket, info, options);
    slot.stream = stream;
    socket.on("connect", () => {
      if ("port" in address) socket.setNoDelay(true);
      if ("port" in address) stream.opened(...endNames(info.kind, socket, info.name));
      else stream.opened();
    });
    try {
      if ("port" in address) {
        const { dscp } = options;
        if (dscp === undefined) socket.connect(address);
        else {
          const { beforeConnect, ...marked } = markedLookup(address.host);
          socket.connect({ ...address, ...marked });
          beforeConnect(socket, () => mark(socket, dscp, info.name));
        }
      } else {
        const { path, release } = unixPath(address.file);
        socket.connect(path);
        release();
      }
    } catch (e) {
      queueMicrotask(() => stream.broken(e));
    }
    return stream;
  }

  /**
   * Takes over a socket that a `net.Server` with `pauseOnConnect` and `allowHalfOpen` has accepted.
   *
   * Servers have no option to read into a given buffer. So the kernel's handle is moved into a new socket; the old one is destroyed without it, which
   * also takes it off the server's books. Where handles look different, the socket stays as it is and is read by `data` events.
   */
  static accept(raw: Socket, info: StreamInfo, options: StreamOptions): SocketStream {
    const handle = (raw as WithHandle)._handle;
    if (handle == null || typeof handle.useUserBuffer !== "function") return SocketStream.#acceptPlain(raw, info, options);
    (raw as WithHandle)._handle = null;
    const slot: { stream?: SocketStream } = {};
    const rewrapped: SocketOptions = { handle, allowHalfOpen: true, onread: SocketStream.#onread(slot) };
    const socket = new Socket(rewrapped);
    socket.pause();
    raw.destroy();
    if (info.kind === "tcp") socket.setNoDelay(true);
    const stream = new SocketStream(socket, info, options);
    slot.stream = stream;
    return stream;
  }

  static #onread(slot: { stream?: SocketStream }): SocketOptions["onread"] {
    const callback = (n: number): boolean => {
      slot.stream?.received(READ, n);
      return true;
    };
    return { buffer: READ.u8, callback };
  }

  static #acceptPlain(raw: Socket, info: StreamInfo, options: StreamOptions): SocketStream {
    raw.pause();
    if (info.kind === "tcp") raw.setNoDelay(true);
    const stream = new SocketStream(raw, info, options);
    raw.on("data", (bytes: Uint8Array) => stream.received(new Chunk(bytes), bytes.length));
    return stream;
  }

  /** An error of the socket. Names that cannot be resolved count as `EHOSTUNREACH`, since no errno exists for them. */
  protected broken(e: unknown): void {
    const code = (e as { code?: unknown } | null)?.code;
    const unresolved = typeof code === "string" && (code === "ENOTFOUND" || code === "ENODATA" || code.startsWith("EAI_"));
    this.fail(unresolved ? errnoError("EHOSTUNREACH", `connecting to ${this.name}: the host name cannot be resolved`, e) : e);
  }

  protected override transmit(chunk: Chunk, n: number): boolean {
    const { socket } = this;
    const bytes = Buffer.from(chunk.u8.buffer, chunk.u8.byteOffset, n);
    // A callback costs a turn of Node's queue even where the write ended at once, which it nearly always does on a plain socket. So it is asked for behind the bytes where it did not.
    if (this.#late) socket.write(bytes, this.#written);
    else {
      socket.write(bytes);
      if (socket.writableLength !== 0) socket.write(NOTHING, this.#written);
    }
    if (socket.writableLength === 0) return true;
    this.#writing = true;
    return false;
  }

  protected override unsent(): number {
    return (this.socket as WithHandle)._handle?.writeQueueSize ?? 0;
  }

  /** Goes on reading behind the others. */
  again(): void {
    this.#resting = false;
    if (this.#reading) this.socket.resume();
  }

  protected override received(chunk: Chunk, n: number): void {
    super.received(chunk, n);
    this.#portion -= n;
    if (this.#portion > 0 || this.#resting) return;
    this.#portion = PORTION;
    if (!this.#reading) return;
    this.#resting = true;
    this.#stopReading();
    nextTurn(this);
  }

  protected override setReading(on: boolean): void {
    this.#reading = on;
    if (!on) this.#stopReading();
    else if (!this.#resting) this.socket.resume();
  }

  #stopReading(): void {
    this.socket.pause();
    // What resume() of the same tick left in Node's queue starts reading again, whatever has happened since.
    process.nextTick(() => {
      if (!this.#reading || this.#resting) this.socket.pause();
    });
  }

  protected override end(): void {
    this.socket.end();
  }

  protected override abort(): void {
    this.socket.destroy();
  }
}

import { type Clock, systemClock } from "../clock/mod.js";
import { checkOptions, errnoError, type OptionTable, SouthboundError } from "../errors/mod.js";
import { type Native, native } from "../native/mod.js";
import { ClientSession, type ClientUser } from "./client-session.js";
import { Listening, type ListeningUser } from "./listening.js";
import { callError, type MemifError } from "./memif-error.js";
import { ringSize, shortText, wholeNumber } from "./options.js";
import { type MemifLimits, ServerSession, type ServerUser } from "./server-session.js";
import type { Session, SessionPlace } from "./session.js";

/** How a {@link MemifSocket} works. */
export interface MemifSocketOptions {
  /** What the program calls itself to peers, at most 31 bytes; "southbound" by default. */
  readonly applicationName?: string | undefined;
  /** How much clients may bring. */
  readonly limits?: MemifLimits | undefined;
  /** How many connections may be there at a time that have not said which interface they want; 64 by default. Further ones are turned away. */
  readonly maxHalfOpen?: number | undefined;
  /** Milliseconds for a handshake; 10,000 by default. */
  readonly handshakeTimeout?: number | undefined;
  /** Called with what concerns no interface: why a connection ended that had not said which interface it wants, and that accepting failed, which goes on a little later. */
  readonly onError?: ((error: SouthboundError) => void) | undefined;
  /** The time; the system's by default. */
  readonly clock?: Clock | undefined;
}

/** What {@link MemifSocketOptions} has, for its check. */
export const MEMIF_SOCKET_OPTIONS: OptionTable<MemifSocketOptions> = {
  applicationName: "string",
  limits: { maxRegions: "number", maxReceiveQueues: "number", maxTransmitQueues: "number", maxRingSize: "number" },
  maxHalfOpen: "number",
  handshakeTimeout: "number",
  onError: "function",
  clock: "clock",
};

/** What a socket does with an interface; see `Interface`. */
export interface SocketUser {
  /** Handling events has stopped, or goes on. */
  running(on: boolean): void;
  /** The socket closes. */
  close(): void;
}

/** Bytes of a name that the kernel takes. */
const MAX_NAME = 107;

/**
 * A place where memif peers meet: a unix socket at a path of at most 107 bytes, or with `@` in front an abstract one. It carries any number of interfaces, distinguished by role and id. It listens
 * while it has interfaces in the server's role. Without a name it takes servers alone, behind the listeners that it is given by {@link addListener}.
 *
 * ```ts
 * await using socket = new MemifSocket("/run/memif.sock");
 * const first = new MemifServer({ socket, id: 0 });
 * const second = new MemifServer({ socket, id: 1, secret: "s3cret" });
 * ```
 */
export class MemifSocket implements AsyncDisposable {
  /** The path, or `@` and the abstract name; empty where it has none. */
  readonly name: string;
  /** The clock that interfaces use as well. */
  readonly clock: Clock;
  readonly #calls: Native;
  readonly #place: SessionPlace;
  readonly #limits: Required<MemifLimits>;
  readonly #maxHalfOpen: number;
  readonly #onError: (error: SouthboundError) => void;
  readonly #servers = new Map<number, ServerUser>();
  readonly #clients = new Set<number>();
  readonly #users = new Set<SocketUser>();
  readonly #sessions = new Set<Session>();
  readonly #external: Listening[] = [];
  #own: Listening | null = null;
  #running = true;
  #closed = false;

  /** @throws SouthboundError `ERR_NATIVE` where the addon is not there or the system is not Linux; `ENAMETOOLONG`; `ERR_USAGE`, `ERR_RANGE` for options */
  constructor(name: string | null = null, options: MemifSocketOptions = {}) {
    checkOptions("MemifSocket", options, MEMIF_SOCKET_OPTIONS);
    this.#calls = native("memif");
    if (this.#calls.seqpacketListen === undefined)
      throw new SouthboundError("ERR_NATIVE", `memif needs Linux; this is ${process.platform}`);
    const ready = this.#calls.eventfdReady();
    if (ready < 0)
      throw new SouthboundError(
        "ERR_NATIVE",
        "memif needs Linux 5.8 with asynchronous I/O: allow io_setup, io_submit and io_getevents in the seccomp filter, raise fs.aio-max-nr",
        { cause: callError(ready, "memif: making ready to signal eventfds") },
      );
    if (name !== null) checkName(name);
    const { applicationName = "southbound", limits = {} } = options;
    this.name = name ?? "";
    this.clock = options.clock ?? systemClock;
    this.#onError = options.onError ?? (() => {});
    this.#maxHalfOpen = wholeNumber("maxHalfOpen", options.maxHalfOpen, 64, 1, 65_536);
    this.#limits = {
      maxRegions: wholeNumber("maxRegions", limits.maxRegions, 256, 1, 65_536),
      maxReceiveQueues: wholeNumber("maxReceiveQueues", limits.maxReceiveQueues, 32, 1, 65_536),
      maxTransmitQueues: wholeNumber("maxTransmitQueues", limits.maxTransmitQueues, 32, 1, 65_536),
      maxRingSize: ringSize("maxRingSize", limits.maxRingSize, 16_384),
    };
    this.#place = {
      calls: this.#calls,
      clock: this.clock,
      name: this.name,
      applicationName: shortText("applicationName", applicationName),
      handshakeTimeout: wholeNumber("handshakeTimeout", options.handshakeTimeout, 10_000, 1, 2 ** 31 - 1),
      ended: (session, error) => this.#ended(session, error),
    };
  }

  /** Whether events are handled; see {@link stop}. */
  get running(): boolean {
    return this.#running;
  }

  /** Handles events again, after {@link stop}. */
  start(): void {
    this.#run(!this.#closed);
  }

  /** Handles nothing, of no interface, until {@link start}: a peer that connects waits, what peers say is not read, packets stay in the rings. Sending goes on. */
  stop(): void {
    this.#run(false);
  }

  /**
   * Listens with a socket that was made elsewhere, handed over by a service manager for instance: unix, SEQPACKET, listening. Added before the first server, it takes
   * the place of the socket's own name, which it does not need. The descriptor is the socket's from now on, unless this throws. When another process that shares it shuts it down, it is closed, which
   * `onError` is called with `ERR_CLOSED`; connections that are there live on.
   * @throws SouthboundError `EINVAL` when it is something else, `ERR_CLOSED`
   */
  addListener(descriptor: number): void {
    this.#mustBeOpen();
    const listening = Listening.adopt(this.#calls, descriptor, this.#listener());
    if (this.#running) listening.resume();
    this.#external.push(listening);
  }

  /** Closes all interfaces, with a message to their peers, and listens no more. Further calls do nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const user of [...this.#users]) user.close();
    this.#stopListening();
    for (const listening of this.#external.splice(0)) listening.close();
    for (const session of [...this.#sessions]) session.channel.disconnect("Socket closed", "ERR_CLOSED");
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Adds an interface that listens. @returns what takes it away again. @internal */
  addServer(user: ServerUser & SocketUser): () => void {
    this.#mustBeOpen();
    if (this.#servers.has(user.id)) throw taken(this.name, "server", user.id);
    this.#servers.set(user.id, user);
    this.#users.add(user);
    try {
      this.#listen();
    } catch (e) {
      this.#servers.delete(user.id);
      this.#users.delete(user);
      throw e;
    }
    return () => {
      this.#servers.delete(user.id);
      this.#users.delete(user);
      if (this.#servers.size > 0) return;
      this.#stopListening();
      for (const session of [...this.#sessions])
        if (session instanceof ServerSession && session.halfOpen) session.channel.disconnect("Nobody listens any more", "ERR_CLOSED");
    };
  }

  /** Adds an interface that connects. @returns what takes it away again. @internal */
  addClient(user: ClientUser & SocketUser): () => void {
    this.#mustBeOpen();
    if (this.name === "") throw nameless("connect to");
    if (this.#clients.has(user.id)) throw taken(this.name, "client", user.id);
    this.#clients.add(user.id);
    this.#users.add(user);
    return () => {
      this.#clients.delete(user.id);
      this.#users.delete(user);
    };
  }

  /** Connects for an interface. @throws SouthboundError when that fails at once. @internal */
  connect(user: ClientUser): Session {
    const fd = this.#calls.seqpacketConnect(this.name);
    if (fd < 0) throw callError(fd, `memif: connecting to ${this.name}`);
    return this.#begin(new ClientSession(this.#place, fd, user));
  }

  /** The addon, for the interfaces of the socket. @internal */
  get calls(): Native {
    return this.#calls;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new SouthboundError("ERR_CLOSED", `memif socket ${this.name} is closed`);
  }

  #run(on: boolean): void {
    if (this.#running === on) return;
    this.#running = on;
    for (const listening of [...this.#external, ...(this.#own === null ? [] : [this.#own])]) {
      if (on) listening.resume();
      else listening.pause();
    }
    for (const { channel } of [...this.#sessions]) {
      if (on) channel.resume();
      else channel.pause();
    }
    for (const user of [...this.#users]) user.running(on);
  }

  #listener(): ListeningUser {
    return {
      clock: this.clock,
      accepted: (fd, at) => this.#accepted(fd, at),
      failed: this.#onError,
      over: (listening, error) => {
        if (this.#own === listening) this.#own = null;
        else this.#external.splice(this.#external.indexOf(listening), 1);
        this.#onError(error);
      },
    };
  }

  #listen(): void {
    if (this.#own !== null || this.#external.length > 0) return;
    if (this.name === "") throw nameless("listen at; call addListener() first");
    this.#own = Listening.at(this.#calls, this.name, this.#listener());
    if (this.#running) this.#own.resume();
  }

  #stopListening(): void {
    this.#own?.close();
    this.#own = null;
  }

  #accepted(fd: number, at: string): void {
    let halfOpen = 0;
    for (const session of this.#sessions) if (session instanceof ServerSession && session.halfOpen) halfOpen++;
    const session = this.#begin(
      new ServerSession({ ...this.#place, name: at, limits: this.#limits, find: (id) => this.#servers.get(id) }, fd),
    );
    if (halfOpen >= this.#maxHalfOpen) session.channel.disconnect("Too many connections", "ENOBUFS");
  }

  #begin<S extends Session>(session: S): S {
    this.#sessions.add(session);
    if (this.#running) session.channel.resume();
    return session;
  }

  #ended(session: Session, error: MemifError): void {
    this.#sessions.delete(session);
    if (!(session instanceof ServerSession && session.halfOpen) || error.code === "ERR_CLOSED") return;
    if (session.wanted !== null) session.wanted.refused(error);
    else this.#onError(error);
  }
}

/** @throws SouthboundError `ERR_USAGE` where it is none, `ENAMETOOLONG` */
function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || name === "@" || name.includes("\0"))
    throw new SouthboundError("ERR_USAGE", "memif: the name of a socket is a path, or @ and a name");
  if (bytes > MAX_NAME) throw errnoError("ENAMETOOLONG", `memif socket ${name}: choose a name of at most ${MAX_NAME} bytes`);
}

function nameless(what: string): SouthboundError {
  return new SouthboundError("ERR_USAGE", `memif: the socket has no name to ${what}`);
}

function taken(name: string, role: string, id: number): SouthboundError {
  return errnoError("EADDRINUSE", `memif socket ${name} has a ${role} of id ${id} already`);
}

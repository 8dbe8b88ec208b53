import { lstatSync, unlinkSync } from "node:fs";
import type { Clock, Timer } from "../clock/mod.js";
import { errnoError, errnoOf, SouthboundError } from "../errors/mod.js";
import { type Native, READABLE, type Watcher } from "../native/mod.js";
import { callError, succeeded } from "./memif-error.js";

const EAGAIN = -11;
/** Connections taken in one turn of the event loop. */
const ACCEPTS = 64;
/** Milliseconds without accepting when there are no descriptors left. */
const REST = 100;

/** A socket that listens, and what it does with connections that come. */
export class Listening {
  /** Where it listens, for messages. */
  readonly name: string;
  readonly #calls: Native;
  readonly #fd: number;
  readonly #clock: Clock;
  readonly #accepted: ListeningUser["accepted"];
  readonly #failed: ListeningUser["failed"];
  readonly #over: ListeningUser["over"];
  readonly #remove: () => void;
  #watcher: Watcher | null = null;
  #rest: Timer | null = null;

  private constructor(calls: Native, fd: number, name: string, remove: () => void, user: ListeningUser) {
    this.#calls = calls;
    this.#fd = fd;
    this.name = name;
    this.#remove = remove;
    this.#clock = user.clock;
    this.#accepted = user.accepted;
    this.#failed = user.failed;
    this.#over = user.over;
  }

  /**
   * Listens at a path, or at an abstract name. A socket file that nobody listens at any more is replaced.
   * @throws SouthboundError `EADDRINUSE` when somebody answers there, `EEXIST` when the file is no socket, or what the system says
   */
  static at(calls: Native, name: string, user: ListeningUser): Listening {
    let fd = calls.seqpacketListen(name);
    if (fd < 0 && !name.startsWith("@") && callError(fd, "").code === "EADDRINUSE") {
      removeStale(calls, name);
      fd = calls.seqpacketListen(name);
    }
    succeeded(fd, `memif: listening on ${name}`);
    return new Listening(calls, fd, name, remover(name), user);
  }

  /** Listens with a socket that was made elsewhere. @throws SouthboundError `EINVAL` when it is not a listening unix socket of type SEQPACKET */
  static adopt(calls: Native, fd: number, user: ListeningUser): Listening {
    const name = `descriptor ${fd}`;
    succeeded(calls.seqpacketAdopt(fd), `memif: ${name}: a listening unix socket of type SEQPACKET is expected`);
    return new Listening(calls, fd, name, () => {}, user);
  }

  /** Takes connections from now on. */
  resume(): void {
    if (this.#watcher !== null || this.#rest !== null) return;
    const watcher = this.#calls.pollStart(this.#fd, READABLE, () => this.#accept(), false);
    if (typeof watcher === "number") throw callError(watcher, `memif: listening on ${this.name}`);
    this.#watcher = watcher;
  }

  /** Takes no connections until {@link resume}; those that come wait. */
  pause(): void {
    this.#rest?.stop();
    this.#rest = null;
    if (this.#watcher !== null) this.#calls.pollStop(this.#watcher);
    this.#watcher = null;
  }

  /** Ends it, and removes the socket file that it made. */
  close(): void {
    this.pause();
    this.#remove();
    this.#calls.seqpacketClose(this.#fd);
  }

  /** It would be readable for ever, with nobody to accept. */
  #end(): void {
    this.close();
    const what = `memif: listening on ${this.name} has ended: another process that shares the socket shut it down`;
    this.#over(this, new SouthboundError("ERR_CLOSED", `${what}; hand over a new one by addListener()`));
  }

  #accept(): void {
    for (let i = 0; i < ACCEPTS && this.#watcher !== null; i++) {
      const fd = this.#calls.seqpacketAccept(this.#fd);
      if (fd === EAGAIN) {
        if (this.#calls.seqpacketOver(this.#fd)) this.#end();
        return;
      }
      if (fd >= 0) this.#accepted(fd, this.name);
      else {
        const error = callError(fd, `memif: accepting on ${this.name}`);
        if (error.code === "ECONNABORTED") continue;
        this.pause();
        this.#rest = this.#clock.after(REST, () => {
          this.#rest = null;
          this.resume();
        });
        this.#failed(error);
      }
    }
  }
}

/** The holder of the listening socket. */
export interface ListeningUser {
  readonly clock: Clock;
  /** Gets each connection, and owns its descriptor. @param at - where it was accepted */
  accepted(fd: number, at: string): void;
  /** Called when accepting failed. Listening goes on a little later. */
  failed(error: SouthboundError): void;
  /** Called when it takes nobody any more, since somebody shut the socket down. It is closed. */
  over(listening: Listening, error: SouthboundError): void;
}

/** Makes way for a socket file: removes a stale one, refuses anything else. */
function removeStale(calls: Native, path: string): void {
  const context = `memif: listening on ${path}`;
  try {
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status === undefined) return;
    if (!status.isSocket()) throw errnoError("EEXIST", `${context}: the file is there and is no socket`);
    const probe = calls.seqpacketConnect(path);
    if (probe >= 0) calls.fdClose(probe);
    const code = probe < 0 ? callError(probe, context).code : undefined;
    if (code === "EACCES" || code === "EPERM") throw errnoError(code, context);
    if (code !== "ECONNREFUSED") throw errnoError("EADDRINUSE", `${context}: another process answers there`);
    unlinkSync(path);
  } catch (e) {
    throw SouthboundError.is(e) ? e : errnoError(errnoOf(e, "EIO"), context, e);
  }
}

/** What removes the socket file that was just made, unless another has taken its place. */
function remover(name: string): () => void {
  if (name.startsWith("@")) return () => {};
  const made = lstatSync(name, { throwIfNoEntry: false });
  return () => {
    const now = lstatSync(name, { throwIfNoEntry: false });
    if (made === undefined || now === undefined || now.ino !== made.ino || now.dev !== made.dev) return;
    try {
      unlinkSync(name);
    } catch {
      // the folder may have been closed to us; the next server replaces the file
    }
  };
}

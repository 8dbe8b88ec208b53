import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { Chunk } from "../bytes/mod.js";
import type { Timer } from "../clock/mod.js";
import { type Errno, errnoError, isErrno, type SouthboundError } from "../errors/mod.js";
import { type Library, type Native, native, type Watcher } from "../native/mod.js";
import { Stream } from "./stream.js";
import type { ConnectOptions } from "./stream-options.js";

/** Where every library of the thread is read into; what is there is handled before the next call. */
const READ = new Chunk(0x10000);
/** Calls of `handle_recv` in a row, after which others in the thread have their turn. */
const IN_A_ROW = 32;
/** Milliseconds between two looks at a library that cannot say when it has something, at first and at most. */
const SHORTEST = 1;
const LONGEST = 64;

const AGAIN = -constants.errno.EAGAIN;

/** The errno that a negative result stands for; `EIO` for any other number, which a library may answer. */
function errnoNamed(result: number): Errno {
  const name = Number.isSafeInteger(result) && result < 0 ? getSystemErrorName(result) : "EIO";
  return isErrno(name) ? name : "EIO";
}

/** What dynamic linkers (glibc, musl, macOS) say, and what it comes to; the first that fits. */
const SAYINGS: readonly (readonly [RegExp, Errno])[] = [
  [/symbol/i, "EINVAL"],
  [/no such file|not found.*\.(so|dylib)/i, "ENOENT"],
  [/permission denied/i, "EACCES"],
  [/elf|mach-o|exec format|file too short|file format|wrong architecture/i, "ENOEXEC"],
];

/** What the dynamic linker said about a file, as an error. */
function linkError(name: string, file: string, said: string): SouthboundError {
  // A file's name may hold any of the words.
  const words = said.replaceAll(file, "");
  const missing = /\bhandle_(recv|send)\b/.exec(words);
  if (missing !== null)
    return errnoError("EINVAL", `${name}: the library has no function ${missing[0]}(); it must export handle_recv() and handle_send()`);
  const errno = SAYINGS.find(([saying]) => saying.test(words))?.[1] ?? "EINVAL";
  return errnoError(errno, `${name}: the library cannot be loaded: ${said}`);
}

/**
 * A stream to a controller in a shared library, whose functions are called in this thread: `handle_send` when there is something for it, `handle_recv` behind that, when the descriptor of
 * `handle_fd` becomes readable, and without one after pauses that grow while nothing comes.
 */
export class LibraryStream extends Stream {
  #calls!: Native;
  #library: Library | null = null;
  #watcher: Watcher | null = null;
  #reading = false;
  #out: Chunk | null = null;
  #from = 0;
  #to = 0;
  #pause = SHORTEST;
  #timer: Timer | null = null;
  #due = false;
  #turns = 0;
  readonly #look = (): void => {
    this.#due = false;
    this.#attend();
  };

  constructor(name: string, file: string, options: ConnectOptions) {
    super({ kind: "dl", name, needsProbes: false, state: "connecting" }, options);
    queueMicrotask(() => this.#open(file));
  }

  #open(file: string): void {
    if (this.state !== "connecting") return;
    try {
      this.#calls = native("a controller in a shared library");
    } catch (e) {
      this.fail(e);
      return;
    }
    const library = this.#calls.libraryOpen(file);
    if (typeof library === "string") this.fail(linkError(this.name, file, library));
    else if (typeof library === "number") {
      const errno = errnoNamed(library);
      const why = errno === "EBUSY" ? "the library serves a connection already" : "handle_open() failed";
      this.fail(errnoError(errno, `${this.name}: ${why}`));
    } else {
      this.#library = library;
      const fd = this.#calls.libraryFd(library);
      const watcher = fd < 0 ? null : this.#calls.pollStart(fd, 1, (events) => this.#event(events), true);
      if (typeof watcher === "number")
        this.fail(errnoError(errnoNamed(watcher), `${this.name}: the descriptor ${fd} of handle_fd() cannot be watched`));
      else {
        this.#watcher = watcher;
        this.opened();
      }
    }
  }

  protected override transmit(chunk: Chunk, n: number): boolean {
    this.#out = chunk;
    this.#from = 0;
    this.#to = n;
    this.#soon();
    return this.#push();
  }

  protected override unsent(): number {
    return this.#to - this.#from;
  }

  protected override setReading(on: boolean): void {
    this.#reading = on;
    if (on) this.#soon();
  }

  protected override end(): void {
    this.ended();
    this.peerEnded();
  }

  protected override abort(): void {
    this.#timer?.stop();
    this.#timer = null;
    if (this.#watcher !== null) this.#calls.pollStop(this.#watcher);
    this.#watcher = null;
    if (this.#library !== null) this.#calls.libraryClose(this.#library);
    this.#library = null;
    this.#out = null;
  }

  #event(events: number): void {
    if (events < 0) this.fail(errnoError(errnoNamed(events), `${this.name}: watching the descriptor of handle_fd()`));
    else this.#attend();
  }

  /** Looks at the library behind what runs now; now and then behind what else waits in the thread, since it may answer each answer for ever. */
  #soon(): void {
    if (this.#due) return;
    this.#due = true;
    if (++this.#turns % IN_A_ROW === 0) setImmediate(this.#look);
    else queueMicrotask(this.#look);
  }

  /** Sends and receives what can be, and says when to look again. */
  #attend(): void {
    if (this.#library === null) return;
    const before = this.#from;
    if (this.#out !== null && this.#push()) this.transmitted();
    const received = this.#receive();
    if (this.#library === null || this.#due) return;
    this.#pause = received || this.#from !== before ? SHORTEST : Math.min(LONGEST, this.#pause * 2);
    this.#timer?.stop();
    const blind = this.#watcher === null && this.#reading;
    this.#timer = blind || this.#out !== null ? this.limits.clock.after(this.#pause, () => this.#attend()) : null;
  }

  /** Offers what is left to send. @returns whether nothing is */
  #push(): boolean {
    const { u8 } = this.#out!;
    while (this.#from < this.#to) {
      const offered = this.#to - this.#from;
      const taken = this.#calls.librarySend(this.#library!, u8, this.#from, this.#to);
      if (taken === 0 || taken === AGAIN) return false;
      if (this.#refuses("handle_send", taken, offered)) return false;
      this.#from += taken;
    }
    this.#out = null;
    return true;
  }

  /** @returns whether anything came */
  #receive(): boolean {
    const most = READ.u8.length;
    for (let i = 0; i < IN_A_ROW; i++) {
      if (!this.#reading || this.#library === null) return i > 0;
      const n = this.#calls.libraryRecv(this.#library, READ.u8, 0, most);
      if (n === 0 || n === AGAIN) return i > 0;
      if (this.#refuses("handle_recv", n, most)) return true;
      this.received(READ, n);
    }
    this.#due = true;
    setImmediate(this.#look);
    return true;
  }

  /** Ends the connection when a function answers what it must not. */
  #refuses(what: string, result: number, offered: number): boolean {
    if (result >= 0 && result <= offered) return false;
    if (result < 0) this.fail(errnoError(errnoNamed(result), `${this.name}: ${what}() failed`));
    else this.fail(errnoError("EPROTO", `${this.name}: ${what}() answered ${result} where ${offered} bytes were offered`));
    return true;
  }
}

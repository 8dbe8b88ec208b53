import { constants } from "node:os";
import { Chunk } from "../bytes/mod.js";
import type { Timer } from "../clock/mod.js";
import { errnoError } from "../errors/mod.js";
import { type Library, type Native, native, type Watcher } from "../native/mod.js";
import { errnoNamed, openError } from "./dl-error.js";
import { type LibraryPlace, placeOf } from "./library-holders.js";
import { LibraryWatch } from "./library-watch.js";
import { MessageCutter } from "./message-cutter.js";
import { Stream } from "./stream.js";
import type { ConnectOptions } from "./stream-options.js";

/** Where every library of the thread is read into; what is there is handled before the next call. */
const READ = new Chunk(0x10000);
/** Calls of `handle_recv` in a row, after which others in the thread have their turn. */
const CALLS_IN_A_ROW = 32;
/** Milliseconds between two looks at a library that cannot say when it has something, at first and at most. */
const SHORTEST = 1;
const LONGEST = 64;
/** Milliseconds between two looks at one that can: it may have ended without a sign, or have another descriptor. */
const SELDOM = 1_000;
/** Events of the descriptor in a row with nothing to receive, after which it is not heeded until something comes. */
const IN_VAIN = 8;
/** Milliseconds that a library's own thread may take to end, while this process waits for it. */
const END_GRACE = 1_000;

const AGAIN = -constants.errno.EAGAIN;

/** How a library is run. */
export interface LibraryForm {
  /** In a thread of its own, so that it may block. */
  readonly worker: boolean;
  /** It is never unloaded. */
  readonly keep: boolean;
}

/**
 * A stream to a controller in a shared library: `handle_send` is called once for each message that is sent, and again for what it has left of one; `handle_recv` behind that, when the descriptor of
 * `handle_fd` becomes readable, and without one after pauses that grow while nothing comes.
 */
export class LibraryStream extends Stream {
  readonly #file: string;
  #calls!: Native;
  #library: Library | null = null;
  #bell: Watcher | null = null;
  #watch: LibraryWatch | null = null;
  #reading = false;
  readonly #cutter = new MessageCutter();
  /** Whether a chunk is under way, a call of handle_send in the library's thread, and one of handle_recv. */
  #sending = false;
  #offered = false;
  #asked = false;
  #endDue = false;
  #pause = SHORTEST;
  #timer: Timer | null = null;
  #due = false;
  #turns = 0;
  /** Whether `handle_fd` is to be asked again, whether there is one, and how many events in a row were in vain. */
  #stale = false;
  #announces = false;
  #vain = 0;
  #place: LibraryPlace | null = null;
  #obstacle: Promise<void> | null = null;
  readonly #look = (): void => {
    this.#due = false;
    this.#attend();
  };
  readonly #tick = (): void => {
    this.#stale = this.#announces;
    this.#attend();
  };

  constructor(name: string, file: string, form: LibraryForm, options: ConnectOptions) {
    super({ kind: "dl", name, needsProbes: false, state: "connecting" }, options);
    this.#file = file;
    queueMicrotask(() => this.#open(form));
  }

  /** When another connection has the library, which can have one only: the end of that one. */
  override get obstacle(): Promise<void> | null {
    return this.#obstacle;
  }

  #open({ keep, worker }: LibraryForm): void {
    if (this.state !== "connecting") return;
    try {
      this.#calls = native("a controller in a shared library");
    } catch (e) {
      this.fail(e);
      return;
    }
    const place = placeOf(this.#file);
    const { releases } = place;
    const library = this.#calls.libraryOpen(this.#file, this.name, keep, worker);
    if (typeof library === "number") {
      this.fail(openError(this.name, this.#file, library));
      return;
    }
    this.#library = library;
    if (worker) {
      const bell = this.#calls.pollStart(this.#calls.libraryBell(library), 1, () => this.#rang(library, place, releases), false);
      if (typeof bell === "number") this.fail(errnoError(errnoNamed(bell), `${this.name}: the library's thread cannot be watched`));
      else this.#bell = bell;
    }
    this.#begin(library, place, releases);
  }

  /** Goes on with opening as far as it has come. */
  #begin(library: Library, place: LibraryPlace, releases: number): void {
    if (this.state !== "connecting") return;
    const status = this.#calls.libraryStatus(library);
    if (status === null) return;
    if (status !== 0) {
      if (status === -constants.errno.EBUSY) this.#obstacle = place.free(releases);
      this.fail(openError(this.name, this.#file, status));
      return;
    }
    if (this.#place === null) {
      this.#place = place;
      place.held();
    }
    const fd = this.#calls.libraryFd(library);
    if (fd === null) return;
    this.#announces = fd !== -constants.errno.ENOSYS;
    const watched = this.#rewatch(fd);
    if (watched < 0) this.fail(errnoError(errnoNamed(watched), `${this.name}: the descriptor ${fd} of handle_fd() cannot be watched`));
    else this.opened();
  }

  /** A call in the library's thread is done. */
  #rang(library: Library, place: LibraryPlace, releases: number): void {
    this.#calls.libraryBell(library);
    if (this.state === "connecting") this.#begin(library, place, releases);
    else if (this.#library !== null) this.#soon();
    else if (this.#calls.libraryClose(library)) this.#silence();
  }

  /** The library is another connection's, or its thread is waited for no longer. */
  #silence(): void {
    this.#place?.released();
    this.#place = null;
    this.#timer?.stop();
    this.#timer = null;
    if (this.#bell !== null) this.#calls.pollStop(this.#bell);
    this.#bell = null;
  }

  protected override transmit(chunk: Chunk, n: number): boolean {
    this.#cutter.give(chunk, n);
    this.#sending = true;
    this.#soon();
    return this.#push();
  }

  protected override unsent(): number {
    return this.#cutter.left + this.#cutter.to - this.#cutter.from;
  }

  protected override setReading(on: boolean): void {
    this.#reading = on;
    if (on) this.#soon();
    else this.#watch?.off();
  }

  protected override end(): void {
    this.#cutter.rest();
    this.#endDue = true;
    this.#soon();
  }

  protected override abort(): void {
    this.#watch?.close();
    this.#watch = null;
    const library = this.#library;
    this.#library = null;
    const over = library === null || this.#calls.libraryClose(library);
    this.#silenceBehind(over);
  }

  #silenceBehind(over: boolean): void {
    if (over) this.#silence();
    else {
      this.#timer?.stop();
      this.#timer = this.limits.clock.after(END_GRACE, () => this.#silence());
    }
  }

  /** Looks at the library behind what runs now; now and then behind what else waits in the thread, since it may answer each answer for ever. */
  #soon(): void {
    if (this.#due) return;
    this.#due = true;
    if (++this.#turns % CALLS_IN_A_ROW === 0) setImmediate(this.#look);
    else queueMicrotask(this.#look);
  }

  /** Sends and receives what can be, and says when to look again. */
  #attend(): void {
    const library = this.#library;
    if (library === null || this.state === "connecting") return;
    const before = this.unsent();
    if (this.#sending && this.#push()) this.transmitted();
    if (this.#endDue && this.#library !== null && this.#push()) {
      this.ended();
      this.peerEnded();
    }
    const received = this.#receive();
    if (this.#library === null) return;
    if (this.#stale) this.#ask(library);
    if (received) this.#vain = 0;
    this.#pause = received || this.unsent() !== before ? SHORTEST : Math.min(LONGEST, this.#pause * 2);
    if (!this.#due) this.#plan();
  }

  /** Watches the descriptor, or sets a time for the next look. */
  #plan(): void {
    this.#timer?.stop();
    this.#timer = null;
    const wanted = this.#reading && !this.#asked;
    const heeded = wanted && this.#vain <= IN_VAIN && this.#watch !== null && this.#watch.on() === 0;
    if (!heeded) this.#watch?.off();
    const full = (this.#sending || this.#endDue) && !this.#offered;
    if (full || (wanted && !heeded)) this.#timer = this.limits.clock.after(this.#pause, this.#tick);
    else if (wanted) this.#timer = this.limits.clock.after(SELDOM, this.#tick);
  }

  #event(events: number): void {
    this.#vain++;
    if (events < 0) {
      // What is wrong with it handle_recv() has to say.
      this.#watch?.close();
      this.#watch = null;
    }
    this.#attend();
  }

  /** Asks for the descriptor again, which may be another one by now. */
  #ask(library: Library): void {
    const fd = this.#calls.libraryFd(library);
    if (fd === null) return;
    this.#stale = false;
    if (fd !== (this.#watch?.fd ?? -1)) this.#rewatch(fd);
  }

  /** @returns 0, or the negative errno of a descriptor that cannot be watched */
  #rewatch(fd: number): number {
    this.#watch?.close();
    this.#watch = null;
    if (fd < 0) return 0;
    const watch = new LibraryWatch(this.#calls, fd, (events) => this.#event(events));
    const status = watch.on();
    if (status < 0) watch.close();
    else {
      watch.off();
      this.#watch = watch;
    }
    return status;
  }

  /** Offers what is left to send, a message at a time. @returns whether nothing is */
  #push(): boolean {
    const cutter = this.#cutter;
    do {
      while (cutter.from < cutter.to) {
        const taken = this.#calls.librarySend(this.#library!, cutter.u8, cutter.from, cutter.to);
        this.#offered = taken === null;
        if (taken === null || taken === 0 || taken === AGAIN) return false;
        if (this.#refuses("handle_send", taken, cutter.to - cutter.from)) return false;
        cutter.from += taken;
      }
    } while (cutter.next());
    this.#sending = false;
    return true;
  }

  /** @returns whether anything came */
  #receive(): boolean {
    const most = READ.u8.length;
    for (let i = 0; i < CALLS_IN_A_ROW; i++) {
      if (!this.#reading || this.#library === null) return i > 0;
      const n = this.#calls.libraryRecv(this.#library, READ.u8, 0, most);
      this.#asked = n === null;
      if (n === null || n === AGAIN) return i > 0;
      if (n === 0) {
        this.destroy();
        return true;
      }
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

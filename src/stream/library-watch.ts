import { readlinkSync } from "node:fs";
import type { LibraryCalls, PollCalls, Watcher } from "../native/mod.js";

/** Whether a descriptor is an eventfd, whose count the reader has to take. Nothing else may be read: its bytes are the library's. */
function isEventfd(fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === "anon_inode:[eventfd]";
  } catch {
    return false;
  }
}

/** Watches the descriptor that `handle_fd()` answered, by one of its own for the same file: the library may close its own, and the process use the number again. */
export class LibraryWatch {
  /** What the library's descriptor is. */
  readonly fd: number;
  readonly #calls: LibraryCalls & PollCalls;
  readonly #own: number;
  readonly #eventfd: boolean;
  readonly #readable: (events: number) => void;
  #watcher: Watcher | null = null;

  /** @param readable - called when it is readable, again and again as long as it is, unless it is an eventfd; a negative errno: it cannot be watched */
  constructor(calls: LibraryCalls & PollCalls, fd: number, readable: (events: number) => void) {
    this.fd = fd;
    this.#calls = calls;
    this.#readable = readable;
    this.#own = calls.libraryWatch(fd);
    this.#eventfd = this.#own >= 0 && isEventfd(this.#own);
  }

  /** Watches it. @returns 0, or a negative errno */
  on(): number {
    if (this.#own < 0) return this.#own;
    if (this.#watcher !== null) return 0;
    const watcher = this.#calls.pollStart(this.#own, 1, this.#readable, this.#eventfd);
    if (typeof watcher === "number") return watcher;
    this.#watcher = watcher;
    return 0;
  }

  /** Watches it no more, until {@link on}. */
  off(): void {
    if (this.#watcher !== null) this.#calls.pollStop(this.#watcher);
    this.#watcher = null;
  }

  /** Lets go of it. */
  close(): void {
    this.off();
    if (this.#own >= 0) this.#calls.fdClose(this.#own);
  }
}

/** A shared library with a controller in it; only the addon looks inside. */
export interface Library {
  readonly library: unique symbol;
}

/**
 * Calls of a controller in a shared library: in the calling thread, which waits for what the library does meanwhile, or in a thread of the library's own. There a call answers null when it has begun;
 * when {@link libraryBell} has rung, the same call answers what came of it. What the library answers is handed on as it is: the caller checks it.
 */
export interface LibraryCalls {
  /**
   * Begins to load a library, to look its functions up and to call `handle_open`, where there is one.
   * @param file - absolute, so that the linker searches for nothing
   * @param name - the connection's name, for the library
   * @param keep - it is never unloaded
   * @param threaded - its functions run in a thread of their own
   * @returns the library, to be asked for by {@link libraryStatus}, or a negative errno
   */
  libraryOpen(file: string, name: string, keep: boolean, threaded: boolean): Library | number;
  /**
   * Whether loading it has succeeded: 0; null while it is under way; what the dynamic linker said, which names a missing function; or a negative errno: -EBUSY when another connection has the library and
   * it has no instances, -EALREADY when one is beginning or ending, in whatever thread, else what `handle_open` answered.
   */
  libraryStatus(library: Library): number | string | null;
  /** Calls `handle_close`, where there is one, and unloads the library, in a thread behind the call that it is in. Doing so again does nothing. @returns whether that has been done */
  libraryClose(library: Library): boolean;
  /** A descriptor that is readable when calls in the library's thread are done; asking for it silences it. -1 without such a thread. */
  libraryBell(library: Library): number;
  /** What `handle_fd` answers; a negative errno where there is none. The descriptor stays the library's. */
  libraryFd(library: Library): number | null;
  /** A second descriptor for the same file, which stays valid whatever the library does with its own, or a negative errno. `fdClose` closes it. */
  libraryWatch(fd: number): number;
  /** Closes a descriptor of {@link libraryWatch}. */
  fdClose(fd: number): number;
  /** What `handle_recv` answers when it is to fill bytes [from, to), in a thread 64 KiB of them at most: how many it has filled, or a negative errno. */
  libraryRecv(library: Library, bytes: Uint8Array, from: number, to: number): number | null;
  /** What `handle_send` answers when it is offered bytes [from, to), in a thread 64 KiB of them at most: how many it has taken, or a negative errno. After null the same bytes are offered again. */
  librarySend(library: Library, bytes: Uint8Array, from: number, to: number): number | null;
}

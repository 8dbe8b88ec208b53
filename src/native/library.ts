/** A shared library with a controller in it; only the addon looks inside. */
export interface Library {
  readonly library: unique symbol;
}

/**
 * Calls of a controller in a shared library. They run in the calling thread: what the library does meanwhile, this thread waits for. What the library answers is handed on as it is: whoever
 * calls checks it.
 */
export interface LibraryCalls {
  /**
   * Loads a library, looks its functions up and calls `handle_open`, where there is one.
   * @param file - absolute, so that the linker searches for nothing
   * @returns the library; what the dynamic linker said, which names a missing function; or a negative errno: -EBUSY when the library is open already, in whatever thread, else what
   *   `handle_open` answered
   */
  libraryOpen(file: string): Library | string | number;
  /** Calls `handle_close`, where there is one, and unloads the library. Closing it twice does nothing. */
  libraryClose(library: Library): void;
  /** What `handle_fd` answers; a negative errno where there is none. The descriptor stays the library's. */
  libraryFd(library: Library): number;
  /** What `handle_recv` answers when it is to fill bytes [from, to): how many it has filled, or a negative errno. */
  libraryRecv(library: Library, bytes: Uint8Array, from: number, to: number): number;
  /** What `handle_send` answers when it is offered bytes [from, to): how many it has taken, or a negative errno. */
  librarySend(library: Library, bytes: Uint8Array, from: number, to: number): number;
}

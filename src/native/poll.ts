/** The event of a descriptor that can be read. epoll_ctl(2) (EPOLLIN) */
export const READABLE = 1;

/** A watched descriptor; only the addon looks inside. */
export interface Watcher {
  readonly watcher: unique symbol;
}

/** Watching descriptors from Node's event loop. The descriptor stays the caller's, which stops the watcher before closing it. */
export interface PollCalls {
  /**
   * Watches a descriptor until {@link pollStop}. While it does, the process keeps running.
   * @param events - 1: readable; 2: writable; 3: both
   * @param callback - called with the events that came, or with a negative errno
   * @param drain - the descriptor is an eventfd, which is read empty before each call
   * @returns the watcher, or a negative errno
   */
  pollStart(fd: number, events: number, callback: (events: number) => void, drain: boolean): Watcher | number;
  /** Ends it: the callback is not called again. Ending it twice does nothing. */
  pollStop(watcher: Watcher): void;
  /** Whether this watcher alone keeps the process running. */
  pollRef(watcher: Watcher, on: boolean): void;
}

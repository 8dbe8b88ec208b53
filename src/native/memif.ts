/**
 * Calls for packets through shared memory: unix sockets of type SEQPACKET, files in memory, eventfds. Linux alone has them. A descriptor that a call answers is the caller's,
 * which closes it by {@link MemifCalls.fdClose}. Where nothing else is said a call answers 0 or more, or a negative errno.
 */
export interface MemifCalls {
  /** A socket that listens at a path, or at an abstract name when it begins with `@`; at most 107 bytes. */
  seqpacketListen(name: string): number;
  /** A connected socket. Connecting never waits: `EAGAIN` when the listener's queue is full. `ENOBUFS` as {@link seqpacketAccept}. */
  seqpacketConnect(name: string): number;
  /** The next connection of a listening socket, or `EAGAIN`; `ENOBUFS` while too many descriptors of peers wait to be closed. */
  seqpacketAccept(listener: number): number;
  /** Makes a foreign listening socket non-blocking, and closed on exec; `EINVAL` when it is not a listening unix socket of type SEQPACKET. Answers the descriptor. */
  seqpacketAdopt(listener: number): number;
  /** Whether a listening socket takes nobody any more: another process that shares it has shut it down. */
  seqpacketOver(listener: number): boolean;
  /** Closes a socket of these calls, without waiting for descriptors that lie unread in it. The peer of a connection has its end at once. */
  seqpacketClose(fd: number): number;
  /** Sends one record, together with a copy of `descriptor` unless that is negative. */
  seqpacketSend(fd: number, bytes: Uint8Array, descriptor: number): number;
  /**
   * Reads one record into `bytes`: its length, or 0 at the end.
   * @param extra - two places: the descriptor that came with it or -1, and flags: 1 the record was longer, 2 descriptors were lost. Further descriptors were closed.
   *   Not written when the call answers an errno.
   */
  seqpacketReceive(fd: number, bytes: Uint8Array, extra: Int32Array): number;
  /** A file in memory of `size` bytes, which nobody can make smaller. */
  memfdCreate(name: string, size: number): number;
  /** Bytes of a file in memory; `EINVAL` when it is none. Of a foreign file the size lasts only when {@link memfdSealed} said so *before*. */
  memfdSize(fd: number): number;
  /** Whether nobody can take pages away from a process that maps the file: sealed against shrinking (F_SEAL_SHRINK), and not of huge pages. Seals are never taken away again. */
  memfdSealed(fd: number): boolean;
  /** The first `size` bytes of a file, shared with every process that maps it. The descriptor is not needed further. */
  memoryMap(fd: number, size: number): ArrayBuffer | number;
  /** Unmaps at once: the buffer and all its views have length 0 from then on. Doing it twice does nothing. */
  memoryUnmap(buffer: ArrayBuffer): void;
  /** 0, or what the kernel refused that eventfds are signalled with: asynchronous I/O (io_setup), and reading without waiting, which Linux 5.8 has. */
  eventfdReady(): number;
  /** A new eventfd. */
  eventfdCreate(): number;
  /** Counts one. Never waits, whatever others do to the eventfd; a full count stays full. */
  eventfdWrite(fd: number): number;
  /** What was counted since the last call. Never waits, whatever others do to the eventfd. */
  eventfdRead(fd: number): number;
  /**
   * Takes an eventfd that a peer made; `EINVAL` when it is none.
   * @param reads - whether it is to be read here, which empties it now: `EINVAL` as well when reading does not (EFD_SEMAPHORE)
   */
  eventfdAdopt(fd: number, reads: boolean): number;
  /** Closes a descriptor. */
  fdClose(fd: number): number;
  /** The same for one that a peer sent: does not wait for what that may be. Memory and eventfds are closed at once, nearly all others too; what takes longer is closed by another thread. */
  fdDiscard(fd: number): number;
}

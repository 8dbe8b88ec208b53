/**
 * Calls for packets through shared memory: unix sockets of type SEQPACKET, files in memory, eventfds. Linux alone has them. A descriptor that a call answers is the caller's,
 * who closes it by {@link MemifCalls.fdClose}. Where nothing else is said a call answers 0 or more, or a negative errno.
 */
export interface MemifCalls {
  /** A socket that listens at a path, or at an abstract name when it begins with `@`; at most 107 bytes. */
  seqpacketListen(name: string): number;
  /** A connected socket. Connecting never waits: `EAGAIN` when the listener's queue is full. */
  seqpacketConnect(name: string): number;
  /** The next connection of a listening socket, or `EAGAIN`. */
  seqpacketAccept(listener: number): number;
  /** Makes a foreign listening socket non-blocking, and closed on exec; `EINVAL` when it is not a listening unix socket of type SEQPACKET. Answers the descriptor. */
  seqpacketAdopt(listener: number): number;
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
  /** Bytes of a file; `EINVAL` when it is no regular file. */
  memfdSize(fd: number): number;
  /** Whether nobody can make the file smaller (F_SEAL_SHRINK). */
  memfdSealed(fd: number): boolean;
  /** The first `size` bytes of a file, shared with everybody who maps it. The descriptor is not needed further. */
  memoryMap(fd: number, size: number): ArrayBuffer | number;
  /** Unmaps at once: the buffer and all its views have length 0 from then on. Doing it twice does nothing. */
  memoryUnmap(buffer: ArrayBuffer): void;
  /** A new eventfd. */
  eventfdCreate(): number;
  /** Counts one. Never waits. */
  eventfdWrite(fd: number): number;
  /** What was counted since the last call. Never waits. */
  eventfdRead(fd: number): number;
  /** Makes a foreign eventfd non-blocking; `EINVAL` when it is none. */
  eventfdAdopt(fd: number): number;
  /** Closes a descriptor. */
  fdClose(fd: number): number;
}

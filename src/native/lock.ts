/** Locks of this process on whole files, of the kind that Open vSwitch's daemons hold on the files with their process ids. Closing any descriptor of the file gives the lock up. fcntl(2) (F_SETLK) */
export interface LockCalls {
  /** Takes the lock without waiting for it: 0, or a negative errno, `EAGAIN` or `EACCES` when another process has it. */
  fileLock(fd: number): number;
  /** The id of another process that has the lock, 0 when none has, or a negative errno. */
  fileLocker(fd: number): number;
}

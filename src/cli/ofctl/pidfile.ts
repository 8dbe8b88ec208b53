import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { isAbsolute, join } from "node:path";
import { ERRNO_TEXT, errnoOf } from "../../errors/mod.js";
import { type Native, native } from "../../native/mod.js";
import { runDirectory } from "../../stream/mod.js";
import { keepAtEnd, removeAtEnd } from "./ending.js";
import { Fatal, NAME } from "./fatal.js";
import type { Vlog } from "./vlog.js";

/** The path of a file that `--pidfile` names. */
export function pidfilePath(name: string): string {
  const file = name === "" ? `${NAME}.pid` : name;
  return isAbsolute(file) ? file : join(runDirectory(), file);
}

const reasonOf = (e: unknown): string => ERRNO_TEXT[errnoOf(e, "EIO")];

/** The locks, or undefined where the addon was not built: a file says nothing about its process then. */
function locks(log: Vlog): Native | undefined {
  try {
    return native("a locked pidfile");
  } catch (e) {
    log.log("daemon_unix", "WARN", (e as Error).message);
    return undefined;
  }
}

/** Runs a step, whose failure ends the program with its words. */
function doing<T>(what: string, step: () => T): T {
  try {
    return step();
  } catch (e) {
    throw new Fatal(`${what} (${reasonOf(e)})`);
  }
}

const sameFile = (a: Stats, b: Stats | undefined): boolean => a.dev === b?.dev && a.ino === b.ino;

/** Refuses to go on where a process holds the file, and removes one that was left behind. Open vSwitch daemon-unix.c (check_already_running) */
function checkAlone(file: string, native: Native): void {
  let fd: number;
  try {
    fd = openSync(file, "r+");
  } catch (e) {
    if (errnoOf(e, "EIO") === "ENOENT") return;
    throw new Fatal(`${file}: pidfile check failed (${reasonOf(e)}), aborting`);
  }
  try {
    const pid = native.fileLocker(fd);
    if (pid > 0) throw new Fatal(`${file}: already running as pid ${Number.parseInt(readFileSync(fd, "latin1"), 10) || pid}, aborting`);
    if (native.fileLock(fd) < 0 || !sameFile(fstatSync(fd), statSync(file, { throwIfNoEntry: false })))
      throw new Fatal(`${file}: pidfile check failed (Operation already in progress), aborting`);
    doing(`${file}: failed to delete stale pidfile`, () => unlinkSync(file));
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes the id of this process into a file that nobody else has, and locks that for as long as the process runs, so that `ovs-appctl` and others find it alive. The file is removed at the end.
 * @throws Fatal in the words of Open vSwitch, where another process has the file and it is not to be overwritten
 */
export function writePidfile(file: string, overwrite: boolean, log: Vlog): void {
  const temporary = overwrite ? `${file}.tmp${process.pid}` : `${file}.tmp`;
  const native = locks(log);
  // stays open: closing it would end the lock
  const fd = doing(`${temporary}: create failed`, () => openSync(temporary, "a+", 0o644));
  const locked = native?.fileLock(fd) ?? 0;
  if (locked < 0) throw new Fatal(`${temporary}: fcntl(F_SETLK) failed (Resource temporarily unavailable)`);
  removeAtEnd(temporary);
  if (!overwrite && native !== undefined) checkAlone(file, native);
  doing(`${temporary}: write failed`, () => {
    ftruncateSync(fd, 0);
    writeSync(fd, `${process.pid}\n`);
  });
  doing(`failed to rename "${temporary}" to "${file}"`, () => renameSync(temporary, file));
  keepAtEnd(temporary);
  removeAtEnd(file);
}

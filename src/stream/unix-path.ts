import { closeSync, constants, openSync } from "node:fs";
import { basename, dirname } from "node:path";
import { errnoError } from "../errors/mod.js";

/** Bytes that fit into `sun_path` with its terminator, by the strictest system in use. */
const SUN_PATH = process.platform === "linux" ? 107 : 103;

/** A name for a socket file that the kernel takes. */
export interface UnixPath {
  /** What to hand to the kernel; valid until {@link release}. */
  readonly path: string;
  /** To be called when the kernel needs `path` no more. Further calls do nothing. */
  release(): void;
}

/**
 * Shortens the name of a socket file. The kernel's limit is 107 bytes; on Linux longer ones go through the directory's descriptor in /proc, as
 * Open vSwitch does it.
 * @throws SouthboundError `ENAMETOOLONG` when that is no help; an error of `node:fs` when the directory cannot be opened
 */
export function unixPath(file: string): UnixPath {
  if (Buffer.byteLength(file) <= SUN_PATH) return { path: file, release: () => {} };
  const tooLong = (): Error => errnoError("ENAMETOOLONG", `socket file ${file}: choose one of at most ${SUN_PATH} bytes`);
  if (process.platform !== "linux") throw tooLong();
  let fd = openSync(dirname(file), constants.O_RDONLY | constants.O_DIRECTORY);
  const release = (): void => {
    if (fd >= 0) closeSync(fd);
    fd = -1;
  };
  const path = `/proc/self/fd/${fd}/${basename(file)}`;
  if (Buffer.byteLength(path) <= SUN_PATH) return { path, release };
  release();
  throw tooLong();
}

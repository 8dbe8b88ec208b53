import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { type Errno, errnoError, isErrno, type SouthboundError } from "../errors/mod.js";

/** The errno that a negative result stands for; `EIO` for any other number, which a library may answer. */
export function errnoNamed(result: number): Errno {
  const name = Number.isSafeInteger(result) && result < 0 ? getSystemErrorName(result) : "EIO";
  return isErrno(name) ? name : "EIO";
}

/** What dynamic linkers (glibc, musl, macOS) say, and what it comes to; the first that fits. */
const SAYINGS: readonly (readonly [RegExp, Errno])[] = [
  [/symbol/i, "EINVAL"],
  [/no such file|not found.*\.(so|dylib)/i, "ENOENT"],
  [/permission denied/i, "EACCES"],
  [/elf|mach-o|exec format|file too short|file format|wrong architecture/i, "ENOEXEC"],
];

/** What the dynamic linker said about a file, as an error. */
function linkError(name: string, file: string, said: string): SouthboundError {
  // A file's name may hold any of the words.
  const words = said.replaceAll(file, "");
  const missing = /\bhandle_(recv|send)\b/.exec(words);
  if (missing !== null)
    return errnoError("EINVAL", `${name}: the library has no function ${missing[0]}(); it must export handle_recv() and handle_send()`);
  const errno = SAYINGS.find(([saying]) => saying.test(words))?.[1] ?? "EINVAL";
  return errnoError(errno, `${name}: the library cannot be loaded: ${said}`);
}

/** Why a library was not opened, from what the addon's `libraryStatus` answered. */
export function openError(name: string, file: string, status: number | string): SouthboundError {
  if (typeof status === "string") return linkError(name, file, status);
  const { EBUSY, EALREADY } = constants.errno;
  if (status === -EBUSY)
    return errnoError(
      "EBUSY",
      `${name}: the library serves another connection; for more than one, its handle_open() must put an instance into its context (southbound-dl.h)`,
    );
  if (status === -EALREADY) return errnoError("EBUSY", `${name}: an earlier connection of the library has not ended yet`);
  return errnoError(errnoNamed(status), `${name}: handle_open() failed`);
}

import { closeSync, openSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { errnoError, errnoOf, SouthboundError } from "../errors/mod.js";
import { LibraryStream } from "./dl-library.js";
import { ModuleStream } from "./dl-module.js";
import { WorkerStream } from "./dl-worker.js";
import { FailedStream } from "./failed-stream.js";
import type { Stream } from "./stream.js";
import type { ConnectOptions } from "./stream-options.js";
import type { OtherTarget } from "./target.js";

const IN_WORKER = "?worker";

/** What executable files begin with: ELF, and Mach-O of 64 bits and of several architectures. */
const MAGIC: ReadonlySet<number> = new Set([0x7f454c46, 0xcffaedfe, 0xcafebabe]);

function split(argument: string): { file: string; inWorker: boolean } {
  const inWorker = argument.endsWith(IN_WORKER);
  return { file: inWorker ? argument.slice(0, -IN_WORKER.length) : argument, inWorker };
}

function beginsLikeLibrary(file: string): boolean {
  const head = new DataView(new ArrayBuffer(4));
  const fd = openSync(file, "r");
  try {
    return readSync(fd, head, 0, 4, 0) === 4 && MAGIC.has(head.getUint32(0));
  } finally {
    closeSync(fd);
  }
}

/** Tells by its name what a file is, and by its first bytes where the name does not say. Throws SouthboundError `ENOENT`, `EACCES`, `EINVAL`. */
function formOf(file: string, name: string): "module" | "library" {
  try {
    if (statSync(file).isFile()) {
      if (/\.[cm]?[jt]s$/.test(file)) return "module";
      if (/\.(so|dylib)$/.test(file) || beginsLikeLibrary(file)) return "library";
    }
  } catch (e) {
    throw errnoError(errnoOf(e, "EIO"), `${name}: loading the controller`, e);
  }
  throw errnoError("EINVAL", `${name} is neither an ES module (.js, .mjs) nor a shared library (.so, .dylib)`);
}

/**
 * `dl:FILE` and `dl:FILE?worker`: the controller runs in this process. An ES module gets the other end of a pipe within the thread, or of rings in shared memory where it runs in a worker; a
 * shared library is called. A relative FILE is in the working directory. Nothing is probed: what has ended is known.
 *
 * The functions of shared libraries are those of the RFC "OpenFlow Controller as Shared Library" (ovs-dev, 2019-03-25).
 */
export const dl = {
  name: "dl",
  syntax: "other" as const,

  complete(argument: string): string {
    const { file, inWorker } = split(argument);
    const name = JSON.stringify(`dl:${argument}`);
    if (file === "") throw errnoError("EAFNOSUPPORT", `${name}: a file must be specified`);
    if (file.includes("\0")) throw errnoError("EINVAL", `${name}: a file name has no NUL`);
    return `${resolve(file)}${inWorker ? IN_WORKER : ""}`;
  },

  connect({ name, argument }: OtherTarget, options: ConnectOptions): Stream {
    const { file, inWorker } = split(argument);
    try {
      if (formOf(file, name) === "module") return inWorker ? new WorkerStream(name, file, options) : new ModuleStream(name, file, options);
      if (inWorker) throw errnoError("EINVAL", `${name}: a shared library runs in this thread; leave out ${IN_WORKER}`);
      return new LibraryStream(name, file, options);
    } catch (e) {
      if (!SouthboundError.is(e) || e.code === "ERR_USAGE") throw e;
      return new FailedStream({ kind: "dl", name, needsProbes: false }, options, e);
    }
  },
};

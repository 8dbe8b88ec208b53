import { closeSync, openSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { errnoError, errnoOf, SouthboundError } from "../errors/mod.js";
import { parseFile } from "./address.js";
import { type LibraryForm, LibraryStream } from "./dl-library.js";
import { ModuleStream } from "./dl-module.js";
import { WorkerStream } from "./dl-worker.js";
import { FailedStream } from "./failed-stream.js";
import type { Stream } from "./stream.js";
import type { ConnectOptions } from "./stream-options.js";
import type { OtherTarget } from "./target.js";

/** What may stand behind FILE, in any order. */
const WORDS = /\?((?:worker|keep)(?:&(?:worker|keep))*)$/;

/** What executable files begin with: ELF, and Mach-O of 64 bits and of several architectures. */
const MAGIC: ReadonlySet<number> = new Set([0x7f454c46, 0xcffaedfe, 0xcafebabe]);

interface Parts extends LibraryForm {
  readonly file: string;
}

function split(argument: string): Parts {
  const found = WORDS.exec(argument);
  const words = found?.[1] ?? "";
  return { file: argument.slice(0, found?.index), worker: words.includes("worker"), keep: words.includes("keep") };
}

function join({ file, worker, keep }: Parts): string {
  const words = [worker && "worker", keep && "keep"].filter((word) => word !== false);
  return words.length === 0 ? file : `${file}?${words.join("&")}`;
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

/** Identifies a file by its name, and where that does not suffice by its first bytes. Throws SouthboundError `ENOENT`, `EACCES`, `EINVAL`. */
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
 * `dl:FILE`, with `?worker`, `?keep` or `?worker&keep` behind it: the controller runs in this process. An ES module gets the other end of a pipe within the thread, or of rings in shared memory where it runs
 * in a worker; a shared library is called, in this thread or in one of its own. `keep` leaves a library loaded behind its connection. A FILE that begins with `./` or `../` is in the working directory,
 * every other relative one where that of `unix:` is. Nothing is probed: what has ended is known.
 *
 * The functions of shared libraries are those of the RFC "OpenFlow Controller as Shared Library" (ovs-dev, 2019-03-25).
 */
export const dl = {
  name: "dl",
  syntax: "other" as const,

  complete(argument: string): string {
    const parts = split(argument);
    const file = /^\.\.?\//.test(parts.file) ? resolve(parts.file) : parts.file;
    return join({ ...parts, file: parseFile(`dl:${argument}`, file) });
  },

  connect({ name, argument }: OtherTarget, options: ConnectOptions): Stream {
    const { file, worker, keep } = split(argument);
    try {
      if (formOf(file, name) === "library") return new LibraryStream(name, file, { worker, keep }, options);
      if (keep) throw errnoError("EINVAL", `${name}: a module is never unloaded; leave out "keep"`);
      return worker ? new WorkerStream(name, file, options) : new ModuleStream(name, file, options);
    } catch (e) {
      if (!SouthboundError.is(e) || e.code === "ERR_USAGE") throw e;
      return new FailedStream({ kind: "dl", name, needsProbes: false }, options, e);
    }
  },
};

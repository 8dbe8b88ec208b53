import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { SouthboundError } from "../errors/mod.js";
import type { LibraryCalls } from "./library.js";
import type { LockCalls } from "./lock.js";
import type { MemifCalls } from "./memif.js";
import type { PollCalls } from "./poll.js";
import type { SocketCalls } from "./socket.js";

/** All calls of the addon. They answer a negative errno where the system refused, and throw only for arguments of a wrong type. */
export interface Native extends LibraryCalls, LockCalls, MemifCalls, PollCalls, SocketCalls {}

const place = (folder: string): URL => new URL(`../../native/${folder}/${process.platform}-${process.arch}/`, import.meta.url);

let loaded: Native | undefined;

/**
 * The addon, loaded at the first call.
 * @param purpose - what needs it, for the error's message: "memif", "native libraries"
 * @throws SouthboundError `ERR_NATIVE` where it was not built or cannot be loaded; the message says why and what to do
 */
export function native(purpose: string): Native {
  loaded ??= loadNative(place("build"), place("prebuilt"), purpose);
  return loaded;
}

/**
 * The addon that was built here, or else the one that came with the package, loaded anew. Throws as {@link native} does, which is the one to call: this is for tests.
 * @internal
 */
export function loadNative(built: URL, prebuilt: URL, purpose: string): Native {
  const own = new URL("southbound.node", built);
  const addon = existsSync(own) ? own : new URL("southbound.node", prebuilt);
  try {
    return createRequire(import.meta.url)(fileURLToPath(addon)) as Native;
  } catch (e) {
    const note = new URL("why-not.txt", built);
    const why = existsSync(note)
      ? readFileSync(note, "utf8").trim()
      : existsSync(addon)
        ? (e as Error).message
        : `it was not built for ${process.platform}-${process.arch}`;
    throw new SouthboundError("ERR_NATIVE", `${purpose} needs the native addon: ${why}; then run "npm rebuild southbound"`, { cause: e });
  }
}

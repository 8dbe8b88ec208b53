import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type Errno, errnoError, type SouthboundError } from "../errors/mod.js";
import { provideImports } from "./imports.js";
import type { Stream } from "./stream.js";
import { typeScriptAdvice } from "./type-script.js";

/** What a module of `dl:FILE` exports by default. It gets an end of a stream, whose other end is the switch's; the stream is its own from then on. */
export type Entry = (stream: Stream) => unknown;

/** The modules loaded so far, with the state of the file then, and how many states were seen. */
const loaded = new Map<string, { stamp: string; turn: number }>();

/** The module's address: another one when the file has changed since it was loaded, so that it is loaded anew. */
function addressOf(file: string): string {
  const { mtimeMs, size } = statSync(file);
  const stamp = `${mtimeMs} ${size}`;
  const known = loaded.get(file);
  const turn = known === undefined ? 0 : known.turn + Number(known.stamp !== stamp);
  loaded.set(file, { stamp, turn });
  const url = pathToFileURL(file);
  if (turn > 0) url.searchParams.set("changed", String(turn));
  return url.href;
}

/** The first line of what a module has thrown, which may be anything. */
export function wordsOf(e: unknown): string {
  try {
    return String(e instanceof Error ? e.message : e).split("\n")[0]!;
  } catch {
    return "something that has no text";
  }
}

function errnoOfImport(e: unknown): Errno {
  const { code, name } = (e ?? {}) as { code?: unknown; name?: unknown };
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND" || code === "ENOENT") return "ENOENT";
  if (name === "SyntaxError" || (typeof code === "string" && /^ERR_(UNKNOWN_FILE|UNSUPPORTED|INVALID_MODULE|REQUIRE|IMPORT)_/.test(code)))
    return "ENOEXEC";
  return "ECONNABORTED";
}

/**
 * Loads a module and answers its default export. A module is loaded once and again when its file has changed; what it keeps in its scope, all its connections share.
 * @param name - the target's, for messages
 * @throws SouthboundError `ENOENT` for an import that is not there, `ENOEXEC` for a file that is no module, `ECONNABORTED` when it throws, `EINVAL` without a function as default export
 */
export async function loadEntry(file: string, name: string): Promise<Entry> {
  let module: { readonly default?: unknown };
  try {
    provideImports(file);
    module = await import(addressOf(file));
  } catch (e) {
    const advice = typeScriptAdvice(file, e);
    throw errnoError(
      errnoOfImport(e),
      `${name}: the module cannot be loaded: ${wordsOf(e)}${advice === undefined ? "" : `: ${advice}`}`,
      e,
    );
  }
  if (typeof module.default === "function") return module.default as Entry;
  throw errnoError("EINVAL", `${name}: the module has no function as its default export: write "export default (stream) => { … }"`);
}

/**
 * Calls a module's entry and does what it asks for: a function that it answers, at once or by a promise, is called when the stream has closed.
 * @param faulted - called when the promise is rejected, or that function throws
 * @throws SouthboundError `ECONNABORTED` when it throws at once
 */
export function enter(entry: Entry, stream: Stream, name: string, faulted: (e: unknown) => void): void {
  let answer: unknown;
  try {
    answer = entry(stream);
  } catch (e) {
    throw aborted(name, e);
  }
  void Promise.all([answer, stream.closed])
    .then(([cleanup]) => (typeof cleanup === "function" ? cleanup() : undefined))
    .catch(faulted);
}

/** The error of a connection whose controller has thrown. */
export function aborted(name: string, e: unknown): SouthboundError {
  return errnoError("ECONNABORTED", `${name}: the controller threw: ${wordsOf(e)}`, e);
}

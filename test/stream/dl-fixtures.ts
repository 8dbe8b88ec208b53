import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Stream } from "../../src/stream/mod.js";
import { directory } from "./helpers.js";

/** A folder for modules, and its removal. */
export const { dir, remove } = directory();

const CHUNK = pathToFileURL(join(import.meta.dirname, "../../dist/bytes/mod.js")).href;

let files = 0;

/** Writes a module, which has `say(stream, bytes)`. @returns its file */
export function module(source: string, file = join(dir, `m${++files}.mjs`)): string {
  writeFileSync(
    file,
    `import { Chunk } from ${JSON.stringify(CHUNK)};
const say = (s, bytes) => {
  const u8 = typeof bytes === "string" ? new TextEncoder().encode(bytes) : Uint8Array.from(bytes);
  s.write(new Chunk(u8), u8.length);
};
${source}`,
  );
  return file;
}

/** The ends that modules in this thread were given and handed on, by `handOn(stream)` in their source. */
export const given: Stream[] = [];
(globalThis as { handOn?: (stream: Stream) => void }).handOn = (stream) => given.push(stream);

/** A module that sends back what it gets. */
export const ECHO = "export default (s) => { s.onChunk = (c, n) => say(s, c.u8.slice(0, n)); };";

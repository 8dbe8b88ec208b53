// @ts-check
/**
 * Puts the library rooms of dist/ into few files: each door (`dist/<room>/mod.js`) and each program that a room starts (`*-program.js`), over shared chunks. A door of a
 * hundred modules loads in less than half the time so. The command lines, which import doors only, stay as the compiler wrote them.
 *
 * As a program: `node scripts/bundle.mjs`, after the compiler; needs what `npm ci` installs.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SRC = join(ROOT, "src");
const DIST = join(ROOT, "dist");
/** Rooms that are programs and no library. */
const PROGRAMS = new Set(["cli"]);

const rooms = readdirSync(SRC).filter((room) => !PROGRAMS.has(room));
/** @type {Record<string, string>} */
const entries = {};
for (const room of rooms) {
  for (const entry of readdirSync(join(SRC, room), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || (entry.name !== "mod.ts" && !entry.name.endsWith("-program.ts"))) continue;
    const file = join(entry.parentPath, entry.name);
    entries[relative(SRC, file).slice(0, -".ts".length)] = file;
  }
}

// What the compiler wrote of these rooms would be a second copy of everything.
rmSync(join(DIST, "chunks"), { recursive: true, force: true });
for (const room of rooms) {
  if (!existsSync(join(DIST, room))) continue;
  for (const entry of readdirSync(join(DIST, room), { recursive: true, withFileTypes: true })) {
    if (/\.js(\.map)?$/.test(entry.name)) rmSync(join(entry.parentPath, entry.name));
  }
}

const bundle = await rolldown({
  input: entries,
  tsconfig: join(ROOT, "tsconfig.json"),
  platform: "node",
  treeshake: { moduleSideEffects: true },
});
await bundle.write({ dir: DIST, entryFileNames: "[name].js", chunkFileNames: "chunks/[name].js", sourcemap: true });
await bundle.close();

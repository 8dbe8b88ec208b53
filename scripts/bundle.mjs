// @ts-check
/**
 * Puts the library rooms of dist/ into few files: each door (`dist/<room>/mod.js`) and each program that a room starts (`*-program.js`), over shared chunks. A door of a
 * hundred modules loads in less than half the time so. The command lines, which import doors only, stay as the compiler wrote them. The benchmarks go to bench/dist/, one file for each
 * program, and import the doors of dist/.
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

const rooms = readdirSync(SRC, { withFileTypes: true })
  .filter((room) => room.isDirectory() && !PROGRAMS.has(room.name))
  .map((room) => room.name);
/** @type {Record<string, string>} */
const entries = { mod: join(SRC, "mod.ts") };
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
await bundle.write({
  dir: DIST,
  entryFileNames: "[name].js",
  chunkFileNames: "chunks/[name].js",
  sourcemap: true,
  // the declarations carry them for people; the source is a quarter shorter without, and is parsed whenever a program starts
  comments: false,
  // what every door needs in one file, and of the packets' room the numbers, which are all that the protocol needs of it
  codeSplitting: { groups: [{ name: "base", test: /\/src\/(?:errors|bytes)\/|\/src\/packet\/numbers\.ts$/ }] },
});
await bundle.close();

const BENCH = join(ROOT, "bench");
/** What a source of src/ imports by the path of a door is the package's own, which runs from dist/. */
const doors = {
  name: "doors",
  /** @param {string} specifier @param {string | undefined} importer */
  resolveId(specifier, importer) {
    if (importer === undefined || !specifier.startsWith(".")) return null;
    const room = /^(\w+)\/mod\.js$/.exec(relative(SRC, join(dirname(importer), specifier)))?.[1];
    return room === undefined ? null : { id: `southbound/${room}`, external: true };
  },
};
rmSync(join(BENCH, "dist"), { recursive: true, force: true });
const programs = readdirSync(BENCH).filter((name) => /^(main|dl-controller|.*-process)\.ts$/.test(name));
const benchmarks = await rolldown({
  input: Object.fromEntries(programs.map((name) => [name.slice(0, -".ts".length), join(BENCH, name)])),
  external: /^(southbound\/|commander$|node:)/,
  plugins: [doors],
  transform: { target: "node20" },
  tsconfig: join(ROOT, "tsconfig.json"),
  platform: "node",
});
await benchmarks.write({ dir: join(BENCH, "dist"), entryFileNames: "[name].js", chunkFileNames: "[name]-shared.js", sourcemap: true });
await benchmarks.close();

// The command line `ofctl` is one file, rooms included, so that what V8 makes of it can lie beside it: see bin/ofctl.js. Rooms that keep programs of their own find them from its folder as from theirs.
const ofctl = await rolldown({
  input: { ofctl: join(SRC, "cli", "ofctl.ts") },
  tsconfig: join(ROOT, "tsconfig.json"),
  platform: "node",
  treeshake: { moduleSideEffects: true },
  transform: { target: "node20" },
});
rmSync(join(DIST, "ofctl"), { recursive: true, force: true });
await ofctl.write({ dir: join(DIST, "ofctl"), format: "cjs", entryFileNames: "[name].cjs", codeSplitting: false });
await ofctl.close();
await import("./code-cache.mjs");

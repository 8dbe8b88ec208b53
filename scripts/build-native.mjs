// @ts-check
/**
 * Compiles native/ into native/build/<platform>-<arch>/southbound.node, if it is not there or a source changed. Never fails an installation: where no compiler or no
 * header is to be had, the reason is left in why-not.txt beside, for the loader to tell. Needs Node alone, so it imports no package.
 *
 * As a program: `node scripts/build-native.mjs [--must | --prebuilt]`; with `--must`, exit status 1 and the compiler's messages when it failed; with `--prebuilt` as well, and a
 * copy goes to native/prebuilt/, which a package carries for machines of the same kind that have no compiler.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NATIVE = join(dirname(dirname(fileURLToPath(import.meta.url))), "native");
const OUT = join(NATIVE, "build", `${process.platform}-${process.arch}`);
const ADDON = join(OUT, "southbound.node");
const STAMP = join(OUT, "built-from.txt");
const WHY_NOT = join(OUT, "why-not.txt");
const PREBUILT = join(NATIVE, "prebuilt", `${process.platform}-${process.arch}`);

/** Where Node's headers are: beside the running program, or where npm was told. */
function headers() {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  const roots = [process.env.npm_config_nodedir, prefix, "/usr"].filter((root) => root !== undefined && root !== "");
  return roots.map((root) => join(String(root), "include", "node")).find((dir) => existsSync(join(dir, "node_api.h")));
}

/** The C compiler, and words of its own that it is to be called with. */
const [COMPILER = "cc", ...FLAGS] = (process.env.CC || "cc").trim().split(/\s+/);

/** @param {string[]} sources */
function fingerprint(sources) {
  const hash = createHash("sha256").update(`${process.versions.modules} ${COMPILER} ${FLAGS.join(" ")}\n`);
  for (const name of sources) hash.update(name).update(readFileSync(join(NATIVE, name)));
  return hash.digest("hex");
}

/**
 * Compiles what is not compiled yet.
 * @returns {string | null} why it could not be, or null
 */
export function buildNative() {
  const sources = readdirSync(NATIVE)
    .filter((name) => /\.[ch]$/.test(name))
    .sort();
  const now = fingerprint(sources);
  if (existsSync(ADDON) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === now) return null;
  try {
    mkdirSync(OUT, { recursive: true });
    rmSync(STAMP, { force: true });
    const why = compile(sources.filter((name) => name.endsWith(".c")));
    // What was built from other sources has other functions: nobody is to load it.
    rmSync(why === null ? WHY_NOT : ADDON, { force: true });
    writeFileSync(why === null ? STAMP : WHY_NOT, why ?? now);
    return why;
  } catch (e) {
    return `it could not be written: ${/** @type {Error} */ (e).message}`;
  }
}

/** @param {string[]} files */
function compile(files) {
  const include = headers();
  if (include === undefined) return "Node's headers (node_api.h) were not found; install them (Debian: libnode-dev)";
  const fresh = `${ADDON}.${process.pid}`;
  const link = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : ["-ldl"];
  const args = [
    ...FLAGS,
    "-shared",
    "-fPIC",
    "-O2",
    "-std=gnu11",
    "-Wall",
    "-Wextra",
    "-fvisibility=hidden",
    `-I${include}`,
    "-o",
    fresh,
    ...files,
    ...link,
  ];
  const done = spawnSync(COMPILER, args, { cwd: NATIVE, encoding: "utf8" });
  if (done.error !== undefined) return `no C compiler was found (${COMPILER}); install one (Debian: gcc)`;
  if (done.status !== 0) {
    rmSync(fresh, { force: true });
    return `the C compiler failed:\n${done.stderr}`;
  }
  renameSync(fresh, ADDON);
  return null;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const why = buildNative();
  const prebuilt = process.argv.includes("--prebuilt");
  if (why !== null && (prebuilt || process.argv.includes("--must"))) {
    process.stderr.write(`southbound: ${why}\n`);
    process.exit(1);
  }
  if (prebuilt) {
    mkdirSync(PREBUILT, { recursive: true });
    copyFileSync(ADDON, join(PREBUILT, "southbound.node"));
  }
}

// @ts-check
/**
 * Compiles native/ into native/build/<platform>-<arch>/southbound.node, if it is not there or a source changed. Never fails an installation: where no compiler or no
 * header is to be had, the reason is left in why-not.txt beside, for the loader to tell. Needs Node alone, so it imports no package.
 *
 * As a program: `node scripts/build-native.mjs [--must]`; with `--must`, exit status 1 and the compiler's messages when it failed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NATIVE = join(dirname(dirname(fileURLToPath(import.meta.url))), "native");
const OUT = join(NATIVE, "build", `${process.platform}-${process.arch}`);
const ADDON = join(OUT, "southbound.node");
const STAMP = join(OUT, "built-from.txt");
const WHY_NOT = join(OUT, "why-not.txt");

/** Where Node's headers are: beside the running program, or where npm was told. */
function headers() {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  const roots = [process.env.npm_config_nodedir, prefix, "/usr"].filter((root) => root !== undefined && root !== "");
  return roots.map((root) => join(String(root), "include", "node")).find((dir) => existsSync(join(dir, "node_api.h")));
}

/** @param {string[]} sources */
function fingerprint(sources) {
  const hash = createHash("sha256").update(`${process.versions.modules} ${process.env.CC ?? "cc"}\n`);
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
  mkdirSync(OUT, { recursive: true });
  rmSync(STAMP, { force: true });
  const why = compile(sources.filter((name) => name.endsWith(".c")));
  if (why === null) {
    rmSync(WHY_NOT, { force: true });
    writeFileSync(STAMP, now);
  } else {
    writeFileSync(WHY_NOT, why);
  }
  return why;
}

/** @param {string[]} files */
function compile(files) {
  const include = headers();
  if (include === undefined) return "Node's headers (node_api.h) were not found; install them (Debian: libnode-dev)";
  const compiler = process.env.CC ?? "cc";
  const fresh = `${ADDON}.${process.pid}`;
  const link = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : ["-ldl"];
  const args = [
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
  const done = spawnSync(compiler, args, { cwd: NATIVE, encoding: "utf8" });
  if (done.error !== undefined) return `no C compiler was found (${compiler}); install one (Debian: gcc)`;
  if (done.status !== 0) return `the C compiler failed:\n${done.stderr}`;
  renameSync(fresh, ADDON);
  return null;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const why = buildNative();
  if (why !== null && process.argv.includes("--must")) {
    process.stderr.write(`southbound: ${why}\n`);
    process.exit(1);
  }
}

// @ts-check
/**
 * Brings a clone to the state in which it can run: packages installed, sources compiled to dist/. Does only what is missing, says nothing
 * when all went well, and writes to standard error alone. Needs Node and npm and nothing else, so it imports no package.
 *
 * As a program: `node scripts/setup.mjs [--no-build]`; exit status 1 and one line when something failed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { buildNative } from "./build-native.mjs";

/** The top folder of the clone. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const STAMP = join(ROOT, "dist", ".built");

/** Something that keeps the clone from running; its message is the line to print. */
export class SetupError extends Error {}

/** @param {string} path */
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/** @param {string} text */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}

/** Refuses a Node older than package.json's `engines` asks for. */
function checkNode() {
  const wanted = String(readJson(join(ROOT, "package.json")).engines.node);
  const [needMajor = 0, needMinor = 0] = wanted.replace(/^>=/, "").split(".").map(Number);
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < needMajor || (major === needMajor && minor < needMinor)) {
    throw new SetupError(`Node ${needMajor}.${needMinor} or newer is needed; this is ${process.versions.node} (${process.execPath})`);
  }
}

/** Whether node_modules holds what package-lock.json lists. npm writes its own list there as the last step of an installation. */
function isInstalled() {
  const listed = join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(listed)) return false;
  const have = readJson(listed).packages;
  for (const [path, wanted] of Object.entries(readJson(join(ROOT, "package-lock.json")).packages)) {
    if (path === "") continue;
    const found = have[path];
    if (found === undefined ? !wanted.optional && !wanted.peer : found.version !== wanted.version || found.integrity !== wanted.integrity) {
      return false;
    }
    if (found !== undefined && !existsSync(join(ROOT, path))) return false;
  }
  return true;
}

/** The program and first arguments that run npm. */
function npm() {
  const running = process.env.npm_execpath;
  if (running !== undefined && basename(running).startsWith("npm") && existsSync(running)) return [process.execPath, running];
  const beside = join(dirname(realpathSync(process.execPath)), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js");
  return existsSync(beside) ? [process.execPath, beside] : ["npm"];
}

/**
 * Whether the only thing that `npm ci` has against the lock file is that it lacks packages that other packages name as optional. npm leaves
 * them out when it writes the lock file from a registry that has no copy of them, as mirrors often lack the programs of other platforms.
 * @param {string} said - what npm printed
 */
function lacksOnlyOptional(said) {
  const lines = said.split("\n").filter((line) => /\b(Missing|Invalid): /.test(line));
  const optional = new Set();
  for (const { optionalDependencies = {} } of Object.values(readJson(join(ROOT, "package-lock.json")).packages)) {
    for (const name of Object.keys(optionalDependencies)) optional.add(name);
  }
  return lines.length > 0 && lines.every((line) => optional.has(/Missing: (.+)@[^@]* from lock file/.exec(line)?.[1]));
}

/**
 * Runs npm here; answers its status and all it printed.
 * @param {string[]} words
 */
function runNpm(...words) {
  const [program = "npm", ...first] = npm();
  const args = [...first, ...words, "--include=dev", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retry-mintimeout=2000"];
  const done = spawnSync(program, [...args, "--loglevel=error"], { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  if (done.error !== undefined) throw new SetupError(`npm did not start (${done.error.message}); install npm, which comes with Node`);
  return { status: done.status, said: `${done.stderr}${done.stdout}` };
}

function install() {
  progress("southbound: installing packages…");
  let { status, said } = runNpm("ci");
  // Unlike "ci", "install" passes over optional packages that cannot be had; it keeps to the lock file in all it lists.
  if (status !== 0 && lacksOnlyOptional(said)) ({ status, said } = runNpm("install", "--no-save"));
  if (status === 0) return;
  const code = /code (E[A-Z_]+)/.exec(said)?.[1] ?? "";
  if (/^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)$/.test(code)) {
    throw new SetupError(
      `npm could not reach the package registry (${code}); check the network or "npm config get registry", then start again`,
    );
  }
  const reason = said.split("\n").find((line) => /^npm (error|ERR!) (?!code)\S/.test(line));
  throw new SetupError(`installing the packages failed: ${reason?.replace(/^npm (error|ERR!) /, "") ?? `npm ended with status ${status}`}`);
}

/**
 * Every file below `dir`, sorted.
 * @param {string} dir
 * @returns {string[]}
 */
function filesBelow(dir) {
  if (!existsSync(dir)) return [];
  const entries = readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => (entry.isDirectory() ? filesBelow(join(dir, entry.name)) : [join(dir, entry.name)]));
}

/** What a build depends on, as one text that changes whenever any of it does. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const file of [
    ...filesBelow(join(ROOT, "src")),
    ...filesBelow(join(ROOT, "bench")).filter((file) => file.endsWith(".ts")),
    join(ROOT, "tsconfig.json"),
    join(ROOT, "scripts", "bundle.mjs"),
    join(ROOT, "scripts", "code-cache.mjs"),
    join(ROOT, "node_modules", "typescript", "package.json"),
    join(ROOT, "node_modules", "rolldown", "package.json"),
  ]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(ROOT, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/** Removes what an earlier build made from a source that is gone. */
function removeStale() {
  const dist = join(ROOT, "dist");
  for (const file of filesBelow(dist)) {
    if (!file.endsWith(".d.ts")) continue;
    const stem = relative(dist, file).slice(0, -".d.ts".length);
    if (existsSync(join(ROOT, "src", `${stem}.ts`))) continue;
    for (const suffix of [".js", ".js.map", ".d.ts", ".d.ts.map"]) rmSync(join(dist, `${stem}${suffix}`), { force: true });
  }
}

function build() {
  const now = fingerprint();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === now) return;
  progress("southbound: building…");
  rmSync(STAMP, { force: true });
  removeStale();
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const done = spawnSync(process.execPath, [tsc, "-p", "tsconfig.json"], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout}${done.stderr}`);
    throw new SetupError("the build failed; the compiler's messages are above");
  }
  const bundled = spawnSync(process.execPath, [join(ROOT, "scripts", "bundle.mjs")], { cwd: ROOT, encoding: "utf8" });
  if (bundled.status !== 0) throw new SetupError(`the build failed: ${bundled.stderr}`);
  writeFileSync(STAMP, now);
}

/**
 * Installs and builds what is missing. Throws a {@link SetupError} when that fails.
 * @param {{ build?: boolean }} [options] - `build: false` only installs
 */
export function setup(options = {}) {
  checkNode();
  if (!isInstalled()) install();
  buildNative();
  if (options.build !== false) build();
}

/**
 * {@link setup} for a program: prints the line of a failure and ends with status 1.
 * @param {{ build?: boolean }} [options]
 */
export function setupOrExit(options) {
  try {
    setup(options);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`southbound: ${error.message}\n`);
    process.exit(1);
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  setupOrExit({ build: !process.argv.includes("--no-build") });
}

/** The package as npm packs it, made once for each build and shared by all tests that install it. It needs dist/, which `npm test` builds first, and no network. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "..");
const CACHE = join(ROOT, "node_modules/.cache/southbound/packed");
const run = promisify(execFile);

/** What goes into the tarball, as one text that changes with any of it. */
function fingerprint(): string {
  const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly files: readonly string[] };
  const hash = createHash("sha256");
  for (const name of ["package.json", ...files.filter((file) => !file.startsWith("!"))]) {
    const path = join(ROOT, name);
    const below = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: "utf8" }).sort() : [""];
    for (const file of below) {
      const { size, mtimeMs } = statSync(join(path, file));
      hash.update(`${name}/${file} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest("hex").slice(0, 32);
}

/** Packs a folder into CACHE under a name, unless it is there; answers the tarball's path. Two that do so at once make the same file. */
async function pack(folder: string, name: string): Promise<string> {
  const tarball = join(CACHE, name);
  if (existsSync(tarball)) return tarball;
  mkdirSync(CACHE, { recursive: true });
  const own = mkdtempSync(join(CACHE, "making-"));
  try {
    // the scripts of packing build what is built already
    await run("npm", ["pack", folder, "--ignore-scripts", "--pack-destination", own], { cwd: ROOT, maxBuffer: 1 << 26 });
    renameSync(join(own, readdirSync(own)[0]!), tarball);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  return tarball;
}

/**
 * The tarball of this package and those of the packages that it needs: what `npm install` is given in place of `southbound`, so that it asks no registry.
 * @returns their paths, the package's own first
 */
export async function packed(): Promise<readonly string[]> {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const needed = Object.keys(dependencies).map(async (name) => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")) as { readonly version: string };
    return pack(join(ROOT, "node_modules", name), `${name.replace("/", "-")}-${version}.tgz`);
  });
  return Promise.all([pack(ROOT, `southbound-${fingerprint()}.tgz`), ...needed]);
}

/** The names of all files in the tarball, without its top folder. */
export async function packedFiles(): Promise<readonly string[]> {
  const { stdout } = await run("tar", ["-tzf", (await packed())[0]!], { maxBuffer: 1 << 26 });
  return stdout
    .trimEnd()
    .split("\n")
    .map((name) => name.replace(/^package\//, ""));
}

/** Installs the package into a folder that has no package yet, or into one that has, without asking a registry. */
export async function installPacked(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, "package.json"))) writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", ...(await packed())], { cwd: folder, maxBuffer: 1 << 26 });
}

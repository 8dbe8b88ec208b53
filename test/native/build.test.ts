import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const SCRIPT = "scripts/build-native.mjs";

let dir: string;
let out: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "southbound-"));
  out = join(dir, "native/build", `${process.platform}-${process.arch}`);
  for (const folder of ["scripts", "native", "include/node"]) mkdirSync(join(dir, folder), { recursive: true });
  cpSync(join(ROOT, SCRIPT), join(dir, SCRIPT));
  writeFileSync(join(dir, "native/addon.c"), "");
  writeFileSync(join(dir, "include/node/node_api.h"), "");
  // A compiler that writes the words it was called with.
  writeFileSync(
    join(dir, "compiler"),
    '#!/bin/sh\nall="$*"\nwhile [ "$1" != -o ]; do shift; done\necho "$all" > "$2"\ncase "$all" in *--bad*) echo "no good" >&2; exit 1;; esac\n',
  );
  chmodSync(join(dir, "compiler"), 0o755);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function build(CC: string, ...words: string[]): { status: number | null; said: string } {
  const env = { ...process.env, CC, npm_config_nodedir: dir };
  const { status, stderr } = spawnSync(process.execPath, [join(dir, SCRIPT), ...words], { env, encoding: "utf8" });
  return { status, said: stderr };
}
const read = (name: string): string => readFileSync(join(out, name), "utf8");

test("the compiler may have words of its own, and is called when something has changed", () => {
  expect(build(`${dir}/compiler -m64 `)).toEqual({ status: 0, said: "" });
  expect(read("southbound.node")).toMatch(/^-m64 -shared .*addon\.c/);
  writeFileSync(join(out, "southbound.node"), "kept");
  build(`${dir}/compiler -m64`);
  expect(read("southbound.node")).toBe("kept");
  writeFileSync(join(dir, "native/addon.c"), "// changed");
  build(`${dir}/compiler -m64`);
  expect(read("southbound.node")).toMatch(/^-m64/);
});

test("where it fails nothing is left that was built from something else, and the reason is told", () => {
  build(`${dir}/compiler`);
  expect(build("/nonexistent")).toEqual({ status: 0, said: "" });
  expect(existsSync(join(out, "southbound.node"))).toBe(false);
  expect(read("why-not.txt")).toMatch(/^no C compiler was found \(\/nonexistent\)/);
  expect(build(`${dir}/compiler --bad`, "--must")).toEqual({ status: 1, said: expect.stringContaining("no good") });
  build(`${dir}/compiler`);
  expect(existsSync(join(out, "why-not.txt"))).toBe(false);
});

test("a copy for the package is made where it is asked for", () => {
  expect(build("/nonexistent", "--prebuilt").status).toBe(1);
  expect(build(`${dir}/compiler`, "--prebuilt")).toEqual({ status: 0, said: "" });
  const copy = join(dir, "native/prebuilt", `${process.platform}-${process.arch}`, "southbound.node");
  expect(readFileSync(copy, "utf8")).toBe(read("southbound.node"));
});

test("a folder that cannot be written fails no installation", () => {
  writeFileSync(join(dir, "native/build"), "a file in its place");
  expect(build(`${dir}/compiler`)).toEqual({ status: 0, said: "" });
  expect(build(`${dir}/compiler`, "--must")).toEqual({ status: 1, said: expect.stringMatching(/could not be written/) });
});

test("the package carries the sources and nothing that was built of them here", () => {
  const words = ["pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=silent"];
  const [{ files }] = JSON.parse(execFileSync("npm", words, { cwd: ROOT, encoding: "utf8" })) as [{ files: { path: string }[] }];
  const paths = files.map((f) => f.path).filter((path) => /^(native|scripts)\//.test(path));
  expect(paths).toEqual(expect.arrayContaining(["native/addon.c", "native/addon.h", SCRIPT]));
  expect(paths.filter((path) => path.startsWith("native/build"))).toEqual([]);
});

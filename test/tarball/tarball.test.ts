/** What the package carries, and what it does not. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { packedFiles } from "../packed.js";

const ROOT = join(import.meta.dirname, "../..");

test("the tarball has the programs, the docs, the examples and the sources, and neither benchmarks nor tests", async () => {
  const files = await packedFiles();
  const present = [
    "bin/southbound.js",
    "bin/ofctl.js",
    "dist/ofp/mod.d.ts",
    "src/ofp/mod.ts",
    "docs/design.md",
    "docs/demo.svg",
    "docs/guide/applications.md",
  ];
  present.push("docs/reference/messages.md", "examples/learning-switch.mjs", "README.md", "CHANGELOG.md", "LICENSE", "native/addon.c");
  expect(present.filter((file) => !files.includes(file))).toEqual([]);
  expect(files.filter((file) => /bench|^(test|interop)\/|\.test\.|\.tsbuildinfo|\.built|\.so$/.test(file))).toEqual([]);
});

test("package.json names the repository and the home page", () => {
  const { repository, homepage } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(repository.url).toMatch(/^git\+https:\/\/.*\.git$/);
  expect(homepage).toMatch(/^https:\/\//);
});

test("links of the pages in the tarball lead to files in it", async () => {
  const files = new Set(await packedFiles());
  const lost: string[] = [];
  for (const page of [...files].filter((file) => file.endsWith(".md"))) {
    for (const [, to] of readFileSync(join(ROOT, page), "utf8").matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (
        !/^\w+:/.test(to!) &&
        !files.has(join(dirname(page), to!)) &&
        ![...files].some((file) => file.startsWith(`${join(dirname(page), to!)}/`))
      )
        lost.push(`${page}: ${to}`);
    }
  }
  expect(lost).toEqual([]);
});

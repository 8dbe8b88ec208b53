import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

test("the README's first program is the example that the tests run", () => {
  const program = /```js\n([\s\S]*?)```/.exec(read("README.md"))?.[1];
  expect(program).toBe(read("examples/learning-switch.mjs"));
});

test("every file that the README and the guides link to is there", () => {
  for (const page of ["README.md", "CONTRIBUTING.md", "docs/design.md"]) {
    const folder = page.includes("/") ? page.slice(0, page.lastIndexOf("/")) : ".";
    for (const [, target] of read(page).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      expect(() => readFileSync(join(root, folder, target!)), `${page} -> ${target}`).not.toThrow();
    }
  }
});

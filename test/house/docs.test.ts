/** Holds the docs to the code: every public name has a doc comment, and the reference lists every error code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorsPage } from "../../scripts/generate-docs.mjs";
import { ERRNO_TEXT, ERROR_CODES } from "../../src/errors/mod.js";
import { doors, publicNames, ROOT } from "./sources.js";

test("every public name has a doc comment", () => {
  const bare: string[] = [];
  for (const [{ subpath }, names] of publicNames(doors())) {
    bare.push(...names.filter((name) => !name.documented).map(({ name, at }) => `${subpath} ${name}, declared in ${at}`));
  }
  expect(bare).toEqual([]);
});

test("docs/reference/errors.md lists every error code; `npm run docs` writes it anew", () => {
  const page = readFileSync(join(ROOT, "docs/reference/errors.md"), "utf8");
  const codes = [...Object.keys(ERROR_CODES), ...Object.keys(ERRNO_TEXT)];
  expect(codes.filter((code) => !page.includes(`| \`${code}\` |`))).toEqual([]);
  expect(page).toBe(errorsPage(ERROR_CODES, ERRNO_TEXT));
});

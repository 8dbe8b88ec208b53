/** Holds the docs to the code: the reference lists every error code, message, action, instruction and match field. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorsPage } from "../../scripts/generate-docs.mjs";
import { ERRNO_TEXT, ERROR_CODES } from "../../src/errors/mod.js";
import { ACTIONS, INSTRUCTIONS, MESSAGES, OXM_FIELDS } from "../../src/ofp/mod.js";
import { ROOT } from "./sources.js";

test("docs/reference/errors.md lists every error code; `npm run docs` writes it anew", () => {
  const page = readFileSync(join(ROOT, "docs/reference/errors.md"), "utf8");
  const codes = [...Object.keys(ERROR_CODES), ...Object.keys(ERRNO_TEXT)];
  expect(codes.filter((code) => !page.includes(`| \`${code}\` |`))).toEqual([]);
  expect(page).toBe(errorsPage(ERROR_CODES, ERRNO_TEXT));
});

test("docs/reference/ has every message, action, instruction and match field, with its fields; `npm run docs` writes it anew", () => {
  const missing: string[] = [];
  for (const [file, { entries }] of Object.entries({ "messages.md": MESSAGES, "actions.md": ACTIONS, "instructions.md": INSTRUCTIONS })) {
    const sections = new Map(
      readFileSync(join(ROOT, "docs/reference", file), "utf8")
        .split("\n## ")
        .map((text) => [text.slice(0, text.indexOf("\n")), text]),
    );
    for (const type of entries) {
      const section = sections.get(type.name) ?? "";
      if (!section.includes(`\`${type.entryName}\``)) missing.push(`${file}: ${type.name}`);
      missing.push(
        ...Object.keys(type.fields)
          .filter((name) => !section.includes(`| \`${name}\` |`))
          .map((name) => `${file}: ${type.name}.${name}`),
      );
    }
  }
  const fields = readFileSync(join(ROOT, "docs/reference/match-fields.md"), "utf8");
  missing.push(...OXM_FIELDS.filter(({ name }) => !fields.includes(`| \`${name}\` |`)).map(({ name }) => `match-fields.md: ${name}`));
  expect(missing).toEqual([]);
});

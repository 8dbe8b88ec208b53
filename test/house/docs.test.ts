/** Holds the docs to the code: the reference lists every error code, message, action, instruction and match field. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
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

test("links and paths of the pages lead to files that are there", () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).map((f) => join("docs", f)),
  ];
  const lost: string[] = [];
  for (const page of pages.filter((name) => name.endsWith(".md"))) {
    const text = readFileSync(join(ROOT, page), "utf8");
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, to]) => to!).filter((to) => !/^\w+:/.test(to));
    lost.push(...links.filter((to) => !existsSync(join(ROOT, dirname(page), to))).map((to) => `${page}: ${to}`));
    const paths = [...text.matchAll(/`((?:src|test|native|scripts|docs|examples)\/[\w./-]*\w\.\w+)`/g)].map(([, path]) => path!);
    lost.push(...paths.filter((path) => !existsSync(join(ROOT, path))).map((path) => `${page}: ${path}`));
  }
  expect(lost).toEqual([]);
});

test("the page about a packet-in and the one about ownership lead a newcomer: they are linked, and name files that are there", () => {
  for (const page of ["docs/packet-in.md", "docs/controller-ownership.md"]) {
    for (const from of ["README.md", "CONTRIBUTING.md"]) expect(readFileSync(join(ROOT, from), "utf8")).toContain(`](${page})`);
  }
  const page = readFileSync(join(ROOT, "docs/controller-ownership.md"), "utf8");
  const named = new Set([...page.matchAll(/\b([a-z-]+\.ts)\b/g)].map(([, file]) => file!).filter((file) => file !== "floors.test.ts"));
  const missing = [...named].filter((file) => !existsSync(join(ROOT, "src/controller", file)) && file !== "test.ts");
  expect(missing).toEqual([]);
});

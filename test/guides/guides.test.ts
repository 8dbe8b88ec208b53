/** Every block of every guide is run, and prints what stands beside it. See blocks.ts. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Block, blocksOf, PAGES, parseBlocks, prints, ROOT } from "./blocks.js";
import { runApp } from "./run-app.js";
import { Project } from "./run-block.js";

const LANGUAGES = new Set(["js", "ts", "sh", "c"]);
const dir = mkdtempSync(join(import.meta.dirname, "apps-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const isApp = ({ language, text, file }: Block): boolean => language === "js" && file === undefined && /^export default /m.test(text);

test("every block of every guide is run: by what its language says, by a test that reads the page, or beside real programs", () => {
  const lost: string[] = [];
  for (const page of PAGES) {
    for (const { line, language, heldBy, needs } of blocksOf(page)) {
      const place = `${page}:${line}`;
      if (heldBy !== undefined) {
        if (!existsSync(join(ROOT, heldBy))) lost.push(`${place}: there is no ${heldBy}`);
        else if (!readFileSync(join(ROOT, heldBy), "utf8").includes(page)) lost.push(`${place}: ${heldBy} does not read the page`);
      } else if (!LANGUAGES.has(language)) lost.push(`${place}: no test runs a block of "${language}"`);
      else if (language === "c" && needs.length === 0) lost.push(`${place}: C needs cc`);
    }
  }
  expect(lost).toEqual([]);
});

test("what is not run is found, and what is printed is compared", () => {
  expect(() => parseBlocks("p", "a\n\n    southbound demo\n")).toThrow("p:3: code that is indented is not run");
  expect(() => parseBlocks("p", "<!-- test: never -->\n```sh\n```\n")).toThrow('p:2: the comment "test: never" is not understood');
  expect(() => parseBlocks("p", "```text\na\n```\n")).toThrow("p:1: no block prints this");
  expect(parseBlocks("p", "<!-- test: file a.mjs -->\n```js\n1;\n```\n\nand\n\n```text\n2\n```\n")).toMatchObject([
    { file: "a.mjs", text: "1;\n", output: "2\n" },
  ]);
  expect(prints("a … c\n", "a b c\n", true)).toBe(true);
  expect(prints("a\n", "a\nb\n", true)).toBe(false);
  expect(prints("a\n…\nc\n", "a\nb\nb\nc\n", true)).toBe(true);
  expect(prints("a\nc\n", "x\na\nb\nc\nd\n", false)).toBe(true);
  expect(prints("c\na\n", "a\nb\nc\n", false)).toBe(false);
  expect(prints("a.c\n", "abc\n", true)).toBe(false);
});

const runHere = (page: string): readonly Block[] =>
  blocksOf(page).filter(({ heldBy, needs }) => heldBy === undefined && needs.length === 0);

describe.each(PAGES.filter((page) => runHere(page).length > 0))("%s", (page) => {
  let project: Project;
  beforeAll(async () => {
    project = await Project.make(page);
  });
  afterAll(() => project[Symbol.dispose]());
  for (const block of runHere(page)) {
    if (isApp(block)) {
      test.each([1, 4] as const)(`application of line ${block.line}, version %i`, (version) => runApp(block, version, dir));
    } else test(`block of line ${block.line}`, () => project.run(block));
  }
});

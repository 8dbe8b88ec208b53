/** Holds the clear cases of CONTRIBUTING's words in doc comments: an object is "it", and code does not tell. */
import ts from "typescript";
import { expect, test } from "vitest";
import { parse, sourceFiles } from "./sources.js";

/** Words that are for people, with what to write instead. */
const FOR_PEOPLE: readonly (readonly [RegExp, string])[] = [
  [/\b(he|she|his|her|him|whom)\b/i, "an object is it, a peer is a peer"],
  [/^\/\*\*\s*Who\b/, "name the thing by its noun"],
  [/\b(tells?|told|telling)\b/i, "code identifies, prints, reports, returns, sends"],
];

/** The doc comments of a file, each with its line. */
function docComments(source: ts.SourceFile): { readonly line: number; readonly text: string }[] {
  const found: { line: number; text: string }[] = [];
  const at = new Set<number>();
  const visit = (node: ts.Node): void => {
    for (const { pos, end } of ts.getLeadingCommentRanges(source.text, node.pos) ?? []) {
      const text = source.text.slice(pos, end);
      if (!text.startsWith("/**") || at.has(pos)) continue;
      at.add(pos);
      found.push({ line: source.getLineAndCharacterOfPosition(pos).line + 1, text });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Where comments have a word that is for people. What stands in backquotes is code. */
function strays(file: string, source: ts.SourceFile): string[] {
  return docComments(source).flatMap(({ line, text }) => {
    const words = text.replace(/`[^`]*`|"[^"]*"|\{@link [^}]*\}|@param \w+/g, "");
    return FOR_PEOPLE.flatMap(([pattern, instead]) => {
      const word = pattern.exec(words)?.[0];
      return word === undefined ? [] : [`src/${file}:${line}: "${word}" is for people: ${instead}`];
    });
  });
}

test("doc comments keep the words that are for people to people", () => {
  const files = sourceFiles().filter((file) => !file.startsWith("cli/") && !file.startsWith("view/"));
  expect(files.flatMap((file) => strays(file, parse(file)))).toEqual([]);
});

test("the rule finds what it is to find, and no more", () => {
  const lines = (text: string) => strays("tried.ts", ts.createSourceFile("tried.ts", text, ts.ScriptTarget.Latest, true));
  expect(lines("/** Told of each. */\nexport const a = 1;\n/** Whom to let in. */\nexport const b = 2;")).toEqual([
    'src/tried.ts:1: "Told" is for people: code identifies, prints, reports, returns, sends',
    'src/tried.ts:3: "Whom" is for people: an object is it, a peer is a peer',
  ]);
  expect(lines('/** The `tell` of "told", called once. @param told - called with it */\nexport const a = "he told";\n// he told')).toEqual(
    [],
  );
});

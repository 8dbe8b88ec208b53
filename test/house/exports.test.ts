/**
 * Holds the public names: what every door gives out is what exports.txt lists, so that no name comes or goes unnoticed, and has a doc comment. After a change that
 * is meant, write the list anew and read its diff: `npx vitest run test/house/exports.test.ts -u`
 *
 * Tests that need the compiler's types stand in this file: the one program that it makes takes seconds.
 */
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { uncheckedOptions } from "./option-checks.js";
import { compiled, doors, parse, publicNames, ROOT, sourceFiles } from "./sources.js";

const HEAD = `# The public names of every door, sorted. A test compares them with the code.
# After a change that is meant: npx vitest run test/house/exports.test.ts -u
`;

/** The doors of rooms: all but the front door, which repeats them. */
const rooms = doors().filter(({ subpath }) => subpath !== ".");
const program = compiled(doors());
const names = publicNames(doors(), program);

test("every door gives out the names that exports.txt lists", async () => {
  const lines: string[] = [];
  for (const [{ subpath }, given] of names) {
    if (subpath === ".") continue;
    lines.push(...given.map(({ name, isType }) => `${subpath} ${name}${isType ? " (type)" : ""}`));
  }
  await expect(`${HEAD}${lines.sort().join("\n")}\n`).toMatchFileSnapshot(join(ROOT, "test/house/exports.txt"));
});

test("the front door gives out every name of every other door, and a name means one thing in all of them", () => {
  const isFront = ([{ subpath }]: readonly [{ readonly subpath: string }, unknown]) => subpath === ".";
  const front = new Map([...names].find(isFront)?.[1].map((name) => [name.name, name]));
  const others = [...names].filter((door) => !isFront(door));
  // the short name of a switch's port, for those who import no messages beside it
  const isAlias = (subpath: string, name: string) => subpath === "./switch" && name === "Port";
  const wrong = others.flatMap(([{ subpath }, given]) =>
    given
      .filter(({ name, at }) => front.get(name)?.at !== at && !isAlias(subpath, name))
      .map(({ name, at }) => `${subpath} ${name}, declared in ${at}; the front door has ${front.get(name)?.at ?? "none"}`),
  );
  expect(wrong).toEqual([]);
  const known = new Set(others.flatMap(([, given]) => given.map(({ name }) => name)));
  expect([...front.keys()].filter((name) => !known.has(name))).toEqual([]);
});

test("every public name has a doc comment", () => {
  const bare = [...names].flatMap(([{ subpath }, given]) =>
    given.filter((name) => !name.documented).map(({ name, at }) => `${subpath} ${name}, declared in ${at}`),
  );
  expect(bare).toEqual([]);
});

test("every public function checks the options that it takes, or hands them to one that does", () => {
  expect(uncheckedOptions(program, rooms)).toEqual([]);
});

test("doors of rooms list their names one by one", () => {
  const stars = sourceFiles()
    .filter((file) => file.endsWith("/mod.ts"))
    .filter((file) => parse(file).statements.some((node) => ts.isExportDeclaration(node) && !isNamed(node)));
  expect(stars).toEqual([]);
});

const isNamed = (node: ts.ExportDeclaration) => node.exportClause !== undefined && ts.isNamedExports(node.exportClause);

/**
 * Holds the public names: what every door gives out is what exports.txt lists, so that no name comes or goes unnoticed. After a change that
 * is meant, write the list anew and read its diff: `npx vitest run test/house/exports.test.ts -u`
 */
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { doors, parse, publicNames, ROOT, sourceFiles } from "./sources.js";

const HEAD = `# The public names of every door, sorted. A test compares them with the code.
# After a change that is meant: npx vitest run test/house/exports.test.ts -u
`;

test("every door gives out the names that exports.txt lists", async () => {
  const lines: string[] = [];
  for (const [{ subpath }, names] of publicNames(doors())) {
    lines.push(...names.map(({ name, isType }) => `${subpath} ${name}${isType ? " (type)" : ""}`));
  }
  await expect(`${HEAD}${lines.sort().join("\n")}\n`).toMatchFileSnapshot(join(ROOT, "test/house/exports.txt"));
});

test("doors list their names one by one", () => {
  const stars = sourceFiles()
    .filter((file) => file.endsWith("/mod.ts"))
    .filter((file) => parse(file).statements.some((node) => ts.isExportDeclaration(node) && !isNamed(node)));
  expect(stars).toEqual([]);
});

const isNamed = (node: ts.ExportDeclaration) => node.exportClause !== undefined && ts.isNamedExports(node.exportClause);

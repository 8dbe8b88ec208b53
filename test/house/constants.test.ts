/**
 * Holds that a number with a meaning is said once, in the file of its concept: no two files have a constant of one name and value, and the numbers by which experimenters are known
 * stand in `ofp/ids.ts` and `ofp/oxm/header.ts` alone.
 */
import ts from "typescript";
import { expect, test } from "vitest";
import { parse, sourceFiles } from "./sources.js";

/** Constants that several files have on purpose, as `NAME value` and the reason. A name that only happens to be the same is made more specific instead. */
const APART: Readonly<Record<string, string>> = {};

/** Numbers that stand in one file only. */
const HOMES: ReadonlyMap<number, string> = new Map([
  [0x2320, "ofp/ids.ts"],
  [0x4f4e4600, "ofp/ids.ts"],
]);

const EXPERIMENTER = 0xffff;
const EXPERIMENTER_MESSAGE = 4;

/** The value of a literal; a sign and a bigint have none here. */
const numberOf = (node: ts.Node | undefined): number | undefined =>
  node !== undefined && ts.isNumericLiteral(node) ? Number(node.text) : undefined;

/** Constants of a file's top level that are one number, as `NAME value`. */
function constants(source: ts.SourceFile): string[] {
  return source.statements.flatMap((statement) =>
    ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.flatMap(({ name, initializer }) => {
          const value = numberOf(initializer);
          return value === undefined || !/^[A-Z][A-Z0-9_]*$/.test(name.getText()) ? [] : [`${name.getText()} ${value}`];
        })
      : [],
  );
}

/** Whether a number is compared with what may be a type or a class of an experimenter: a part of a key, the upper half of a header, what was read from the wire. */
function isCompared(node: ts.Node): boolean {
  const { parent } = node;
  if (!ts.isBinaryExpression(parent)) return false;
  if (![ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken].includes(parent.operatorToken.kind))
    return false;
  const other = (parent.left === node ? parent.right : parent.left).getText();
  return />>> 16$|\bkey\[0\]$|\.getUint16\(.*\)$|^(\w+\.)*(type|class|oxmClass)$/.test(other);
}

/** Whether a number begins the key of an experimenter's message or element. */
function isKey(node: ts.Node): boolean {
  const { parent } = node;
  if (!ts.isArrayLiteralExpression(parent) || parent.elements[0] !== node) return false;
  if (ts.isPropertyAssignment(parent.parent) && parent.parent.name.getText() === "key" && numberOf(node) === EXPERIMENTER) return true;
  return parent.elements.length > 1 && /experimenter|nicira|onf\b|2320/i.test(parent.elements[1]!.getText());
}

/** Numbers of a file that have a home elsewhere, as lines to read. */
function strays(file: string, source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const value = numberOf(node);
    if (value !== undefined) {
      const home = HOMES.get(value);
      const line = `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText()}`;
      if (home !== undefined && home !== file) found.push(`${line} stands in ${home}`);
      if (value === EXPERIMENTER && (isKey(node) || isCompared(node))) found.push(`${line} is EXPERIMENTER or EXPERIMENTER_CLASS`);
      if (value === EXPERIMENTER_MESSAGE && isKey(node)) found.push(`${line} is EXPERIMENTER_MESSAGE`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Constants of one name and value that several files have, with the number of files. */
function repeated(files: ReadonlyMap<string, ts.SourceFile>): Map<string, string[]> {
  const places = new Map<string, string[]>();
  for (const [file, source] of files)
    for (const constant of constants(source)) places.set(constant, [...(places.get(constant) ?? []), file]);
  return new Map([...places].filter(([, at]) => at.length > 1));
}

const sources = new Map(sourceFiles().map((file) => [file, parse(file)]));

test("a constant of one name and value stands in one file", () => {
  const found = repeated(sources);
  expect([...found].filter(([constant]) => APART[constant] === undefined).map(([constant, at]) => `${constant}: ${at.join(", ")}`)).toEqual(
    [],
  );
  // an exception that is no longer needed is taken out
  expect(Object.keys(APART).filter((constant) => !found.has(constant))).toEqual([]);
});

test("the numbers of experimenters stand in one file", () => {
  expect([...sources].flatMap(([file, source]) => strays(file, source))).toEqual([]);
});

test("the rules find what they are to find, and no more", () => {
  const file = (text: string): ts.SourceFile => ts.createSourceFile("tried.ts", text, ts.ScriptTarget.Latest, true);
  const files = new Map([
    ["a.ts", file("const TAGGED = 0x1000;\nexport const SIZE = 8;\nconst local = 1;\nconst OTHER = 2;")],
    ["b.ts", file("export const TAGGED = 4096;\nfunction f() { const SIZE = 8; }\nconst local = 1;\nconst OTHER = 3;")],
  ]);
  expect([...repeated(files)]).toEqual([["TAGGED 4096", ["a.ts", "b.ts"]]]);
  const lines = (text: string): string[] => strays("tried.ts", file(text)).map((line) => line.split(":")[1]!);
  expect(
    lines(`const NICIRA = 0x2320;
const row = { key: [0xffff, INTEL, 1] };
const row2 = { key: [4, ExperimenterId.Nicira, 12] };
const a = header >>> 16 === 0xffff;
const b = action.key[0] !== 65535;
const c = dv.getUint16(p) === 0xffff;
const d = mask === 0xffff, e = port & 0xffff, f = [4, 5], g = { key: [4] };
const h = 8992;
const i = v.type === 0xffff;
`),
  ).toEqual(["1", "2", "3", "4", "5", "6", "8", "9"]);
});

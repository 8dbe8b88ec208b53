/**
 * Holds how the sources handle bytes that may be anybody's. `slice()` of a Buffer is a view where that of a Uint8Array is a copy, so that only bytes which are known to be plain, those of a chunk,
 * may be sliced; and an array is often a part of a larger memory, so that a view of its `buffer` alone is of other bytes.
 */
import { join, relative } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { ROOT, sourceFiles } from "./sources.js";

const VIEWS = new Set(["DataView", "Uint8Array"]);

/** What breaks the rules in a program of these files, as lines to read. */
function broken(program: ts.Program, files: readonly string[]): string[] {
  const checker = program.getTypeChecker();
  const nameOf = (node: ts.Expression): string => checker.getTypeAtLocation(node).getSymbol()?.name ?? "";
  /** Uint8Array and what extends it, also as one of several types. */
  const isBytes = (type: ts.Type): boolean =>
    type.isUnionOrIntersection()
      ? type.types.some(isBytes)
      : ["Uint8Array", "Buffer"].includes(type.getSymbol()?.name ?? "") ||
        (type.isClassOrInterface() && checker.getBaseTypes(type).some(isBytes));
  const isOfChunk = (node: ts.Expression): boolean =>
    ts.isPropertyAccessExpression(node) && node.name.text === "u8" && nameOf(node.expression) === "Chunk";
  const fault = (node: ts.Node): string | undefined => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { expression: of, name } = node.expression;
      if (name.text === "slice" && !isOfChunk(of) && isBytes(checker.getTypeAtLocation(of)))
        return "copy with copyBytes(), or view with subarray()";
    }
    const [first, ...rest] = ts.isNewExpression(node) || ts.isCallExpression(node) ? (node.arguments ?? []) : [];
    if (first === undefined || rest.length > 1 || !ts.isPropertyAccessExpression(first) || first.name.text !== "buffer") return undefined;
    const made = (node as ts.NewExpression | ts.CallExpression).expression.getText();
    if (!isBytes(checker.getTypeAtLocation(first.expression))) return undefined;
    // without a length it reaches beyond the bytes, without an offset it is elsewhere
    return VIEWS.has(made) || made === "Buffer.from" ? "use viewOf() or plainBytes()" : undefined;
  };
  return files.flatMap((file) => {
    const source = program.getSourceFile(file)!;
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      const why = fault(node);
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      if (why !== undefined) found.push(`${relative(ROOT, file)}:${line} ${node.getText().slice(0, 80)}: ${why}`);
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

function programOf(files: readonly string[], host?: ts.CompilerHost): ts.Program {
  const config = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile).config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  return ts.createProgram([...files], { ...options, incremental: false, noEmit: true }, host);
}

/** The lines that a text breaks the rules in, as if it stood in src/. */
function faultsOf(text: string): string[] {
  const file = join(ROOT, "src", "bytes", "tried.ts");
  const host = ts.createCompilerHost({});
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true) : getSourceFile.call(host, name, ...rest);
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  return broken(programOf([file], host), [file]).map((line) => line.replace(/^.*tried\.ts:(\d+).*$/, "$1"));
}

test("bytes that may be anybody's are neither sliced nor seen through their whole buffer", { timeout: 120_000 }, () => {
  const files = sourceFiles().map((file) => join(ROOT, "src", file));
  expect(broken(programOf(files), files)).toEqual([]);
});

test("the rule finds what it is to find, and no more", { timeout: 120_000 }, () => {
  expect(
    faultsOf(`import { Chunk } from "./chunk.js";
class Frame extends Uint8Array {}
export const a = (bytes: Uint8Array) => bytes.slice();
export const b = (bytes: Uint8Array | string) => bytes.slice(1);
export const c = (bytes: Frame) => bytes.slice(1, 2);
export const d = (bytes?: Uint8Array) => bytes?.slice();
export const e = (bytes: Uint8Array) => new DataView(bytes.buffer);
export const f = (bytes: Uint8Array) => new Uint8Array(bytes.buffer, bytes.byteOffset);
export const g = (it: { u8: Uint8Array }) => it.u8.slice();
export const h = (chunk: Chunk) => chunk.u8.slice(1);
export const i = (text: string, list: readonly number[]) => text.slice(1) + list.slice(1).join();
export const j = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
export const k = (memory: { buffer: ArrayBuffer }) => new Uint8Array(memory.buffer);
`),
  ).toEqual(["3", "4", "5", "6", "7", "8", "9"]);
});

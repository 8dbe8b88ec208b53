/**
 * The types of the package as TypeScript users get them: the packed tarball in an empty project, with each way in which modules are found, with and without a look at the declarations themselves. `forms.txt` is the program that is
 * compiled: every form that the guides show, and mistakes that must not compile.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installPacked } from "../packed.js";

const ROOT = join(import.meta.dirname, "../..");
const dir = mkdtempSync(join(tmpdir(), "southbound-types-"));
const file = join(dir, "forms.ts");

beforeAll(async () => {
  await installPacked(dir);
  mkdirSync(join(dir, "node_modules/@types"), { recursive: true });
  for (const name of ["@types/node", "undici-types"]) symlinkSync(join(ROOT, "node_modules", name), join(dir, "node_modules", name));
  cpSync(join(import.meta.dirname, "forms.txt"), file);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The oldest compiler that the types are for, and the one that is installed. The older one is a package by an alias, which has no types of its own here. */
const COMPILERS: readonly string[] = ["typescript-5.9", "typescript"];
const load = (compiler: string): typeof ts => createRequire(import.meta.url)(compiler) as typeof ts;

const STRICT: ts.CompilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2023,
  types: ["node"],
};
const LIB = ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"];
const nodenext = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
const MODULES: Readonly<Record<string, ts.CompilerOptions>> = {
  node16: { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16, exactOptionalPropertyTypes: true },
  nodenext,
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
};

/** What the compiler has against the program, a line each. @param before - a program of the same files, which are not read again */
function compile(compiler: typeof ts, options: ts.CompilerOptions, before?: ts.Program): { program: ts.Program; found: string[] } {
  const host = compiler.createCompilerHost(options);
  host.getCurrentDirectory = () => dir;
  const program = compiler.createProgram([file], options, host, before);
  const found = compiler.getPreEmitDiagnostics(program).map((d) => {
    const line = d.file === undefined ? "" : `${d.file.fileName}:${d.file.getLineAndCharacterOfPosition(d.start ?? 0).line + 1} `;
    return line + compiler.flattenDiagnosticMessageText(d.messageText, "\n");
  });
  return { program, found };
}

describe.each(COMPILERS)("%s", (name) => {
  const compiler = load(name);

  test("is the version that it is taken for", () => {
    expect(compiler.version).toMatch(name === "typescript" ? /^6\./ : /^5\.9\./);
  });

  test.each(Object.entries(MODULES))("%s finds the types, and they compile as they should", (_name, how) => {
    const options: ts.CompilerOptions = { ...STRICT, ...how, lib: LIB };
    const unchecked = compile(compiler, { ...options, skipLibCheck: true });
    expect(unchecked.found).toEqual([]);
    expect(compile(compiler, { ...options, skipLibCheck: false }, unchecked.program).found).toEqual([]);
  });
});

test("an editor offers what switches send first", () => {
  const asked = join(dir, "asked.ts");
  const text = 'import { Controller } from "southbound/controller";\nnew Controller().on("", () => {});\n';
  const options: ts.CompilerOptions = { ...STRICT, ...nodenext, skipLibCheck: true, lib: LIB };
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [asked],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const content = name === asked ? text : ts.sys.readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => dir,
    getDefaultLibFileName: (o) => ts.getDefaultLibFilePath(o),
    fileExists: (name) => name === asked || ts.sys.fileExists(name),
    readFile: (name) => (name === asked ? text : ts.sys.readFile(name)),
    directoryExists: (name) => ts.sys.directoryExists(name),
    getDirectories: (name) => ts.sys.getDirectories(name),
  });
  const offered = service.getCompletionsAtPosition(asked, text.indexOf('""') + 1, {})?.entries.map(({ name }) => name) ?? [];
  expect(offered.slice(0, 6)).toEqual(["up", "down", "packet-in", "flow-removed", "port-status", "error"]);
});

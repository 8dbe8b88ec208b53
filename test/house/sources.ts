/** The sources and doors of the package, as the tests of this folder read them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The top folder of the package. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Every TypeScript file below src/, as a path from there, sorted. */
export function sourceFiles(): string[] {
  return readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.replaceAll("\\", "/"))
    .sort();
}

/** One place where a file names a module. */
export interface Import {
  /** The file, as a path from src/. */
  readonly file: string;
  readonly line: number;
  /** The words behind `from`, or given to `import()`. */
  readonly specifier: string;
  /** Nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
}

/** A file of src/, parsed alone. */
export function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(ROOT, "src", file), "utf8"), ts.ScriptTarget.Latest, true);
}

/** Every import of a file: static, re-exporting, dynamic with a fixed name, and those inside types. */
export function importsOf(source: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (name: ts.Node | undefined, typeOnly: boolean) => {
    if (name === undefined || !ts.isStringLiteralLike(name)) return;
    const line = source.getLineAndCharacterOfPosition(name.getStart()).line + 1;
    found.push({ file: source.fileName, line, specifier: name.text, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isExternalModuleReference(node)) add(node.expression, false);
    else if (ts.isImportTypeNode(node)) add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    else if (ts.isCallExpression(node)) {
      const isRequire = ts.isIdentifier(node.expression) && node.expression.text === "require";
      if (isRequire || node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** A door of the package: what users import, and the file behind it. */
export interface Door {
  /** As in package.json's exports: `./ofp`. */
  readonly subpath: string;
  /** The file, from the top folder: `src/ofp/mod.ts`. */
  readonly file: string;
}

/** The doors that stand: an entry of package.json's exports whose source does not exist yet is left out. */
export function doors(): Door[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    exports: Record<string, string | { types: string }>;
  };
  return Object.entries(exports).flatMap(([subpath, target]) => {
    if (typeof target === "string") return [];
    const file = target.types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts");
    return existsSync(join(ROOT, file)) ? [{ subpath, file }] : [];
  });
}

/** A name that a door gives out. */
export interface PublicName {
  readonly name: string;
  /** It names a type alone. */
  readonly isType: boolean;
  /** It has a doc comment. */
  readonly documented: boolean;
  /** Where it is declared, for messages. */
  readonly at: string;
}

/** The doors as the compiler sees them. */
export function compiled(of: readonly Door[]): ts.Program {
  const config = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile).config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  return ts.createProgram(
    of.map((door) => join(ROOT, door.file)),
    { ...options, incremental: false, noEmit: true },
  );
}

/** The public names of doors, sorted by name, read with the compiler. */
export function publicNames(of: readonly Door[], program: ts.Program): Map<Door, PublicName[]> {
  const checker = program.getTypeChecker();
  return new Map(
    of.map((door) => {
      const source = program.getSourceFile(join(ROOT, door.file))!;
      const module = checker.getSymbolAtLocation(source);
      const names = module === undefined ? [] : checker.getExportsOfModule(module);
      return [door, names.map((name) => describeName(checker, name)).sort((a, b) => (a.name < b.name ? -1 : 1))];
    }),
  );
}

function describeName(checker: ts.TypeChecker, symbol: ts.Symbol): PublicName {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target.declarations?.[0];
  const source = declaration?.getSourceFile();
  const line = source === undefined ? 0 : source.getLineAndCharacterOfPosition(declaration!.getStart()).line + 1;
  return {
    name: symbol.name,
    isType: (target.flags & ts.SymbolFlags.Value) === 0 || isTypeExport(symbol),
    documented: target.getDocumentationComment(checker).length > 0,
    at: source === undefined ? symbol.name : `${relative(ROOT, source.fileName)}:${line}`,
  };
}

/** Whether a name is given out with `export type`, so that a class behind it is a type to users. */
function isTypeExport(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some((node) => ts.isExportSpecifier(node) && (node.isTypeOnly || node.parent.parent.isTypeOnly));
}

// @ts-check
/** The sources of src/ as the compiler sees them, for the pages that are made of doc comments. */
import { join } from "node:path";
import ts from "typescript";

/** @type {Map<string, ts.Program>} */
const programs = new Map();

/** Made once. @param {string} root - the top folder of the clone */
export function programOf(root) {
  const known = programs.get(root);
  if (known !== undefined) return known;
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config;
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const { tsBuildInfoFile: _, ...rest } = options;
  const program = ts.createProgram(fileNames, { ...rest, noEmit: true, incremental: false });
  programs.set(root, program);
  return program;
}

/** The doc comment of a symbol, in one piece. @param {ts.Symbol} symbol @param {ts.TypeChecker} checker */
export function docOf(symbol, checker) {
  return ts
    .displayPartsToString(symbol.getDocumentationComment(checker))
    .replace(/\{@link ([^}|]+)\}/g, "`$1`")
    .replace(/\s*See the class\.$/, "")
    .trim();
}

/** The tags of a doc comment. @param {ts.Symbol} symbol @param {ts.TypeChecker} checker */
export function tagsOf(symbol, checker) {
  return symbol.getJsDocTags(checker).map(({ name, text }) => ({
    name,
    text: ts
      .displayPartsToString(text)
      .replace(/\{@link ([^}|]+)\}/g, "`$1`")
      .trim(),
  }));
}

// @ts-check
/** A page for each door of the package: what it exports, with signatures and doc comments, from the sources as the compiler sees them. */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { docOf, programOf, tagsOf } from "./program.mjs";

const NOTICE = "<!-- Made by `npm run docs` from the doc comments in src/; do not edit. -->";
/** Characters that a type may have on one line; what is longer is cut. */
const LONGEST = 400;
const FORMAT =
  ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope | ts.TypeFormatFlags.WriteArrowStyleSignature;

/** Types without the paths of files that the compiler puts before names. @param {string} text */
const plain = (text) => text.replace(/import\("[^"]*"\)\./g, "").replace(/\s+/g, " ");

/** @param {string} text */
const shortened = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** @param {ts.Symbol} symbol @param {ts.TypeChecker} checker */
const isInternal = (symbol, checker) => tagsOf(symbol, checker).some(({ name }) => name === "internal");

/** The words behind a doc comment: parameters, the value, errors. @param {ts.Symbol} symbol @param {ts.TypeChecker} checker */
function notes(symbol, checker) {
  const lines = [];
  for (const { name, text } of tagsOf(symbol, checker)) {
    if (name === "param") lines.push(`- \`${text.split(/\s/)[0]}\`${text.replace(/^\S+\s*(-\s*)?/, ": ")}`);
    else if (name === "returns") lines.push(`- returns ${text}`);
    else if (name === "throws") lines.push(`- throws ${text}`);
  }
  return lines.map((line) => line.replace(/\s*\n\s*/g, " "));
}

/**
 * The members of a class or an interface that are public and its own.
 * @param {ts.Type} type @param {ts.Node} at @param {ts.TypeChecker} checker
 */
function members(type, at, checker) {
  const lines = [];
  for (const member of checker.getPropertiesOfType(type)) {
    const declaration = member.declarations?.[0];
    if (declaration === undefined || member.name.startsWith("#") || member.name.startsWith("__@") || isInternal(member, checker)) continue;
    // what a class of the platform brings is described there
    if (declaration.getSourceFile().isDeclarationFile) continue;
    if (ts.getCombinedModifierFlags(/** @type {ts.Declaration} */ (declaration)) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected))
      continue;
    const memberType = checker.getTypeOfSymbolAtLocation(member, at);
    const calls = memberType.getCallSignatures();
    const optional = member.flags & ts.SymbolFlags.Optional ? "?" : "";
    const isMethod = (member.flags & ts.SymbolFlags.Method) !== 0;
    const text =
      isMethod && calls.length > 0
        ? calls
            .map(
              (call) =>
                `${member.name}${plain(checker.signatureToString(call, at, FORMAT & ~ts.TypeFormatFlags.WriteArrowStyleSignature))}`,
            )
            .join("; ")
        : `${member.name}${optional}: ${plain(checker.typeToString(memberType, at, FORMAT))}`;
    const doc = docOf(member, checker).replace(/\s*\n\s*/g, " ");
    lines.push(`- \`${shortened(text)}\`${doc === "" ? "" : `: ${doc}`}`, ...notes(member, checker).map((line) => `  ${line}`));
  }
  return lines;
}

/** The comments before a declaration. @param {ts.Node} node */
const leading = (node) => node.getFullText().slice(0, node.getLeadingTriviaWidth());

/**
 * The section of an exported name.
 * @param {ts.Symbol} symbol @param {ts.Node} at @param {ts.TypeChecker} checker @param {ReadonlyMap<string, string>} tables - classes that the pages of docs/reference describe, with their places
 */
function section(symbol, at, checker, tables) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const lines = [`### ${symbol.name}`, ""];
  const doc = docOf(target, checker);
  const { flags } = target;
  const value = flags & ts.SymbolFlags.Value ? checker.getTypeOfSymbolAtLocation(target, at) : undefined;
  const code = (/** @type {string} */ text) => lines.push("```ts", shortened(text), "```", "");
  const says = () => {
    if (doc !== "") lines.push(doc, "");
    const more = notes(target, checker);
    if (more.length > 0) lines.push(...more, "");
  };
  const place = tables.get(symbol.name);
  if (place !== undefined) {
    says();
    lines.push(`Its fields stand in the [reference](../reference/${place}).`, "");
    return lines;
  }
  if (flags & ts.SymbolFlags.Class) {
    const constructors = (value?.getConstructSignatures() ?? []).filter(
      ({ declaration }) => declaration === undefined || !/@internal/.test(leading(declaration)),
    );
    const abstract = target.declarations?.some((d) => ts.getCombinedModifierFlags(d) & ts.ModifierFlags.Abstract);
    code(
      constructors.length > 0 && !abstract
        ? constructors.map((s) => `new ${symbol.name}${plain(checker.signatureToString(s, at)).replace(/: [^:]*$/, "")}`).join("\n")
        : `${abstract ? "abstract " : ""}class ${symbol.name}`,
    );
    says();
    const own = members(checker.getDeclaredTypeOfSymbol(target), at, checker);
    if (own.length > 0) lines.push(...own, "");
    return lines;
  }
  if (flags & ts.SymbolFlags.Interface) {
    code(`interface ${symbol.name}`);
    says();
    const own = members(checker.getDeclaredTypeOfSymbol(target), at, checker);
    if (own.length > 0) lines.push(...own, "");
    return lines;
  }
  if (flags & ts.SymbolFlags.Function) {
    code((value?.getCallSignatures() ?? []).map((s) => `${symbol.name}${plain(checker.signatureToString(s, at))}`).join("\n"));
    says();
    return lines;
  }
  if (value !== undefined) code(`const ${symbol.name}: ${plain(checker.typeToString(value, at, FORMAT))}`);
  else
    code(
      `type ${symbol.name} = ${plain(checker.typeToString(checker.getDeclaredTypeOfSymbol(target), at, FORMAT | ts.TypeFormatFlags.InTypeAlias))}`,
    );
  says();
  return lines;
}

/** The comment of a door, which its file begins with. @param {ts.SourceFile} source */
function doorDoc(source) {
  const [range] = ts.getLeadingCommentRanges(source.text, 0) ?? [];
  if (range === undefined) return "";
  return source.text
    .slice(range.pos, range.end)
    .replace(/^\/\*\*\s?|\s*\*\/$/g, "")
    .replace(/^\s*\* ?/gm, "")
    .replace(/^@packageDocumentation\s*/m, "")
    .replace(/\{@link ([^}|]+)\}/g, "`$1`")
    .trim();
}

/**
 * The pages by their file names, and `README.md`, which lists them.
 * @param {string} root - the top folder of the clone
 * @param {ReadonlyMap<string, string>} tables - classes that the pages of docs/reference describe, with their places
 * @returns {Record<string, string>}
 */
export function apiPages(root, tables) {
  const program = programOf(root);
  const checker = program.getTypeChecker();
  /** @type {Record<string, string>} */
  const pages = {};
  const rows = [];
  const doors = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).exports;
  for (const [door, entry] of Object.entries(doors)) {
    if (typeof entry === "string") continue;
    const name = door === "." ? "southbound" : `southbound/${door.slice(2)}`;
    const file = join(root, "src", relative("dist", entry.default).replace(/\.js$/, ".ts"));
    const source = program.getSourceFile(file);
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (source === undefined || module === undefined) throw new Error(`${name}: there is no ${file}`);
    const exported = checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = `${name.replaceAll("/", "-")}.md`;
    const doc = doorDoc(source);
    // the front door repeats what the rooms give out, and their pages describe it
    const isFront = door === ".";
    const sections = isFront
      ? ["The [pages of the rooms](README.md) describe the names."]
      : exported.flatMap((symbol) => section(symbol, source, checker, tables));
    pages[page] = `${`# ${name}\n\n${NOTICE}\n\n${doc}\n\n${sections.join("\n")}`.trimEnd()}\n`;
    rows.push(`| [\`${name}\`](${page}) | ${isFront ? "all" : exported.length} | ${doc.split("\n")[0]?.replaceAll("|", "\\|")} |`);
  }
  pages["README.md"] = `# The doors of the package\n\n${NOTICE}\n\n| import from | names | what |\n|---|---|---|\n${rows.join("\n")}\n`;
  return pages;
}

/** Which functions behind the doors take an option bag and neither check it nor hand it on to a function that does. */
import { join } from "node:path";
import ts from "typescript";
import { type Door, ROOT } from "./sources.js";

/** What checks its second argument. */
const CHECKS = new Set(["checkOptions", "checkFields"]);

type Callable = ts.FunctionLikeDeclaration & { readonly body?: ts.Node | undefined };

const inSource = (node: ts.Node | undefined): boolean => node?.getSourceFile().fileName.startsWith(join(ROOT, "src")) === true;

/** Those that do not, each with its reason. */
const UNCHECKED: Readonly<Record<string, string>> = {
  "./ofp oxmOf(init)": "entriesOf looks every name up",
  "./ofp/check checkActions(place)": "called for each action of each flow",
  "./ofp/check checkBeside(place)": "called for each action of each flow",
  "./ofp/check checkMatch(check)": "called for each match that is sent",
  "./packet replyToFrame({ mac, ip, prefix = 0 })": "called for each packet",
  "./schema byVersion(table)": "looks every range of versions up",
  "./schema entryClass(layouts)": "byVersion does",
  "./schema struct(layouts)": "byVersion does",
  "./schema structClass(layouts)": "byVersion does",
  "./schema lazy(f)": "a field is made by field()",
  "./stream handOver({ onStream, maxEarlyBytes = Number.POSITIVE_INFINITY })": "called for each stream, with the options of a listener",
};

/** What a switch does for each flow and each packet. */
const FOR_EACH_FLOW = /^\.\/switch (Connection\.|(new )?Flow[.(]|FlowTable\.(add|change|learn|visit)\(|compileFlow\()/;

/** An interface of the sources whose members are data, some of which may be left out: what a caller writes as a literal. */
function isBag(checker: ts.TypeChecker, type: ts.Type): boolean {
  const parts = type.isUnion() ? type.types.filter((t) => (t.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)) === 0) : [type];
  return parts.length > 0 && parts.every((part) => isLiteralType(checker, part));
}

function isLiteralType(checker: ts.TypeChecker, type: ts.Type): boolean {
  if ((type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) return false;
  if (type.isClass() || checker.isArrayLikeType(type) || checker.getIndexInfosOfType(type).length > 0) return false;
  if (type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0) return false;
  const properties = checker.getPropertiesOfType(type);
  return (
    properties.some((p) => (p.flags & ts.SymbolFlags.Optional) !== 0) &&
    properties.every((p) => (p.flags & ts.SymbolFlags.Property) !== 0 && (p.declarations ?? []).every(inSource))
  );
}

/** Whether an expression is the parameter, or a literal with all of it. */
function carries(node: ts.Node, name: string): boolean {
  if (ts.isIdentifier(node)) return node.text === name;
  if (ts.isObjectLiteralExpression(node)) return node.properties.some((p) => ts.isSpreadAssignment(p) && carries(p.expression, name));
  if (ts.isAsExpression(node) || ts.isNonNullExpression(node) || ts.isParenthesizedExpression(node)) return carries(node.expression, name);
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken && carries(node.left, name);
}

class Walk {
  readonly #checker: ts.TypeChecker;
  readonly #known = new Map<ts.Node, Map<number, boolean>>();

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  /** Whether a function checks the parameter at a place. */
  checks(of: Callable, place: number): boolean {
    const known = this.#known.get(of) ?? new Map<number, boolean>();
    this.#known.set(of, known);
    const before = known.get(place);
    if (before !== undefined) return before;
    known.set(place, false);
    const name = of.parameters[place]?.name;
    const found = name !== undefined && ts.isIdentifier(name) && of.body !== undefined && this.#within(of.body, name.text);
    known.set(place, found);
    return found;
  }

  #within(node: ts.Node, name: string): boolean {
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && this.#call(node, name)) return true;
    return ts.forEachChild(node, (child) => this.#within(child, name) || undefined) === true;
  }

  #call(node: ts.CallExpression | ts.NewExpression, name: string): boolean {
    const place = (node.arguments ?? []).findIndex((arg) => carries(arg, name));
    if (place < 0) return false;
    if (ts.isIdentifier(node.expression) && CHECKS.has(node.expression.text)) return true;
    let declaration = this.#checker.getResolvedSignature(node)?.declaration as Callable | undefined;
    if (declaration !== undefined && declaration.body === undefined) {
      // an overload: what is carried out is the last declaration
      const symbol = this.#checker.getSymbolAtLocation(declaration.name ?? declaration);
      declaration = symbol?.declarations?.find((d): d is Callable => (d as Callable).body !== undefined);
    }
    return declaration !== undefined && inSource(declaration) && this.checks(declaration, place);
  }
}

/** Whether only the class itself may call it. */
const isHidden = (node: ts.Declaration): boolean =>
  (ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0 ||
  ts.getJSDocTags(node).some((tag) => tag.tagName.text === "internal") ||
  (ts.isMethodDeclaration(node) && ts.isPrivateIdentifier(node.name));

/** The functions and methods that a public name has, each with a name for the report. */
function callables(checker: ts.TypeChecker, symbol: ts.Symbol): (readonly [name: string, of: Callable])[] {
  const found: (readonly [string, Callable])[] = [];
  for (const declaration of symbol.declarations ?? []) {
    if (ts.isFunctionDeclaration(declaration) && declaration.body !== undefined) found.push([symbol.name, declaration]);
    else if (ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined && ts.isArrowFunction(declaration.initializer))
      found.push([symbol.name, declaration.initializer]);
    else if (ts.isClassDeclaration(declaration)) {
      const members = [
        ...checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)),
        ...checker.getPropertiesOfType(checker.getTypeOfSymbol(symbol)),
      ];
      for (const member of members)
        for (const method of member.declarations ?? [])
          if (!isHidden(method) && ts.isMethodDeclaration(method) && method.body !== undefined && inSource(method))
            found.push([`${symbol.name}.${member.name}`, method]);
      const made = declaration.members.find((m): m is ts.ConstructorDeclaration => ts.isConstructorDeclaration(m) && m.body !== undefined);
      const isAbstract = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Abstract) !== 0;
      if (made !== undefined && !isAbstract && !isHidden(made)) found.push([`new ${symbol.name}`, made]);
    }
  }
  return found.filter(([, of]) => !isHidden(of));
}

/** Functions whose option bags nobody checks, as `./door name(parameter)`. */
export function uncheckedOptions(program: ts.Program, doors: readonly Door[]): string[] {
  const checker = program.getTypeChecker();
  const walk = new Walk(checker);
  const bad = new Set<string>();
  for (const { subpath, file } of doors) {
    const door = checker.getSymbolAtLocation(program.getSourceFile(join(ROOT, file))!);
    for (const name of door === undefined ? [] : checker.getExportsOfModule(door)) {
      const symbol = (name.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(name) : name;
      for (const [label, of] of callables(checker, symbol)) {
        for (const [place, parameter] of of.parameters.entries()) {
          if (isBag(checker, checker.getTypeAtLocation(parameter)) && !walk.checks(of, place))
            bad.add(`${subpath} ${label}(${parameter.name.getText()})`);
        }
      }
    }
  }
  return [...bad].filter((line) => !Object.hasOwn(UNCHECKED, line) && !FOR_EACH_FLOW.test(line)).sort();
}

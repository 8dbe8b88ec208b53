/**
 * Holds the architecture by reading every import of src/: a room imports rooms of lower floors only, and only through their doors; what has
 * to run in a browser stays free of Node; libraries stay free of packages; files do not import in circles, types included.
 */
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path/posix";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { type Import, importsOf, parse, sourceFiles } from "./sources.js";

/** The floor of each room, and of the front door above them all. */
const FLOORS: Readonly<Record<string, number>> = {
  errors: 0,
  clock: 0,
  bytes: 0,
  native: 0.5,
  schema: 1,
  packet: 1,
  stream: 1,
  memif: 1.5,
  ofp: 2,
  "ofp/check": 2.2,
  "ofp/syntax": 2.5,
  view: 3,
  vconn: 3,
  client: 4,
  controller: 4,
  switch: 4,
  testing: 4,
  apps: 5,
  cluster: 5,
  cli: 6,
  server: 6,
  "mod.ts": 7,
};

/** The folders of the room `switch`, each above those before it. Its door and the switch itself stand above them all. */
const SWITCH_FOLDERS: readonly string[] = ["ports", "packet", "work", "actions", "tables", "pipeline", "agent", ""];

/** Imports on one floor, or of a lower one, that the plan makes exceptions of. */
const ALLOWED = new Set(["bytes → errors"]);
const FORBIDDEN = new Set(["packet → ofp", "stream → ofp", "controller → switch", "switch → controller"]);

/** What a door gives out of the room within it: `Match.parse`, which everyday code has without another import. */
const GIVEN = new Set(["ofp/mod.ts → ofp/syntax/everyday.ts"]);
const given = (i: Import): boolean => GIVEN.has(`${i.file} → ${targetOf(i)}`);

/** Rooms that may import Node's own modules. */
const WITH_NODE = new Set(["native", "stream", "memif", "testing", "cluster", "cli", "server"]);
/** Rooms that may import packages. */
const WITH_PACKAGES = new Set(["cli", "server", "cluster"]);
/** Names that only Node gives to every file. */
const NODE_GLOBALS = new Set(["Buffer", "NodeJS", "setImmediate", "clearImmediate", "__dirname", "__filename"]);

/** The first folder; a room within a room has a door of its own and stands half a floor above. */
const roomOf = (file: string) =>
  Object.keys(FLOORS).find((room) => room.includes("/") && file.startsWith(`${room}/`)) ?? file.split("/")[0]!;
const files = sourceFiles();
const parsed = new Map(files.map((file) => [file, parse(file)]));
const imports = files.flatMap((file) => importsOf(parsed.get(file)!));

/** The file that a relative import names, as a path from src/. */
const targetOf = ({ file, specifier }: Import) => join(dirname(file), specifier).replace(/\.js$/, ".ts");
const isRelative = ({ specifier }: Import) => specifier.startsWith(".");
const place = ({ file, line, specifier }: Import) => `src/${file}:${line} imports ${specifier}`;

/** What breaks a rule, as lines to read; empty when all is well. */
function broken(rule: (i: Import) => string | undefined): string[] {
  return imports.flatMap((i) => {
    const why = rule(i);
    return why === undefined ? [] : [`${place(i)}: ${why}`];
  });
}

describe("rooms", () => {
  test("every file is in a room that has a floor", () => {
    expect(files.filter((file) => FLOORS[roomOf(file)] === undefined)).toEqual([]);
  });

  test("a room imports lower floors only", () => {
    const lines = broken((i) => {
      if (!isRelative(i) || given(i)) return undefined;
      const from = roomOf(i.file);
      const to = roomOf(targetOf(i));
      const way = `${from} → ${to}`;
      if (FORBIDDEN.has(way)) return `${way} is forbidden`;
      if (from === to || ALLOWED.has(way) || (FLOORS[to] ?? Number.POSITIVE_INFINITY) < FLOORS[from]!) return undefined;
      return `${from} is on floor ${FLOORS[from]}, ${to} on ${FLOORS[to] ?? "none"}`;
    });
    expect(lines).toEqual([]);
  });

  test("a room is entered by its door", () => {
    const lines = broken((i) => {
      if (!isRelative(i) || given(i) || roomOf(i.file) === roomOf(targetOf(i))) return undefined;
      // a room within a room knows what is in the outer one
      if (roomOf(i.file).startsWith(`${roomOf(targetOf(i))}/`)) return undefined;
      return targetOf(i) === `${roomOf(targetOf(i))}/mod.ts` ? undefined : `import ${roomOf(targetOf(i))}/mod.js`;
    });
    expect(lines).toEqual([]);
  });

  test("a folder of the switch imports the folders below it only", () => {
    const lines = broken((i) => {
      if (!isRelative(i) || roomOf(i.file) !== "switch" || roomOf(targetOf(i)) !== "switch") return undefined;
      const [from, to] = [i.file, targetOf(i)].map((file) =>
        SWITCH_FOLDERS.indexOf(file.split("/").length === 3 ? file.split("/")[1]! : ""),
      );
      if (from === -1 || to === -1) return "a folder that is not in the list";
      return from! >= to! ? undefined : `${SWITCH_FOLDERS[from!]} is below ${SWITCH_FOLDERS[to!]}`;
    });
    expect(lines).toEqual([]);
  });

  test("relative imports name a file that exists, with .js at its end", () => {
    const lines = broken((i) => {
      if (!isRelative(i)) return undefined;
      return i.specifier.endsWith(".js") && parsed.has(targetOf(i)) ? undefined : "no such source";
    });
    expect(lines).toEqual([]);
  });
});

describe("what is not ours", () => {
  test("Node's modules are imported as node:*, and only where the plan allows it", () => {
    const lines = broken((i) => {
      if (isRelative(i) || !isBuiltin(i.specifier)) return undefined;
      if (!i.specifier.startsWith("node:")) return `write node:${i.specifier}`;
      return WITH_NODE.has(roomOf(i.file)) ? undefined : `${roomOf(i.file)} has to run without Node`;
    });
    expect(lines).toEqual([]);
  });

  test("packages are imported only where the plan allows it", () => {
    const lines = broken((i) => {
      if (isRelative(i) || isBuiltin(i.specifier)) return undefined;
      return WITH_PACKAGES.has(roomOf(i.file)) ? undefined : `${roomOf(i.file)} imports no packages`;
    });
    expect(lines).toEqual([]);
  });

  test("rooms that have to run without Node use none of its globals", () => {
    const lines = files.filter((file) => !WITH_NODE.has(roomOf(file))).flatMap((file) => nodeGlobals(parsed.get(file)!));
    expect(lines).toEqual([]);
  });
});

test("files do not import in circles, types included", () => {
  const edges = new Map<string, Map<string, string>>(files.map((file) => [file, new Map()]));
  for (const i of imports) if (isRelative(i) && parsed.has(targetOf(i))) edges.get(i.file)!.set(targetOf(i), place(i));
  expect(circles(edges)).toEqual([]);
});

test("a circle is named once, by the imports that make it", () => {
  const edges = (list: readonly string[]) => {
    const all = new Map<string, Map<string, string>>();
    for (const edge of list) {
      const [from, to] = edge.split(">") as [string, string];
      all.set(from, (all.get(from) ?? new Map<string, string>()).set(to, edge));
    }
    return all;
  };
  expect(circles(edges(["a>b", "b>c", "c>d", "a>c", "b>d"]))).toEqual([]);
  // the short circle, and the longer one that alone goes through x
  expect(circles(edges(["a>b", "b>c", "c>a", "b>x", "x>c"]))).toEqual(["a>b, b>c, c>a", "x>c, c>a, a>b, b>x"]);
});

/** Where a file uses a global of Node by its bare name. */
function nodeGlobals(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !isMemberName(node)) {
      const isProcess = node.text === "process" && ts.isPropertyAccessExpression(node.parent);
      if (NODE_GLOBALS.has(node.text) || isProcess) {
        const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        found.push(`src/${source.fileName}:${line} uses ${node.text}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Whether an identifier only names a member: the `Buffer` of `x.Buffer`. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent)) && parent.name === node)
  );
}

/** The shortest circle through each file that is part of one, as the places of its imports. @param edges - by file, the files that it imports and where */
function circles(edges: ReadonlyMap<string, ReadonlyMap<string, string>>): string[] {
  const found = new Map<string, string>();
  for (const start of edges.keys()) {
    const way = circleThrough(start, edges);
    if (way === undefined) continue;
    const members = [...way].sort().join();
    if (!found.has(members)) found.set(members, way.map((file, i) => edges.get(file)!.get(way[(i + 1) % way.length]!)).join(", "));
  }
  return [...found.values()];
}

/** The files of the shortest way from a file back to it; undefined where there is none. */
function circleThrough(start: string, edges: ReadonlyMap<string, ReadonlyMap<string, string>>): string[] | undefined {
  const before = new Map<string, string>();
  const queue = [start];
  for (const file of queue) {
    for (const next of edges.get(file)?.keys() ?? []) {
      if (next === start) {
        const way = [file];
        while (way[0] !== start) way.unshift(before.get(way[0]!)!);
        return way;
      }
      if (before.has(next)) continue;
      before.set(next, file);
      queue.push(next);
    }
  }
  return undefined;
}

import { expect, test } from "vitest";
import * as ofp from "../../src/ofp/mod.js";
import { defaultMode, type EntryClass, type Kind, type Parts, VERSIONS } from "../../src/schema/mod.js";

// biome-ignore lint/suspicious/noExplicitAny: classes of all tables
type AnyClass = EntryClass<any, any, any>;

const isClass = (value: unknown): value is AnyClass =>
  typeof value === "function" && "fields" in value && "forms" in value && "size" in value;
const isUnion = (value: unknown): value is { entries: readonly AnyClass[] } =>
  typeof value === "object" && value !== null && "entries" in value && Array.isArray(value.entries);

const exported: unknown[] = Object.values(ofp);

/** Every class that a message can hold. */
function allClasses(): Set<AnyClass> {
  const found = new Set<AnyClass>();
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if ((typeof value !== "function" && typeof value !== "object") || value === null || seen.has(value)) return;
    seen.add(value);
    if (isUnion(value)) for (const entry of value.entries) visit(entry);
    if (isClass(value)) {
      found.add(value);
      for (const { kind } of Object.values(value.fields) as { kind: Kind<unknown> }[]) visit(kind);
    } else if ("element" in value) visit(value.element);
  };
  for (const value of exported) visit(value);
  return found;
}

// this one has to be the first of the file: the others use classes
test("importing the protocol looks at no table, so that a program pays for the classes that it uses", () => {
  const classes = exported.filter(isClass);
  expect(classes.length).toBeGreaterThan(240);
  expect(classes.filter((type) => Object.hasOwn(type, "codec")).map((type) => type.name)).toEqual([]);
});

test("no table contradicts itself, in any form and version", () => {
  const classes = allClasses();
  expect(classes.size).toBeGreaterThan(290);
  let layouts = 0;
  for (const type of classes)
    for (const form of type.forms)
      for (const version of VERSIONS) {
        const steps = type.steps(version, form);
        if (steps === undefined) continue;
        layouts += 1;
        const parts = steps.flatMap((s): Parts[] => (s.op === "parts" ? [s.parts] : []));
        for (const mode of [defaultMode(), "interpreted", "checked"] as const) {
          expect(type.codec(version, mode, form), `${type.name} ${form} ${version}`).toBeDefined();
          for (const p of parts) expect(p.codec(version, mode)).toBeDefined();
        }
      }
  expect(layouts).toBeGreaterThan(1000);
});

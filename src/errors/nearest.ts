import { SouthboundError } from "./southbound-error.js";

/** Longer names are compared by their beginning, so that the work of one comparison is bounded. */
const LONGEST = 40;
/** How many names are offered at most. */
const OFFERED = 3;
/** How many names are listed where none is near. */
const LISTED = 24;

/** Letters and digits alone: `hard_timeout`, `hard-timeout` and `hardTimeout` are one spelling. */
const spelling = (name: string): string =>
  name
    .slice(0, LONGEST)
    .replace(/[^A-Za-z0-9]/g, "")
    .toLowerCase();

/** How many letters have to be put in, left out, changed or exchanged with the next one to make `b` of `a`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}

/**
 * The names that a wrong one may have been meant for, the nearest first: those that differ in case, hyphens and underscores alone; otherwise those that begin or end with it; otherwise those that differ in one letter of three.
 * @param names - those that there are
 * @param others - further spellings of a name, such as another tool's, each with the name that it means
 */
export function nearest(
  wrong: string,
  names: Iterable<string>,
  others: Iterable<readonly [spelling: string, name: string]> = [],
): string[] {
  const word = spelling(wrong);
  if (word === "") return [];
  const ranked = new Map<string, number>();
  const rank = (text: string, name: string): void => {
    const there = spelling(text);
    let far: number;
    if (there === word) far = 0;
    else if (
      word.length > 1 &&
      (there.startsWith(word) || there.endsWith(word) || (there.length > 2 && word.length > 2 && word.startsWith(there)))
    )
      far = 1;
    else {
      const letters = distance(word, there);
      if (letters > Math.max(1, Math.floor(Math.max(word.length, there.length) / 3))) return;
      far = 1 + letters;
    }
    if (far < (ranked.get(name) ?? Number.POSITIVE_INFINITY)) ranked.set(name, far);
  };
  for (const name of names) rank(name, name);
  for (const [other, name] of others) rank(other, name);
  const least = Math.min(...ranked.values());
  return [...ranked]
    .filter(([, far]) => far === least)
    .map(([name]) => name)
    .slice(0, OFFERED);
}

/** `a`, `a or b`, `a, b or c`. */
const either = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;

/** The end of a sentence about a wrong name: `: did you mean priority?`, or what there is. Takes what {@link nearest} does. */
export function suggestion(
  wrong: string,
  names: readonly string[],
  others: Iterable<readonly [spelling: string, name: string]> = [],
): string {
  const near = nearest(wrong, names, others);
  if (near.length > 0) return `: did you mean ${either(near)}?`;
  if (names.length === 0) return "";
  return `: it has ${names.slice(0, LISTED).join(", ")}${names.length > LISTED ? " …" : ""}`;
}

/** What an engine, a test runner or `await` asks any object for. */
const ASKED = new Set(["then", "toJSON", "inspect", "asymmetricMatch", "nodeType", "tagName", "nodeName", "default"]);

/**
 * A table of named numbers, such as an enumeration, whose names are checked: reading one that it does not have throws, so that `FlowModCommand.DELETE` is no `undefined`. Reading one that it has costs
 * nothing more than in any object, since only its prototype is special. Whether a name is there, `in` and `Object.hasOwn` answer as ever.
 * @param name - of the table, for the error
 */
export function named<const T extends Readonly<Record<string, unknown>>>(name: string, table: T): T {
  const strict = new Proxy(Object.prototype, {
    get(target, key, receiver) {
      if (typeof key !== "string" || key in target || ASKED.has(key) || !/^[A-Za-z]\w*$/.test(key))
        return Reflect.get(target, key, receiver);
      throw new SouthboundError("ERR_USAGE", `${name} has no ${key}${suggestion(key, Object.keys(table))}`);
    },
    getPrototypeOf: () => Object.prototype,
  });
  NAMES.set(table, name);
  return Object.freeze(Object.setPrototypeOf(table, strict) as T);
}

/** The name of a value in a table of named numbers: `nameOf(FlowRemovedReason, message.reason)` is `IdleTimeout`; the number itself as text where it has none. */
export function nameOf(table: Readonly<Record<string, number>>, value: number): string {
  for (const [name, v] of Object.entries(table)) if (v === value) return name;
  return String(value);
}

const NAMES = new WeakMap<object, string>();

/** The name under which {@link named} made a table; undefined for any other object. */
export const nameOfTable = (table: object): string | undefined => NAMES.get(table);

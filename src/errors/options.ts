import { suggestion } from "./nearest.js";
import { SouthboundError } from "./southbound-error.js";

/** What the value of an option is: the result of `typeof`, a list, bytes, an AbortSignal, a clock, or anything; `inner` is anything too, which no message names. NaN is no number. */
export type OptionType =
  | "number"
  | "bigint"
  | "string"
  | "boolean"
  | "function"
  | "object"
  | "list"
  | "bytes"
  | "signal"
  | "clock"
  | "any"
  | "inner";

/** What an option takes: a value of a type, with `!` where it has to be given, one of several words, or options of its own. */
export type OptionKind = OptionType | `${OptionType}!` | readonly string[] | { readonly [name: string]: OptionKind };

/** The options of a function, each with what it takes. */
export type OptionTable<T> = { readonly [K in keyof T]-?: undefined extends T[K] ? OptionKind : `${OptionType}!` };

const WANTED: Readonly<Record<OptionType, string>> = {
  number: "a number",
  bigint: "a bigint, such as 1n",
  string: "text",
  boolean: "true or false",
  function: "a function",
  object: "an object",
  list: "a list",
  bytes: "a Uint8Array",
  signal: "an AbortSignal, such as the signal of an AbortController",
  clock: "a Clock",
  any: "a value",
  inner: "a value",
};

/** A row as it is looked up. */
interface Rule {
  readonly type: OptionType;
  readonly words?: readonly string[];
  readonly within?: Readonly<Record<string, OptionKind>>;
  readonly required: boolean;
}

interface Rules {
  readonly of: ReadonlyMap<string, Rule>;
  readonly required: readonly string[];
  /** Those that users may give. */
  readonly named: readonly string[];
}

const tables = new WeakMap<object, Rules>();

const isWords = (kind: OptionKind): kind is readonly string[] => Array.isArray(kind);

function ruleOf(kind: OptionKind): Rule {
  if (isWords(kind)) return { type: "string", words: kind, required: false };
  if (typeof kind !== "string") return { type: "object", within: kind, required: false };
  const required = kind.endsWith("!");
  return { type: (required ? kind.slice(0, -1) : kind) as OptionType, required };
}

function rulesOf(table: Readonly<Record<string, OptionKind>>): Rules {
  let rules = tables.get(table);
  if (rules === undefined) {
    const of = new Map(Object.entries(table).map(([name, kind]) => [name, ruleOf(kind)]));
    rules = {
      of,
      required: [...of].filter(([, rule]) => rule.required).map(([name]) => name),
      named: [...of].filter(([, rule]) => rule.type !== "inner").map(([name]) => name),
    };
    tables.set(table, rules);
  }
  return rules;
}

const has = (value: unknown, name: string, type: string): boolean =>
  typeof value === "object" && value !== null && typeof (value as Readonly<Record<string, unknown>>)[name] === type;

function fits(type: OptionType, value: unknown): boolean {
  switch (type) {
    case "any":
    case "inner":
      return true;
    case "list":
      return Array.isArray(value);
    case "bytes":
      return value instanceof Uint8Array;
    case "signal":
      return has(value, "aborted", "boolean") && has(value, "addEventListener", "function");
    case "clock":
      return has(value, "now", "function");
    case "number":
      return typeof value === "number" && !Number.isNaN(value);
    default:
      return typeof value === type && value !== null;
  }
}

const shown = (value: unknown): string =>
  typeof value === "string"
    ? JSON.stringify(value.slice(0, 64))
    : typeof value === "bigint"
      ? `${value}n`
      : typeof value === "function"
        ? "a function"
        : typeof value === "object" && value !== null
          ? Array.isArray(value)
            ? "a list"
            : "an object"
          : String(value);

const wanted = ({ type, words }: Rule): string => (words === undefined ? WANTED[type] : words.map((w) => JSON.stringify(w)).join(", "));

/**
 * Checks what options are given: their names, the types of their values, and that none is missing that has to be there. Undefined is as good as left out.
 * @param owner - what takes them, for the error: `Controller`
 * @throws SouthboundError `ERR_USAGE` for an option that there is not, with what may have been meant, and for a value of another type
 */
export function checkOptions<T extends object>(owner: string, given: T, table: OptionTable<T>): void {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new SouthboundError("ERR_USAGE", `${owner}: its options are an object, { … }, and not ${shown(given)}`);
  const values = given as Readonly<Record<string, unknown>>;
  const rules = rulesOf(table as Readonly<Record<string, OptionKind>>);
  for (const name in values) {
    const value = values[name];
    if (value === undefined) continue;
    const rule = rules.of.get(name);
    if (rule === undefined)
      throw new SouthboundError("ERR_USAGE", `${owner} has no option ${JSON.stringify(name)}${suggestion(name, rules.named)}`);
    if (!fits(rule.type, value) || (rule.words !== undefined && !rule.words.includes(value as string)))
      throw new SouthboundError("ERR_USAGE", `${owner}: ${name} is ${shown(value)}; accepted is ${wanted(rule)}`);
    if (rule.within !== undefined) checkOptions(`${owner}.${name}`, value as object, rule.within as never);
  }
  for (const name of rules.required)
    if (values[name] === undefined)
      throw new SouthboundError("ERR_USAGE", `${owner}: ${name} is missing; give ${wanted(rules.of.get(name)!)}`);
}

/** Those of the options that a table has: for what takes options on behalf of others and hands each its own. */
export function optionsIn<T extends object>(given: T, table: OptionTable<T>): T {
  const own: Partial<Record<string, unknown>> = {};
  for (const name in table) own[name] = (given as Readonly<Record<string, unknown>>)[name];
  return own as T;
}

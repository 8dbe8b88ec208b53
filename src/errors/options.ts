import { suggestion } from "./nearest.js";
import { SouthboundError } from "./southbound-error.js";

/** What the value of an option is: the result of `typeof`, a list, or anything. */
export type OptionType = "number" | "bigint" | "string" | "boolean" | "function" | "object" | "list" | "any";

/** The options of a function, each with the type of its value. */
export type OptionTable<T> = { readonly [K in keyof T]-?: OptionType };

const WANTED: Readonly<Record<OptionType, string>> = {
  number: "a number",
  bigint: "a bigint, such as 1n",
  string: "text",
  boolean: "true or false",
  function: "a function",
  object: "an object",
  list: "a list",
  any: "a value",
};

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

/**
 * Checks what options are given: their names and the types of their values. Undefined is as good as left out.
 * @param owner - what takes them, for the error: `Controller`
 * @throws SouthboundError `ERR_USAGE` for an option that there is not, with what may have been meant, and for a value of another type
 */
export function checkOptions<T extends object>(owner: string, given: T, table: OptionTable<T>): void {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new SouthboundError("ERR_USAGE", `${owner}: its options are an object, { … }, and not ${shown(given)}`);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const type = Object.hasOwn(table, name) ? (table as Readonly<Record<string, OptionType>>)[name] : undefined;
    if (type === undefined)
      throw new SouthboundError("ERR_USAGE", `${owner} has no option ${JSON.stringify(name)}${suggestion(name, Object.keys(table))}`);
    if (type === "any") continue;
    const fits = type === "list" ? Array.isArray(value) : typeof value === type && value !== null;
    if (!fits) throw new SouthboundError("ERR_USAGE", `${owner}: ${name} is ${shown(value)}; accepted is ${WANTED[type]}`);
  }
}

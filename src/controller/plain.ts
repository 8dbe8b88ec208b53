import { SouthboundError } from "../errors/mod.js";

/** Plain data: what JSON can say, and `JSON.parse` gives. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

/** Characters of JSON that one piece of published data may have. */
export const MAX_PLAIN = 0x10000;

/** Numbers of 64 bits are text in decimal: programs that read JSON round them above 2^53. */
const write = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);

/**
 * A copy of some data in {@link Plain} form, with the number of characters that it has as JSON. Values of 64 bits become text in decimal; objects with a `toJSON`, such as messages, what that gives.
 * @param what - what it is, for the error
 * @throws SouthboundError `ERR_USAGE` for data that JSON cannot say, `ERR_TOO_LONG` for more than 65,536 characters
 */
export function plainCopy(what: string, data: unknown): { readonly data: Plain; readonly length: number } {
  let text: string | undefined;
  try {
    text = JSON.stringify(data, write);
  } catch (e) {
    throw new SouthboundError("ERR_USAGE", `${what} is no plain data: ${e instanceof Error ? e.message : String(e)}`, { cause: e });
  }
  if (text === undefined) throw new SouthboundError("ERR_USAGE", `${what} is ${typeof data}; give data that JSON can say`);
  if (text.length > MAX_PLAIN)
    throw new SouthboundError(
      "ERR_TOO_LONG",
      `${what} has ${text.length} characters as JSON; ${MAX_PLAIN} are accepted: publish what has changed`,
    );
  return { data: JSON.parse(text) as Plain, length: text.length };
}

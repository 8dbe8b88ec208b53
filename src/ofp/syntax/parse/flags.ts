import type { Flags } from "../match/field-text.js";
import { SyntaxFault } from "./syntax-fault.js";

/** Bits by their names, with the bits that count; all of them where the text gives no mask. */
export interface FlagsRead {
  readonly value: number;
  readonly mask: number | undefined;
}

const INTEGER = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/;

function integer(digits: RegExpExecArray): number {
  const [, sign, text] = digits;
  const v = Number(/^0[0-7]+$/.test(text!) ? `0o${text!.slice(1)}` : text);
  return sign === "-" ? -v : v;
}

/** `+name` for a bit that is set and `-name` for one that is not, one behind the other. */
function readSigned(text: string, names: Flags, what: string, allowed: number): FlagsRead {
  let value = 0;
  let mask = 0;
  const parts = /([+-]?)([^+-]*)/y;
  for (let at = 0; at < text.length; at = parts.lastIndex) {
    parts.lastIndex = at;
    const [, sign, name] = parts.exec(text)!;
    const rest = text.slice(at);
    if (sign === "") throw new SyntaxFault(`${rest}: ${what} must be preceded by '+' (for SET) or '-' (NOT SET)`, at);
    const bit = Number(Object.keys(names).find((b) => names[Number(b)] === name) ?? 0);
    if (bit !== 0 && (mask & bit) !== 0) throw new SyntaxFault(`${rest.slice(1)}: Each ${what} flag can be specified only once`, at);
    if (bit === 0 || (bit & ~allowed) !== 0) throw new SyntaxFault(`${rest.slice(1)}: unknown ${what} flag(s)`, at);
    if (sign === "+") value |= bit;
    mask |= bit;
  }
  return { value, mask };
}

/**
 * Flags as Open vSwitch's parse_flags reads them: `+a-b`, `value/mask`, or `a|b` and numbers, by which all bits count.
 * @param what - what the flags are called in errors
 * @param allowed - the bits that there are
 */
export function readFlags(text: string, names: Flags, what: string, allowed: number): FlagsRead {
  const refuse = (): never => {
    throw new SyntaxFault(`${text}: unknown ${what} flag(s)`, 0);
  };
  const both = /^[^/]*\/[^/]*/.test(text) ? [INTEGER.exec(text), INTEGER.exec(text.slice(text.indexOf("/") + 1))] : [];
  if (both[0] != null && both[1] != null && both[0][0].length === text.indexOf("/")) {
    const [value, mask] = [integer(both[0]), integer(both[1])];
    return (value & ~allowed) !== 0 || (mask & ~allowed) !== 0 ? refuse() : { value, mask };
  }
  if (text.startsWith("+") || text.startsWith("-")) return readSigned(text, names, what, allowed);
  let value = 0;
  for (let at = 0; at < text.length; ) {
    const number = INTEGER.exec(text.slice(at));
    if (number !== null) {
      const bits = integer(number);
      if (bits < 0 || bits > allowed || (bits & ~allowed) !== 0) refuse();
      value |= bits;
      at += number[0].length;
      if (text[at] === "|") at++;
      continue;
    }
    const end = text.indexOf("|", at) < 0 ? text.length : text.indexOf("|", at);
    const name = text.slice(at, end);
    const bit = Number(Object.keys(names).find((b) => names[Number(b)] === name) ?? 0);
    if (bit === 0 || (bit & ~allowed) !== 0) refuse();
    value |= bit;
    at = end < text.length ? end + 1 : end;
  }
  return { value, mask: undefined };
}

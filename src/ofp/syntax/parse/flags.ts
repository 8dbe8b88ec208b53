import type { Flags } from "../match/field-text.js";
import { Scanner } from "./scan.js";
import { SyntaxFault } from "./syntax-fault.js";

/** Bits by their names, with the bits that count; all of them where the text gives no mask. */
export interface FlagsRead {
  readonly value: number;
  readonly mask: number | undefined;
}

/** The bit of a name; 0 for a name that there is not. */
function bitOf(names: Flags, name: string): number {
  for (const bit in names) if (names[bit] === name) return Number(bit);
  return 0;
}

/** `+name` for a bit that is set and `-name` for one that is not, one behind the other. */
function readSigned(text: string, names: Flags, what: string, allowed: number): FlagsRead {
  let value = 0;
  let mask = 0;
  const parts = /([+-]?)([^+-]*)/y;
  for (let at = 0; at < text.length; at = parts.lastIndex) {
    parts.lastIndex = at;
    const [, sign, name] = parts.exec(text)!;
    const fault = (from: number, why: string): never => {
      throw new SyntaxFault(`${text.slice(from)}: ${why}`, at);
    };
    if (sign === "") fault(at, `${what} must be preceded by '+' (for SET) or '-' (NOT SET)`);
    const bit = bitOf(names, name!);
    if (bit !== 0 && (mask & bit) !== 0) fault(at + 1, `Each ${what} flag can be specified only once`);
    if (bit === 0 || (bit & ~allowed) !== 0) fault(at + 1, `unknown ${what} flag(s)`);
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
  const scan = new Scanner(text);
  const first = scan.integer(0, 32);
  const second = first !== undefined && scan.literal("/") ? scan.integer(0, 32) : undefined;
  if (first !== undefined && second !== undefined)
    return (first & ~allowed) !== 0 || (second & ~allowed) !== 0 ? refuse() : { value: first, mask: second };
  if (text.startsWith("+") || text.startsWith("-")) return readSigned(text, names, what, allowed);
  let value = 0;
  scan.at = 0;
  while (!scan.atEnd) {
    let bits = scan.integer(0, 32);
    if (bits === undefined) {
      const end = text.indexOf("|", scan.at) < 0 ? text.length : text.indexOf("|", scan.at);
      bits = bitOf(names, text.slice(scan.at, end));
      if (bits === 0) refuse();
      scan.at = end;
    }
    if ((bits & ~allowed) !== 0) refuse();
    value |= bits;
    scan.literal("|");
  }
  return { value, mask: undefined };
}

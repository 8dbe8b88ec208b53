/** What became of the digits of a number. */
export type IntegerFault = "" | "syntax" | "range";

/** The number that {@link readInteger} read: a number for up to 6 bytes, else a bigint. */
let value: number | bigint = 0;
let end = 0;

/** The number read last. */
export const integerValue = (): number | bigint => value;
/** Where the number read last ended. */
export const integerEnd = (): number => end;

const U64 = 1n << 64n;

const isSpace = (c: number): boolean => c === 0x20 || (c >= 9 && c <= 13);

function digitOf(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 99;
}

/** Digits that a number holds without loss. */
const MOST_HEX = 13;

/** Hexadecimal digits, between which there may be white space. */
function readHex(text: string, from: number, bytes: number): IntegerFault {
  let count = 0;
  let sum = 0;
  let digits = "";
  let p = from;
  for (; p < text.length; p++) {
    const c = text.charCodeAt(p);
    if (c === 0x20 || c === 9 || c === 10 || c === 13) continue;
    const digit = digitOf(c);
    if (digit > 15) break;
    if (digit === 0 && count === 0) continue;
    if (count >= 2 * bytes) return "range";
    count++;
    if (count <= MOST_HEX) sum = sum * 16 + digit;
    else {
      if (digits === "") digits = sum.toString(16);
      digits += text[p];
    }
  }
  end = p;
  if (bytes > 6) value = digits === "" ? BigInt(sum) : BigInt(`0x${digits}`);
  else value = sum;
  return "";
}

/** Reads digits as C's strtoull with the base 0 does, but for hexadecimal: a sign, octal behind a zero. */
function readC(text: string, from: number, bytes: number): IntegerFault {
  let p = from;
  while (isSpace(text.charCodeAt(p))) p++;
  const sign = text[p];
  if (sign === "-" || sign === "+") p++;
  let base = 10;
  if (text[p] === "0") {
    const next = text.charCodeAt(p + 1) | 0x20;
    base = next === 0x78 && digitOf(text.charCodeAt(p + 2)) < 16 ? 16 : 8;
    if (base === 16) p += 2;
  }
  const start = p;
  let sum = 0n;
  for (; p < text.length; p++) {
    const digit = digitOf(text.charCodeAt(p));
    if (digit >= base) break;
    sum = sum * BigInt(base) + BigInt(digit);
    if (sum >= U64) return "range";
  }
  if (p === start) return "syntax";
  if (sign === "-") sum = BigInt.asUintN(64, -sum);
  end = p;
  if (bytes < 8 && sum >> BigInt(8 * bytes) !== 0n) return "range";
  value = bytes > 6 ? sum : Number(sum);
  return "";
}

/**
 * Reads a number of at most so many bytes at `from`, as Open vSwitch's parse_int_string does: hexadecimal of any length behind `0x`, and else what C's strtoull takes, which is octal behind
 * a zero. Look for what was read with {@link integerValue} and {@link integerEnd}.
 */
export function readInteger(text: string, from: number, bytes: number): IntegerFault {
  // nearly all numbers are a few decimal digits
  let p = from;
  let sum = 0;
  const first = text.charCodeAt(p);
  if (first >= 0x31 && first <= 0x39) {
    for (let c = first; c >= 0x30 && c <= 0x39 && p - from < 15; c = text.charCodeAt(++p)) sum = sum * 10 + (c - 0x30);
    if (p - from < 15) {
      end = p;
      if (bytes <= 6 && sum >= 2 ** (8 * bytes)) return "range";
      value = bytes > 6 ? BigInt(sum) : sum;
      return "";
    }
  } else if (first === 0x30 && (text.charCodeAt(from + 1) | 0x20) === 0x78) return readHex(text, from + 2, bytes);
  return readC(text, from, bytes);
}

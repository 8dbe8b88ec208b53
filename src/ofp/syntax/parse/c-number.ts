import { parseIpv4 } from "../../../bytes/mod.js";
import { plainMac } from "./address.js";
import { Scanner } from "./scan.js";
import { refuse } from "./syntax-fault.js";

const U64 = 1n << 64n;
const I64 = 1n << 63n;
const NUMBER = /^[ \t-\r]*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)/;

/** A number of C: what its digits come to before it is cut to a width, and where they end. */
interface CNumber {
  readonly negative: boolean;
  readonly value: bigint;
  readonly end: number;
}

/** The number at the start of a text, as C's strtol and its like read one with the base 0 (octal behind a zero) or 10; undefined where there are no digits. */
function cNumber(text: string, base: 0 | 10): CNumber | undefined {
  const found = NUMBER.exec(text);
  if (found === null) return undefined;
  const digits = found[2]!;
  const start = found[0].length - digits.length;
  let taken = digits;
  let value: bigint;
  if (base === 10) {
    taken = /^\d+/.exec(digits)![0];
    value = shortened(taken);
  } else if (/^0x/i.test(digits)) value = shortened(digits.slice(2), "0x");
  else if (digits[0] === "0") {
    taken = /^[0-7]+/.exec(digits)![0];
    value = shortened(taken, "0o");
  } else value = shortened(digits);
  return { negative: found[1] === "-", value, end: start + taken.length };
}

/** Digits; more than a number of 64 bits has come to one that it cannot have. */
function shortened(digits: string, base: "" | "0x" | "0o" = ""): bigint {
  const plain = digits.replace(/^0+(?=.)/, "");
  return plain.length > 22 ? U64 : BigInt(base + plain);
}

/** A number of at most nine digits without a zero in front, which nearly all are; -1 for another text. */
export function plainNumber(text: string): number {
  const { length } = text;
  if (length === 0 || length > 9 || text.charCodeAt(0) === 0x30) return -1;
  let value = 0;
  for (let p = 0; p < length; p++) {
    const c = text.charCodeAt(p);
    if (c < 0x30 || c > 0x39) return -1;
    value = value * 10 + (c - 0x30);
  }
  return value;
}

/** A whole number of 32 bits with a sign, which is all of the text; undefined for another text. */
export function readInt(text: string): number | undefined {
  const plain = plainNumber(text);
  if (plain >= 0) return plain;
  const found = cNumber(text, 0);
  if (found === undefined || found.end !== text.length) return undefined;
  const value = found.negative ? -found.value : found.value;
  return value < -0x80000000n || value > 0x7fffffffn ? undefined : Number(value);
}

function small(text: string, what: string, most: number): number {
  const value = readInt(text);
  if (value === undefined || value < 0 || value > most) return refuse(`invalid ${what} "${text}"`, 0);
  return value;
}

/** A number of 8 bits. */
export const readU8 = (text: string, what: string): number => small(text, what, 0xff);
/** A number of 16 bits. */
export const readU16 = (text: string, what: string): number => small(text, what, 0xffff);

/** A number of 64 bits; a minus counts from 2^64 downwards, as C has it. */
export function readU64(text: string): bigint {
  if (text === "") refuse("missing required numeric argument", 0);
  const found = cNumber(text, 0);
  if (found === undefined || found.end !== text.length || found.value >= U64) return refuse(`invalid numeric format ${text}`, 0);
  return found.negative ? BigInt.asUintN(64, -found.value) : found.value;
}

/** A number of 32 bits, of which Open vSwitch drops the bits above. */
export function readU32(text: string): number {
  const plain = plainNumber(text);
  return plain >= 0 ? plain : Number(BigInt.asUintN(32, readU64(text)));
}

/** What C's atoi makes of a text, in so many bits without a sign: 0 where it does not begin with a number. */
export function readLoose(text: string, bits: number): number {
  const found = cNumber(text, 10);
  if (found === undefined) return 0;
  const value = found.negative ? (found.value > I64 ? -I64 : -found.value) : found.value >= I64 ? I64 - 1n : found.value;
  return Number(BigInt.asUintN(bits, value));
}

/** The same with a sign, in 32 bits. */
export const readLooseInt = (text: string): number => readLoose(text, 32) | 0;

/** What C's strtoull makes of a text: 0 where it does not begin with a number. */
export function readLooseU64(text: string): bigint {
  const found = cNumber(text, 0);
  if (found === undefined) return 0n;
  if (found.value >= U64) return U64 - 1n;
  return found.negative ? BigInt.asUintN(64, -found.value) : found.value;
}

/** An Ethernet address, with whatever stands behind it. */
export function readAddress48(text: string): number {
  const plain = plainMac(text);
  return plain >= 0 ? plain : (new Scanner(text).parts(6, ":", 16) ?? refuse(`invalid mac address ${text}`, 0));
}

/** An IPv4 address. */
export function readAddress32(text: string): number {
  try {
    return parseIpv4(text);
  } catch {
    return refuse(`${text}: could not convert to IP address`, 0);
  }
}

const GAP = /[ .\t\r\n]*/y;
const SPACE = /[ \t\r\n]*/y;
const PAIR = /[0-9a-fA-F]{2}/y;

/** Pairs of hexadecimal digits with white space or periods between; undefined where something else stands among them. @param periods - whether they may be there */
export function readHexBytes(text: string, periods = true): Uint8Array | undefined {
  const gap = periods ? GAP : SPACE;
  const bytes: number[] = [];
  for (let at = 0; ; ) {
    gap.lastIndex = at;
    gap.exec(text);
    at = gap.lastIndex;
    if (at === text.length) return Uint8Array.from(bytes);
    PAIR.lastIndex = at;
    if (!PAIR.test(text)) return undefined;
    bytes.push(Number.parseInt(text.slice(at, at + 2), 16));
    at += 2;
  }
}

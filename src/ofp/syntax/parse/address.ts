import { parseIpv6 } from "../../../bytes/mod.js";
import { COLON } from "./pairs.js";
import { Scanner } from "./scan.js";
import { SyntaxFault } from "./syntax-fault.js";

/** A value and the bits that count; undefined where all do. */
export interface MaskedValue<T> {
  readonly value: T;
  readonly mask: T | undefined;
}

const ALL48 = 0xffff_ffff_ffff;

const NONE = -1;

/** What a hexadecimal digit stands for; -1 for another character. */
function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : NONE;
}

const PLAIN_MAC = 17;

/** An Ethernet address of two digits in each group, which nearly all are; -1 for another text. */
export function plainMac(text: string): number {
  if (text.length !== PLAIN_MAC) return NONE;
  let mac = 0;
  for (let p = 0; p < PLAIN_MAC; p += 3) {
    const high = hexDigit(text.charCodeAt(p));
    const low = hexDigit(text.charCodeAt(p + 1));
    if (high < 0 || low < 0 || (p + 2 < PLAIN_MAC && text.charCodeAt(p + 2) !== COLON)) return NONE;
    mac = mac * 256 + high * 16 + low;
  }
  return mac;
}

const DOT = 0x2e;
const SLASH = 0x2f;

/** An Ethernet address, with a mask behind a slash or not. */
export function readMac(text: string): MaskedValue<number> {
  const plain = plainMac(text);
  if (plain >= 0) return { value: plain, mask: undefined };
  const scan = new Scanner(text);
  const value = scan.parts(6, ":", 16);
  const mask = scan.literal("/") ? scan.parts(6, ":", 16) : ALL48;
  if (value === undefined || mask === undefined || !scan.atEnd) throw new SyntaxFault(`${text}: invalid Ethernet address`, 0);
  return { value, mask: mask === ALL48 ? undefined : mask };
}

const ALL32 = 0xffffffff;

/** The length of a prefix, as a number with a sign; undefined where none stands here. */
function prefixLength(scan: Scanner): number | undefined {
  const bits = scan.integer(10, 32);
  return bits === undefined ? undefined : bits | 0;
}

/** An IPv4 address of at most three digits in each group, and nothing behind it or the length of a prefix, which nearly all are; undefined for another text. */
function plainIpv4(text: string): MaskedValue<number> | undefined {
  let value = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  let p = 0;
  for (; p < text.length; p++) {
    const c = text.charCodeAt(p);
    if (c >= 0x30 && c <= 0x39) {
      part = part * 10 + (c - 0x30);
      if (++digits > 3) return undefined;
    } else if (c === DOT && digits > 0 && dots < 3) {
      value = (value << 8) | (part & 255);
      part = 0;
      digits = 0;
      dots++;
    } else break;
  }
  if (dots !== 3 || digits === 0) return undefined;
  value = ((value << 8) | (part & 255)) >>> 0;
  if (p === text.length) return { value, mask: undefined };
  if (text.charCodeAt(p) !== SLASH || p + 1 === text.length || p + 3 < text.length) return undefined;
  let bits = 0;
  for (p++; p < text.length; p++) {
    const c = text.charCodeAt(p);
    if (c < 0x30 || c > 0x39) return undefined;
    bits = bits * 10 + (c - 0x30);
  }
  return bits < 1 || bits > 31 ? undefined : { value, mask: (-1 << (32 - bits)) >>> 0 };
}

/** An IPv4 address, with a mask or the length of a prefix behind a slash or not. */
export function readIpv4(text: string): MaskedValue<number> {
  const plain = plainIpv4(text);
  if (plain !== undefined) return plain;
  const scan = new Scanner(text);
  const value = scan.parts(4, ".", 10);
  let mask = ALL32;
  if (value !== undefined && scan.literal("/")) {
    const given = scan.parts(4, ".", 10);
    const bits = given === undefined ? prefixLength(scan) : 32;
    if (bits === undefined) throw new SyntaxFault(`${text}: invalid IP address`, 0);
    if (bits < 0 || bits > 32) throw new SyntaxFault(`${text}: IPv4 network prefix bits not between 0 and 32, inclusive`, 0);
    mask = given ?? (bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0);
  }
  if (value === undefined || !scan.atEnd) throw new SyntaxFault(`${text}: invalid IP address`, 0);
  return { value, mask: mask === ALL32 ? undefined : mask };
}

const ALL128 = (1n << 128n) - 1n;
const IPV6 = /[0-9a-fA-F:.]+/y;
const LONGEST = 46;

/** The characters that may be an IPv6 address; empty where there are none. */
export const scanIpv6 = (scan: Scanner): string => scan.set(IPV6, LONGEST);

/** The number that an IPv6 address stands for; undefined where the text is none. */
export function ipv6Of(text: string): bigint | undefined {
  try {
    return parseIpv6(text);
  } catch {
    return undefined;
  }
}

/** An IPv6 address, with a mask or the length of a prefix behind a slash or not. */
export function readIpv6(text: string): MaskedValue<bigint> {
  const invalid = (): never => {
    throw new SyntaxFault(`${text}: invalid IPv6 address`, 0);
  };
  const scan = new Scanner(text);
  scan.spaces();
  const value = ipv6Of(scanIpv6(scan)) ?? invalid();
  let mask = ALL128;
  if (scan.literal("/")) {
    const from = scan.at;
    const bits = prefixLength(scan);
    // Open vSwitch takes a mask whose first digits are decimal for a length, and refuses what it prints itself
    const whole = bits === undefined || scan.atEnd ? undefined : ipv6Of(text.slice(from));
    if (whole !== undefined) return { value, mask: whole === ALL128 ? undefined : whole };
    if (bits === undefined) {
      const given = scanIpv6(scan);
      if (given === "") invalid();
      mask = ipv6Of(given) ?? ALL128 + 1n;
    } else if (bits < 0 || bits > 128) throw new SyntaxFault(`${text}: IPv6 network prefix bits not between 0 and 128, inclusive`, 0);
    else mask = ALL128 ^ (ALL128 >> BigInt(bits));
  }
  if (mask > ALL128) throw new SyntaxFault(`${text}: Invalid IPv6 mask`, 0);
  if (!scan.atEnd) invalid();
  return { value, mask: mask === ALL128 ? undefined : mask };
}

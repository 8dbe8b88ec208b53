import { parseIpv6 } from "../../../bytes/mod.js";
import { Scanner } from "./scan.js";
import { SyntaxFault } from "./syntax-fault.js";

/** A value and the bits that count; undefined where all do. */
export interface MaskedValue<T> {
  readonly value: T;
  readonly mask: T | undefined;
}

const ALL48 = 0xffff_ffff_ffff;

/** An Ethernet address, with a mask behind a slash or not. */
export function readMac(text: string): MaskedValue<number> {
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

/** An IPv4 address, with a mask or the length of a prefix behind a slash or not. */
export function readIpv4(text: string): MaskedValue<number> {
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

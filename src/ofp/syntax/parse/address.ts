import { parseIpv6 } from "../../../bytes/mod.js";
import { SyntaxFault } from "./syntax-fault.js";

/** A value and the bits that count; undefined where all do. */
export interface MaskedValue<T> {
  readonly value: T;
  readonly mask: T | undefined;
}

const MAC = /^([0-9a-fx]+):([0-9a-fx]+):([0-9a-fx]+):([0-9a-fx]+):([0-9a-fx]+):([0-9a-fx]+)$/i;
const HEX = /^(?:0x)?[0-9a-f]+$/i;
const ALL48 = 0xffff_ffff_ffff;

function macOf(text: string): number | undefined {
  const groups = MAC.exec(text);
  if (groups === null) return undefined;
  let mac = 0;
  for (let i = 1; i <= 6; i++) {
    const group = groups[i]!;
    if (!HEX.test(group)) return undefined;
    mac = mac * 256 + (Number.parseInt(group, 16) & 255);
  }
  return mac;
}

/** An Ethernet address, with a mask behind a slash or not. */
export function readMac(text: string): MaskedValue<number> {
  const slash = text.indexOf("/");
  const value = macOf(slash < 0 ? text : text.slice(0, slash));
  const mask = slash < 0 ? ALL48 : macOf(text.slice(slash + 1));
  if (value === undefined || mask === undefined) throw new SyntaxFault(`${text}: invalid Ethernet address`, 0);
  return { value, mask: mask === ALL48 ? undefined : mask };
}

const IPV4 = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(?:(\d+)\.(\d+)\.(\d+)\.(\d+)|([+-]?\d+)))?$/;
const ALL32 = 0xffffffff;

const quad = (parts: RegExpExecArray, at: number): number =>
  (((Number(parts[at]) & 255) << 24) |
    ((Number(parts[at + 1]) & 255) << 16) |
    ((Number(parts[at + 2]) & 255) << 8) |
    (Number(parts[at + 3]) & 255)) >>>
  0;

/** An IPv4 address, with a mask or the length of a prefix behind a slash or not. */
export function readIpv4(text: string): MaskedValue<number> {
  const parts = IPV4.exec(text);
  if (parts === null) throw new SyntaxFault(`${text}: invalid IP address`, 0);
  const value = quad(parts, 1);
  if (parts[9] !== undefined) {
    const bits = Number(parts[9]);
    if (bits < 0 || bits > 32) throw new SyntaxFault(`${text}: IPv4 network prefix bits not between 0 and 32, inclusive`, 0);
    return { value, mask: bits === 32 ? undefined : bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0 };
  }
  const mask = parts[5] === undefined ? ALL32 : quad(parts, 5);
  return { value, mask: mask === ALL32 ? undefined : mask };
}

const ALL128 = (1n << 128n) - 1n;
/** The characters of an address that Open vSwitch reads at the most. */
const MOST_IPV6 = 46;

function ipv6Of(text: string): bigint | undefined {
  try {
    return parseIpv6(text);
  } catch {
    return undefined;
  }
}

/** An IPv6 address, with a mask or the length of a prefix behind a slash or not. */
export function readIpv6(text: string): MaskedValue<bigint> {
  const slash = text.indexOf("/");
  const value = ipv6Of(slash < 0 ? text : text.slice(0, slash));
  if (value === undefined) throw new SyntaxFault(`${text}: invalid IPv6 address`, 0);
  if (slash < 0) return { value, mask: undefined };
  const rest = text.slice(slash + 1);
  const length = /^[+-]?\d+/.exec(rest)?.[0];
  const bits = Number(length);
  // Open vSwitch takes a mask whose first digits are decimal for a length, and refuses what it prints itself
  const whole = length === rest ? undefined : ipv6Of(rest);
  if (whole === undefined && (bits < 0 || bits > 128))
    throw new SyntaxFault(`${text}: IPv6 network prefix bits not between 0 and 128, inclusive`, 0);
  const given = length ?? /^[0-9a-f:.]*/i.exec(rest)![0].slice(0, MOST_IPV6);
  const mask = whole ?? (length === undefined ? ipv6Of(given) : ALL128 ^ (ALL128 >> BigInt(bits)));
  if (mask === undefined && given !== "") throw new SyntaxFault(`${text}: Invalid IPv6 mask`, 0);
  if (mask === undefined || (whole === undefined && given.length < rest.length)) throw new SyntaxFault(`${text}: invalid IPv6 address`, 0);
  return { value, mask: mask === ALL128 ? undefined : mask };
}

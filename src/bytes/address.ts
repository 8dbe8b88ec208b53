import { SouthboundError } from "../errors/mod.js";
import { HEX_BYTES } from "./hex.js";

/** The highest MAC address. */
export const MAC_MAX = 0xffff_ffff_ffff;
const U128_MAX = (1n << 128n) - 1n;

function refuse(what: string, text: string, accepted: string): never {
  throw new SouthboundError("ERR_USAGE", `${JSON.stringify(text.slice(0, 64))} is no ${what}: ${accepted} is accepted`);
}

function outOfRange(what: string, value: number | bigint): never {
  throw new SouthboundError("ERR_RANGE", `${value} is no ${what}`);
}

/**
 * A MAC address as text, such as `00:1b:21:0a:0b:0c`.
 * @param mac - 48 bits, the first byte of the address being the highest
 * @throws SouthboundError `ERR_RANGE` for a number that is no integer of 48 bits
 */
export function formatMac(mac: number): string {
  if (!(Number.isInteger(mac) && mac >= 0 && mac <= MAC_MAX)) outOfRange("MAC address: an integer of 48 bits is wanted", mac);
  const high = Math.floor(mac / 0x1_0000_0000);
  const low = mac >>> 0;
  const h = HEX_BYTES;
  return `${h[high >>> 8]}:${h[high & 255]}:${h[low >>> 24]}:${h[(low >>> 16) & 255]}:${h[(low >>> 8) & 255]}:${h[low & 255]}`;
}

/**
 * The number of 48 bits that a MAC address stands for: six groups of one or two hexadecimal digits with colons between them.
 * @throws SouthboundError `ERR_USAGE` for anything else
 */
export function parseMac(text: string): number {
  if (!/^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(text)) refuse("MAC address", text, "aa:bb:cc:dd:ee:ff");
  let mac = 0;
  for (const group of text.split(":")) mac = mac * 256 + Number.parseInt(group, 16);
  return mac;
}

/**
 * An IPv4 address as text, such as `192.0.2.1`.
 * @param address - 32 bits, unsigned
 * @throws SouthboundError `ERR_RANGE` for a number that is no unsigned integer of 32 bits
 */
export function formatIpv4(address: number): string {
  if (address >>> 0 !== address) outOfRange("IPv4 address: an unsigned integer of 32 bits is wanted", address);
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

function ipv4OrMinusOne(text: string): number {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (parts === null) return -1;
  let address = 0;
  for (let i = 1; i <= 4; i++) {
    const part = parts[i]!;
    const byte = Number(part);
    if (byte > 255 || (part.length > 1 && part.startsWith("0"))) return -1;
    address = address * 256 + byte;
  }
  return address;
}

/**
 * The unsigned number of 32 bits that an IPv4 address stands for: four decimal numbers without leading zeros, as inet_pton takes them.
 * @throws SouthboundError `ERR_USAGE` for anything else
 */
export function parseIpv4(text: string): number {
  const address = ipv4OrMinusOne(text);
  return address < 0 ? refuse("IPv4 address", text, "192.0.2.1, each number from 0 to 255 without leading zeros,") : address;
}

/**
 * An IPv6 address as text, in the form of RFC 5952 that inet_ntop gives: lower case, the longest run of two or more zero groups as `::`,
 * the last 32 bits of IPv4-mapped (`::ffff:192.0.2.1`) and IPv4-compatible (`::192.0.2.1`) addresses in decimal.
 * @param address - 128 bits, unsigned
 * @throws SouthboundError `ERR_RANGE` for a bigint that is no unsigned integer of 128 bits
 */
export function formatIpv6(address: bigint): string {
  if (address < 0n || address > U128_MAX) outOfRange("IPv6 address: an unsigned integer of 128 bits is wanted", address);
  const groups: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((address >> shift) & 0xffffn));
  let runStart = -1;
  let runLength = 1;
  for (let i = 0, zeros = 0; i < 8; i++) {
    zeros = groups[i] === 0 ? zeros + 1 : 0;
    if (zeros > runLength) {
      runLength = zeros;
      runStart = i + 1 - zeros;
    }
  }
  if (runStart === 0 && (runLength === 6 || (runLength === 5 && groups[5] === 0xffff))) {
    return `::${runLength === 5 ? "ffff:" : ""}${formatIpv4(Number(address & 0xffff_ffffn))}`;
  }
  const hex = groups.map((group) => group.toString(16));
  if (runStart < 0) return hex.join(":");
  return `${hex.slice(0, runStart).join(":")}::${hex.slice(runStart + runLength).join(":")}`;
}

function ipv6Groups(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  for (const group of text.split(":")) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
    groups.push(Number.parseInt(group, 16));
  }
  return groups;
}

function ipv6OrUndefined(text: string): bigint | undefined {
  if (text.length > 45) return undefined;
  let rest = text;
  if (text.includes(".")) {
    const tail = text.lastIndexOf(":") + 1;
    const low = ipv4OrMinusOne(text.slice(tail));
    if (low < 0) return undefined;
    rest = `${text.slice(0, tail)}${(low >>> 16).toString(16)}:${(low & 0xffff).toString(16)}`;
  }
  const halves = rest.split("::");
  if (halves.length > 2) return undefined;
  const head = ipv6Groups(halves[0]!);
  const tail = ipv6Groups(halves[1] ?? "");
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  let address = 0n;
  for (const group of [...head, ...new Array<number>(missing).fill(0), ...tail]) address = (address << 16n) | BigInt(group);
  return address;
}

/**
 * The unsigned number of 128 bits that an IPv6 address stands for, in every form that inet_pton takes (RFC 4291, section 2.2).
 * @throws SouthboundError `ERR_USAGE` for anything else; a zone (`%eth0`) or a prefix length is not taken
 */
export function parseIpv6(text: string): bigint {
  return ipv6OrUndefined(text) ?? refuse("IPv6 address", text, "2001:db8::1 or ::ffff:192.0.2.1, without zone or prefix length,");
}

/**
 * A datapath id as Open vSwitch prints it: 16 hexadecimal digits.
 * @param dpid - 64 bits, unsigned
 * @throws SouthboundError `ERR_RANGE` for a bigint that is no unsigned integer of 64 bits
 */
export function formatDpid(dpid: bigint): string {
  if (dpid < 0n || dpid > 0xffff_ffff_ffff_ffffn) outOfRange("datapath id: an unsigned integer of 64 bits is wanted", dpid);
  return dpid.toString(16).padStart(16, "0");
}

/**
 * The unsigned number of 64 bits that a datapath id stands for: up to 16 hexadecimal digits, with or without `0x`, or up to eight groups of one or two
 * digits with colons between them.
 * @throws SouthboundError `ERR_USAGE` for anything else
 */
export function parseDpid(text: string): bigint {
  const plain = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(text);
  if (plain !== null) return BigInt(`0x${plain[1]}`);
  const groups = /^(?:0x)?([0-9a-f]{1,2}(?::[0-9a-f]{1,2}){1,7})$/i.exec(text);
  if (groups === null)
    return refuse("datapath id", text, "up to 16 hexadecimal digits, such as 0000000000000001, 0x1 or 00:00:00:00:00:00:00:01,");
  let dpid = 0n;
  for (const group of groups[1]!.split(":")) dpid = (dpid << 8n) | BigInt(Number.parseInt(group, 16));
  return dpid;
}

import { formatIpv4, formatIpv6, formatMac } from "../../../bytes/mod.js";
import type { Version } from "../../../schema/mod.js";
import { OXM_FIELDS, type OxmField, type OxmForm, type OxmValue, type ValueFormat } from "../../oxm/fields.js";
import { isAllOnes } from "../../oxm/flow-image.js";
import type { TextOptions } from "../options.js";
import { hex, hexDigits, portText } from "../words.js";

type Value = number | bigint;

/** The length of a mask that is a prefix of `bits` bits; undefined for another one. */
function prefixLength(mask: Value, bits: number): number | undefined {
  if (typeof mask === "number") {
    const free = ~mask >>> 0;
    return (free & (free + 1)) === 0 ? Math.clz32(free) : undefined;
  }
  const free = ((1n << BigInt(bits)) - 1n) ^ mask;
  return (free & (free + 1n)) === 0n ? bits - free.toString(2).length + (free === 0n ? 1 : 0) : undefined;
}

/** An address with the bits that count: the length of a prefix, or else a mask as an address. */
function addressText(v: Value, m: Value | undefined, bits: number, text: (v: never) => string): string {
  if (m === undefined) return text(v as never);
  const length = prefixLength(m, bits);
  return `${text(v as never)}/${length === undefined ? text(m as never) : length}`;
}

/** An IPv4 address, with its mask where there is one. */
export const ipv4Text = (v: Value, m: Value | undefined): string => addressText(v, m, 32, formatIpv4);
/** An IPv6 address, with its mask where there is one. */
export const ipv6Text = (v: Value, m: Value | undefined): string => addressText(v, m, 128, formatIpv6);
/** An Ethernet address, with its mask where there is one. */
export const macText = (v: Value, m: Value | undefined): string =>
  m === undefined ? formatMac(v as number) : `${formatMac(v as number)}/${formatMac(m as number)}`;

/** Bytes as a number in hexadecimal; zero is `0`. */
export function bytesText(bytes: Uint8Array): string {
  let text = "";
  for (const b of bytes) text += text === "" ? (b === 0 ? "" : b.toString(16)) : b.toString(16).padStart(2, "0");
  return text === "" ? "0" : `0x${text}`;
}

/** Bits by name, lowest first. */
export type Flags = Readonly<Record<number, string>>;

export const TUNNEL_FLAGS: Flags = { 1: "oam", 2: "df", 4: "csum", 8: "key" };
export const CT_STATES: Flags = { 1: "new", 2: "est", 4: "rel", 8: "rpl", 16: "inv", 32: "trk", 64: "snat", 128: "dnat" };
export const TCP_FLAGS: Flags = {
  ...{ 1: "fin", 2: "syn", 4: "rst", 8: "psh", 16: "ack", 32: "urg", 64: "ece", 128: "cwr", 256: "ns" },
  ...{ 512: "[200]", 1024: "[400]", 2048: "[800]" },
};

function flagsText(flags: number, names: Flags): string {
  if (flags === 0) return "0";
  let text = "";
  let rest = 0;
  for (let bits = flags; bits !== 0; ) {
    const bit = (bits & -bits) >>> 0;
    const name = names[bit];
    if (name === undefined) rest = (rest | bit) >>> 0;
    else text += `|${name}`;
    bits = (bits & ~bit) >>> 0;
  }
  if (rest !== 0) text += `|0x${rest.toString(16)}`;
  return text.slice(1);
}

/** Bits by name: all of them with a line between, or each with what it has to be where only some count. */
function maskedFlags(flags: number, mask: number, all: number, names: Flags): string {
  if (mask === all) return flagsText(flags, names);
  if (mask === 0) return "0/0";
  let text = "";
  for (let bits = mask; bits !== 0; ) {
    const bit = (bits & -bits) >>> 0;
    text += `${(flags & bit) !== 0 ? "+" : "-"}${names[bit] ?? "[Unknown]"}`;
    bits = (bits & ~bit) >>> 0;
  }
  return text;
}

/** The flags of a tunnel in a match; the other flags of tunnels cannot be matched on. */
export const tunnelFlagsText = (v: number, m: number): string => maskedFlags(v, m, 15, TUNNEL_FLAGS);
/** The state of a connection. */
export const ctStateText = (v: number, m: number): string => maskedFlags(v, m, 0xff, CT_STATES);
/** The flags of TCP. */
export const tcpFlagsText = (v: number, m: number): string => maskedFlags(v, m & 0xfff, 0xfff, TCP_FLAGS);

const half = (v: number, m: number): string =>
  m === 0 ? "*" : `${v > 9 ? `0x${v.toString(16)}` : v}${m === 0xffff ? "" : `/0x${m.toString(16)}`}`;

/** The type of packets. */
export function packetTypeText(v: number, m: number): string {
  if (v === 0 && m === 0xffffffff) return "eth";
  return `packet_type=(${half(v >>> 16, m >>> 16)},${half(v & 0xffff, m & 0xffff)})`;
}

/** Which fragments there are, by value and mask. */
export const FRAGMENTS: readonly (readonly [name: string, value: number, mask: number])[] = [
  ["no", 0, 3],
  ["yes", 1, 1],
  ["first", 1, 3],
  ["later", 3, 3],
  ["not_later", 0, 2],
];

type Form = (value: Value, mask: Value | undefined, o: TextOptions) => string;

const hexWhole = (v: Value): string => hex(v);
const integer =
  (text: (v: Value) => string): Form =>
  (v, m) =>
    m === undefined ? text(v) : `${text(v)}/${hexWhole(m)}`;
const DECIMAL = integer(String);
const HEX = integer(hexWhole);
const num =
  (text: (v: number, m: number) => string, all: number): Form =>
  (v, m) =>
    text(v as number, (m as number | undefined) ?? all);

/** How each format of values reads by itself, as in set-field and its like. */
const FORMS: Readonly<Record<ValueFormat, Form>> = {
  decimal: DECIMAL,
  hex: HEX,
  mac: macText,
  ipv4: ipv4Text,
  ipv6: ipv6Text,
  port: (v, m, o) => (m === undefined ? portText(v as number, o) : DECIMAL(v, m, o)),
  bytes: HEX,
  packetType: num(packetTypeText, 0xffffffff),
  tunFlags: num((v, m) => maskedFlags(v, m & 1, 1, TUNNEL_FLAGS), 1),
  ctState: num((v, m) => maskedFlags(v, m, 0xffff, CT_STATES), 0xffffffff),
  tcpFlags: num(tcpFlagsText, 0xffff),
  frag: num((v, m) => FRAGMENTS.find(([, value, mask]) => value === (v & m & 3) && mask === (m & 3))?.[0] ?? "<error>", 0xff),
};

const VALUE_FORMS: readonly Form[] = OXM_FIELDS.map((f) => FORMS[f.words.format]);

/** The header that a field has in an action: the one it was received in, or the version's. */
export function formOf(field: OxmField, header: number, version: Version): OxmForm {
  const found = header === 0 ? undefined : field.forms.find((f) => f.header >>> 9 === header >>> 9);
  return found ?? field.written[version] ?? field.forms[0]!;
}

/**
 * What actions call a field.
 * @param header - the header that it was received in; 0 for the version's own
 */
export const setFieldName = (field: OxmField, header = 0, version: Version = 4): string => formOf(field, header, version).name;

/** A value in the bits of the header that names its field: what Nicira has as IP_TOS is the standard's DSCP four times. */
export function formValue(field: OxmField, value: OxmValue, header: number, version: Version): OxmValue {
  const { narrow, size } = formOf(field, header, version);
  return narrow === undefined || size !== field.kind.size ? value : (narrow.write(value as number) ?? value);
}

/** A value as set-field prints it. */
export function setFieldValue(field: OxmField, value: OxmValue, mask: OxmValue | undefined, o: TextOptions): string {
  const all = mask === undefined || isAllOnes(field, mask);
  if (mask instanceof Uint8Array && mask.every((b) => b === 0)) return "ANY";
  if (value instanceof Uint8Array) return `${bytesText(value)}${all ? "" : `/${bytesText(mask as Uint8Array)}`}`;
  if (mask === 0 || mask === 0n) return "ANY";
  return VALUE_FORMS[field.index]!(value, all ? undefined : (mask as Value), o);
}

/** A field of the standard that Open vSwitch does not have, as a match prints it. */
export function foreignText(field: OxmField, value: OxmValue, mask: OxmValue | undefined, o: TextOptions): string {
  return `${field.words.shown}=${setFieldValue(field, value, mask, o)},`;
}

/** A number in at least four hexadecimal digits, with its mask where there is one. */
export const hex4Text = (v: number, m: number | undefined): string =>
  m === undefined ? hexDigits(v, 4) : `${hexDigits(v, 4)}/${hexDigits(m, 4)}`;

import type { OxmValue, ValueFormat } from "../../oxm/fields.js";
import { optionOf } from "../../oxm/option.js";
import { type MaskedValue, readIpv4, readIpv6, readMac } from "../parse/address.js";
import { readFlags } from "../parse/flags.js";
import { integerEnd, integerValue, readInteger } from "../parse/integer.js";
import { readPort } from "../parse/name.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SyntaxFault } from "../parse/syntax-fault.js";
import { CT_STATES, FRAGMENTS, TCP_FLAGS, TUNNEL_FLAGS } from "./field-text.js";
import { sizeOf, type ValuePlace } from "./form.js";

const isOnes = (v: number | bigint, bytes: number): boolean =>
  typeof v === "bigint" ? v === (1n << BigInt(8 * bytes)) - 1n : v === 2 ** (8 * bytes) - 1;

function readNumbers(text: string, { name, size }: ValuePlace): MaskedValue<number | bigint> {
  const bytes = sizeOf({ size });
  const refuse = (fault: "syntax" | "range", what: string): never => {
    throw new SyntaxFault(
      fault === "range" ? `${text}: ${what} too large for ${bytes}-byte field ${name}` : `${text}: bad syntax for ${name} ${what}`,
      0,
    );
  };
  const fault = readInteger(text, 0, bytes);
  if (fault !== "") refuse(fault, "value");
  const value = integerValue();
  const at = integerEnd();
  if (at === text.length) return { value, mask: undefined };
  if (text[at] !== "/") refuse("syntax", "value");
  const maskFault = readInteger(text, at + 1, bytes);
  if (maskFault !== "") refuse(maskFault, "mask");
  const mask = integerValue();
  if (integerEnd() !== text.length) refuse("syntax", "mask");
  return { value, mask: isOnes(mask, bytes) ? undefined : mask };
}

function readPacketType(text: string): number {
  const refuse = (rest: string, what: string): never => {
    throw new SyntaxFault(`${rest}: bad syntax for packet type ${what}`, 0);
  };
  if (text[0] !== "(") refuse(text, "missing '('");
  if (readInteger(text, 1, 2) !== "") refuse(text.slice(1), "ns");
  const space = integerValue() as number;
  const comma = integerEnd();
  if (text[comma] !== ",") refuse(text.slice(1), "missing ','");
  if (readInteger(text, comma + 1, 2) !== "") refuse(text.slice(comma + 1), "ns_type");
  const type = integerValue() as number;
  if (text[integerEnd()] !== ")") refuse(text.slice(comma + 1), "missing ')'");
  return space * 65536 + type;
}

function readFragments(text: string): MaskedValue<number> {
  const found = FRAGMENTS.find(([name]) => name === text.toLowerCase());
  if (found === undefined) {
    throw new SyntaxFault(`${text}: unknown fragment type (valid types are "no", "yes", "first", "later", "not_later"`, 0);
  }
  return { value: found[1], mask: found[2] === 3 ? undefined : found[2] };
}

const narrowMask = (v: MaskedValue<number>, all: number): MaskedValue<number> => (v.mask === all ? { value: v.value, mask: undefined } : v);

function portOf(text: string, { name, size }: ValuePlace, o: SyntaxOptions): number {
  const port = readPort(text, o);
  if (port !== undefined) return port;
  throw new SyntaxFault(`${text}: ${size === 2 ? "invalid or unknown port" : "port value out of range"} for ${name}`, 0);
}

const CT_STATE_BITS = 0xff;
const TUNNEL_BITS = 1;
const TCP_BITS = 0xfff;

const NO_NUMBER: MaskedValue<number> = { value: 0, mask: 0 };
const NO_BYTES: MaskedValue<Uint8Array> = { value: optionOf(0n), mask: optionOf(0n) };

/** A value of which nothing counts, for the formats in which it is no number in digits. */
const NOTHING: Partial<Readonly<Record<ValueFormat, MaskedValue<OxmValue>>>> = {
  ...{ mac: NO_NUMBER, ipv4: NO_NUMBER, port: NO_NUMBER, packetType: NO_NUMBER, frag: NO_NUMBER },
  ...{ ctState: NO_NUMBER, tcpFlags: NO_NUMBER, tunFlags: NO_NUMBER },
  ipv6: { value: 0n, mask: 0n },
  bytes: NO_BYTES,
};

/**
 * Reads a value of a field, with a mask behind a slash or not, as Open vSwitch's mf_parse does. A mask of all bits is undefined. A port is the number of 32 bits; bytes are as many as Open vSwitch has.
 * Throws {@link SyntaxFault}.
 */
export function readFieldValue(place: ValuePlace, text: string, o: SyntaxOptions): MaskedValue<OxmValue> {
  if (text === "*") return NOTHING[place.format] ?? readNumbers("0/0", place);
  switch (place.format) {
    case "mac":
      return readMac(text);
    case "ipv4":
      return readIpv4(text);
    case "ipv6":
      return readIpv6(text);
    case "port":
      return { value: portOf(text, place, o), mask: undefined };
    case "packetType":
      return { value: readPacketType(text), mask: undefined };
    case "frag":
      return readFragments(text);
    case "ctState":
      return readFlags(text, CT_STATES, "ct_state", CT_STATE_BITS);
    case "tcpFlags":
      return narrowMask(readFlags(text, TCP_FLAGS, "TCP", TCP_BITS) as MaskedValue<number>, 0xffff);
    case "tunFlags":
      return readFlags(text, TUNNEL_FLAGS, "tunnel", TUNNEL_BITS);
    case "bytes": {
      const { value, mask } = readNumbers(text, place) as MaskedValue<bigint>;
      return { value: optionOf(value), mask: mask === undefined ? undefined : optionOf(mask) };
    }
    default:
      return readNumbers(text, place);
  }
}

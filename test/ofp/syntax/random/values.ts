/** Random texts of values: right ones mostly, and such as parsers take for right. */
import { OXM_FIELDS, type OxmForm } from "../../../../src/ofp/oxm/fields.js";
import type { RandomSource } from "../../../../src/testing/mod.js";

/** Where random texts come from. */
export interface TextSource extends RandomSource {
  /** Whether texts have mistakes, here and there. */
  readonly odd: boolean;
  /** The Ethernet type and the protocol of the packets; 0 where nothing is said of it. */
  readonly ethType: number;
  readonly proto: number;
}

/** True in `percent` of a hundred cases of texts with mistakes. */
export const odd = (s: TextSource, percent: number): boolean => s.odd && s.integer(0, 99) < percent;
/** One of the good words, or of the others too where there are mistakes. */
export const word = (s: TextSource, good: readonly string[], bad: readonly string[]): string => (odd(s, 20) ? pick(s, bad) : pick(s, good));
export const chance = (s: RandomSource, percent: number): boolean => s.integer(0, 99) < percent;
export const pick = <T>(s: RandomSource, from: readonly T[]): T => from[s.integer(0, from.length - 1)]!;
/** Up to `most` texts. */
export const several = (s: TextSource, most: number, of: () => string): string[] => Array.from({ length: s.integer(0, most) }, of);

/** An unsigned number of `bits` bits, small, large, or at the edge. */
function bitsOf(s: TextSource, bits: number): bigint {
  const all = (1n << BigInt(bits)) - 1n;
  switch (s.integer(0, 6)) {
    case 0:
      return all;
    case 1:
      return 0n;
    case 2:
      return 1n << BigInt(s.integer(0, bits - 1));
    case 3: {
      let v = 0n;
      for (let left = bits; left > 0; left -= 16) v = (v << 16n) | BigInt(s.integer(0, 0xffff));
      return v & all;
    }
    default:
      return BigInt(s.integer(0, 20)) & all;
  }
}

function written(s: TextSource, v: bigint): string {
  switch (s.integer(0, 11)) {
    case 0:
      return `0${v.toString(8)}`;
    case 1:
      return `0X${v.toString(16).toUpperCase()}`;
    case 2:
      return `0x${"0".repeat(s.integer(0, 40))}${v.toString(16)}`;
    case 3:
      return `+${v}`;
    case 4:
    case 5:
    case 6:
      return `0x${v.toString(16)}`;
    default:
      return String(v);
  }
}

/** What no number is, or one that nobody expects. */
const ODD = [
  ...[
    "",
    "x",
    "0x",
    "08",
    "-1",
    "-0",
    "-5",
    "--1",
    "+",
    "-",
    "1e3",
    "1.5",
    "0b1",
    "5x",
    "0x5g",
    "0x 5",
    "*",
    "1/2",
    "0/0",
    "5/",
    "/5",
    "1/0x",
    "5/-1",
  ],
  ...["4294967296", "4294967295", "65536", "65535", "256", "255", "18446744073709551615", "18446744073709551616", "-18446744073709551615"],
  ...[
    "0x10000000000000000",
    "99999999999999999999999999999999999999999999",
    "-9223372036854775808",
    "2147483648",
    "-2147483649",
    "any",
    "all",
    "NULL",
  ],
  `0x${"f".repeat(33)}`,
  `${"9".repeat(300)}`,
];

/** A number of `bits` bits. */
export function number(s: TextSource, bits: number): string {
  if (odd(s, 7)) return pick(s, ODD);
  return written(s, bitsOf(s, odd(s, 5) ? bits + 1 : bits));
}

export function masked(s: TextSource, bits: number): string {
  const value = number(s, bits);
  return chance(s, 25) ? `${value}/${number(s, bits)}` : value;
}

export function mac(s: TextSource): string {
  const one = (): string => {
    const parts = Array.from({ length: odd(s, 5) ? s.integer(0, 7) : 6 }, () => {
      const byte = pick(s, [0, 1, 2, 0xff, s.integer(0, 255)]);
      return odd(s, 4) ? pick(s, ["", "g", "100", "0x5", "-1", "+1"]) : byte.toString(16).padStart(s.integer(1, 2), "0");
    });
    return parts.join(odd(s, 4) ? pick(s, ["-", ".", ":", "::", ": "]) : ":");
  };
  return chance(s, 25) ? `${one()}/${chance(s, 50) ? "ff:ff:ff:00:00:00" : one()}` : one();
}

export function ipv4(s: TextSource): string {
  const one = (): string => {
    const count = odd(s, 5) ? s.integer(0, 6) : 4;
    const part = (): string => (odd(s, 4) ? pick(s, ["256", "-1", "", "x", "08", "0x1", "999", "+1", " 1"]) : String(s.integer(0, 255)));
    return Array.from({ length: count }, part).join(".");
  };
  if (!chance(s, 35)) return one();
  return `${one()}/${chance(s, 50) ? s.integer(0, s.odd ? 33 : 32) : word(s, ["255.255.0.0", "0.0.0.0", "255.0.255.0", "255.255.255.255"], ["-1", "", "08", "0x8", "+8", "8x", one()])}`;
}

const IPV6 = [
  "::",
  "::1",
  "2001:db8::1",
  "fe80::",
  "1:2:3:4:5:6:7:8",
  "::ffff:1.2.3.4",
  "2001:DB8:0:0:1::",
  "1::2::3",
  ":::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "12345::",
  "::g",
  "::1.2.3",
  "1.2.3.4",
  "::1%eth0",
  "[::1]",
  "",
  "0::0",
  "::00001",
  "1:2:3:4:5:6:1.2.3.4",
  "1:2:3:4:5:6:7::",
  "::2:3:4:5:6:7:8",
];

export function ipv6(s: TextSource): string {
  const one = (): string => (odd(s, 15) ? pick(s, IPV6) : pick(s, IPV6.slice(0, 7)));
  if (!chance(s, 35)) return one();
  return `${one()}/${chance(s, 60) ? s.integer(0, s.odd ? 129 : 128) : word(s, ["ffff::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::"], ["-1", "", "+64", "064", "x", "64x", one()])}`;
}

const PORTS = [
  "LOCAL",
  "in_port",
  "Controller",
  "NONE",
  "any",
  "ALL",
  "flood",
  "NORMAL",
  "TABLE",
  "UNSET",
  "eth0",
  "65534",
  "65280",
  "65279",
  "65535",
  "4294967040",
  "0xfffffffe",
  "4294967294",
  "4294967295",
  "4294967296",
  "-1",
  "0",
  "065",
  "0x1",
  '"eth0"',
  '"',
  "",
  "1x",
  "+1",
  " 1",
];

export const port = (s: TextSource): string =>
  odd(s, 15)
    ? pick(s, PORTS)
    : chance(s, 90)
      ? String(s.integer(1, 300))
      : pick(s, ["LOCAL", "in_port", "Controller", "ALL", "65534", "4294967294"]);

const CT_STATES = ["new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat"];
const TCP_FLAGS = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns", "[9]", "[10]", "[11]"];

function flags(s: TextSource, names: readonly string[], bits: number): string {
  const name = (): string => (odd(s, 5) ? pick(s, ["foo", "", "[12]", "trkx", "TRK", "0x1"]) : pick(s, names));
  const chosen = [...new Set(several(s, 4, name)), ...(odd(s, 6) ? [name()] : [])];
  switch (s.integer(0, 5)) {
    case 0:
      return chosen.join("|");
    case 1:
      return masked(s, bits);
    case 2:
      return chance(s, 50) ? `${chosen.join("|")}|${number(s, bits)}` : `${number(s, bits)}${chosen.join("|")}`;
    default:
      return chosen.map((f) => pick(s, ["+", "-"]) + f).join("") + (odd(s, 4) ? pick(s, ["+", "|", "/1", "new"]) : "");
  }
}

const FRAGS = ["no", "yes", "first", "later", "not_later", "NO", "Later", "maybe", "0", "1", "3/3", "", "first/later"];

function packetType(s: TextSource): string {
  if (chance(s, 12))
    return pick(s, ["1", "()", "(1)", "(1,2", "(1 2)", "(0x1,)", "(,1)", "(1,2,3)", "(1,2)x", "(0,0)/1", "(65536,0)", "(0,65536)"]);
  return `(${pick(s, ["0", "1", "1", "2", number(s, 16)])},${pick(s, ["0", "0x800", "0x86dd", "0x894f", "0x806", number(s, 16)])})`;
}

/** Values that make packets of a kind that other fields need. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  eth_type: ["0x800", "0x86dd", "0x0806", "0x8035", "0x8847", "0x8848", "0x894f", "0x5ff", "0x600", "0x88cc", "2048"],
  nw_proto: ["1", "6", "17", "58", "132", "2", "0"],
  icmpv6_type: ["135", "136", "128"],
  icmpv6_code: ["0", "1"],
  arp_op: ["1", "2", "3", "256"],
  vlan_tci: ["0", "0x1000", "0x1000/0x1000", "0x1005/0x1fff", "0xf123", "0/0xfff", "0xffff"],
  vlan_vid: ["0", "0x1000", "0x1005", "0x1000/0x1000", "5", "4095", "0x1fff"],
};

/** A value of a form of a field. */
export function fieldValue(s: TextSource, form: OxmForm): string {
  const usual = USUAL[form.field.words.names[0]!];
  if (usual !== undefined && chance(s, 70)) return pick(s, usual);
  if (odd(s, 4)) return pick(s, ODD);
  const bits =
    form.field.bits === 0
      ? pick(s, s.odd ? [8, 32, 64, 128, 992, 1000] : [8, 32, 64])
      : form.narrow === undefined
        ? form.field.bits
        : 8 * form.narrow.size;
  switch (form.field.words.format) {
    case "mac":
      return mac(s);
    case "ipv4":
      return ipv4(s);
    case "ipv6":
      return ipv6(s);
    case "port":
      return port(s);
    case "frag":
      return odd(s, 20) ? pick(s, FRAGS) : pick(s, FRAGS.slice(0, 5));
    case "packetType":
      return packetType(s);
    case "ctState":
      return flags(s, CT_STATES, 8);
    case "tcpFlags":
      return flags(s, TCP_FLAGS, 12);
    case "tunFlags":
      return flags(s, ["oam"], 1);
    default:
      return form.field.maskable === "no" && !odd(s, 5) ? number(s, bits) : masked(s, bits);
  }
}

/** The forms of fields that Open vSwitch has of old, each under all of its names and constants. */
export const FORMS: readonly OxmForm[] = OXM_FIELDS.filter((f) => f.ovs !== undefined && !f.ovs.late).flatMap((f) => f.forms);

const isCommon = ({ field }: OxmForm): boolean => !/^(tunMetadata|x*reg)\d/.test(field.name);
const COMMON = FORMS.filter(isCommon);
/** A form of a field, of which those of large families are not more often than others. */
/** Whether the packets have a field. */
export function suits(s: TextSource, { field: { requires } }: OxmForm): boolean {
  const of = requires as { readonly ethType?: readonly number[]; readonly ipProto?: readonly number[] };
  return (of.ethType?.includes(s.ethType) ?? true) && (of.ipProto?.includes(s.proto) ?? true);
}

/** One of the forms, that packets have and of so many bits where there are no mistakes. */
export function formFrom(s: TextSource, forms: readonly OxmForm[], bits = 1): OxmForm {
  const good = s.odd && chance(s, 40) ? forms : forms.filter((f) => suits(s, f) && f.field.ovs!.bits >= bits);
  return pick(s, good.length > 0 ? good : WIDE);
}

const WIDE = FORMS.filter((f) => /^xxreg\d/.test(f.field.name));

export const anyForm = (s: TextSource): OxmForm => formFrom(s, chance(s, 70) ? COMMON : FORMS);

/** A name of a field: those that it is printed with, and others that are read. */
export const nameOf = (s: TextSource, form: OxmForm): string =>
  form.field.words.names.includes(form.name) ? pick(s, form.field.words.names) : form.name;

const misspelt = (s: TextSource, name: string): string => {
  const at = s.integer(0, name.length);
  return name.slice(0, at) + pick(s, ["", "x", "_", "0"]) + name.slice(at + s.integer(0, 1));
};

/** Part of a field. */
export function part(s: TextSource, form = anyForm(s), width?: number): string {
  if (!s.odd && width !== undefined && width > form.field.ovs!.bits) return part(s, formFrom(s, WIDE), width);
  const name = odd(s, 4) ? misspelt(s, form.constant) : chance(s, 50) ? form.constant : nameOf(s, form);
  if (odd(s, 5))
    return `${name}${pick(s, ["[", "]", "[]x", "[5", "[..]", "[3..", "[3..1]", "[-1]", "[ 1 .. 2 ]", "[0...3]", "[99999999999]", "[1][2]", "_W[]", "[]]", "[+1]", "[0x1]"])}`;
  if (width === undefined && chance(s, 50)) return name + pick(s, ["", "[]"]);
  const bits = form.field.ovs!.bits;
  const wide = width ?? s.integer(1, Math.min(bits, 64));
  const start = s.integer(0, Math.max(0, bits - wide));
  if (wide === bits && chance(s, 50)) return `${name}[]`;
  return wide === 1 && chance(s, 70) ? `${name}[${start}]` : `${name}[${start}..${start + wide - 1}]`;
}

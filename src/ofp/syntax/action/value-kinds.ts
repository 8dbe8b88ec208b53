import { formatIpv4, formatMac, toHex } from "../../../bytes/mod.js";
import type { Subfield } from "../../action/subfield.js";
import type { TextOptions } from "../options.js";
import { readAddress32, readAddress48, readHexBytes, readLoose, readU8, readU16, readU32 } from "../parse/c-number.js";
import { readPort, readTable } from "../parse/name.js";
import type { SyntaxOptions } from "../parse/options.js";
import { readPart } from "../parse/part.js";
import { refuse, refuseName } from "../parse/syntax-fault.js";
import { hex, hexDigits, portText, tableText } from "../words.js";
import { subfieldText } from "./subfield.js";

/** How values of one kind are written in an action, and read from it. */
export interface ValueKind<T> {
  /** What stands for a value in the form of an action, such as `PORT`. */
  readonly shown: string;
  print(v: T, o: TextOptions): string;
  /** Throws {@link SyntaxFault}. */
  read(text: string, r: SyntaxOptions): T;
}

const number = (shown: string, read: (text: string) => number, print: (v: number) => string = String): ValueKind<number> => ({
  shown,
  print,
  read,
});

/** A number of 8 bits. @param what - what errors call it */
export const uint8 = (what: string, shown = "N"): ValueKind<number> => number(shown, (text) => readU8(text, what));
/** A number of 16 bits. @param what - what errors call it */
export const uint16 = (what: string, shown = "N"): ValueKind<number> => number(shown, (text) => readU16(text, what));
/** A number of 32 bits. */
export const uint32 = (shown = "N"): ValueKind<number> => number(shown, readU32);
/** What C's atoi makes of a text, in so many bits: 0 where it does not begin with a number. */
export const loose = (bits: number, shown = "N"): ValueKind<number> => number(shown, (text) => readLoose(text, bits));

/** An EtherType in four hexadecimal digits. @param what - what errors call it */
export const etherType = (what: string): ValueKind<number> =>
  number(
    "ETHERTYPE",
    (text) => readU16(text, what),
    (v) => hexDigits(v, 4),
  );

/** The EtherType of a VLAN tag. */
export const TAG_TYPE: ValueKind<number> = number(
  "ETHERTYPE",
  (text) => {
    const type = readU16(text, "ethertype");
    return type === 0x8100 || type === 0x88a8 ? type : refuse(`${text}: not a valid VLAN ethertype`, 0);
  },
  hex,
);

/** Numbers of a kind that have no bits but those of a mask. @param missing - refuses an empty text */
export const within = (kind: ValueKind<number>, mask: number, title: string, missing?: string): ValueKind<number> => ({
  ...kind,
  read(text, r) {
    if (missing !== undefined && text === "") refuse(missing, 0);
    const value = kind.read(text, r);
    return (value & ~mask) === 0 ? value : refuse(`${text}: not a valid ${title}`, 0);
  },
});

/** An Ethernet address. */
export const MAC: ValueKind<number> = { shown: "MAC", print: formatMac, read: readAddress48 };
/** An IPv4 address. */
export const IPV4: ValueKind<number> = { shown: "IPV4", print: formatIpv4, read: readAddress32 };

/** A port. @param fault - the error for a text that is none */
export const port = (fault: (text: string) => string): ValueKind<number> => ({
  shown: "PORT",
  print: portText,
  read: (text, r) => readPort(text, r) ?? refuse(fault(text), 0),
});

/** A table. @param fault - the error for a text that is none */
export const table = (fault: (text: string) => string): ValueKind<number> => ({
  shown: "TABLE",
  print: tableText,
  read: (text, r) => readTable(text, r) ?? refuse(fault(text), 0),
});

/** Part of a field. */
export const PART: ValueKind<Subfield> = { shown: "FIELD[START..END]", print: (v) => subfieldText(v), read: (text) => readPart(text).part };

/** Bytes as `01.02.03`. @param fault - the error for a text that is none */
export const dotted = (shown: string, fault: string): ValueKind<Uint8Array> => ({
  shown,
  print: (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("."),
  read: (text) => readHexBytes(text) ?? refuse(fault, 0),
});

/** Bytes as one number without zeros in front. */
export function numberText(bytes: Uint8Array): string {
  const digits = toHex(bytes).replace(/^0+/, "");
  return `0x${digits === "" ? "0" : digits}`;
}

/** A number by its word. */
export interface Choice extends ValueKind<number> {
  /** Undefined for a text that is none of the words. */
  find(text: string): number | undefined;
}

/**
 * A number by its word.
 * @param words - of two equal words the first counts
 * @param other - the text of a number that has no word
 * @param how - the error for a text that is none of the words, and whether words are read in any case
 */
export function choice(
  shown: string,
  words: Readonly<Record<number, string>>,
  other: (v: number) => string,
  how: { readonly fault?: (text: string) => string; readonly anyCase?: boolean } = {},
): Choice {
  const numbers = new Map<string, number>();
  for (const [n, word] of Object.entries(words)) if (!numbers.has(word)) numbers.set(word, Number(n));
  const { fault = String, anyCase = false } = how;
  const find = (text: string): number | undefined => numbers.get(anyCase ? text.toLowerCase() : text);
  return {
    shown,
    print: (v) => words[v] ?? other(v),
    find,
    read: (text) => find(text) ?? refuseName(fault(text), text, numbers.keys(), 0),
  };
}

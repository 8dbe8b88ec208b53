import { decodeText, encodedLength, encodeText } from "../../bytes/mod.js";
import { PortNo, portName } from "../port/port-no.js";
import type { Names, TextOptions } from "./options.js";

export { isPort, isRealPort } from "../port/port-no.js";

/** A number in hexadecimal; zero is `0`, without a prefix. */
export const hex = (v: number | bigint): string => (v === 0 || v === 0n ? "0" : `0x${v.toString(16)}`);

/** A number in hexadecimal with `0x` before it whatever it is. */
export const hex0 = (v: number | bigint): string => `0x${v.toString(16)}`;

/** A number in at least so many hexadecimal digits. */
export const hexDigits = (v: number, digits: number): string => `0x${v.toString(16).padStart(digits, "0")}`;

/** Bits by their names, in the order of the table, with a space between them; bits without a name as one number, and none at all as `0`. */
export function bitNames(bits: number, table: readonly (readonly [bit: number, name: string])[]): string {
  if (bits === 0) return "0";
  let text = "";
  let rest = bits;
  for (const [bit, name] of table) {
    if ((rest & bit) === 0) continue;
    text += text === "" ? name : ` ${name}`;
    rest = (rest & ~bit) >>> 0;
  }
  if (rest !== 0) text += `${text === "" ? "" : " "}${hex(rest)}`;
  return text;
}

/** Seconds with as many decimals as there are, but three where they suffice. */
export function duration(sec: number, nsec: number): string {
  if (nsec === 0) return `${sec}s`;
  const msec = Math.floor(nsec / 1_000_000);
  if (msec * 1_000_000 === nsec) return `${sec}.${String(msec).padStart(3, "0")}s`;
  let digits = String(nsec).padStart(9, "0");
  while (digits.endsWith("0")) digits = digits.slice(0, -1);
  return `${sec}.${digits}s`;
}

/** A counter; all ones say that there is none. */
export const counter = (v: bigint): string => (v === 0xffffffffffffffffn ? "?" : v.toString());

/** A name as it stands in a flow: in quotation marks unless it is a letter with letters and digits behind it. */
function quoted(name: string): string {
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i) | 0x20;
    const letter = c >= 0x61 && c <= 0x7a;
    const digit = c >= 0x30 && c <= 0x39 && name.charCodeAt(i) === c;
    if (!letter && (i === 0 || !digit)) return JSON.stringify(name);
  }
  return name === "" ? '""' : name;
}

const named = (number: number, names: Names | undefined): string | undefined => {
  const name = names?.get(number);
  return name === undefined ? undefined : quoted(name);
};

/** The first port number with a meaning of its own; the 256 numbers from there on are those of OpenFlow 1.0 from 0xff00 on. */
const RESERVED = PortNo.Max;

/** A port: a reserved word in capitals, its name, or its number. Numbers between the real ports and the words are given in the 16 bits of OpenFlow 1.0. */
export function portText(port: number, o: TextOptions): string {
  if (port >= PortNo.Unset) return portName(port);
  return named(port, o.portNames) ?? String(port >= RESERVED ? port & 0xffff : port);
}

/** A table: its name or its number. */
export const tableText = (table: number, o: TextOptions): string => named(table, o.tableNames) ?? String(table);

/** Whether a table has a name. */
export const hasTableName = (table: number, o: TextOptions): boolean => o.tableNames?.has(table) === true;

/** Bytes in hexadecimal, 16 a line with their offsets, without the characters that they stand for. */
export function plainDump(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 16) {
    text += `${at.toString(16).padStart(8, "0")} `;
    const end = Math.min(at + 16, bytes.length);
    for (let i = at; i < end; i++) text += (i - at === 8 ? "-" : " ") + bytes[i]!.toString(16).padStart(2, "0");
    if (end - at === 8) text += "-";
    text += "\n";
  }
  return text;
}

/** The start of a text, of so many bytes at most. */
export function cutBytes(text: string, most: number): string {
  const length = encodedLength(text);
  if (length <= most) return text;
  const bytes = new Uint8Array(length);
  encodeText(text, bytes, 0);
  return decodeText(bytes, 0, most);
}

/** Text with a newline at its end, unless it is empty. */
export const withNewline = (text: string): string => (text === "" || text.endsWith("\n") ? text : `${text}\n`);

/** Text without one space at its end. */
export const chomp = (text: string, c = " "): string => (text.endsWith(c) ? text.slice(0, -1) : text);

import { GroupNo } from "../../group/group-no.js";
import { PORT_WORDS, PortNo } from "../../port/port-no.js";
import { plainNumber } from "./c-number.js";
import type { SyntaxOptions } from "./options.js";

/** What C takes for a whole number in decimal that is not negative. */
const DECIMAL = /^[ \t-\r]*\+?(\d+)$/;

/** A whole number in decimal that is not negative; undefined for another text. */
export function readDecimal(text: string): number | undefined {
  const plain = plainNumber(text);
  if (plain >= 0) return plain;
  const digits = DECIMAL.exec(text);
  return digits === null ? undefined : Number(digits[1]);
}

/** What a name stands for, which is in quotation marks, with what JSON escapes, where it is not a plain one. */
function named(text: string, names: ReadonlyMap<string, number> | undefined): number | undefined {
  if (!text.startsWith('"')) return names?.get(text);
  try {
    return names?.get(String(JSON.parse(text)));
  } catch {
    return undefined;
  }
}

/** The difference between the numbers of OpenFlow 1.0 from 0xff00 on and those of later versions. */
const OFFSET = 0xffff0000;
const FIRST_OLD = 0xff00;

/**
 * A port: its number, a reserved word in any case, or a name of the switch. Numbers from 0xff00 to 0xffff are those of OpenFlow 1.0. Undefined for any other text, as Open vSwitch's
 * ofputil_port_from_string.
 */
export function readPort(text: string, o: SyntaxOptions): number | undefined {
  const port = readDecimal(text);
  if (port === undefined) return PORT_WORDS.get(text.toUpperCase()) ?? named(text, o.ports);
  if (port < FIRST_OLD) return port;
  if (port <= 0xffff) return OFFSET + port;
  return port >= PortNo.Max && port <= 0xffffffff ? port : undefined;
}

/** A table: its number, or a name of the switch; undefined for another text. */
export function readTable(text: string, o: SyntaxOptions): number | undefined {
  const table = readDecimal(text);
  if (table === undefined) return named(text, o.tables);
  return table > 255 ? undefined : table;
}

/** A group: its number, or `any` or `all`; undefined for another text. */
export function readGroup(text: string): number | undefined {
  const word = text.toLowerCase();
  if (word === "any") return GroupNo.Any;
  if (word === "all") return GroupNo.All;
  const number = readDecimal(text);
  return number !== undefined && number <= 0xffffffff ? number : undefined;
}

import { GroupNo } from "../../group/group-no.js";
import { PORT_WORDS, PortNo, portName } from "../../port/port-no.js";
import { type NoteSink, warnAlways } from "../notes/note.js";
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

const PORTS = "ofp_port";
const TABLES = "ofp_table";

/** The first of the reserved numbers of OpenFlow 1.0 that has a meaning. */
const FIRST_RESERVED = 0xfff8;

/** Notes that a port has the number that it has in OpenFlow 1.0. Open vSwitch ofp-port.c (ofputil_port_from_string) */
function noteOld(log: NoteSink, port: number): void {
  const later = OFFSET + port;
  if (port < FIRST_RESERVED) {
    const text = `port ${port} is a reserved OF1.0 port number that will be translated to ${later} when talking to an OF1.1 or later controller`;
    warnAlways(log, PORTS, text);
    return;
  }
  const text = `referring to port ${portName(later)} as ${port} is deprecated for compatibility with OpenFlow 1.1 and later`;
  log({ module: PORTS, level: "WARN", text, once: true, limit: "ofp_port/old" });
}

/**
 * A port: its number, a reserved word in any case, or a name of the switch. Numbers from 0xff00 to 0xffff are those of OpenFlow 1.0. Undefined for any other text, as Open vSwitch's
 * ofputil_port_from_string.
 */
export function readPort(text: string, o: SyntaxOptions): number | undefined {
  const port = readDecimal(text);
  if (port === undefined) {
    const found = PORT_WORDS.get(text.toUpperCase()) ?? named(text, o.ports);
    if (found === undefined && text.startsWith("-")) warnAlways(o.log, PORTS, `Negative value ${text} is not a valid port number.`);
    return found;
  }
  if (port < FIRST_OLD) return port;
  if (port <= 0xffff) {
    if (o.log !== undefined) noteOld(o.log, port);
    return OFFSET + port;
  }
  if (port >= PortNo.Max && port <= 0xffffffff) return port;
  if (port < PortNo.Max)
    warnAlways(o.log, PORTS, `port ${port} is outside the supported range 0 through ffff or 0xffffff00 through 0xffffffff`);
  return undefined;
}

/** A table: its number, or a name of the switch; undefined for another text. */
export function readTable(text: string, o: SyntaxOptions): number | undefined {
  const table = readDecimal(text);
  if (table === undefined) {
    if (text.startsWith("-")) warnAlways(o.log, TABLES, `Negative value ${text} is not a valid table number.`);
    return named(text, o.tables);
  }
  if (table <= 255) return table;
  if (table <= 0xffffffff) warnAlways(o.log, TABLES, `table ${table} is outside the supported range 0 through 255`);
  return undefined;
}

/** A group: its number, or `any` or `all`; undefined for another text. */
export function readGroup(text: string): number | undefined {
  const word = text.toLowerCase();
  if (word === "any") return GroupNo.Any;
  if (word === "all") return GroupNo.All;
  const number = readDecimal(text);
  return number !== undefined && number <= 0xffffffff ? number : undefined;
}

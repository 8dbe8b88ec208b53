import { PORT_WORDS, PortNo } from "../../port-no.js";
import type { SyntaxOptions } from "./options.js";

/** What C takes for a whole number in decimal that is not negative. */
const DECIMAL = /^\s*\+?\d+$/;
/** The difference between the numbers of OpenFlow 1.0 from 0xff00 on and those of later versions. */
const OFFSET = 0xffff0000;
const FIRST_OLD = 0xff00;

/** The text between quotation marks, with what JSON escapes; undefined for another text. */
function unquoted(text: string): string | undefined {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return undefined;
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * A port: its number, a reserved word in any case, or a name of the switch, in quotation marks where it is not a plain one. Numbers from 0xff00 to 0xffff are those of OpenFlow 1.0. Undefined for any
 * other text, as Open vSwitch's ofputil_port_from_string.
 */
export function readPort(text: string, o: SyntaxOptions): number | undefined {
  if (DECIMAL.test(text)) {
    const port = Number(text);
    if (port < FIRST_OLD) return port;
    if (port <= 0xffff) return OFFSET + port;
    return port >= PortNo.Max && port <= 0xffffffff ? port : undefined;
  }
  const word = PORT_WORDS.get(text.toUpperCase());
  if (word !== undefined) return word;
  return o.ports?.get(text.startsWith('"') ? (unquoted(text) ?? "") : text);
}

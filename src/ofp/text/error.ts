import { errorName } from "../error/names.js";
import type { Context } from "./options.js";
import type { Printers } from "./printer.js";
import type { MessageOf } from "./types.js";

/** Errors whose data is text for people. */
const WITH_TEXT = ["OFPHFC_INCOMPATIBLE", "OFPHFC_EPERM"];

const INNER_VERBOSITY = 1;

/** Text from a peer, with everything that does not print, quotation marks and backslashes in octal. */
function printableText(bytes: Uint8Array): string {
  let text = "";
  for (const b of bytes) {
    const plain = b >= 0x20 && b <= 0x7e && b !== 0x5c && b !== 0x22;
    text += plain ? String.fromCharCode(b) : `\\${b.toString(8).padStart(3, "0")}`;
  }
  return text;
}

const nameOf = (m: MessageOf<"error">, c: Context): string | undefined =>
  c.wire > 6 ? undefined : errorName(c.version, m.errType, m.code, m.experimenter);

/** The error message, with the message that it excerpts. */
export const ERROR_PRINTERS: Printers<"error"> = {
  error: {
    text(m, c) {
      const name = nameOf(m, c) ?? `type ${m.errType} code ${m.code}`;
      return ` ${name}\n${WITH_TEXT.includes(name) ? printableText(m.data) : c.inner(m.data, INNER_VERBOSITY)}`;
    },
    refuse: (m, c) => (nameOf(m, c) === undefined ? "OFPBRC_BAD_LEN" : undefined),
  },
};

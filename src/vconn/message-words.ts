import type { Message } from "../ofp/mod.js";
import { print } from "../ofp/syntax/mod.js";
import type { Version } from "../schema/mod.js";

/** Characters of a message that a line of a log or an error shows. */
const MOST_SHOWN = 300;
/** What printing puts in front of the text of a message. */
const HEAD = /^\w+ (?:\([^)]*\) )*\(xid=0x[0-9a-f]+\):? ?(?:ADD )?/;

const words = (type: string, xid: number, printed: string): string => {
  const text = printed
    .replace(HEAD, "")
    .trim()
    .replace(/\s*\n\s*/g, "; ");
  const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
  return `${type} xid=0x${xid.toString(16)}${shown === "" ? "" : `: ${shown}`}`;
};

/**
 * A message in one line for logs and errors: `flow-mod xid=0x4: tcp,tp_dst=80 actions=output:1`. Never throws: where the message cannot be printed it is its type and transaction id.
 * @param xid - the transaction id that it was sent under
 */
export function messageWords(message: Message, version: Version, xid: number): string {
  let printed = "";
  try {
    printed = print(message, { version });
  } catch {
    // what cannot be sent in this version, or has given its bytes back, has no text
  }
  return words(message.type, xid, printed);
}

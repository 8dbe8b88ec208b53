import { ERRNO_TEXT, isErrno, type SouthboundError } from "../errors/mod.js";

/** An end in brackets, as Open vSwitch's users search for it: the text of the errno, and what is known besides, unless that stands in the log already. @param logged - the last line about it */
export function shortly(error: SouthboundError, logged = ""): string {
  if (!isErrno(error.code)) return error.message;
  const text = ERRNO_TEXT[error.code];
  const plain = `(${text})`;
  const { message } = error;
  const known = message === logged || /^(connecting to \S+|\S+: connection dropped) \([^()]*\)$/.test(message);
  if (known) return text;
  return `${text}: ${message.endsWith(plain) ? message.slice(0, -plain.length).trimEnd() : message}`;
}

import { nearest, SouthboundError } from "../../../errors/mod.js";

/**
 * Text that is no match, flow, action, group or meter. The message is what `ovs-ofctl` prints for the same text.
 * Code: `ERR_SYNTAX`.
 */
export class SyntaxFault extends SouthboundError {
  /** Where: characters from the start of the text that was given; -1 where the fault is in none of its parts. */
  readonly offset: number;
  /** What may have been meant, such as `did you mean nw_dst?`; empty where nothing is near. */
  readonly hint: string;

  constructor(message: string, offset = -1, hint = "") {
    super("ERR_SYNTAX", message);
    this.offset = offset;
    this.hint = hint;
  }
}

/** Refuses a text. @param offset - where, in characters from its start; -1 where that is not known */
export function refuse(message: string, offset = -1): never {
  throw new SyntaxFault(message, offset);
}

/**
 * Refuses a name that is none, with the nearest ones as a hint.
 * @param names - those that there are
 * @param others - spellings of others, each with the name that it means
 */
export function refuseName(
  message: string,
  name: string,
  names: Iterable<string>,
  offset = -1,
  others: Iterable<readonly [spelling: string, name: string]> = [],
): never {
  const near = nearest(name, names, others);
  throw new SyntaxFault(message, offset, near.length === 0 ? "" : `did you mean ${near.join(" or ")}?`);
}

/**
 * A fault for people who write texts in a program: the words of `ovs-ofctl` with the place and the hint behind them.
 * @param what - what was to be read, such as `Match.parse`
 */
export function explained(what: string, text: string, e: unknown): unknown {
  if (!(e instanceof SyntaxFault)) return e;
  const { message, offset, hint } = e;
  const from = Math.max(0, offset - AROUND);
  const near = offset < 0 ? "" : ` at ${offset}, behind ${JSON.stringify(`${from > 0 ? "…" : ""}${text.slice(from, offset)}`)}`;
  return new SyntaxFault(`${what}: ${message}${offset > 0 ? near : ""}${hint === "" ? "" : `: ${hint}`}`, offset, hint);
}

/** How much of a text is shown before the place of a fault, in characters. */
const AROUND = 40;

/**
 * What was thrown while part of a text was read, to be thrown on: a fault of that part becomes one of the whole text.
 * @param start - where what the part belongs to starts, such as the key of its pair, for a fault that is in no place of its own
 * @param partAt - where the part starts, from which the fault counts its offset
 */
export function inWhole(thrown: unknown, start: number, partAt: number): unknown {
  if (thrown instanceof SyntaxFault) (thrown as { offset: number }).offset = thrown.offset < 0 ? start : partAt + thrown.offset;
  return thrown;
}

/**
 * Reads part of a text. A fault gets its place in the whole text: that of the part where the reader gives none within it.
 * @param at - where the part starts, in characters from the start of the text
 */
export function readAt<T>(at: number, read: () => T): T {
  try {
    return read();
  } catch (e) {
    throw inWhole(e, at, at);
  }
}

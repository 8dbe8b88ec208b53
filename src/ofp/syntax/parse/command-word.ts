/** The word of a command at the start of a text, and where the rest of the text starts. */
export interface CommandWord<W extends string> {
  /** Undefined where the text begins with none of the words. */
  readonly word: W | undefined;
  /** Behind the word, or else behind the white space before what is there. */
  readonly at: number;
  /** What stands there up to a comma or white space. */
  readonly token: string;
}

const SPACE = /[ \t\r\n]*/y;
const TOKEN = /[^, \t\r\n]*/y;

/**
 * Reads the word of a command at `from`, as Open vSwitch does: a word may be cut short, and the first of those that begin alike counts.
 * @param words - in Open vSwitch's order
 */
export function commandWord<W extends string>(text: string, from: number, words: readonly W[]): CommandWord<W> {
  SPACE.lastIndex = from;
  const start = from + SPACE.exec(text)![0].length;
  TOKEN.lastIndex = start;
  const token = TOKEN.exec(text)![0];
  const word = words.find((w) => w.startsWith(token));
  return { word, at: word === undefined ? start : start + token.length, token };
}

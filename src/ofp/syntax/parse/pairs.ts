const SPACE = 0x20;
const COMMA = 0x2c;
/** The character between a key and its value, and between groups of an address. */
export const COLON = 0x3a;
const EQUALS = 0x3d;
const OPEN = 0x28;
const CLOSE = 0x29;
const DASH = 0x2d;
const ARROW = 0x3e;

const isBreak = (c: number): boolean => c === COMMA || c === SPACE || c === 9 || c === 10 || c === 13;
const endsKey = (c: number): boolean => c <= EQUALS && (c === COLON || c === EQUALS || c === OPEN || isBreak(c));

/** Where the value that starts at `p` ends: at a parenthesis that was opened before it, or at a comma or white space. */
function valueEnd(text: string, p: number, end: number, parenthesis: boolean): number {
  let depth = 0;
  for (let q = p; q < end; q++) {
    const c = text.charCodeAt(q);
    // nothing that means something here lies behind the comma
    if (c > COMMA) continue;
    if (depth === 0 && (parenthesis ? c === CLOSE : isBreak(c))) return q;
    if (c === OPEN) depth++;
    else if (c === CLOSE && depth > 0) depth--;
  }
  return end;
}

/**
 * Walks over the pairs of a text: `key`, `key=value`, `key:value`, `key(value)` and `key(value)->rest`, with commas or white space between, as Open vSwitch's ofputil_parse_key_value
 * does. Parentheses within a value belong to it; where one is not closed, the value goes on to the end. A text of n characters takes n steps.
 */
export class Pairs {
  readonly text: string;
  /** The key of the pair at hand. */
  key = "";
  /** Where it starts. */
  at: number;
  /** The value; empty where there is none. */
  value = "";
  /** Where the value starts. */
  valueAt = 0;
  /** What stands behind the key: `=`, `:`, `(`, or nothing. */
  delimiter: "" | "=" | ":" | "(" = "";
  // Ordinary names: an engine marks each object that has private ones.
  private nextAt: number;
  private readonly endAt: number;

  constructor(text: string, from = 0, end: number = text.length) {
    this.text = text;
    this.at = from;
    this.nextAt = from;
    this.endAt = end;
  }

  /** What stands behind the pair at hand and what ends its value. */
  get rest(): string {
    return this.text.slice(this.nextAt, this.endAt);
  }

  /** Goes on to the next pair; false where there is none. */
  next(): boolean {
    const { text } = this;
    const end = this.endAt;
    let p = this.nextAt;
    while (p < end && isBreak(text.charCodeAt(p))) p++;
    this.at = p;
    if (p >= end) return false;
    const start = p;
    while (p < end && !endsKey(text.charCodeAt(p))) p++;
    this.key = text.slice(start, p);
    const c = p < end ? text.charCodeAt(p) : 0;
    if (p < end) p++;
    if (c !== COLON && c !== EQUALS && c !== OPEN) {
      this.delimiter = "";
      this.value = "";
      this.valueAt = p;
      this.nextAt = p;
      return true;
    }
    this.delimiter = c === COLON ? ":" : c === EQUALS ? "=" : "(";
    this.valueAt = p;
    let e = valueEnd(text, p, end, c === OPEN);
    if (c === OPEN && text.charCodeAt(e) === CLOSE && text.charCodeAt(e + 1) === DASH && text.charCodeAt(e + 2) === ARROW && e + 2 < end)
      e = valueEnd(text, e, end, false);
    this.value = text.slice(p, e);
    this.nextAt = e < end ? e + 1 : e;
    return true;
  }
}

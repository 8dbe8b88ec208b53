const isSpace = (c: number): boolean => c === 0x20 || (c >= 9 && c <= 13);

function digitOf(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 99;
}

/** Reads the pieces of a text one behind the other, as C's scanf does in the form that Open vSwitch has of it (ovs_scan). What is read goes on where the last piece ended. */
export class Scanner {
  readonly text: string;
  at: number;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  /** Whether the text ends here. */
  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Goes past white space. */
  spaces(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++;
  }

  /** Goes past a piece of text; false, and nothing else, where another one stands. */
  literal(piece: string): boolean {
    if (!this.text.startsWith(piece, this.at)) return false;
    this.at += piece.length;
    return true;
  }

  /**
   * A number behind any white space, with a sign or not, of which the lowest `bits` bits are kept, without a sign; undefined where there is none. `0x` may stand before hexadecimal digits.
   * @param base - 0 for the one that C's constants have: 16 behind `0x`, 8 behind another zero, else 10
   * @param bits - at most 32
   */
  integer(base: 0 | 10 | 16, bits: number): number | undefined {
    const { text } = this;
    const from = this.at;
    this.spaces();
    const sign = text[this.at];
    if (sign === "-" || sign === "+") this.at++;
    let radix: number = base;
    if (base !== 10 && text[this.at] === "0" && (text.charCodeAt(this.at + 1) | 0x20) === 0x78) {
      radix = 16;
      this.at += 2;
    } else if (base === 0) radix = text[this.at] === "0" ? 8 : 10;
    const start = this.at;
    let value = 0;
    for (let digit = digitOf(text.charCodeAt(start)); digit < radix; digit = digitOf(text.charCodeAt(this.at))) {
      value = (Math.imul(value, radix) + digit) | 0;
      this.at++;
    }
    if (this.at === start) {
      this.at = from;
      return undefined;
    }
    return ((sign === "-" ? -value : value) & (bits === 32 ? -1 : 2 ** bits - 1)) >>> 0;
  }

  /** Numbers with a character between: as many as are wanted, or undefined, and nothing else. The first is the highest of the whole. */
  parts(count: number, between: string, base: 10 | 16): number | undefined {
    const from = this.at;
    let whole = 0;
    for (let i = 0; i < count; i++) {
      const part = i > 0 && !this.literal(between) ? undefined : this.integer(base, 8);
      if (part === undefined) {
        this.at = from;
        return undefined;
      }
      whole = whole * 256 + part;
    }
    return whole;
  }

  /** The characters of a set, at most so many; empty where there is none. @param set - with the flag `y` */
  set(set: RegExp, most: number): string {
    set.lastIndex = this.at;
    const found = set.exec(this.text)?.[0].slice(0, most) ?? "";
    this.at += found.length;
    return found;
  }
}

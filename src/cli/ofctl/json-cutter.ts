/** The most bytes of one message at a control socket, and the deepest that it may be nested. */
export const MAX_MESSAGE: number = 1024 * 1024;
const MAX_DEPTH = 100;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isOpening = (b: number): boolean => b === 0x7b || b === 0x5b;
const isClosing = (b: number): boolean => b === 0x7d || b === 0x5d;
const isBlank = (b: number): boolean => b === 0x20 || (b >= 9 && b <= 13);

/** Cuts a stream of bytes into JSON objects that stand one behind the other. What is held of an unfinished one is {@link MAX_MESSAGE} at the most, and each byte is looked at once. */
export class JsonCutter {
  #parts: Uint8Array[] = [];
  #length = 0;
  #depth = 0;
  #quoted = false;
  #escaped = false;

  /**
   * Takes bytes, which stay the caller's no longer.
   * @param take - called with the text of each object
   * @returns what is wrong with the bytes, after which nothing more is to be fed; undefined while nothing is
   */
  feed(bytes: Uint8Array, take: (text: string) => void): string | undefined {
    let start = 0;
    for (let i = 0; i < bytes.length; i++) {
      const b = bytes[i]!;
      if (this.#depth === 0) {
        if (isBlank(b)) continue;
        if (b !== 0x7b) return "syntax error at beginning of input";
        start = i;
      }
      if (this.#quoted) {
        if (this.#escaped) this.#escaped = false;
        else if (b === BACKSLASH) this.#escaped = true;
        else if (b === QUOTE) this.#quoted = false;
      } else if (b === QUOTE) this.#quoted = true;
      else if (isOpening(b)) {
        if (++this.#depth > MAX_DEPTH) return "input exceeds maximum nesting depth";
      } else if (isClosing(b) && --this.#depth === 0) {
        take(this.#finish(bytes.subarray(start, i + 1)));
        start = i + 1;
      }
      if (this.#depth > 0 && this.#length + i - start >= MAX_MESSAGE) return `message of more than ${MAX_MESSAGE} bytes`;
    }
    if (this.#depth > 0) {
      this.#parts.push(bytes.subarray(start));
      this.#length += bytes.length - start;
    }
    return undefined;
  }

  #finish(last: Uint8Array): string {
    const text = Buffer.concat([...this.#parts, last]).toString("utf8");
    this.#parts = [];
    this.#length = 0;
    return text;
  }
}

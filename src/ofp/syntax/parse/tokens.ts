/** Walks over a text as C's strtok_r does, which takes other characters for ends with each step. A text of n characters takes n steps. */
export class Tokens {
  readonly #text: string;
  readonly #end: number;
  #next: number;
  /** Where the token read last starts. */
  at: number;

  constructor(text: string, from = 0, end: number = text.length) {
    this.#text = text;
    this.#next = from;
    this.#end = end;
    this.at = from;
  }

  /** The next token, which ends at one of the characters; undefined where only such characters are left. */
  next(ends: string): string | undefined {
    let p = this.#next;
    while (p < this.#end && ends.includes(this.#text[p]!)) p++;
    this.at = p;
    while (p < this.#end && !ends.includes(this.#text[p]!)) p++;
    this.#next = p < this.#end ? p + 1 : p;
    return p === this.at ? undefined : this.#text.slice(this.at, p);
  }
}

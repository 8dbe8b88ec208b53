import { SyntaxFault } from "../ofp/syntax/mod.js";

/** A part of an expression. */
export interface Token {
  readonly kind: "word" | "and" | "or" | "not" | "(" | ")" | "operator" | "end";
  readonly text: string;
  /** Where it starts, in characters from the start of the expression. */
  readonly at: number;
  /** Whether a value stood in double quotes. */
  readonly quoted?: boolean;
}

const BLANK = /[ \t\r\n]/;
const WORD = /[A-Za-z0-9_.-]/;
const SIGNS: readonly (readonly [sign: string, kind: Token["kind"]])[] = [
  ["&&", "and"],
  ["||", "or"],
  [",", "and"],
  ["(", "("],
  [")", ")"],
];
const OPERATORS = ["!=", "!~", "<=", ">=", "==", "=", "<", ">", "~"];
const WORDS: ReadonlyMap<string, Token["kind"]> = new Map([
  ["and", "and"],
  ["or", "or"],
  ["not", "not"],
]);

/** Reads an expression part by part. What a value may be depends on where it stands, so that it is asked for by name. */
export class Tokens {
  readonly #text: string;
  #at = 0;
  #next: Token | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The part at hand. */
  peek(): Token {
    this.#next ??= this.#read();
    return this.#next;
  }

  /** Goes on to the next part. */
  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#at = token.at + token.text.length;
    this.#next = undefined;
    return token;
  }

  /** Goes on where the part at hand is of a kind. */
  take(kind: Token["kind"]): boolean {
    if (this.peek().kind !== kind) return false;
    this.next();
    return true;
  }

  /** The comparison behind a name, where there is one. */
  operator(): Token | undefined {
    this.#skip();
    const at = this.#at;
    const found = OPERATORS.find((op) => this.#text.startsWith(op, at));
    if (found === undefined) return undefined;
    this.#at += found.length;
    this.#next = undefined;
    return { kind: "operator", text: found === "==" ? "=" : found, at };
  }

  /** What stands behind a comparison: a text in double quotes, or everything up to a blank, a comma, a sign of the expression, or a parenthesis that it did not open. */
  value(): Token {
    this.#skip();
    const at = this.#at;
    this.#next = undefined;
    if (this.#text[at] === '"') return this.#quoted(at);
    let depth = 0;
    let p = at;
    for (; p < this.#text.length; p++) {
      const c = this.#text[p]!;
      if (c === "(") depth++;
      else if (c === ")" && depth-- === 0) break;
      else if (depth === 0 && (c === "," || BLANK.test(c) || this.#text.startsWith("&&", p) || this.#text.startsWith("||", p))) break;
    }
    this.#at = p;
    return { kind: "word", text: this.#text.slice(at, p), at };
  }

  #quoted(at: number): Token {
    let text = "";
    for (let p = at + 1; p < this.#text.length; p++) {
      const c = this.#text[p]!;
      if (c === '"') {
        this.#at = p + 1;
        return { kind: "word", text, at, quoted: true };
      }
      text += c === "\\" && p + 1 < this.#text.length ? this.#text[++p]! : c;
    }
    throw new SyntaxFault(`the text that begins at ${at} lacks its closing quote`, at);
  }

  #skip(): void {
    while (this.#at < this.#text.length && BLANK.test(this.#text[this.#at]!)) this.#at++;
  }

  #read(): Token {
    this.#skip();
    const text = this.#text;
    const at = this.#at;
    if (at >= text.length) return { kind: "end", text: "", at };
    for (const [sign, kind] of SIGNS) if (text.startsWith(sign, at)) return { kind, text: sign, at };
    if (text[at] === "!") return { kind: "not", text: "!", at };
    let p = at;
    while (p < text.length && WORD.test(text[p]!)) p++;
    if (p === at) throw new SyntaxFault(`"${text[at]}" means nothing here (at ${at})`, at);
    const word = text.slice(at, p);
    return { kind: WORDS.get(word.toLowerCase()) ?? "word", text: word, at };
  }
}

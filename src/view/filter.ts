import { checkOptions, suggestion } from "../errors/mod.js";
import { FieldTest, MatchFields, SYNTAX_OPTIONS, SyntaxFault, type SyntaxOptions, testNames, testSpellings } from "../ofp/syntax/mod.js";
import type { FlowRecord } from "./record.js";
import { type Token, Tokens } from "./tokens.js";

/** Parentheses and negations may lie so many levels deep. */
const MAX_LEVELS = 100;
/** The longest expression, in characters. */
const LONGEST = 0x1_0000;

/** A flow with its match at hand. */
interface Subject {
  readonly flow: FlowRecord;
  readonly fields: () => MatchFields;
}

type Test = (s: Subject) => boolean;

const NUMBERS: Readonly<Record<string, (flow: FlowRecord) => number | bigint | undefined>> = {
  table: (f) => f.tableId,
  priority: (f) => f.priority,
  cookie: (f) => f.cookie,
  n_packets: (f) => f.packets,
  n_bytes: (f) => f.bytes,
  duration: (f) => f.duration,
  idle_timeout: (f) => f.idleTimeout,
  hard_timeout: (f) => f.hardTimeout,
  importance: (f) => f.importance,
  idle_age: (f) => f.idleAge,
  hard_age: (f) => f.hardAge,
};

const TEXTS: Readonly<Record<string, (flow: FlowRecord) => string>> = {
  actions: (f) => f.actionsText,
  match: (f) => f.matchText,
  flow: (f) => f.text,
};

const COMPARE: Readonly<Record<string, (a: number | bigint, b: number | bigint) => boolean>> = {
  "=": (a, b) => a === b || (typeof a !== typeof b && BigInt(a) === BigInt(b)),
  "!=": (a, b) => !COMPARE["="]!(a, b),
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** The names that a filter may have. */
export const filterNames = (): string[] => [...Object.keys(NUMBERS), ...Object.keys(TEXTS), ...testNames()];

const WHOLE = /^(?:0[xX][0-9a-fA-F]+|\d+)$/;

function numberOf({ text, at }: Token, key: string): number | bigint {
  if (key === "duration" && /^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  if (!WHOLE.test(text) || text.length > 20) throw new SyntaxFault(`${key} is a number, not "${text}" (at ${at})`, at);
  const n = BigInt(text);
  return n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n;
}

function numberTest(key: string, op: string, value: Token): Test {
  const get = NUMBERS[key]!;
  const slash = value.text.indexOf("/");
  if (key === "cookie" && slash >= 0 && (op === "=" || op === "!=")) {
    const part = (from: number, to: number): bigint => {
      const word = value.text.slice(from, to);
      return word === "-1" ? 0xffff_ffff_ffff_ffffn : BigInt(numberOf({ ...value, text: word, at: value.at + from }, key));
    };
    const wanted = part(0, slash);
    const mask = part(slash + 1, value.text.length);
    return ({ flow }) => (((flow.cookie ^ wanted) & mask) === 0n) === (op === "=");
  }
  const wanted = numberOf(value, key);
  const compare = COMPARE[op]!;
  return ({ flow }) => {
    const n = get(flow);
    return n !== undefined && compare(n, wanted);
  };
}

/** An expression that flows are chosen by: see {@link parseFilter}. */
export class FlowFilter {
  /** The expression as it was given. */
  readonly text: string;
  readonly #test: Test;
  readonly #fields = new MatchFields();

  /** For {@link parseFilter}. */
  constructor(text: string, test: Test) {
    this.text = text;
    this.#test = test;
  }

  /** Whether a flow is chosen. */
  test(flow: FlowRecord): boolean {
    let filled = false;
    const fields = (): MatchFields => {
      if (!filled) this.#fields.fill(flow.match);
      filled = true;
      return this.#fields;
    };
    return this.#test({ flow, fields });
  }
}

class Parser {
  readonly #tokens: Tokens;
  readonly #options: SyntaxOptions;
  #depth = 0;

  constructor(tokens: Tokens, o: SyntaxOptions) {
    this.#tokens = tokens;
    this.#options = o;
  }

  whole(): Test {
    const test = this.#or();
    const rest = this.#tokens.peek();
    if (rest.kind !== "end") throw new SyntaxFault(`expected "and", "or" or the end, not "${rest.text}" (at ${rest.at})`, rest.at);
    return test;
  }

  #or(): Test {
    const all = [this.#and()];
    while (this.#tokens.take("or")) all.push(this.#and());
    return all.length === 1 ? all[0]! : (s) => all.some((test) => test(s));
  }

  #and(): Test {
    const all = [this.#not()];
    while (this.#tokens.take("and")) all.push(this.#not());
    return all.length === 1 ? all[0]! : (s) => all.every((test) => test(s));
  }

  #not(): Test {
    const { at } = this.#tokens.peek();
    if (++this.#depth > MAX_LEVELS) throw new SyntaxFault(`more than ${MAX_LEVELS} levels deep (at ${at})`, at);
    try {
      if (this.#tokens.take("not")) {
        const test = this.#not();
        return (s) => !test(s);
      }
      if (!this.#tokens.take("(")) return this.#term();
      const test = this.#or();
      const next = this.#tokens.peek();
      if (!this.#tokens.take(")")) throw new SyntaxFault(`the parenthesis that opens at ${at} is not closed`, next.at);
      return test;
    } finally {
      this.#depth--;
    }
  }

  #term(): Test {
    const key = this.#tokens.peek();
    if (key.kind !== "word") {
      const what = key.kind === "end" ? "the end" : `"${key.text}"`;
      throw new SyntaxFault(`expected a field, a counter or "actions", not ${what} (at ${key.at})`, key.at);
    }
    this.#tokens.next();
    const op = this.#tokens.operator();
    const name = key.text;
    const isNumber = Object.hasOwn(NUMBERS, name);
    const isText = Object.hasOwn(TEXTS, name);
    if (!isNumber && !isText && !isField(name)) {
      const hint = suggestion(name, filterNames(), testSpellings());
      throw new SyntaxFault(`unknown field "${name}" (at ${key.at})${hint}`, key.at, hint.replace(/^: /, ""));
    }
    if (op === undefined) {
      if (isNumber || isText)
        throw new SyntaxFault(`${name} needs a comparison, such as ${isText ? `${name}~output` : `${name}=0`} (at ${key.at})`, key.at);
      return fieldTest(new FieldTest(name, undefined, this.#options));
    }
    const value = this.#tokens.value();
    if (value.text === "" && !value.quoted) throw new SyntaxFault(`${name}${op.text} lacks a value (at ${value.at})`, value.at);
    if (isText) return textTest(name, op, value);
    if (op.text === "~" || op.text === "!~")
      throw new SyntaxFault(`~ is for ${Object.keys(TEXTS).join(", ")}; ${name} takes = != < <= > >= (at ${op.at})`, op.at);
    if (isNumber) return numberTest(name === "table" ? "table" : name, op.text, this.#table(name, value));
    return this.#field(name, op, value);
  }

  /** The number of a table that was given by its name. */
  #table(name: string, value: Token): Token {
    const number = name === "table" ? this.#options.tables?.get(value.text) : undefined;
    return number === undefined ? value : { ...value, text: String(number) };
  }

  #field(name: string, op: Token, value: Token): Test {
    let test: FieldTest;
    try {
      test = new FieldTest(name, value.text, this.#options);
    } catch (e) {
      if (!(e instanceof SyntaxFault)) throw e;
      const at = value.at + Math.max(0, e.offset);
      throw new SyntaxFault(`${e.message} (at ${at})`, at, e.hint);
    }
    if (op.text === "=") return fieldTest(test);
    if (op.text === "!=") return ({ fields }) => !test.test(fields());
    const wanted = numberOf(value, name);
    const compare = COMPARE[op.text]!;
    return ({ fields }) => {
      const n = test.number(fields());
      return n !== undefined && compare(n, wanted);
    };
  }
}

let names: ReadonlySet<string> | undefined;

function isField(word: string): boolean {
  names ??= new Set(testNames());
  return names.has(word);
}

const fieldTest =
  (test: FieldTest): Test =>
  ({ fields }) =>
    test.test(fields());

function textTest(name: string, op: Token, value: Token): Test {
  const get = TEXTS[name]!;
  const { text } = value;
  switch (op.text) {
    case "~":
      return ({ flow }) => get(flow).includes(text);
    case "!~":
      return ({ flow }) => !get(flow).includes(text);
    case "=":
      return ({ flow }) => get(flow) === text;
    case "!=":
      return ({ flow }) => get(flow) !== text;
    default:
      throw new SyntaxFault(`${name} takes ~ !~ = != (at ${op.at})`, op.at);
  }
}

/**
 * Reads an expression that flows are chosen by, such as `table=3 and ip and actions~output`:
 *
 * - `and` (`&&`, `,`), `or` (`||`), `not` (`!`) and parentheses;
 * - fields and kinds of packets in the words of `ovs-ofctl`: `nw_dst=10.0.0.0/8` chooses flows that let through nothing but packets to there, `nw_dst` those that match on it at all;
 * - numbers with `= != < <= > >=`: fields, `table`, `priority`, `cookie` (also `cookie=1/0xff`), `n_packets`, `n_bytes`, `duration`, `idle_timeout`, `hard_timeout`, `importance`, `idle_age`, `hard_age`;
 *   a flow that does not report a number is not chosen by it;
 * - texts with `~` (has it), `!~`, `=`, `!=`: `actions`, `match`, and `flow` for all of it. A value with blanks or commas stands in double quotes.
 *
 * @param o - names of ports and tables
 * @throws SyntaxFault `ERR_SYNTAX` with the place, and the nearest names for one that there is not
 */
export function parseFilter(text: string, o: SyntaxOptions = {}): FlowFilter {
  checkOptions("parseFilter", o, SYNTAX_OPTIONS);
  if (text.length > LONGEST) throw new SyntaxFault(`the filter has more than ${LONGEST} characters`, LONGEST);
  return new FlowFilter(text, new Parser(new Tokens(text), o).whole());
}

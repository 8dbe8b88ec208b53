import { nearest } from "../../errors/mod.js";
import { Fatal } from "./fatal.js";

/** An option of a command line. */
export interface OptionRow {
  /** Its name behind `--`. */
  readonly name: string;
  /** The letter behind `-`. */
  readonly letter?: string;
  /** Whether a value belongs to it. One that may be left out stands behind `=`, or behind the letter without a blank. None unless given. */
  readonly value?: "required" | "optional";
}

/** An option that was given. */
export interface Given<T extends OptionRow> {
  readonly option: T;
  /** Undefined where it has no value. */
  readonly value: string | undefined;
}

function nearestOption(word: string, rows: readonly OptionRow[]): string {
  const near = nearest(
    word,
    rows.map(({ name }) => name),
  );
  return near.length === 0 ? "" : `did you mean ${near.map((name) => `--${name}`).join(" or ")}?`;
}

/** The row of a name, or of the beginning of one that no other has. */
function named<T extends OptionRow>(word: string, rows: readonly T[]): T {
  const exact = rows.find(({ name }) => name === word);
  if (exact !== undefined) return exact;
  const possible = rows.filter(({ name }) => name.startsWith(word));
  if (possible.length === 1) return possible[0]!;
  if (possible.length === 0) throw new Fatal(`unrecognized option '--${word}'`, nearestOption(word, rows));
  throw new Fatal(`option '--${word}' is ambiguous; possibilities: ${possible.map(({ name }) => `'--${name}'`).join(" ")}`);
}

/** Reads command lines as getopt_long() of the GNU C library does: options may stand behind arguments unless POSIXLY_CORRECT is set, and long names may be cut short. */
export class OptionReader<T extends OptionRow> {
  /** What is no option, in order. Complete when {@link given} has ended. */
  readonly rest: string[] = [];
  readonly #words: readonly string[];
  readonly #rows: readonly T[];

  constructor(words: readonly string[], rows: readonly T[]) {
    this.#words = words;
    this.#rows = rows;
  }

  /**
   * The options in their order, so that each takes effect before the next one is looked at.
   * @throws Fatal in the words of the C library
   */
  *given(): Generator<Given<T>, void, undefined> {
    const words = this.#words;
    const inOrder = process.env.POSIXLY_CORRECT !== undefined;
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      if (word === "--") {
        this.rest.push(...words.slice(i + 1));
        return;
      }
      if (word === "-" || !word.startsWith("-")) {
        if (inOrder) {
          this.rest.push(...words.slice(i));
          return;
        }
        this.rest.push(word);
      } else if (word.startsWith("--")) {
        const given = this.#long(word.slice(2), words[i + 1]);
        if (given.took) i++;
        yield given;
      } else {
        for (const given of this.#letters(word.slice(1), words[i + 1])) {
          if (given.took) i++;
          yield given;
        }
      }
    }
  }

  #long(text: string, next: string | undefined): Given<T> & { readonly took: boolean } {
    const equals = text.indexOf("=");
    let option: T;
    try {
      option = named(equals < 0 ? text : text.slice(0, equals), this.#rows);
    } catch (e) {
      // what is not known is quoted with all that stands behind it
      throw e instanceof Fatal && equals >= 0 ? new Fatal(e.message.replace(`'--${text.slice(0, equals)}'`, `'--${text}'`), e.hint) : e;
    }
    const value = equals < 0 ? undefined : text.slice(equals + 1);
    if (value !== undefined && option.value === undefined) throw new Fatal(`option '--${option.name}' doesn't allow an argument`);
    if (value !== undefined || option.value !== "required") return { option, value, took: false };
    if (next === undefined) throw new Fatal(`option '--${option.name}' requires an argument`);
    return { option, value: next, took: true };
  }

  *#letters(text: string, next: string | undefined): Generator<Given<T> & { readonly took: boolean }> {
    for (let i = 0; i < text.length; i++) {
      const letter = text[i]!;
      const option = this.#rows.find((row) => row.letter === letter);
      if (option === undefined) throw new Fatal(`invalid option -- '${letter}'`);
      if (option.value === undefined) {
        yield { option, value: undefined, took: false };
        continue;
      }
      const rest = i + 1 < text.length ? text.slice(i + 1) : undefined;
      if (rest !== undefined || option.value === "optional") yield { option, value: rest, took: false };
      else if (next !== undefined) yield { option, value: next, took: true };
      else throw new Fatal(`option requires an argument -- '${letter}'`);
      return;
    }
  }
}

import type { WriteStream } from "node:tty";

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** What draws a whole screen: `rows` lines or fewer, of `columns` visible characters or fewer. */
export type Draw = (columns: number, rows: number) => readonly string[];

/**
 * A picture on the alternate screen of a terminal, redrawn in place. The screen that was there before comes back when it is closed, when the process exits for
 * whatever reason that leaves it a chance, and while it is stopped (Ctrl-Z).
 */
export class Screen implements Disposable {
  readonly #out: WriteStream;
  readonly #draw: Draw;
  readonly #timer: NodeJS.Timeout;
  #shown = false;
  #before = "";

  /** @param interval - milliseconds between two pictures */
  constructor(out: WriteStream, draw: Draw, interval: number) {
    this.#out = out;
    this.#draw = draw;
    process.on("exit", this.#leave);
    process.on("uncaughtExceptionMonitor", this.#leave);
    process.on("SIGTSTP", this.#suspend);
    process.on("SIGCONT", this.#resume);
    out.on("resize", this.#resized);
    this.#timer = setInterval(() => this.draw(), interval);
    this.#resume();
  }

  /** Draws now. A picture that looks as the one before is not sent again. */
  draw(): void {
    if (!this.#shown) return;
    const { columns = 80, rows = 24 } = this.#out;
    const lines = this.#draw(columns, rows).slice(0, rows);
    // In a line that is full, the cursor stands on its last character, and erasing would take that away.
    const shown = lines.map((line) => (width(line) < columns ? `${line}\x1b[K` : line)).join("\r\n");
    const picture = `\x1b[H${shown}${lines.length < rows ? "\r\n\x1b[J" : ""}`;
    if (picture === this.#before) return;
    this.#before = picture;
    // Terminals that know synchronised output (mode 2026) show it in one go; others ignore the marks.
    this.#out.write(`\x1b[?2026h${picture}\x1b[?2026l`);
  }

  /** Brings back the screen that was there before. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#leave();
    process.off("exit", this.#leave);
    process.off("uncaughtExceptionMonitor", this.#leave);
    process.off("SIGTSTP", this.#suspend);
    process.off("SIGCONT", this.#resume);
    this.#out.off("resize", this.#resized);
  }

  readonly #resized = (): void => {
    this.#before = "";
    this.draw();
  };

  readonly #leave = (): void => {
    if (!this.#shown) return;
    this.#shown = false;
    this.#out.write(LEAVE);
  };

  readonly #suspend = (): void => {
    this.#leave();
    process.kill(process.pid, "SIGSTOP");
  };

  readonly #resume = (): void => {
    if (this.#shown) return;
    this.#shown = true;
    this.#before = "";
    this.#out.write(ENTER);
    this.draw();
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with one
const width = (line: string): number => line.replace(/\x1b\[[0-9;]*m/g, "").length;

/** The drawing characters that a terminal of this locale shows. */
export interface Glyphs {
  readonly line: string;
  readonly dot: string;
  readonly cut: string;
}

/** Box-drawing characters where the locale is one of UTF-8, ASCII elsewhere. */
export function glyphs(env: NodeJS.ProcessEnv = process.env): Glyphs {
  const utf8 = /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || "");
  return utf8 ? { line: "─", dot: "·", cut: "…" } : { line: "-", dot: "-", cut: "~" };
}

/** Text with at most one style. A line of a picture is a list of them, so that it can be cut to a width. */
export type Span = string | readonly [style: Style, text: string];

const STYLES = { bold: "1", dim: "2", red: "31", green: "32", yellow: "33" } as const;
/** How a piece of text looks. */
export type Style = keyof typeof STYLES;

/** Puts a line together, cut to `width` characters. */
export function render(spans: readonly Span[], width: number, colour: boolean, cut: string): string {
  const total = spans.reduce((n, span) => n + (typeof span === "string" ? span : span[1]).length, 0);
  let left = total > width ? width - cut.length : width;
  let line = "";
  for (const span of spans) {
    if (left <= 0) break;
    const [style, all] = typeof span === "string" ? [undefined, span] : span;
    const text = all.slice(0, left);
    left -= text.length;
    line += style === undefined || !colour ? text : `\x1b[${STYLES[style]}m${text}\x1b[0m`;
  }
  return total > width ? line + cut : line;
}

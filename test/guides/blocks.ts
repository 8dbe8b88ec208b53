/**
 * The code blocks of the pages, and what each is to print. A block is followed by what it prints, as a block of ```text; one that is not prints nothing. In such a text `…` stands for anything
 * within a line, and a line of it alone for any lines.
 *
 * How a block is run follows from its language: `js` with a default export is an application, other `js` and `ts` a program, `sh` lines for a shell, `c` declarations. A comment before the block changes that:
 * `<!-- test: WORDS -->` with
 * - `file NAME`: the block is a file, which stands beside the blocks behind it as well
 * - `first COMMAND`: a line for a shell that is run to its end before the block
 * - `with COMMAND`: a line for a shell that goes on while the block is run
 * - `log`: what it prints on standard error counts as well, and other lines may stand between
 * - `needs PEER...`: real programs that it needs; it is run by interop/guides.test.ts
 * - `held by FILE`: a test of its own reads this page and runs the block
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** A block of code, and what is known of it. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** What it prints; empty where nothing. */
  readonly output: string;
  /** The name it is saved by. */
  readonly file: string | undefined;
  readonly before: readonly string[];
  readonly beside: readonly string[];
  readonly log: boolean;
  readonly needs: readonly string[];
  readonly heldBy: string | undefined;
}

/** The pages whose blocks are run: all but those that are made from tables, and the first page, which `test/tarball/fresh-machine.test.ts` follows. */
export const PAGES: readonly string[] = [
  ...readdirSync(join(ROOT, "docs/guide"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/guide/${name}`),
  "docs/reference/errors.md",
  "examples/README.md",
  "examples/dl-controller/README.md",
];

/** The blocks of a page in their order. @throws Error for a comment that is not understood, and for code that is only indented */
export function blocksOf(page: string): readonly Block[] {
  return parseBlocks(page, readFileSync(join(ROOT, page), "utf8"));
}

/** See {@link blocksOf}. */
export function parseBlocks(page: string, markdown: string): readonly Block[] {
  const lines = markdown.split("\n");
  const blocks: Block[] = [];
  let words: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const comment = /^<!-- test: (.*) -->$/.exec(lines[i]!)?.[1];
    if (comment !== undefined) words.push(comment);
    if (/^ {4}\S/.test(lines[i]!) && lines[i - 1] === "" && !/^\s*[-*\d]/.test(lines[i - 2] ?? ""))
      throw new Error(`${page}:${i + 1}: code that is indented is not run; put it between fences`);
    const language = /^```(\w*)$/.exec(lines[i]!)?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf("```", i + 1);
    const text = lines
      .slice(i + 1, end)
      .map((line) => `${line}\n`)
      .join("");
    const before = blocks.at(-1);
    if (language === "text") {
      if (before === undefined || before.output !== "") throw new Error(`${page}:${i + 1}: no block prints this`);
      blocks[blocks.length - 1] = { ...before, output: text };
    } else blocks.push({ page, line: i + 1, language, text, output: "", ...directives(`${page}:${i + 1}`, words) });
    words = [];
    i = end;
  }
  return blocks;
}

function directives(place: string, comments: readonly string[]): Pick<Block, "file" | "before" | "beside" | "log" | "needs" | "heldBy"> {
  let file: string | undefined;
  let heldBy: string | undefined;
  const before: string[] = [];
  const beside: string[] = [];
  const needs: string[] = [];
  let log = false;
  for (const comment of comments) {
    const [, word, rest] = /^(file|first|with|needs|held by) (.+)$/.exec(comment) ?? [];
    if (word === "file") file = rest;
    else if (word === "first") before.push(rest!);
    else if (word === "with") beside.push(rest!);
    else if (word === "needs") needs.push(...rest!.split(" "));
    else if (word === "held by") heldBy = rest;
    else if (comment === "log") log = true;
    else throw new Error(`${place}: the comment "test: ${comment}" is not understood`);
  }
  return { file, before, beside, log, needs, heldBy };
}

/** Whether a text is what was to be printed. @param whole - false where other lines may stand between and around */
export function prints(expected: string, actual: string, whole: boolean): boolean {
  const pattern = expected
    .trimEnd()
    .split("\n")
    .map((line) =>
      line === "…"
        ? "(?:.*\\n)*?.*"
        : line
            .trimEnd()
            .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
            .replaceAll("…", ".*"),
    )
    .join(whole ? "\\s*\\n" : "\\s*\\n(?:.*\\n)*?");
  return new RegExp(whole ? `^${pattern}\\s*$` : `^${pattern}\\s*$`, whole ? "" : "m").test(actual);
}

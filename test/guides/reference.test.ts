/** The generated pages: `npm run docs` writes them, and they are what it would write now. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apiPages } from "../../scripts/api-pages.mjs";
import { messagePages, tableClasses } from "../../scripts/message-pages.mjs";
import { ACTIONS, encodeMessage, FlowMod, INSTRUCTIONS, Match, MESSAGES, OXM_FIELDS } from "../../src/ofp/mod.js";
import type { Field } from "../../src/schema/mod.js";
import { ROOT } from "./blocks.js";

const page = (name: string): string => readFileSync(join(ROOT, "docs", name), "utf8");

test("every enumeration has its names with their numbers, and every field its initial value", () => {
  const lost: string[] = [];
  for (const [file, { entries }] of Object.entries({ messages: MESSAGES, actions: ACTIONS, instructions: INSTRUCTIONS })) {
    const text = page(`reference/${file}.md`);
    for (const type of entries) {
      const section = text.slice(text.indexOf(`\n## ${type.name}\n`)).split("\n## ", 2)[1] ?? "";
      for (const [name, { kind, init }] of Object.entries(type.fields as Readonly<Record<string, Field<unknown>>>)) {
        const cells = section
          .split("\n")
          .find((line) => line.startsWith(`| \`${name}\` |`))
          ?.split(" | ");
        if (cells === undefined) lost.push(`${type.name}.${name}`);
        else if (init !== undefined && init !== null && cells[2]?.trim() === "") lost.push(`${type.name}.${name} has no initial value`);
        for (const [word, n] of Object.entries(kind.names?.table ?? {})) {
          const number = kind.names?.of === "bits" || n > 0xffff ? `0x${n.toString(16)}` : String(n);
          if (!cells?.at(-1)?.includes(`${word} ${number}`)) lost.push(`${type.name}.${name} lacks ${word} ${number}`);
        }
      }
    }
  }
  expect(lost).toEqual([]);
  for (const file of readdirSync(join(ROOT, "docs/reference"))) expect(page(`reference/${file}`)).not.toContain("(of, table)");
});

test("every match field has its words, Open vSwitch's name, and the versions whose structure has it, as a flow-mod of that version does", () => {
  const rows = new Map(
    page("reference/match-fields.md")
      .split("\n")
      .flatMap((line) => (line.startsWith("| `") ? [[/`(\w+)`/.exec(line)![1]!, line.split(" | ")] as const] : [])),
  );
  for (const field of OXM_FIELDS) {
    const [, words, title, , , , , versions] = rows.get(field.name)!;
    for (const name of field.words.names) expect(words, field.name).toContain(`\`${name}\``);
    if (field.ovs !== undefined) expect(title, field.name).toContain(`\`${field.words.names[0]}\``);
    const old = [field.ovs?.in10, field.ovs?.in11].map((mask) => mask !== undefined && mask !== "no");
    expect(versions!.includes("1.0"), field.name).toBe(old[0]);
    expect(/1\.1 \(structure\)/.test(versions!), field.name).toBe(old[1]);
  }
  expect(encodeMessage(FlowMod.of({ match: Match.of({ ethSrc: 1 }) }), 1)).toHaveLength(72);
});

test("the page of a door has each of its names", async () => {
  const doors = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).exports as Record<
    string,
    string | { readonly default: string }
  >;
  for (const [door, entry] of Object.entries(doors)) {
    if (typeof entry === "string") continue;
    const name = door === "." ? "southbound" : `southbound-${door.slice(2).replaceAll("/", "-")}`;
    expect(existsSync(join(ROOT, `docs/api/${name}.md`)), `${name}: run "npm run docs"`).toBe(true);
    const text = page(`api/${name}.md`);
    const names = Object.keys((await import(join(ROOT, entry.default))) as object);
    // its page refers to those of the rooms
    if (door === ".") continue;
    expect(names.filter((exported) => !text.includes(`\n### ${exported}\n`))).toEqual([]);
  }
});

test("`npm run docs` would write the same", async () => {
  const stale: string[] = [];
  for (const [name, text] of Object.entries(await messagePages(ROOT)))
    if (page(`reference/${name}`) !== text) stale.push(`reference/${name}`);
  for (const [name, text] of Object.entries(apiPages(ROOT, await tableClasses(ROOT))))
    if (page(`api/${name}`) !== text) stale.push(`api/${name}`);
  expect(stale, 'run "npm run docs"').toEqual([]);
});

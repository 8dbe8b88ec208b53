/** Whatever text a reader is given, what it throws is a SyntaxFault: random texts, right and wrong, those of one reader also through the others, and bytes changed in them. */
import { expect, test } from "vitest";
import { SyntaxFault } from "../../../../src/ofp/syntax/mod.js";
import { VERSIONS } from "../../../../src/schema/mod.js";
import { type RandomSource, seededSource } from "../../../../src/testing/mod.js";
import { SOAK } from "../../../soak.js";
import { randomCommand, randomGroup } from "../random/commands.js";
import { randomFlow } from "../random/flow.js";
import { READERS } from "./readers.js";

const SEED = Number(process.env.SEED ?? 1);
const COUNT = Number(process.env.COUNT ?? (SOAK ? 20_000 : 500));

const ODD = [
  "\0",
  '"',
  "\\",
  "(",
  ")",
  "[",
  "]",
  "/",
  "->",
  "=",
  ",",
  "-1",
  "0x",
  "\u{1f600}",
  "4294967296",
  "ffff",
  "*",
  " ",
  "\n",
  "tun_metadata0",
  "xxreg0",
];

/** A text with some of it replaced. */
function changed(source: RandomSource, text: string): string {
  let found = text;
  for (let n = source.integer(0, 3); n > 0; n--) {
    const at = source.integer(0, found.length);
    found = found.slice(0, at) + ODD[source.integer(0, ODD.length - 1)]! + found.slice(at + source.integer(0, 3));
  }
  return found;
}

function randomText(source: RandomSource): string {
  const kind = source.integer(0, 3);
  if (kind === 0) return randomGroup(source);
  if (kind === 1) return randomCommand(source).slice(1).join(" ");
  const flow = randomFlow(source);
  const actions = flow.indexOf("actions=");
  return kind === 2 && actions >= 0 ? flow.slice(actions + 8) : flow;
}

test("every reader throws SyntaxFault alone", () => {
  const source = seededSource(SEED);
  const others = new Map<string, string>();
  for (let n = 0; n < COUNT; n++) {
    const text = changed(source, randomText(source));
    const version = VERSIONS[source.integer(0, VERSIONS.length - 1)]!;
    for (const [name, read] of Object.entries(READERS)) {
      try {
        read(text, version);
      } catch (e) {
        if (e instanceof SyntaxFault && e.offset >= -1 && e.offset <= text.length) continue;
        const what = `${name}: ${(e as Error).constructor.name} ${(e as { code?: string }).code} ${(e as Error).message.replace(/\d+/g, "N").slice(0, 70)}`;
        if (!others.has(what))
          others.set(
            what,
            `${version} ${text.slice(0, 300)} ${(e as SyntaxFault).offset} ${(e as Error).stack?.split("\n").slice(1, 4).join("|")}`,
          );
      }
    }
  }
  expect([...others]).toEqual([]);
});

/** Random files of flows through our `parse-flows` and the real one: the same usable protocols over the whole file, the same flow-mods, and the same error with its line. `SEED=7 COUNT=5000` vary them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { VERSIONS, type Version, versionName } from "../src/schema/mod.js";
import { type RandomSource, seededSource } from "../src/testing/mod.js";
import { randomFlow } from "../test/ofp/syntax/random/flow.js";
import { SOAK } from "../test/soak.js";
import { OfctlServer } from "./harness/ofctl-server.js";
import { ourParseFlow, ourParseFlows } from "./harness/our-parse-flow.js";
import { withPeers } from "./harness/peers.js";

const SEED = Number(process.env.SEED ?? 1);
const COUNT = Number(process.env.COUNT ?? (SOAK ? 3_000 : 300));
const MOST_LINES = 40;
const LOG = ["console:off"];
const nameOf = (v: Version): string => `OpenFlow${versionName(v).replace(".", "")}`;

/** A line that both programs read alike by itself: how they differ in one flow is the other test's. */
async function line(server: OfctlServer, source: RandomSource): Promise<string> {
  for (;;) {
    const text = randomFlow(source);
    const theirs = await server.run(["-vconsole:off", "-O", VERSIONS.map(nameOf).join(","), "-F", "any", "parse-flow", "--", text]);
    const ours = ourParseFlow(text, VERSIONS, LOG);
    const good = theirs.status === 0;
    if (/[\n#]/.test(text) || ours.stdout !== theirs.stdout || ours.stderr !== theirs.stderr) continue;
    // a few wrong lines, since the first of them ends the file
    if (good || source.integer(0, 60) === 0) return text;
  }
}

/** What stands around a flow in a file. */
function dressed(source: RandomSource, text: string): string {
  const kind = source.integer(0, 9);
  if (kind === 0) return `${text} # ${text}\n`;
  if (kind === 1) return `\n# ${text}\n${text}\n`;
  if (kind === 2) return `  \t\n   ${text}   \n`;
  return `${text}\n`;
}

const { test } = withPeers(["ovs-ofctl", "cc"]);

test(
  "files of flows are read as ovs-ofctl reads them",
  async () => {
    const source = seededSource(SEED);
    const dir = mkdtempSync(join(tmpdir(), "southbound-flow-files-"));
    try {
      await using server = await OfctlServer.start();
      const lines: string[] = [];
      while (lines.length < 4 * COUNT) lines.push(await line(server, source));
      const wrong: unknown[] = [];
      let several = 0;
      for (let n = 0; n < COUNT; n++) {
        const chosen = Array.from({ length: source.integer(1, MOST_LINES) }, () => lines[source.integer(0, lines.length - 1)]!);
        const file = join(dir, `${n}.flows`);
        const text = chosen.map((one) => dressed(source, one)).join("");
        writeFileSync(file, source.integer(0, 4) === 0 ? text.replace(/\n$/, "") : text);
        const versions = source.integer(0, 1) === 0 ? VERSIONS : [VERSIONS[source.integer(0, 5)]!];
        const theirs = await server.run(["-vconsole:off", "-O", versions.map(nameOf).join(","), "-F", "any", "parse-flows", file]);
        const ours = await ourParseFlows(file, versions, LOG);
        if (theirs.status === 0 && chosen.length > 5) several++;
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) wrong.push({ text, versions, ours, theirs });
      }
      expect(wrong.slice(0, 3)).toEqual([]);
      expect(several).toBeGreaterThan(COUNT / 20);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
  Math.max(180_000, 400 * COUNT),
);

/**
 * Mistakes that are easily made, and the line that each one gives: `mistakes.txt` is read as text. After a change that is meant: npx vitest run test/mistakes -u
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as client from "../../src/client/mod.js";
import * as clock from "../../src/clock/mod.js";
import * as controller from "../../src/controller/mod.js";
import * as memif from "../../src/memif/mod.js";
import * as ofp from "../../src/ofp/mod.js";
import * as text from "../../src/ofp/syntax/mod.js";
import * as packet from "../../src/packet/mod.js";
import * as schema from "../../src/schema/mod.js";
import * as stream from "../../src/stream/mod.js";
import * as switches from "../../src/switch/mod.js";
import * as testing from "../../src/testing/mod.js";
import * as vconn from "../../src/vconn/mod.js";

const PAGE = join(import.meta.dirname, "mistakes.txt");
const names: Readonly<Record<string, unknown>> = {
  ...client,
  ...clock,
  ...memif,
  ...testing,
  ...schema,
  ...switches,
  ...stream,
  ...vconn,
  ...packet,
  ...text,
  ...controller,
  ...ofp,
  SwitchPort: switches.SwitchPort,
};

/** What a line of JavaScript throws, or a promise that it gives rejects with. */
async function said(line: string): Promise<string> {
  try {
    await new Function(...Object.keys(names), `return ${line}`)(...Object.values(names));
    return "nothing";
  } catch (e) {
    const { code = "", message, hint = "" } = e as { code?: string; message: string; hint?: string };
    return `${code} ${message}${hint === "" || message.endsWith(hint) ? "" : ` [${hint}]`}`;
  }
}

test("each mistake gives the line that mistakes.txt has", async () => {
  const out: string[] = [];
  for (const line of readFileSync(PAGE, "utf8").split("\n")) {
    if (line.startsWith("    ")) continue;
    out.push(line);
    if (line !== "" && !line.startsWith("#")) out.push(`    ${await said(line)}`);
  }
  await expect(out.join("\n")).toMatchFileSnapshot(PAGE);
});

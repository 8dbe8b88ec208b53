/** What `ovs-ofctl` 3.1 sends for a text, and what it complains of, is what ours make of it. `interop/text-messages.test.ts` holds the file to the real program; `-u` writes it anew. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { VERSIONS } from "../../../../src/schema/mod.js";
import { COMMANDS } from "./ofctl-commands.js";
import { readByOurs } from "./ofctl-peer.js";
import { readSent } from "./ofctl-sent.js";

const SENT = readSent(readFileSync(new URL("ofctl-sent.txt", import.meta.url), "utf8"));

test("the file has all commands", () => expect(SENT.map(({ command }) => command)).toEqual(COMMANDS));

describe.each([...new Set(COMMANDS.map(([name]) => name))])("%s", (name) => {
  const cases = SENT.filter(({ command }) => command[0] === name);
  test.each(cases)("$command", ({ command, sent }) => {
    for (const version of VERSIONS) expect(`${version} ${readByOurs(command, version)}`).toBe(`${version} ${sent.get(version)}`);
  });
});

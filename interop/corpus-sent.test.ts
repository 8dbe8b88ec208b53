/** What is held to be the bytes that `ovs-ofctl` sends for the flows of the corpus is what the installed one sends. `UPDATE=1` writes them anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { versionName } from "../src/schema/mod.js";
import { type CorpusFlow, corpusFlows, shownCorpus } from "../test/ofp/syntax/parse/corpus-sent.js";
import { OfctlServer } from "./harness/ofctl-server.js";
import { withPeers } from "./harness/peers.js";

const SENT = fileURLToPath(new URL("../test/ofp/syntax/parse/corpus-sent.txt", import.meta.url));

/** The bytes of the one message that is dumped, or why there is none. */
async function sentFor(server: OfctlServer, { version, text }: CorpusFlow): Promise<string> {
  const name = `OpenFlow${versionName(version).replace(".", "")}`;
  const { status, stdout, stderr } = await server.run(["-vconsole:off", "-O", name, "-F", "any", "-mmmmm", "parse-flow", "--", text]);
  if (status !== 0) return `! ${stderr.trim()}`;
  const lines = stdout.split("\n").filter((line) => /^[0-9a-f]{8} /.test(line));
  return lines.map((line) => line.slice(10, 57).replace(/[^0-9a-f]/g, "")).join("");
}

withPeers(["ovs-ofctl", "cc"]).test("the bytes for the flows of the corpus are those of ovs-ofctl", async () => {
  await using server = await OfctlServer.start();
  const flows = corpusFlows();
  const text = shownCorpus(flows, await Promise.all(flows.map((flow) => sentFor(server, flow))));
  if (process.env.UPDATE !== undefined) writeFileSync(SENT, text);
  expect(readFileSync(SENT, "utf8")).toBe(text);
});

/** Our readers of texts make the bytes, and have the complaints, of `ovs-ofctl`: what the unit test holds ours to is what the real program sends to a switch. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { decodeBytes } from "../src/ofp/mod.js";
import { VERSIONS, type Version } from "../src/schema/mod.js";
import { COMMANDS } from "../test/ofp/syntax/parse/ofctl-commands.js";
import { hasCommand, hexOf, type OfctlCommand, ofctlArgs } from "../test/ofp/syntax/parse/ofctl-peer.js";
import { shownSent } from "../test/ofp/syntax/parse/ofctl-sent.js";
import { sentByOfctl } from "./harness/fake-switch.js";
import { withPeers } from "./harness/peers.js";

const { describe, test } = withPeers(["ovs-ofctl"]);

const SENT = fileURLToPath(new URL("../test/ofp/syntax/parse/ofctl-sent.txt", import.meta.url));

/** Where a message in a bundle starts: behind an experimenter's header in OpenFlow 1.3. */
const innerAt = (version: Version): number => (version === 4 ? 24 : 16);

/** What the real program makes of a command for a version, in the same form as ours. */
async function readByTheirs(command: OfctlCommand, version: Version): Promise<string> {
  if (!hasCommand(command, version)) return "-";
  const sent = await sentByOfctl(version, ...ofctlArgs(command));
  if (typeof sent === "string") return `! ${sent}`;
  return hexOf(sent.map((bytes) => (decodeBytes(bytes).type === "bundle-add-message" ? bytes.slice(innerAt(version)) : bytes)));
}

/** Runs a few at a time, in order. */
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const found: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) found[i] = await work(items[i]!);
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  return found;
}

describe("the messages of texts", () => {
  test("are those that ovs-ofctl sends, as the unit test has them", async () => {
    const cases = COMMANDS.flatMap((command) => VERSIONS.map((version) => ({ command, version })));
    const sent = await inTurn(cases, ({ command, version }) => readByTheirs(command, version));
    await expect(shownSent(COMMANDS, (i, v) => sent[i * VERSIONS.length + v]!)).toMatchFileSnapshot(SENT);
  }, 900_000);
});

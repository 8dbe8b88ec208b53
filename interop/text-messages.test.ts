/** Our readers of texts make the bytes, and have the complaints, of `ovs-ofctl`: what the unit test holds ours to is what the real program sends to a switch. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { decodeBytes } from "../src/ofp/mod.js";
import { VERSIONS, type Version } from "../src/schema/mod.js";
import { seededSource } from "../src/testing/mod.js";
import { COMMANDS } from "../test/ofp/syntax/parse/ofctl-commands.js";
import { hasCommand, hexOf, type OfctlCommand, ofctlArgs, readByOurs } from "../test/ofp/syntax/parse/ofctl-peer.js";
import { shownSent } from "../test/ofp/syntax/parse/ofctl-sent.js";
import { randomCommand, randomGroup } from "../test/ofp/syntax/random/commands.js";
import { SOAK } from "../test/soak.js";
import { type RunOfctl, sentByOfctl } from "./harness/fake-switch.js";
import { OfctlServer } from "./harness/ofctl-server.js";
import { ourParseGroup } from "./harness/our-parse-flow.js";
import { withPeers } from "./harness/peers.js";

const { describe, test } = withPeers(["ovs-ofctl"]);
const random = withPeers(["ovs-ofctl", "cc"]);

const SENT = fileURLToPath(new URL("../test/ofp/syntax/parse/ofctl-sent.txt", import.meta.url));

/** Where a message in a bundle starts: behind an experimenter's header in OpenFlow 1.3. */
const innerAt = (version: Version): number => (version === 4 ? 24 : 16);

/** What the real program makes of a command for a version, in the same form as ours. */
async function readByTheirs(command: OfctlCommand, version: Version, ofctl?: RunOfctl): Promise<string> {
  if (!hasCommand(command, version)) return "-";
  const sent = await sentByOfctl(version, ...ofctlArgs(command), ofctl);
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

const SEED = Number(process.env.SEED ?? 1);
const COUNT = Number(process.env.COUNT ?? (SOAK ? 50_000 : 5_000));

random.describe("random texts", () => {
  random.test(
    "of groups are read as ovs-ofctl reads them: the same text, error and usable protocols",
    async () => {
      const source = seededSource(SEED);
      await using server = await OfctlServer.start();
      const cases = Array.from({ length: COUNT }, () => {
        const text = randomGroup(source);
        return { text, versions: source.integer(0, 1) === 0 ? VERSIONS : [VERSIONS[source.integer(0, 5)]!] };
      });
      const wrong = await inTurn(cases, async ({ text, versions }) => {
        const list = versions.map((v) => `OpenFlow1${v - 1}`).join(",");
        const theirs = await server.run(["-vconsole:off", "-O", list, "-F", "any", "parse-group", "--", text]);
        const ours = ourParseGroup(text, versions, ["console:off"]);
        // of a meter, which is an action in OpenFlow 1.5 alone, ovs-ofctl makes an instruction among the actions where a bucket behind it has none
        const isMeter = /has no action meter: use OpenFlow 1\.5\n$/.test(ours.stderr) && theirs.status === 0;
        return isMeter || JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ text, versions, ours, theirs }];
      });
      expect(wrong.flat().slice(0, 5)).toEqual([]);
    },
    600_000,
  );

  random.test(
    "of other kinds become the messages, or meet the complaints, of ovs-ofctl",
    async () => {
      const source = seededSource(SEED);
      await using server = await OfctlServer.start();
      const ofctl: RunOfctl = async (args) => (await server.run(["-vconsole:off", ...args])).stderr;
      const cases = Array.from({ length: COUNT / 5 }, () => ({ command: randomCommand(source), version: VERSIONS[source.integer(0, 5)]! }));
      const wrong = await inTurn(cases, async ({ command, version }) => {
        const theirs = await readByTheirs(command, version, ofctl);
        const ours = readByOurs(command, version);
        return ours === theirs ? [] : [{ command, version, ours, theirs }];
      });
      expect(wrong.flat().slice(0, 5)).toEqual([]);
    },
    600_000,
  );
});

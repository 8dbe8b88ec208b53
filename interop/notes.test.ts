/** What is logged of messages that are wrong is what the installed `ovs-ofctl` logs: random messages of all types and versions with a length or a byte changed. `SEED=7 COUNT=10000` vary them. */
import { expect } from "vitest";
import { toHex } from "../src/bytes/mod.js";
import { Vlog } from "../src/cli/ofctl/vlog.js";
import { encodeMessage } from "../src/ofp/mod.js";
import { printBytes } from "../src/ofp/syntax/mod.js";
import { VERSIONS } from "../src/schema/mod.js";
import { arbitraryMessage, messageClasses, type RandomSource, seededSource } from "../src/testing/mod.js";
import { SOAK } from "../test/soak.js";
import { OfctlServer } from "./harness/ofctl-server.js";
import { withPeers } from "./harness/peers.js";

const SEED = Number(process.env.SEED ?? 1);
const COUNT = Number(process.env.COUNT ?? (SOAK ? 20_000 : 2_000));
const PATTERN = "PATTERN:console:%c|%p|%m";
const AHEAD = 32;
const LONGEST = 4_000;

/** A message of any type and version. */
function randomMessage(source: RandomSource): Uint8Array {
  for (;;) {
    const version = VERSIONS[source.integer(0, VERSIONS.length - 1)]!;
    const classes = messageClasses(version);
    const { entryName: type } = classes[source.integer(0, classes.length - 1)]!;
    const bytes = encodeMessage(arbitraryMessage(source, version, { type, sensible: true }), version);
    if (bytes.length <= LONGEST) return bytes;
  }
}

/** The same with a number of 16 bits that may be a length changed a little, or a byte. */
function spoilt(source: RandomSource, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  if (copy.length < 10) return copy;
  const at = source.integer(8, copy.length - 2);
  if (source.integer(0, 1) === 0) copy[at] = [0, 1, 8, 255, source.integer(0, 255)][source.integer(0, 4)]!;
  else {
    const even = at & ~1;
    const view = new DataView(copy.buffer);
    view.setUint16(even, Math.max(0, view.getUint16(even) + source.integer(-9, 9)) & 0xffff);
  }
  return copy;
}

/** What our ofctl logs of a message. */
function ourLog(bytes: Uint8Array): string {
  let lines = "";
  const log = new Vlog("ovs-ofctl", (line) => {
    lines += line;
  });
  log.set(PATTERN);
  printBytes(bytes, { verbosity: 2, log: log.note });
  return lines;
}

interface Found {
  readonly hex: string;
  readonly ours: string;
  readonly theirs: string;
}

/** Lines that stay away, and why. */
const AWAY: readonly (readonly [why: string, line: RegExp])[] = [
  ["the checks of a table's vacancy, which stand in the row of the message", /^ofp_table\|WARN\|(Vacancy|Value of vacancy)/],
  ["bits of a table's configuration that have no meaning, which are printed as the first word", /^ofp_table\|WARN\|bad table miss config/],
  [
    "that an action is out of use, which is logged of what is printed and not of what is only read",
    /^ofp_actions\|INFO\|\w+ is deprecated/,
  ],
  ["properties of queues that are left out", /^ofp_queue\|INFO\|unknown queue property/],
  ["how a reply ends that is printed as far as it goes", /(has \d+ leftover bytes at end|claims invalid length \d+)$/],
];

const without = (log: string): string =>
  log
    .split("\n")
    .filter((line) => !AWAY.some(([, pattern]) => pattern.test(line)))
    .join("\n");

const { describe, test } = withPeers(["ovs-ofctl", "cc"]);

describe("the log of messages that are wrong", () => {
  test("is that of ovs-ofctl", async () => {
    const source = seededSource(SEED);
    await using server = await OfctlServer.start();
    const wrong: Found[] = [];
    let logged = 0;
    const one = async (): Promise<void> => {
      const bytes = spoilt(source, randomMessage(source));
      const hex = toHex(bytes);
      const { stderr: theirs } = await server.run([`-v${PATTERN}`, "ofp-print", hex, "2"]);
      const ours = ourLog(bytes);
      if (theirs !== "") logged++;
      if (without(ours) !== without(theirs)) wrong.push({ hex, ours, theirs });
    };
    for (let n = 0; n < COUNT; n += AHEAD) await Promise.all(Array.from({ length: Math.min(AHEAD, COUNT - n) }, one));
    if (process.env.WRONG !== undefined) (await import("node:fs")).writeFileSync(process.env.WRONG, JSON.stringify(wrong, null, 1));
    expect(logged).toBeGreaterThan(COUNT / 50);
    // a few messages meet two of the faults that stand in another order here
    expect(wrong.length, JSON.stringify(wrong.slice(0, 5), null, 1)).toBeLessThanOrEqual(COUNT / 100);
  });
});

/** What we print is what the installed `ovs-ofctl` prints: the corpus, messages made at random from the tables, and the same with lengths and bytes changed. */
import { expect } from "vitest";
import { fromHex } from "../src/bytes/mod.js";
import { encodeMessage } from "../src/ofp/mod.js";
import type { Version } from "../src/schema/mod.js";
import { arbitraryMessage, messageClasses, type RandomSource, seededSource } from "../src/testing/mod.js";
import { CORPUS } from "../test/ofp/text/corpus.js";
import { expectSamePrint } from "./harness/ofctl-print.js";
import { withPeers } from "./harness/peers.js";

const { describe, test } = withPeers(["ovs-ofctl"]);

/** A dummy's longest message: `ofp-parse` needs none longer. */
const LONGEST = 16_000;

/** `each` random messages of every type of a version. */
function randomMessages(seed: number, version: Version, each: number): { readonly type: string; readonly bytes: Uint8Array }[] {
  const source = seededSource(1000 * version + seed);
  return messageClasses(version).flatMap(({ entryName: type }) => {
    const made: { readonly type: string; readonly bytes: Uint8Array }[] = [];
    while (made.length < each) {
      const m = arbitraryMessage(source, version, { type, sensible: true });
      // Open vSwitch prints random counters of a maker's own at times and at times not; the corpus has such
      if (JSON.stringify(m).includes('"type":"custom"')) continue;
      const bytes = encodeMessage(m, version);
      if (bytes.length <= LONGEST) made.push({ type, bytes });
    }
    return made;
  });
}

/** A message with one length in it changed, or one byte: the header's own length stays right. */
function spoilt(source: RandomSource, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const lengths: number[] = [];
  for (let at = 8; at + 2 <= copy.length; at += 2) if (view.getUint16(at) >= 4 && view.getUint16(at) <= copy.length) lengths.push(at);
  if (copy.length === 8) return copy;
  if (lengths.length === 0 || source.integer(0, 2) === 0) copy[source.integer(8, copy.length - 1)] = source.integer(0, 255);
  else {
    const at = lengths[source.integer(0, lengths.length - 1)]!;
    const length = view.getUint16(at);
    const others = [0, 1, 4, 7, 8, length - 1, length + 1, length - 8, length + 8, copy.length, 0xffff];
    view.setUint16(at, others[source.integer(0, others.length - 1)]! & 0xffff);
  }
  return copy;
}

describe("ovs-ofctl ofp-parse", () => {
  for (const verbosity of [2, 3, 5]) {
    test(`prints the corpus as we do at verbosity ${verbosity}`, async () => {
      await expectSamePrint(
        CORPUS.map(({ hex }) => fromHex(hex)),
        verbosity,
      );
    });
  }

  for (const version of [1, 2, 3, 4, 5, 6] as const satisfies readonly Version[]) {
    test(`prints random messages of every type of wire version ${version} as we do, and understands most types`, async () => {
      const messages = randomMessages(1, version, 25);
      const printed = await expectSamePrint(messages.map(({ bytes }) => bytes));
      const understood = new Set(messages.flatMap(({ type }, i) => (printed[i]!.includes("decode error") ? [] : [type])));
      expect(understood.size).toBeGreaterThan((messageClasses(version).length * 3) / 4);
    });

    test(`prints messages of wire version ${version} with a wrong length or byte as we do`, async () => {
      const source = seededSource(version);
      const messages = randomMessages(2, version, 10).map(({ bytes }) => spoilt(source, bytes));
      await expectSamePrint(messages, 2 + (version % 2));
    });
  }
});

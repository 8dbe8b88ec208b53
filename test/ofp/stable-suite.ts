/** Holds every message of some versions to what stable.ts says, by messages of ours whose bytes are changed. */
import { describe, expect, test } from "vitest";
import { toHex } from "../../src/bytes/mod.js";
import { encodeMessage } from "../../src/ofp/mod.js";
import { type Version, versionName } from "../../src/schema/mod.js";
import { arbitraryMessage, messageClasses, seededSource } from "../../src/testing/mod.js";
import { readCorpus } from "./corpus.js";
import { mutated } from "./mutate.js";
import { fault } from "./stable.js";

/** `SOAK=1` goes on for so many times longer, from another seed each day. */
const SOAK = process.env.SOAK === "1" ? 200 : 1;
const SEED = SOAK === 1 ? 1 : Math.floor(Date.now() / 86_400_000);

/** The tests of some versions: each type of message from the corpus and from chance. */
export function stableSuite(versions: readonly Version[]): void {
  const corpus = readCorpus();
  describe.each(versions.flatMap((version) => messageClasses(version).map((c) => [versionName(version), c.entryName, version] as const)))(
    "OpenFlow %s %s",
    (_name, type, version) => {
      test(
        "changed bytes are refused, or encode to no more bytes that decode to the same",
        () => {
          const source = seededSource(SEED * 7919 + version * 1000 + type.length);
          const own = corpus.filter((e) => e.type === type && e.version === version).map((e) => e.bytes);
          for (let i = 0; i < 12 * SOAK; i++) {
            const base =
              i % 3 === 0
                ? own[source.integer(0, own.length - 1)]!
                : encodeMessage(
                    arbitraryMessage(source, version, { type, maxElements: 1 + (i % 4), maxBytes: 12, sensible: i % 2 === 0 }),
                    version,
                  );
            for (let k = 0; k < 20; k++) {
              const bytes = mutated(source, base);
              const why = fault(bytes);
              if (why !== undefined) expect(`${toHex(bytes)} ${why}`).toBe("");
            }
          }
        },
        20_000 * SOAK,
      );
    },
  );
}

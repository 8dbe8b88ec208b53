/** What we print is what the installed `ovs-ofctl` prints: the corpus, and messages made at random from the tables. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { encodedLength, encodeText, fromHex, toHex } from "../src/bytes/mod.js";
import { EchoRequest, encodeMessage } from "../src/ofp/mod.js";
import { printBytes } from "../src/ofp/text/mod.js";
import type { Version } from "../src/schema/mod.js";
import { arbitraryMessage, seededSource } from "../src/testing/mod.js";
import { CORPUS } from "../test/ofp/text/corpus.js";
import { withPeers } from "./harness/peers.js";
import { runOk } from "./harness/process.js";

const { describe, test } = withPeers(["ovs-ofctl"]);

/** The first bytes of the transaction ids of the messages that stand between two others, so that what is printed can be told apart. */
const MARK = 0xeeee0000;
const MARK_LINE = /^OFPT_ECHO_REQUEST \(xid=0xeeee[0-9a-f]{4}\): 0 bytes of payload\n(?:0{8} {2}01 02 00 08 ee ee .*\n)?/m;

/** A dummy's longest message: `ofp-parse` needs none longer. */
const LONGEST = 16_000;

/** What ovs-ofctl prints of each message at verbosity 2 and more. */
async function theirs(messages: readonly Uint8Array[], verbosity: number): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), "southbound-print-"));
  try {
    const parts = messages.flatMap((message, i) => {
      const mark = EchoRequest.of();
      mark.xid = MARK + i;
      return [encodeMessage(mark, 1), message];
    });
    await writeFile(join(dir, "messages"), Buffer.concat(parts));
    const more = Array.from({ length: verbosity - 2 }, () => "-m");
    const printed = await runOk("ovs-ofctl", [...more, "ofp-parse", join(dir, "messages")]);
    return printed.split(MARK_LINE).slice(1);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Text as the program that reads it sees it: bytes that are no UTF-8 are lost on both sides in the same way. */
function asRead(text: string): string {
  const bytes = new Uint8Array(encodedLength(text));
  encodeText(text, bytes, 0);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

async function expectSame(messages: readonly Uint8Array[], verbosity: number): Promise<void> {
  const printed = await theirs(messages, verbosity);
  expect(printed.length).toBe(messages.length);
  for (const [i, message] of messages.entries()) expect(asRead(printBytes(message, { verbosity })), toHex(message)).toBe(printed[i]);
}

describe("ovs-ofctl ofp-parse", () => {
  for (const verbosity of [2, 3, 5]) {
    test(`prints the corpus as we do at verbosity ${verbosity}`, async () => {
      await expectSame(
        CORPUS.map(({ hex }) => fromHex(hex)),
        verbosity,
      );
    });
  }

  for (const version of [1, 2, 3, 4, 5, 6] as const satisfies readonly Version[]) {
    test(`prints random messages of wire version ${version} as we do`, async () => {
      const messages: Uint8Array[] = [];
      for (let seed = 1; messages.length < 400; seed++) {
        const source = seededSource(1000 * version + seed);
        const made = arbitraryMessage(source, version, { sensible: true });
        // Open vSwitch prints random counters of a maker's own at times and at times not; the corpus has such
        if (JSON.stringify(made).includes('"type":"custom"')) continue;
        const message = encodeMessage(made, version);
        if (message.length <= LONGEST) messages.push(message);
      }
      await expectSame(messages, 2);
      await expectSame(messages.slice(0, 100), 3);
    });
  }
});

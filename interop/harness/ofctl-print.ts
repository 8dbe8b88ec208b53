/** What `ovs-ofctl` prints of many messages, in one run of it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { encodedLength, encodeText, toHex } from "../../src/bytes/mod.js";
import { EchoRequest, encodeMessage } from "../../src/ofp/mod.js";
import { printBytes } from "../../src/ofp/syntax/mod.js";
import { runOk } from "./process.js";

/** The first bytes of the transaction ids of the messages that stand between two others, so that what is printed can be told apart. */
const MARK = 0xeeee0000;
const MARK_LINE = /^OFPT_ECHO_REQUEST \(xid=0xeeee[0-9a-f]{4}\): 0 bytes of payload\n(?:0{8} {2}01 02 00 08 ee ee .*\n)?/m;

/** What ovs-ofctl prints of each message at verbosity 2 and more; 65,536 messages at most. */
export async function printedByOfctl(messages: readonly Uint8Array[], verbosity = 2): Promise<string[]> {
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

/** Which of two errors Open vSwitch gives for an action with a field that it does not know hangs on what lies in the same slot of its hash table. */
const settled = (text: string): string => text.replaceAll("OFPBAC_BAD_SET_LEN", "OFPBAC_BAD_SET_TYPE");

/** Expects that we print each message as ovs-ofctl does, and answers what it prints. */
export async function expectSamePrint(messages: readonly Uint8Array[], verbosity = 2): Promise<string[]> {
  const printed = await printedByOfctl(messages, verbosity);
  expect(printed.length).toBe(messages.length);
  for (const [i, message] of messages.entries()) {
    const ours = asRead(printBytes(message, { verbosity }));
    if (ours !== printed[i]) expect(settled(ours), toHex(message)).toBe(settled(printed[i]!));
  }
  return printed;
}

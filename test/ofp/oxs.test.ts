/** Statistics of OpenFlow 1.5 that end amid a header, at the very end of what was received. */
import { expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import { encodeMessage, FlowRemoved } from "../../src/ofp/mod.js";
import { printBytes } from "../../src/ofp/syntax/mod.js";
import { outcome } from "./helpers.js";

/** Where the statistics of a flow-removed message without a match stand. OpenFlow 1.5 §7.4.2 */
const STATISTICS = 32;
const UNKNOWN = 0x12;

test.each([1, 2, 3])("a list that ends %d bytes into a header is refused, and nothing behind it is read", (rest) => {
  const whole = encodeMessage(FlowRemoved.of(), 6);
  const before = whole.slice(0, STATISTICS);
  // one of a size that puts what is left of the next one at the end of the padded list
  const size = 8 - rest;
  const list = new Uint8Array(16);
  list.set([0, 0, 0, 16, UNKNOWN, 0, 0, size]);
  const bytes = Uint8Array.of(...before, ...list);
  new DataView(bytes.buffer).setUint16(2, bytes.length);
  for (const mode of ["specialised", "interpreted", "checked"] as const)
    expect(outcome(new Chunk(bytes), 0, bytes.length, 6, mode)).toMatchObject({
      reason: "OFPBMC_BAD_LEN",
      offset: before.length + 8 + size,
    });
  expect(printBytes(bytes)).toContain("decode error");
});

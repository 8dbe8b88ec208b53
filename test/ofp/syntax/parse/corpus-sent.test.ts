/** The flows of the corpus, read from their texts, are the bytes that `ovs-ofctl` sends for them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { toHex } from "../../../../src/bytes/mod.js";
import { SouthboundError } from "../../../../src/errors/mod.js";
import { encodeMessage } from "../../../../src/ofp/mod.js";
import { FlowText, firstProtocol, protocolsOfVersion } from "../../../../src/ofp/syntax/mod.js";
import { corpusFlows, readCorpusSent } from "./corpus-sent.js";

const SENT = readCorpusSent(readFileSync(new URL("corpus-sent.txt", import.meta.url), "utf8"));

test("the file has every flow of the corpus", () => {
  expect(SENT.map(({ version, text }) => `${version} ${text}`)).toEqual(corpusFlows().map(({ version, text }) => `${version} ${text}`));
  expect(SENT.filter(({ sent }) => !sent.startsWith("!")).length).toBeGreaterThan(SENT.length / 2);
});

test("each is read as the bytes that ovs-ofctl sends, or refused as it refuses it", () => {
  const ours = SENT.map(({ version, text }) => {
    try {
      const flow = new FlowText(text, {});
      const protocol = firstProtocol(flow.protocols & protocolsOfVersion(version));
      if (protocol === 0) return "! ovs-ofctl: no usable protocol";
      const m = flow.mod(protocol);
      m.xid = 1;
      return toHex(encodeMessage(m, version));
    } catch (e) {
      if (!SouthboundError.is(e)) throw e;
      return `! ovs-ofctl: ${e.message}`;
    }
  });
  const wrong = SENT.map((entry, i) => ({ ...entry, ours: ours[i]! })).filter((x) => x.ours !== x.sent);
  expect(wrong.slice(0, 5)).toEqual([]);
});

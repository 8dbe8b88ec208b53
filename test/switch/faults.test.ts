/** Requests that a switch cannot read: each has its error, and too many in a row end the connection. */
import { expect, test } from "vitest";
import { pipe } from "../../src/stream/mod.js";
import { Switch } from "../../src/switch/mod.js";
import { MockClock, Wire } from "../../src/testing/mod.js";

const FLOW_MOD = "040e0010000000070000000000000000";

test("a request that cannot be read is answered and told once, and more than maxFaults in a row end it", async () => {
  const lines: string[] = [];
  const sw = new Switch({
    datapathId: 1n,
    clock: new MockClock(),
    maxFaults: 3,
    log: (level, text) => level === "warn" && lines.push(text),
  });
  const [ours, theirs] = pipe();
  const wire = new Wire(theirs);
  try {
    const connection = sw.attach(ours);
    await wire.next();
    wire.send(`0400000800000001${`${FLOW_MOD.repeat(3)}0414000800000009`.repeat(2)}`);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 3; i++) expect(await wire.next()).toBe(`0401001c0000000700010006${FLOW_MOD}`);
      expect(await wire.next()).toBe("0415000800000009");
    }
    expect([connection.vconn.faults, lines]).toEqual([6, [expect.stringMatching(/flow-mod is answered with an error.*OFPBRC_BAD_LEN/)]]);
    wire.send(FLOW_MOD.repeat(4));
    await wire.end();
    expect(lines[1]).toMatch(/4 messages in a row could not be read/);
    expect(connection.vconn.error?.code).toBe("EPROTO");
  } finally {
    wire.stream.destroy();
    await sw.close();
  }
});

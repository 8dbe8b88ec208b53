/** What the counters of a port say that it does not count. */
import { describe, expect, test } from "vitest";
import { toHex } from "../../src/bytes/mod.js";
import { decodeBytes, encodeMessage, messageFromJSON, NO_COUNT, PortStats, PortStatsReply } from "../../src/ofp/mod.js";
import { VERSIONS } from "../../src/schema/mod.js";

const UNKNOWN = { rxFrameErr: NO_COUNT, rxOverErr: NO_COUNT, rxCrcErr: NO_COUNT, collisions: NO_COUNT };
const reply = (stats: Parameters<typeof PortStats.of>[0]): PortStatsReply =>
  PortStatsReply.of({ ports: [PortStats.of({ portNo: 1, ...stats })] });
const sentAndRead = (
  m: PortStatsReply,
  version: (typeof VERSIONS)[number],
): { readonly bytes: string; readonly stats: PortStats | undefined } => {
  const bytes = encodeMessage(m, version);
  return { bytes: toHex(bytes), stats: (decodeBytes(bytes) as PortStatsReply).ports[0] };
};

describe.each(VERSIONS.map((version) => ({ version, name: `OpenFlow 1.${version - 1}` })))(
  "the counters of Ethernet in $name",
  ({ version }) => {
    const inPlace = version < 5;

    test("are unknown where they are not told, and take no room where they need none", () => {
      const { bytes, stats } = sentAndRead(reply({ rxPackets: 7n }), version);
      expect(stats).toMatchObject({ ...UNKNOWN, rxPackets: 7n, txPackets: 0n });
      expect(bytes.includes("ff".repeat(32))).toBe(inPlace);
      if (!inPlace) expect(bytes.length / 2).toBe(16 + 80);
    });

    test("are all sent where one is told, the others unknown", () => {
      const { bytes, stats } = sentAndRead(reply({ collisions: 0n }), version);
      expect(stats).toMatchObject({ ...UNKNOWN, collisions: 0n });
      expect(bytes).toContain(`${"ff".repeat(24)}${"00".repeat(8)}`);
      if (!inPlace) expect(bytes.slice(2 * (16 + 80), 2 * (16 + 88))).toBe("0000002800000000");
    });

    test("are unknown in JSON that does not name them", () => {
      const json = reply({ rxPackets: 7n, rxCrcErr: 3n }).toJSON() as { ports: Record<string, unknown>[] };
      expect(json.ports[0]).toMatchObject({ rxFrameErr: "0xffffffffffffffff", rxCrcErr: "0x3" });
      delete json.ports[0]!.rxFrameErr;
      const m = messageFromJSON(json as never) as PortStatsReply;
      expect(sentAndRead(m, version).stats).toMatchObject({ ...UNKNOWN, rxPackets: 7n, rxCrcErr: 3n });
    });
  },
);

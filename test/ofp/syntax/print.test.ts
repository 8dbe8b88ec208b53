/** The text of messages: the corpus, bytes that are no messages, names, and the parts that other rooms print. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../src/bytes/mod.js";
import {
  apply,
  decodeBytes,
  EchoRequest,
  ErrorMessage,
  encodeMessage,
  FlowMod,
  FlowStats,
  GotoTable,
  MAX_MESSAGE,
  Match,
  masked,
  Output,
  PopVlan,
  PortNo,
} from "../../../src/ofp/mod.js";
import {
  DEFAULT_PRIORITY,
  formatActions,
  formatFlow,
  formatInstructions,
  formatMatch,
  formatPacket,
  print,
  printBytes,
} from "../../../src/ofp/syntax/mod.js";
import type { Version } from "../../../src/schema/mod.js";
import { arbitraryMessage, seededSource } from "../../../src/testing/mod.js";
import { scaled } from "../../soak.js";
import { CORPUS, XID } from "./corpus.js";
import { ARP, TCP } from "./messages.js";

describe("the corpus", () => {
  for (const { name, version, make, hex, text } of CORPUS) {
    test(name, () => {
      const message = make();
      if (message.type !== "unknown") message.xid = XID;
      expect(toHex(encodeMessage(message, version))).toBe(hex);
      const wanted = `${text.join("\n")}\n`;
      const bytes = fromHex(hex);
      expect(printBytes(bytes, { verbosity: 2 })).toBe(wanted);
      expect(print(message, { version, verbosity: 2 })).toBe(wanted);
      expect(print(decodeBytes(bytes), { verbosity: 2 })).toBe(wanted);
    });
  }
});

describe("bytes that are no message", () => {
  test.each([
    ["", "OpenFlow message is empty\n"],
    ["aabb", "OpenFlow packet too short (only 2 bytes):\n00000000  aa bb                                           |..              |\n"],
    [
      "0106000900000001" + "0000",
      "(***only uses 9 bytes out of 10***)\n00000000  01 06 00 09 00 00 00 01-00 00                   |..........      |\n",
    ],
    [
      "0406002000000001",
      "OFPT_FEATURES_REPLY (OF1.3) (xid=0x1):\n(***truncated to 8 bytes from 32***)\n00000000  04 06 00 20 00 00 00 01-                        |... ....        |\n",
    ],
    [
      "00bb0008eeff0011",
      "***decode error: OFPBRC_BAD_TYPE***\n00000000  00 bb 00 08 ee ff 00 11-                        |........        |\n",
    ],
    [
      "0412001000000001" + "00630000" + "00000000",
      "***decode error: OFPBRC_BAD_STAT***\n00000000  04 12 00 10 00 00 00 01-00 63 00 00 00 00 00 00 |.........c......|\n",
    ],
    [
      "0404001000000001" + "12345678" + "00000000",
      "***decode error: OFPBRC_BAD_VENDOR***\n00000000  04 04 00 10 00 00 00 01-12 34 56 78 00 00 00 00 |.........4Vx....|\n",
    ],
  ])("%s", (hex, text) => {
    expect(printBytes(fromHex(hex))).toBe(text);
  });

  test("what can be read of a list is printed before the error", () => {
    const whole = CORPUS.find((s) => s.name === "flows")!;
    const bytes = fromHex(whole.hex);
    bytes[bytes.length - 5] = 77; // the length of the last instruction
    const lines = printBytes(bytes).split("\n");
    expect(lines.slice(0, 2)).toEqual(whole.text.slice(0, 2));
    expect(lines[2]).toBe("***decode error: OFPBIC_BAD_LEN***");
  });

  test("errors that hold errors are printed so deep and no deeper", () => {
    let inner = encodeMessage(EchoRequest.of(), 4);
    while (inner.length + 12 <= MAX_MESSAGE) inner = encodeMessage(ErrorMessage.of({ errType: 1, code: 1, data: inner }), 4);
    expect(printBytes(inner).split("OFPT_ERROR").length).toBeLessThan(20);
  });

  test("any bytes are answered with text", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 3 }),
        (seed, v, wrong) => {
          const source = seededSource(seed);
          const version = v as Version;
          const bytes = encodeMessage(arbitraryMessage(source, version), version);
          for (let i = 0; i < wrong; i++) bytes[source.integer(0, bytes.length - 1)] = source.integer(0, 255);
          expect(printBytes(bytes, { verbosity: source.integer(0, 6) })).toMatch(/\n$/);
        },
      ),
      { numRuns: scaled(400) },
    );
  });

  test("a message that was decoded is printed as its bytes are", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const source = seededSource(seed);
      const version = source.integer(1, 6) as Version;
      const bytes = encodeMessage(arbitraryMessage(source, version, { sensible: true }), version);
      const text = printBytes(bytes, { verbosity: 3 });
      if (!text.includes("decode error")) expect(print(decodeBytes(bytes), { verbosity: 3 })).toBe(text);
    }
  });
});

describe("verbosity", () => {
  const flowMod = encodeMessage(FlowMod.of({ priority: 5, match: Match.of({ ethType: 0x800, ipProto: 6, tcpDst: 80 }) }), 1);

  test("0 sums nothing up", () => {
    const sample = CORPUS.find((s) => s.name.startsWith("packet-in of OpenFlow 1.0"))!;
    expect(printBytes(fromHex(sample.hex))).toBe(`${sample.text[0]}\n`);
  });

  test("3 shows a match of OpenFlow 1.0 as it stands on the wire", () => {
    expect(printBytes(flowMod, { verbosity: 3 })).toBe(
      "OFPT_FLOW_MOD (xid=0x0): ADD tcp,in_port=*,dl_vlan=*,dl_vlan_pcp=*,dl_src=*,dl_dst=*,nw_src=*,nw_dst=*,nw_tos=*,tp_src=*,tp_dst=80 pri:5 actions=drop\n",
    );
  });

  test("5 dumps the message", () => {
    expect(printBytes(fromHex("0102000800000001"), { verbosity: 5 })).toBe(
      "OFPT_ECHO_REQUEST (xid=0x1): 0 bytes of payload\n00000000  01 02 00 08 00 00 00 01-                        |........        |\n",
    );
  });
});

describe("parts", () => {
  const options = {
    portNames: new Map([
      [1, "eth1"],
      [2, "to core"],
    ]),
    tableNames: new Map([[1, "acl"]]),
  };

  test("matches", () => {
    expect(formatMatch(Match.of())).toBe("");
    expect(formatMatch(Match.of(), { priority: DEFAULT_PRIORITY })).toBe("");
    expect(formatMatch(Match.of(), { priority: 3 })).toBe("priority=3");
    expect(formatMatch(Match.of({ inPort: 1, ethType: 0x1234 }), { ...options, priority: 0 })).toBe(
      "priority=0,in_port=eth1,dl_type=0x1234",
    );
    expect(formatMatch(Match.of({ ethType: 0x800, ipProto: 50, ipDscp: 46, ipEcn: 1 }))).toBe("ip,nw_proto=50,nw_tos=184,nw_ecn=1");
    expect(formatMatch(Match.of({ ethType: 0x86dd, ipv6Flabel: masked(0x12, 0xff) }))).toBe("ipv6,ipv6_label=0x00012/0x000ff");
    expect(formatMatch(Match.of({ ethType: 0x800, ipProto: 17, udpDst: masked(0x10, 0xfff0) }))).toBe("udp,tp_dst=0x10/0xfff0");
    expect(formatMatch(Match.of({ vlanVid: masked(5, 0xff) }))).toBe("vlan_tci=0x0005/0x00ff");
  });

  test("actions and instructions", () => {
    expect(formatActions([])).toBe("drop");
    expect(formatActions([Output.of({ port: 2 }), Output.of({ port: PortNo.InPort })], options)).toBe('output:"to core",IN_PORT');
    expect(formatActions([PopVlan.of()], { version: 1 })).toBe("strip_vlan");
    expect(formatInstructions([apply()])).toBe("drop");
    expect(formatInstructions([GotoTable.of({ tableId: 1 }), apply(Output.of({ port: 1 }))], options)).toBe("output:eth1,goto_table:acl");
  });

  test("flows with and without their counters", () => {
    const flow = FlowStats.of({ priority: 9, tableId: 1, packetCount: 2n, instructions: [apply(Output.of({ port: 1 }))] });
    expect(formatFlow(flow)).toBe("cookie=0x0, duration=0s, table=1, n_packets=2, n_bytes=0, priority=9 actions=output:1");
    expect(formatFlow(flow, { ...options, stats: false })).toBe("table=acl, priority=9 actions=output:eth1");
    expect(formatFlow(FlowStats.of(), { stats: false })).toBe("actions=drop");
  });

  test("packets", () => {
    expect(formatPacket(TCP)).toBe(
      "tcp,vlan_tci=0x0000,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=49152,tp_dst=80,tcp_flags=syn tcp_csum:3db2\n",
    );
    expect(formatPacket(ARP)).toMatch(/^arp,.*arp_spa=10\.0\.0\.1,arp_tpa=10\.0\.0\.2,arp_op=1,/);
    expect(formatPacket(new Uint8Array(0))).toBe("vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,dl_type=0x0000\n");
  });
});

/** The lines that Open vSwitch's users search for, with their levels: lib/vconn.c, vconn-stream.c, rconn.c and ofp-util.c of Open vSwitch 3.1. */
import { describe, expect, test } from "vitest";
import { hexDump } from "../../src/bytes/mod.js";
import { connect, listen, pipe } from "../../src/stream/mod.js";
import { MockClock, settle, Wire } from "../../src/testing/mod.js";
import { type LogLevel, Rconn, type RconnOptions, Vconn, VersionMismatch } from "../../src/vconn/mod.js";
import { Network } from "./network.js";

/** What a connection that offers 1.0 and 1.3 logs when a peer sends these bytes and closes, without the connection's name. */
async function linesFor(sent: string, closes = true): Promise<{ readonly lines: string[]; readonly vconn: Vconn }> {
  const [ours, theirs] = pipe();
  const wire = new Wire(theirs);
  const lines: string[] = [];
  const vconn = new Vconn(ours, { versions: [1, 4], log: (level, text) => lines.push(`${level} ${text.replace(`${ours.name}: `, "")}`) });
  await wire.next();
  wire.send(sent);
  await settle();
  if (closes) await wire.stream.close();
  vconn.destroy();
  await vconn.closed;
  return { lines, vconn };
}

const NEGOTIATED = "debug negotiated OpenFlow version 0x04 (we support versions 0x01, 0x04, peer supports version 0x04 and earlier)";
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

describe("vconn", () => {
  test.each<[string, string, string[]]>([
    ["what was negotiated", "04000008 00000001", [NEGOTIATED]],
    [
      "no common version",
      "03000010 00000001 00010008 0000002c",
      ["warn version negotiation failed (we support versions 0x01, 0x04, peer supports versions 0x02, 0x03, 0x05)"],
    ],
    [
      "an error in place of the hello, with the peer's reason",
      `01010014 00000007 00000000 ${Buffer.from("go away!").toString("hex")}`,
      ["warn received message while expecting hello: OFPT_ERROR (xid=0x7): OFPHFC_INCOMPATIBLE\ngo away!"],
    ],
    [
      "an echo in place of the hello",
      "04020008 00000007",
      ["warn received message while expecting hello: OFPT_ECHO_REQUEST (OF1.3) (xid=0x7): 0 bytes of payload"],
    ],
    [
      "data that a hello does not have, in hexadecimal",
      "04000010 00000001 00630008 deadbeef",
      [`warn unknown data in hello:\n${hexDump(bytes("04000010 00000001 00630008 deadbeef"))}`, NEGOTIATED],
    ],
    [
      "a bitmap that is not of whole words",
      "04000010 00000001 00010006 00000000",
      [`warn unknown data in hello:\n${hexDump(bytes("04000010 00000001 00010006 00000000"))}`, NEGOTIATED],
    ],
    [
      "bit 0 of a bitmap",
      "04000010 00000001 00010008 00000011",
      [
        "warn peer claims to support invalid OpenFlow version 0x00",
        "debug negotiated OpenFlow version 0x04 (we support versions 0x01, 0x04, peer supports version 0x04)",
      ],
    ],
    [
      "a bitmap without a version",
      "04000010 00000001 00010008 00000000",
      [
        "warn peer does not support any OpenFlow version (between 0x01 and 0x1f)",
        `warn unknown data in hello:\n${hexDump(bytes("04000010 00000001 00010008 00000000"))}`,
        NEGOTIATED,
      ],
    ],
    [
      "a message of another version",
      "04000008 00000001 010e0008 00000002",
      [NEGOTIATED, "error received OpenFlow version 0x01 != expected 04"],
    ],
    [
      "a length under that of a header",
      "04000008 00000001 04020007 00000002",
      [NEGOTIATED, "error received too-short ofp_header (7 bytes)"],
    ],
    ["an end within a message", "04000008 00000001 04020010", [NEGOTIATED, "error connection dropped mid-packet"]],
  ])("%s", async (_what, sent, want) => {
    expect((await linesFor(sent)).lines).toEqual(want);
  });

  test("a first message or a hello of 64 KiB is not printed whole", async () => {
    const first = await linesFor(`0401ffff 00000007 00000000 ${"61".repeat(65_523)}`);
    expect(first.lines).toEqual(["warn received message while expecting hello: type 1 of OpenFlow 1.3, 65535 bytes"]);
    const hello = await linesFor(`0400fff8 00000007 ${"0063000800000000".repeat(8190)}`);
    expect(hello.lines[0]!.length).toBeLessThan(6_000);
    expect(hello.lines[0]).toMatch(/… and 64504 bytes more$/);
    expect(hello.lines[1]).toBe(NEGOTIATED);
  });

  test("the error of a mismatch has both sets", async () => {
    const { vconn } = await linesFor("02000008 00000001 00000000", false);
    expect(vconn.error).toBeNull();
    const { vconn: other } = await linesFor("03000010 00000001 00010008 0000002c", false);
    expect(other.error).toBeInstanceOf(VersionMismatch);
    expect(other.error).toMatchObject({ code: "EPROTO", ours: [1, 4], theirs: [2, 3, 5] });
  });
});

describe("rconn", () => {
  const made = (options: RconnOptions = {}) => {
    const lines: string[] = [];
    const rconn = new Rconn({ versions: [4], ...options, log: (level: LogLevel, text) => lines.push(`${level} ${text}`) });
    return { rconn, lines };
  };

  test("attempts that fail, in the words of the errno", async () => {
    const clock = new MockClock();
    const network = new Network(clock);
    try {
      const { rconn, lines } = made({ clock });
      network.behaviour = "refuse";
      rconn.connect("fake:a");
      await settle();
      expect(lines).toEqual([
        "info fake:a: connecting...",
        "debug fake:a: entering CONNECTING",
        "info fake:a: connection failed (Connection refused)",
        "info fake:a: waiting 1 seconds before reconnect",
        "debug fake:a: entering BACKOFF",
      ]);
      lines.length = 0;
      network.behaviour = "throw";
      await clock.advance(1_000);
      expect(lines[1]).toBe("warn fake:a: connection failed (Protocol not available)");
      lines.length = 0;
      network.behaviour = "silent";
      await clock.advance(2_000);
      await clock.advance(2_000);
      expect(lines).toContain("info fake:a: connection timed out");
      await rconn.close();
      expect(lines.at(-1)).toBe("debug void: entering VOID");
    } finally {
      network.close();
    }
  });

  test("a connection that breaks, and what is known besides the errno", async () => {
    const streams: Wire[] = [];
    const listener = await listen("ptcp:0:127.0.0.1", { onStream: (stream) => void streams.push(new Wire(stream)) });
    const target = `tcp:127.0.0.1:${listener.name.split(":")[1]}`;
    const { rconn, lines } = made();
    try {
      rconn.connect(target);
      await expect.poll(() => streams.length).toBe(1);
      streams[0]!.send("04000008 00000001 04020007 00000002");
      await expect.poll(() => lines).toContain(`warn ${target}: connection dropped (Protocol error)`);
      expect(lines).toContain(`error ${target}: received too-short ofp_header (7 bytes)`);
      lines.length = 0;
      rconn.connect("tcp:no-such-host.invalid:1");
      await expect
        .poll(() => lines.filter((l) => l.includes("connection failed")))
        .toEqual([
          expect.stringMatching(/^info .*: connection failed \(No route to host: connecting to .*: the host name cannot be resolved\)$/),
        ]);
    } finally {
      await rconn.close();
      await listener.close();
    }
  });

  test("those that look on", async () => {
    const { rconn, lines } = made();
    const listener = await listen("ptcp:0:127.0.0.1", { onStream: (stream) => void rconn.addMonitor(stream) });
    const seen = Array.from({ length: 9 }, () => connect(`tcp:127.0.0.1:${listener.name.split(":")[1]}`));
    try {
      await expect.poll(() => lines.length).toBe(9);
      expect(lines.filter((l) => /^info new monitor connection from tcp:127\.0\.0\.1:\d+$/.test(l)).length).toBe(8);
      expect(lines.filter((l) => /^debug too many monitor connections, discarding tcp:127\.0\.0\.1:\d+$/.test(l)).length).toBe(1);
      for (const stream of seen) stream.destroy();
      await expect
        .poll(() => lines.filter((l) => /^debug void: closing monitor connection to tcp:127\.0\.0\.1:\d+: /.test(l)).length)
        .toBe(8);
    } finally {
      for (const stream of seen) stream.destroy();
      await rconn.close();
      await listener.close();
    }
  });
});

/** Recording and replaying: the capture's two formats, connections put together again from segments, and the commands. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes/mod.js";
import { Controller } from "../../src/controller/mod.js";
import { DecodeError } from "../../src/errors/mod.js";
import { EchoRequest } from "../../src/ofp/mod.js";
import { buildTcp, TcpFlag } from "../../src/packet/mod.js";
import { connect, listen, pipe } from "../../src/stream/mod.js";
import { Switch } from "../../src/switch/mod.js";
import { capturedMessages, Recorder, readCapture, Vconn } from "../../src/vconn/mod.js";
import { scaled } from "../soak.js";
import { run, start } from "./helpers.js";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "southbound-record-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const HELLO = "0400000800000001";
const ECHO = "0402000a00000002abcd";

/** A classic capture of these frames, in either byte order, with times in microseconds or nanoseconds. */
function classic(frames: readonly Uint8Array[], little: boolean, nano = false): Uint8Array {
  const head = new DataView(new ArrayBuffer(24));
  head.setUint32(0, nano ? 0xa1b23c4d : 0xa1b2c3d4, little);
  head.setUint32(20, 1, little);
  const parts = frames.flatMap((frame, i) => {
    const record = new DataView(new ArrayBuffer(16));
    record.setUint32(0, 1000 + i, little);
    record.setUint32(4, nano ? 500_000_000 : 500_000, little);
    record.setUint32(8, frame.length, little);
    record.setUint32(12, frame.length, little);
    return [new Uint8Array(record.buffer), frame];
  });
  return Buffer.concat([new Uint8Array(head.buffer), ...parts]);
}

const ENDS = { ethSrc: 1, ethDst: 2, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002, tcpSrc: 40000, tcpDst: 6653 };
const segment = (seq: number, hex: string, flags: number = TcpFlag.Ack): Uint8Array => buildTcp({ ...ENDS, seq, flags }, fromHex(hex));
const found = (file: Uint8Array): string[] => [...capturedMessages(file)].map(({ bytes }) => toHex(bytes));

describe("a capture", () => {
  for (const little of [true, false]) {
    test(`in pcap, ${little ? "little" : "big"} endian`, () => {
      for (const nano of [true, false]) {
        const packets = [...readCapture(classic([segment(1, HELLO), segment(9, ECHO)], little, nano))];
        expect(packets.map(({ time, linkType }) => [time, linkType])).toEqual([
          [1_000_500, 1],
          [1_001_500, 1],
        ]);
      }
    });
  }

  test("that is none is refused, and one that is cut short ends where it does", () => {
    expect(() => [...readCapture(new Uint8Array(0))]).toThrow(DecodeError);
    expect(() => [...readCapture(new Uint8Array(100))]).toThrow(DecodeError);
    const whole = classic([segment(1, HELLO), segment(9, ECHO)], true);
    for (let n = 24; n < whole.length; n++) expect(found(whole.subarray(0, n)).length).toBeLessThan(2);
  });

  test("of any bytes gives packets or a DecodeError", async () => {
    const recorded = await record("controller");
    const check = (file: Uint8Array): void => {
      try {
        for (const { bytes } of capturedMessages(file)) expect(bytes.length).toBeGreaterThanOrEqual(8);
      } catch (e) {
        expect(e).toBeInstanceOf(DecodeError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (tail) => check(Buffer.concat([fromHex("0a0d0d0a0000001c1a2b3c4d"), tail]))));
    const edits = fc.array(fc.tuple(fc.nat(recorded.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(edits, (list) => {
        const file = recorded.slice();
        for (const [at, value] of list) file[at] = value;
        check(file);
      }),
      { numRuns: scaled(300) },
    );
  });
});

/** What is recorded of two connections that say hello and an echo, and its messages as they were sent. */
async function record(role: "controller" | "switch"): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let time = 1_700_000_000_000;
  const now = (): number => {
    time += 1.5;
    return time;
  };
  const recorder = new Recorder((bytes) => void parts.push(bytes), { now });
  const [a, b] = pipe();
  recorder.attach(a, { role });
  const ends = [new Vconn(a, { versions: [4] }), new Vconn(b, { versions: [1, 4] })] as const;
  await Promise.all(ends.map((vconn) => new Promise<void>((resolve) => (vconn.onUp = resolve))));
  await ends[0].transact(EchoRequest.of({ data: fromHex("abcd") }));
  await ends[1].transact(EchoRequest.of({ data: new Uint8Array(40_000).fill(7) }));
  await ends[0].close();
  await ends[1].closed;
  expect(recorder.connections).toBe(1);
  return Buffer.concat(parts);
}

describe("a Recorder", () => {
  for (const role of ["controller", "switch"] as const) {
    test(`writes a TCP connection of a ${role}, whatever it was made over`, async () => {
      const file = await record(role);
      const messages = [...capturedMessages(file)];
      expect(messages.map(({ bytes }) => bytes[1]).toSorted()).toEqual([0, 0, 2, 2, 3, 3]);
      expect(messages.find(({ bytes }) => bytes.length > 40_000)).toBeDefined();
      const ofController = messages.filter(({ from }) => from.port === 6653);
      const hello = ofController.find(({ bytes }) => bytes[1] === 0)!;
      // the end that is recorded offers 1.3 alone, and so says it in a bitmap of one
      expect(hello.bytes.length === 16 && hello.bytes[15] === 0x10).toBe(role === "controller");
      for (const { time } of messages) expect(time - 1_700_000_000_000).toBeGreaterThan(3);
      expect(messages.map(({ time }) => Math.round(time * 2) / 2)).toEqual(messages.map(({ time }) => expect.closeTo(time, 2)));
    });
  }

  test("shows the addresses and ports that there are", async () => {
    const parts: Uint8Array[] = [];
    const recorder = new Recorder((bytes) => void parts.push(bytes));
    const ended: Promise<void>[] = [];
    await using listener = await listen("ptcp:0:127.0.0.1", {
      onStream: (stream) => {
        recorder.attach(stream);
        ended.push(new Vconn(stream).closed);
      },
    });
    const client = new Vconn(connect(`tcp:127.0.0.1:${listener.name.split(":")[1]}`));
    await new Promise<void>((resolve) => (client.onUp = resolve));
    const port = Number(client.stream.local.split(":").at(-1));
    await client.close();
    await Promise.all(ended);
    const messages = [...capturedMessages(Buffer.concat(parts))];
    expect(messages.find(({ from }) => from.port === port)?.from).toEqual({ address: "127.0.0.1", port });
    expect(messages.find(({ from }) => from.port !== port)?.from).toEqual({ address: "127.0.0.1", port: 6653 });
  });

  test("stops when it is told to, and refuses a stream that has ended", async () => {
    const parts: Uint8Array[] = [];
    const recorder = new Recorder((bytes) => void parts.push(bytes));
    const [a, b] = pipe();
    const stop = recorder.attach(a);
    new Vconn(a);
    const other = new Vconn(b);
    await new Promise<void>((resolve) => (other.onUp = resolve));
    stop();
    const { length } = parts;
    await other.transact(EchoRequest.of());
    expect(parts).toHaveLength(length);
    await other.close();
    await a.closed;
    expect(() => recorder.attach(a)).toThrow(/has ended/);
  });
});

describe("segments", () => {
  const all = HELLO + ECHO + ECHO;
  const cut = (at: readonly number[]): Uint8Array[] => {
    const places = [0, ...at, all.length / 2];
    return places.slice(1).map((to, i) => segment(1000 + places[i]!, all.slice(2 * places[i]!, 2 * to)));
  };
  const start = segment(999, "", TcpFlag.Syn);

  test("of any size, in any order and twice, are put together", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: all.length / 2 - 1 }), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat(1000)), (at, random) => {
        const parts = cut(at.toSorted((a, b) => a - b));
        const shuffled = [...parts, ...parts.slice(0, 2)].map((part) => [random.next().value as number, part] as const);
        const frames = shuffled.toSorted(([a], [b]) => a - b).map(([, part]) => part);
        expect(found(classic([start, ...frames], true))).toEqual([HELLO, ECHO, ECHO]);
      }),
    );
  });

  test("across the end of the sequence numbers", () => {
    const frames = [segment(0xfffffffb, "", TcpFlag.Syn), segment(0xfffffffc, HELLO), segment(4, ECHO)];
    expect(found(classic(frames, true))).toEqual([HELLO, ECHO]);
  });

  test("that are missing cost the messages that they were of", () => {
    const frames = [start, segment(1000, HELLO), segment(1018, ECHO)];
    expect(found(classic(frames, true))).toEqual([HELLO, ECHO]);
    expect(found(classic([start, segment(1003, HELLO.slice(6)), segment(1008, ECHO)], true))).toEqual([ECHO]);
  });

  test("of a connection whose beginning is not there are taken from the first message on", () => {
    expect(found(classic([segment(5, HELLO.slice(6)), segment(10, ECHO)], true))).toEqual([ECHO]);
  });

  test("of other ports are passed over unless asked for", () => {
    const other = buildTcp({ ...ENDS, tcpDst: 1234, seq: 1 }, fromHex(HELLO));
    expect(found(classic([other], true))).toEqual([]);
    expect([...capturedMessages(classic([other], true), { ports: [1234] })]).toHaveLength(1);
  });
});

describe("southbound record and replay", () => {
  const portOf = (name: string): string => name.split(":")[1]!;

  /** Records a session of a switch and a controller through the command. */
  async function session(file: string): Promise<void> {
    await using controller = new Controller();
    const at = await controller.listen("ptcp:0:127.0.0.1");
    const up = new Promise((resolve) => controller.on("up", resolve));
    const proxy = start("record", "--listen", "ptcp:0:127.0.0.1", "--to", `tcp:127.0.0.1:${portOf(at.name)}`, file);
    const [, port] = await proxy.find(/listening on ptcp:(\d+)/);
    await using sw = new Switch({ datapathId: 0x2an });
    sw.connect(`tcp:127.0.0.1:${port}`);
    await up;
    await sw.close();
    await proxy.find(/has ended/);
    proxy.child.kill("SIGINT");
    const { status, stderr } = await proxy.ended;
    expect(stderr).toContain(`1 connection recorded in ${file}`);
    expect(status).toBe(0);
  }

  test("what was recorded is printed, and is said again to a controller and to a switch", async () => {
    const file = join(dir, "session.pcapng");
    await session(file);
    const messages = [...capturedMessages(readFileSync(file))];

    const printed = await run("replay", file, "--print");
    expect(printed.status).toBe(0);
    expect(printed.stdout.match(/^\d\d:\d\d:\d\d\.\d{3} 127\.0\.0\.1:\d+ > 127\.0\.0\.1:\d+$/gm)).toHaveLength(messages.length);
    expect(printed.stdout).toContain("dpid:000000000000002a");

    await using controller = new Controller();
    const at = await controller.listen("ptcp:0:127.0.0.1");
    const up = new Promise<bigint>((resolve) => controller.on("up", (dp) => resolve(dp.id)));
    const asSwitch = await run("replay", file, "--to", `tcp:127.0.0.1:${portOf(at.name)}`, "--speed", "0");
    expect(asSwitch.stderr).toMatch(/messages sent, \d+ received, 0 errors/);
    expect(asSwitch.status).toBe(0);
    expect(await up).toBe(0x2an);

    const asController = start("replay", file, "--side", "controller", "--to", "ptcp:0:127.0.0.1");
    const [, port] = await asController.find(/listening on ptcp:(\d+)/);
    await using sw = new Switch({ datapathId: 0x2bn });
    sw.connect(`tcp:127.0.0.1:${port}`);
    const { status, stderr } = await asController.ended;
    expect(stderr).toMatch(/messages sent, \d+ received, 0 errors/);
    expect(status).toBe(0);
  });

  test("wrong words and files are told of in a line", async () => {
    const file = join(dir, "empty.pcap");
    writeFileSync(file, classic([], true));
    writeFileSync(join(dir, "none"), "this is not a packet capture at all");
    const cases: readonly (readonly [words: readonly string[], status: number, line: RegExp])[] = [
      [["replay", file], 2, /say either --print or --to/],
      [["replay", file, "--to", "tcp:127.0.0.1:1"], 1, /has no OpenFlow messages/],
      [["replay", join(dir, "none"), "--print"], 1, /no packet capture/],
      [["replay", join(dir, "nosuch"), "--print"], 1, /cannot be read/],
      [["replay", file, "--print", "--port", "x"], 2, /a port from 1 to 65535/],
      [["record", "--listen", "ptcp:0"], 2, /missing required argument|required option/],
      [["record", "--listen", "ptcp:0", "--to", "tcp:127.0.0.1:1", join(dir, "no", "such", "folder")], 1, /cannot be written/],
    ];
    for (const [words, status, line] of cases) {
      const result = await run(...words);
      expect(result.stderr, words.join(" ")).toMatch(line);
      expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(result.status).toBe(status);
    }
  });
});

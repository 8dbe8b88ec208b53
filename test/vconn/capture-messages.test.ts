/** Messages of a capture: how the segments of a direction become bytes, in order only and repaired. */
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes/mod.js";
import { buildTcp, TcpFlag } from "../../src/packet/mod.js";
import { captureWriter } from "../../src/vconn/capture-file.js";
import { type CaptureOptions, capturedMessages } from "../../src/vconn/mod.js";

const HELLO = "0400000800000001";
const ECHO = "0402000a00000002abcd";
const BARRIER = "0414000800000003";
const ENDS = { ethSrc: 1, ethDst: 2, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002, tcpSrc: 40000, tcpDst: 6653 };
const BACK = { ...ENDS, ipv4Src: ENDS.ipv4Dst, ipv4Dst: ENDS.ipv4Src, tcpSrc: ENDS.tcpDst, tcpDst: ENDS.tcpSrc };

const segment = (seq: number, hex = "", flags: number = TcpFlag.Ack, ends = ENDS): Uint8Array =>
  buildTcp({ ...ends, seq, flags }, fromHex(hex));
const syn = (seq: number, hex = "", ends = ENDS): Uint8Array => segment(seq, hex, TcpFlag.Syn, ends);

function found(frames: readonly Uint8Array[], options?: CaptureOptions): string[] {
  const file = Buffer.concat([captureWriter.header(), ...frames.map((frame, i) => captureWriter.packet(i, frame))]);
  return [...capturedMessages(file, options)].map(({ bytes }) => toHex(bytes));
}
const inOrder = (...frames: Uint8Array[]): string[] => found(frames, { inOrder: true });
const repaired = (...frames: Uint8Array[]): string[] => found(frames);

describe("in order only", () => {
  test("what continues the bytes is read, cut anywhere", () => {
    const all = HELLO + ECHO + BARRIER;
    for (const step of [1, 3, 8, 13, 26]) {
      const frames = [syn(99)];
      for (let p = 0; p < all.length / 2; p += step) frames.push(segment(100 + p, all.slice(2 * p, 2 * (p + step))));
      expect(inOrder(...frames)).toEqual([HELLO, ECHO, BARRIER]);
    }
  });

  test("nothing is read behind a segment that is missing, until it comes", () => {
    const frames = [syn(99), segment(100, HELLO), segment(118, BARRIER)];
    expect(inOrder(...frames)).toEqual([HELLO]);
    expect(inOrder(...frames, segment(108, ECHO))).toEqual([HELLO, ECHO]);
    expect(inOrder(...frames, segment(108, ECHO), segment(118, BARRIER))).toEqual([HELLO, ECHO, BARRIER]);
  });

  test("a segment that comes twice, or overlaps what was read, is left out", () => {
    expect(inOrder(syn(99), segment(100, HELLO), segment(100, HELLO), segment(104, HELLO.slice(8) + ECHO))).toEqual([HELLO]);
  });

  test("without a SYN the first segment is the beginning, whatever it is", () => {
    expect(inOrder(segment(5, "04"), segment(6, HELLO.slice(2)))).toEqual([HELLO]);
    expect(inOrder(segment(5, ECHO.slice(16)), segment(7, BARRIER))).toEqual([]);
  });

  test("a FIN or RST ends the direction with what it carries: the next segment is a beginning", () => {
    for (const flags of [TcpFlag.Fin, TcpFlag.Rst]) {
      const frames = [syn(99), segment(100, HELLO.slice(0, 6)), segment(103, HELLO.slice(6), flags | TcpFlag.Ack)];
      expect(inOrder(...frames)).toEqual([]);
      expect(inOrder(...frames, segment(500, ECHO))).toEqual([ECHO]);
    }
  });

  test("a SYN begins anew, without what it carries", () => {
    expect(inOrder(syn(99), segment(100, HELLO.slice(0, 6)), syn(299), segment(300, ECHO))).toEqual([ECHO]);
    expect(inOrder(syn(99, HELLO), segment(100, ECHO))).toEqual([ECHO]);
  });

  test("a SYN does not touch the direction of the other end", () => {
    const frames = [syn(99), segment(700, HELLO.slice(0, 6), TcpFlag.Ack, BACK), syn(99), segment(703, HELLO.slice(6), TcpFlag.Ack, BACK)];
    expect(inOrder(...frames)).toEqual([HELLO]);
  });

  test("a length that no message has ends the reading until the next beginning", () => {
    const frames = [syn(99), segment(100, HELLO), segment(108, "0402000700000000"), segment(116, ECHO)];
    expect(inOrder(...frames)).toEqual([HELLO]);
    expect(inOrder(...frames, syn(299), segment(300, BARRIER))).toEqual([HELLO, BARRIER]);
  });
});

describe("repaired", () => {
  test("a beginning that was not captured may be cut within its first bytes", () => {
    const bytes = HELLO.match(/../g)!.map((byte, i) => segment(5 + i, byte));
    expect(repaired(...bytes, segment(13, ECHO))).toEqual([HELLO, ECHO]);
  });

  test("a few bytes that only look like a beginning are let go of for a whole one", () => {
    expect(repaired(segment(5, "040000"), segment(8, ECHO))).toEqual([ECHO]);
  });

  test("reading goes on behind a length that no message has", () => {
    expect(repaired(syn(99), segment(100, "0402000700000000"), segment(108, ECHO))).toEqual([ECHO]);
  });
});

describe("fragments", () => {
  const IP = 14;
  /** Its fragment field set to this. */
  const fragment = (frame: Uint8Array, field: number): Uint8Array => {
    const view = new DataView(frame.buffer, frame.byteOffset);
    view.setUint16(IP + 6, field);
    return frame;
  };

  test("the first one is read as far as it goes, the others are passed over", () => {
    for (const read of [inOrder, repaired]) {
      expect(read(syn(99), fragment(segment(100, HELLO), 0x2000))).toEqual([HELLO]);
      expect(read(syn(99), fragment(segment(100, HELLO), 1))).toEqual([]);
    }
  });
});

describe("less than there could be", () => {
  const LONG = `04020064000000aa${"11".repeat(92)}`;
  /** The head of every frame: Ethernet, IPv4, TCP. */
  const HEAD = 54;
  interface Kept {
    readonly frame: Uint8Array;
    /** Bytes of it that were captured. */
    readonly bytes?: number;
  }
  const pcap = (packets: readonly Kept[], linkType = 1): Uint8Array => {
    const head = Buffer.from("a1b2c3d4000200040000000000000000ffffffff000000ff", "hex");
    head[23] = linkType;
    const parts = packets.map(({ frame, bytes = frame.length }) => {
      const record = Buffer.alloc(16);
      record.writeUInt32BE(bytes, 8);
      record.writeUInt32BE(frame.length, 12);
      return Buffer.concat([record, frame.subarray(0, bytes)]);
    });
    return Buffer.concat([head, ...parts]);
  };
  const pcapng = (packets: readonly Kept[]): Uint8Array =>
    Buffer.concat([
      captureWriter.header(),
      ...packets.map(({ frame, bytes = frame.length }) => {
        const block = Buffer.from(captureWriter.packet(0, frame.subarray(0, bytes)));
        block.writeUInt32BE(frame.length, 24);
        return block;
      }),
    ]);
  const read = (file: Uint8Array, options: CaptureOptions = {}): { messages: string[]; problems: string[] } => {
    const problems: string[] = [];
    const messages = [...capturedMessages(file, { ...options, onProblem: ({ kind, text }) => problems.push(`${kind}: ${text}`) })];
    return { messages: messages.map(({ bytes }) => toHex(bytes)), problems };
  };
  const partly = (count: number, example: string): string =>
    `cut-packets: ${count} packets were captured in part only, the first one ${example}, and the messages that this cuts are left out: capture with a greater snap length`;

  test.each([
    ["pcap", pcap],
    ["pcapng", pcapng],
  ])("packets that a snap length cut: %s", (_name, file) => {
    for (const options of [{ inOrder: true }, { inOrder: false }]) {
      // a message that is cut within, one that ends in the next segment, one that would begin in what is missing, and nothing missing but padding
      const cut = [
        { frame: syn(99) },
        { frame: segment(100, HELLO + LONG), bytes: HEAD + 30 },
        { frame: segment(208, ECHO) },
        { frame: segment(218, LONG.slice(0, 100)), bytes: HEAD + 20 },
        { frame: segment(268, LONG.slice(100) + BARRIER) },
        { frame: segment(326, LONG + HELLO), bytes: HEAD + 10 },
        { frame: segment(434, BARRIER) },
      ];
      expect(read(file(cut), options)).toEqual({ messages: [HELLO, ECHO, BARRIER, BARRIER], problems: [partly(3, "84 of 162 bytes")] });
      // nothing of the message, its first bytes, or not even the headers
      for (const bytes of [HEAD, HEAD + 3, HEAD - 1, 47, 40, 34, 20, 0])
        expect(read(file([{ frame: segment(100, HELLO), bytes }, { frame: segment(108, BARRIER) }]), options), String(bytes)).toEqual({
          messages: [BARRIER],
          problems: [partly(1, `${bytes} of 62 bytes`)],
        });
    }
  });

  test("other packets that were cut, and whole captures, are no problem", () => {
    const other = segment(1, LONG, TcpFlag.Ack, { ...ENDS, tcpSrc: 80, tcpDst: 81 });
    expect(read(pcap([{ frame: other, bytes: 60 }, { frame: segment(1, ECHO) }]))).toEqual({ messages: [ECHO], problems: [] });
  });

  test("a file that ends within a packet", () => {
    for (const make of [pcap, pcapng]) {
      const [one, both] = [make([{ frame: segment(1, ECHO) }]), make([{ frame: segment(1, ECHO) }, { frame: segment(11, BARRIER) }])];
      for (let end = one.length + 1; end < both.length; end++)
        expect(read(both.subarray(0, end)), String(end)).toEqual({
          messages: [ECHO],
          problems: ["cut-file: the capture ends within a packet, which is left out"],
        });
      expect(read(both)).toEqual({ messages: [ECHO, BARRIER], problems: [] });
    }
  });

  test("unknown network types, and packets that claim to be of any length", () => {
    expect(read(pcap([{ frame: segment(1, ECHO) }, { frame: segment(1, ECHO) }], 147))).toEqual({
      messages: [],
      problems: ["link-type: packets of unknown network types are left out: 2 of link type 147"],
    });
    const file = pcap([{ frame: segment(1, ECHO), bytes: 60 }]);
    file.set([0xff, 0xff, 0xff, 0xff], 36);
    expect(read(file).problems).toEqual([partly(1, "60 of 4294967295 bytes")]);
  });
});

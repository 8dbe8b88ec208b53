/** What we print is what the installed `ovs-ofctl` prints: the corpus, messages made at random from the tables, and the same with lengths and bytes changed. */
import { expect } from "vitest";
import { Chunk, copyBytes, fromHex, viewOf } from "../src/bytes/mod.js";
import {
  apply,
  encodeMessage,
  FlowMod,
  FlowModCommand,
  Learn,
  LearnSpec,
  Match,
  OXM_FIELDS,
  type OxmField,
  Subfield,
} from "../src/ofp/mod.js";
import { printBytes } from "../src/ofp/syntax/mod.js";
import type { Version } from "../src/schema/mod.js";
import { arbitraryMessage, messageClasses, type RandomSource, seededSource } from "../src/testing/mod.js";
import { CORPUS } from "../test/ofp/syntax/corpus.js";
import { expectSamePrint } from "./harness/ofctl-print.js";
import { withPeers } from "./harness/peers.js";

const { describe, test } = withPeers(["ovs-ofctl"]);

/** A dummy's longest message: `ofp-parse` needs none longer. */
const LONGEST = 16_000;

/** The fields that the ovs-ofctl which is installed may know. */
const FIELDS = OXM_FIELDS.filter(({ ovs }) => ovs?.late !== true);

/** The registers that Open vSwitch 3.7 has beyond those of 3.1. */
const LATE = /\b(reg(1[6-9]|2\d|3[01])|xreg([89]|1[0-5])|xxreg[4-7])\b/;

/** Where a Nicira flow-mod has the length of its match, and the match. */
const MATCH_LENGTH = 40;
const MATCH = 48;

/** `each` random messages of every type of a version. */
function randomMessages(seed: number, version: Version, each: number): { readonly type: string; readonly bytes: Uint8Array }[] {
  const source = seededSource(1000 * version + seed);
  return messageClasses(version).flatMap(({ entryName: type }) => {
    const made: { readonly type: string; readonly bytes: Uint8Array }[] = [];
    while (made.length < each) {
      const m = arbitraryMessage(source, version, { type, sensible: true });
      // Open vSwitch prints random counters of a maker's own at times and at times not; the corpus has such
      if (JSON.stringify(m).includes('"type":"custom"')) continue;
      const bytes = encodeMessage(m, version);
      if (bytes.length <= LONGEST) made.push({ type, bytes });
    }
    return made;
  });
}

/** A message with one length in it changed, or one byte: the header's own length stays right. */
function spoilt(source: RandomSource, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const lengths: number[] = [];
  for (let at = 8; at + 2 <= copy.length; at += 2) if (view.getUint16(at) >= 4 && view.getUint16(at) <= copy.length) lengths.push(at);
  if (copy.length === 8) return copy;
  if (lengths.length === 0 || source.integer(0, 2) === 0) copy[source.integer(8, copy.length - 1)] = source.integer(0, 255);
  else {
    const at = lengths[source.integer(0, lengths.length - 1)]!;
    const length = view.getUint16(at);
    const others = [0, 1, 4, 7, 8, length - 1, length + 1, length - 8, length + 8, copy.length, 0xffff];
    view.setUint16(at, others[source.integer(0, others.length - 1)]! & 0xffff);
  }
  return copy;
}

/** A message with some bytes of it set to zero: ranges of 1 to 8, aligned as fields are. */
function cleared(source: RandomSource, bytes: Uint8Array): Uint8Array {
  const copy = copyBytes(bytes);
  const size = 2 ** source.integer(0, 3);
  if (copy.length === 8) return copy;
  const at = 8 + size * source.integer(0, Math.floor((copy.length - 9) / size));
  return copy.fill(0, at, at + size);
}

/** A Nicira flow-mod whose match has a field behind those that it requires. @param value - what follows the header, with the mask if there is one */
function matchOn({ requires, tracked }: OxmField, header: number, experimenter: number, value: Uint8Array): Uint8Array {
  const needed = Object.entries(requires).map(([name, allowed]) => [name, allowed[0]]);
  if (tracked) needed.push(["ctState", 0x22], ["ethType", 0x0800]);
  const flowMod = FlowMod.of({ command: FlowModCommand.Delete, match: Match.of(Object.fromEntries(needed)) });
  flowMod.format = "nxt";
  const head = encodeMessage(flowMod, 1);
  const headerSize = experimenter === 0 ? 4 : 8;
  const end = MATCH + viewOf(head).getUint16(MATCH_LENGTH) + headerSize + value.length;
  const chunk = new Chunk((end + 7) & ~7);
  chunk.u8.set(head.subarray(0, chunk.u8.length));
  chunk.u8.fill(0, end);
  chunk.dv.setUint16(2, chunk.u8.length);
  chunk.dv.setUint16(MATCH_LENGTH, end - MATCH);
  const at = end - value.length - headerSize;
  chunk.dv.setUint32(at, header);
  if (experimenter !== 0) chunk.dv.setUint32(at + 4, experimenter);
  chunk.u8.set(value, end - value.length);
  return chunk.u8;
}

describe("ovs-ofctl ofp-parse", () => {
  test("names every header of a match field as we do, with and without a mask", async () => {
    const messages = FIELDS.flatMap((field) =>
      field.forms.flatMap(({ header, maskedHeader, experimenter, size }) => {
        // options of tunnels have any length
        const n = size === 0 ? 4 : size;
        const more = size === 0 ? n : 0;
        return [1, 0].flatMap((bit) => [
          matchOn(field, header + more, experimenter, new Uint8Array(n).fill(bit, n - 1)),
          matchOn(field, maskedHeader + 2 * more, experimenter, new Uint8Array(2 * n).fill(bit, n - 1, n).fill(255, n)),
        ]);
      }),
    );
    const names = (await expectSamePrint(messages, 3)).flatMap((text) =>
      [...text.matchAll(/\b[A-Z0-9]*XM_\w+(?=\()/g)].map(([name]) => name),
    );
    expect(new Set(names).size).toBeGreaterThan(300);
    expect(names).toContain("NXM_NX_MPLS_TTL");
    expect(names).toContain("NXM_NX_COOKIE");
  });

  test("prints the numbers of learned flows as we do, whatever their width", async () => {
    const messages: Uint8Array[] = [];
    for (const { name, bits, kind } of FIELDS) {
      const whole = kind.size === 0 ? 992 : bits;
      for (const [offset, n] of [
        [0, whole],
        [0, 8 * kind.size],
        [0, 1],
        [whole - 1, 1],
        [0, Math.ceil(whole / 2)],
        [Math.floor(whole / 3), Math.ceil(whole / 2)],
        [1, Math.min(17, whole - 1)],
      ] as const) {
        if (n < 1 || n > 1023 || offset + n > Math.max(whole, 8 * kind.size)) continue;
        const dst = Subfield.of(name as Parameters<typeof Subfield.of>[0], offset, n);
        for (const value of [0n, 1n, (1n << BigInt(n)) - 1n, 1n << BigInt(n - 1)])
          for (const make of [LearnSpec.match, LearnSpec.load]) {
            const learn = Learn.of({ tableId: 1, specs: [make(dst, value)] });
            try {
              messages.push(encodeMessage(FlowMod.of({ instructions: [apply(learn)] }), 1));
            } catch {
              // a field without a header of 32 bits
            }
          }
      }
    }
    expect(messages.length).toBeGreaterThan(3_000);
    const printed = await expectSamePrint(messages);
    expect(printed.filter((text) => text.includes("load:0->")).length).toBeGreaterThan(100);
  });

  for (const verbosity of [2, 3, 5]) {
    test(`prints the corpus as we do at verbosity ${verbosity}`, async () => {
      await expectSamePrint(
        CORPUS.map(({ hex }) => fromHex(hex)),
        verbosity,
      );
    });
  }

  for (const version of [1, 2, 3, 4, 5, 6] as const satisfies readonly Version[]) {
    test(`prints random messages of every type of wire version ${version} as we do, and understands most types`, async () => {
      const messages = randomMessages(1, version, 25);
      const printed = await expectSamePrint(messages.map(({ bytes }) => bytes));
      const understood = new Set(messages.flatMap(({ type }, i) => (printed[i]!.includes("decode error") ? [] : [type])));
      expect(understood.size).toBeGreaterThan((messageClasses(version).length * 3) / 4);
    });

    test(`prints messages of wire version ${version} with zeros in them as we do`, async () => {
      const source = seededSource(100 + version);
      const messages = randomMessages(3, version, 10).map(({ bytes }) => cleared(source, bytes));
      // a field with a zero in its number may be a register that the installed tool does not have
      await expectSamePrint(messages.filter((bytes) => !LATE.test(printBytes(bytes, { verbosity: 2 }))));
    });

    test(`prints messages of wire version ${version} with a wrong length or byte as we do`, async () => {
      const source = seededSource(version);
      const messages = randomMessages(2, version, 10).map(({ bytes }) => spoilt(source, bytes));
      await expectSamePrint(messages, 2 + (version % 2));
    });
  }
});

/** Both ends of a ring against a model that counts without bounds: any order of operations, across the 16-bit wrap, and any rewriting of shared memory. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import type { Burst } from "../../src/memif/ring-burst.js";
import { RingError } from "../../src/memif/ring-error.js";
import { scaled } from "../soak.js";
import { bytesOf, type PairOptions, pair } from "./ring-pair.js";

type Step =
  | { readonly do: "put"; readonly how: "whole" | "chunk" | "parts" | "claim"; readonly length: number }
  | { readonly do: "flush" }
  | { readonly do: "receive"; readonly max: number }
  | { readonly do: "release"; readonly which: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("put"),
      how: fc.constantFrom("whole", "chunk", "parts"),
      length: fc.integer({ min: 1, max: 70 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("put"), how: fc.constant("claim"), length: fc.integer({ min: 1, max: 16 }) }) },
  { weight: 2, arbitrary: fc.constant({ do: "flush" }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("receive"), max: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("release"), which: fc.nat(9) }) },
) as fc.Arbitrary<Step>;

const anyPair: fc.Arbitrary<PairOptions> = fc.record({
  kind: fc.constantFrom("s2m", "m2s"),
  log2Size: fc.integer({ min: 0, max: 4 }),
  bufferSize: fc.constantFrom(16, 20, 64),
  from: fc.constantFrom(0, 1, 65_530, 65_535),
});

function send(p: ReturnType<typeof pair>, how: "whole" | "chunk" | "parts" | "claim", bytes: Uint8Array): boolean {
  const { length } = bytes;
  if (how === "whole") return p.tx.put(bytes);
  if (how === "parts") return p.tx.putParts([bytes.subarray(0, length >> 1), new Uint8Array(0), bytes.subarray(length >> 1)]);
  if (how === "chunk") {
    const chunk = new Chunk(length + 9);
    chunk.u8.set(bytes, 5);
    return p.tx.putFrom(chunk, 5, length);
  }
  if (!p.tx.claim(length)) return false;
  p.tx.chunk.u8.set(bytes, p.tx.at);
  return true;
}

describe("a ring", () => {
  test("gives what was put, in order, exactly as the slots allow", () => {
    fc.assert(
      fc.property(anyPair, fc.array(anyStep, { maxLength: 60 }), (options, steps) => {
        const p = pair(options);
        const size = 2 ** options.log2Size!;
        const room = options.bufferSize!;
        const packets: { readonly bytes: Uint8Array; readonly slots: number }[] = [];
        const sent = { ...p.tx };
        let [used, shown, taken] = [0, 0, 0];
        const out: { readonly burst: Burst; readonly slots: number; done: boolean }[] = [];
        for (const step of steps) {
          if (step.do === "put") {
            const bytes = bytesOf(packets.length, step.length);
            const slots = Math.ceil(step.length / room);
            if (slots > size) {
              const dropped = p.tx.dropped;
              const taken = send(p, step.how, bytes);
              expect(p.tx.dropped - dropped).toBe(taken && step.how !== "claim" ? 1 : 0);
              if (used === 0) expect(taken).toBe(step.how !== "claim");
              continue;
            }
            const fits = used + slots <= size;
            expect(send(p, step.how, bytes)).toBe(fits);
            if (!fits) continue;
            packets.push({ bytes, slots });
            used += slots;
          } else if (step.do === "flush") {
            expect(p.tx.flush()).toBe(packets.length - shown);
            shown = packets.length;
          } else if (step.do === "receive") {
            const burst = p.rx.receive(step.max);
            const count = Math.min(step.max, shown - taken);
            expect(burst?.count ?? 0).toBe(count);
            if (burst === undefined) continue;
            const expected = packets.slice(taken, taken + count);
            for (let i = 0; i < count; i++) expect(burst.copy(i)).toEqual(expected[i]!.bytes);
            taken += count;
            out.push({ burst, slots: expected.reduce((n, { slots }) => n + slots, 0), done: false });
          } else if (out.length > 0) {
            const chosen = out[step.which % out.length]!;
            chosen.burst.release();
            chosen.done = true;
            while (out[0]?.done) used -= out.shift()!.slots;
          }
          expect(p.tx.free).toBe(size - used);
        }
        expect(p.tx.packets - sent.packets).toBe(shown);
        expect(p.rx.packets - sent.packets).toBe(taken);
        expect(p.rx.bytes - sent.bytes).toBe(packets.slice(0, taken).reduce((n, { bytes }) => n + bytes.length, 0));
      }),
      { numRuns: scaled(100) },
    );
  });
});

describe("a ring whose memory is rewritten at random", () => {
  const anyWord = fc.oneof(
    fc.constantFrom(0, 1, 15, 16, 17, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x1_0001, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff),
    fc.nat(0xffff_ffff),
  );
  const anyMischief = fc.record({ do: fc.constant("write" as const), at: fc.nat(1000), value: anyWord });

  test("ends by RingError or goes on; packets lie within their chunks and within the ring's number", () => {
    fc.assert(
      fc.property(anyPair, fc.array(fc.oneof(anyStep, anyMischief), { maxLength: 80 }), (options, steps) => {
        const p = pair({ ...options, from: 0, maxPacket: 200 });
        const size = 2 ** options.log2Size!;
        const bursts: Burst[] = [];
        // head, tail and flags, and the words of all slots
        const places = [0, 1, 16, ...Array.from({ length: 4 * size }, (_, i) => 32 + i)];
        try {
          for (const step of steps) {
            if (step.do === "write") p.u32[places[step.at % places.length]!] = step.value;
            else if (step.do === "flush") p.tx.flush();
            else if (step.do === "release") bursts.splice(step.which % (bursts.length || 1), 1)[0]?.release();
            else if (step.do === "put") {
              send(p, step.how, bytesOf(1, step.length));
            } else {
              const burst = p.rx.receive(step.max);
              if (burst === undefined) continue;
              bursts.push(burst);
              expect(burst.count).toBeLessThanOrEqual(Math.min(step.max, size));
              for (let i = 0; i < burst.count; i++) {
                expect(burst.length(i)).toBeGreaterThan(0);
                expect(burst.length(i)).toBeLessThanOrEqual(200);
                expect(burst.end(i)).toBeLessThanOrEqual(burst.chunk(i).u8.length);
                expect(burst.copy(i).length).toBe(burst.length(i));
              }
            }
            expect(p.tx.free).toBeLessThanOrEqual(size);
            expect(p.rx.pending).toBeLessThanOrEqual(size);
          }
        } catch (e) {
          if (!(e instanceof RingError)) throw e;
          expect(e.message.length).toBeLessThanOrEqual(95);
        }
      }),
      { numRuns: scaled(500) },
    );
  });
});
